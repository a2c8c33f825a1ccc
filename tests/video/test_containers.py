"""Files as recorders, phones and test suites of other projects write them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from masters import copy_of, read, reference

from redact.errors import InputUnusable
from redact.video.audio import Sound
from redact.video.clock import offset
from redact.video.decode import decode
from redact.video.probe import probe
from redact.video.second import second_decode

if TYPE_CHECKING:
    from pathlib import Path

INTACT = {
    "cctv_cif_6fps.avi": 18,
    "decord_flipping_a_pancake.mkv": 310,
    "decord_video_90.mov": 3,
    "h264_10bit_422.mov": 50,
    "h264_aac.ts": 75,
    "hevc_hvc1.mp4": 75,
    "mjpeg.avi": 75,
    "mpeg2_interlaced_sar.mpg": 75,
    "psd_delayed_start.mp4": 24,
    "psd_issue-134-rotate.mp4": 240,
    "raw_annexb.264": 75,
    "two_audio_tracks.mkv": 75,
    "vfr.mp4": 50,
}
"""Frames of each."""

DAMAGED = {
    "decord_corrupted.mp4": (49, 1),
    "truncated_faststart.mp4": (32, 43),
    "ts_packet_loss.ts": (69, 6),
}
"""Frames that come, and frames that are missing, of each."""

UNUSABLE = {
    "truncated_moov_missing.mp4": "is an MP4 whose index",
    "zero_byte.mp4": "is empty",
}


def rate(name: str) -> Fraction | None:
    """Frames a second that an operator has to give, if any."""
    return Fraction(25) if name.endswith(".264") else None


@pytest.mark.parametrize("name", INTACT)
def test_an_intact_file_decodes_to_what_the_program_gives(name: str, data: Path) -> None:
    """Every frame is there, at its time, and every byte of its planes is the program's."""
    clip = read(data / "containers" / name, rate(name))
    assert len(clip) == INTACT[name]
    assert (len(clip.damage.hidden), clip.damage.lost, clip.damage.retimed, clip.damage.notes) == (0, 0, 0, ())
    forced = ("-r", rate(name)) if rate(name) else ()
    truth = reference(clip.path, clip.pix_fmt, (clip.width, clip.height), *forced)
    assert [int(pts) * clip.time_base for pts in clip.pts] == truth.times
    for frame, planes in zip(decode(clip), truth.planes, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(frame.planes, planes, strict=True)), frame.index


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_says_what_is_damaged_and_what_is_lost(name: str, data: Path) -> None:
    """Nothing is missing without a word, and the same words come on every run."""
    clip, again = (read(data / "containers" / name) for _ in range(2))
    frames, missing = DAMAGED[name]
    assert (len(clip), clip.damage.lost) == (frames, missing)
    assert len(clip.damage.hidden) > 0
    assert clip.damage.notes
    assert clip.damage.hidden.tolist() == again.damage.hidden.tolist()
    assert clip.damage.notes == again.damage.notes


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_file_beyond_use_is_refused(name: str, data: Path) -> None:
    """What cannot be decoded at all is refused with the reason."""
    with pytest.raises(InputUnusable, match=UNUSABLE[name]):
        probe(data / "containers" / name)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (frames > 100)) for name, frames in INTACT.items()] + [*DAMAGED],
)
def test_the_copy_has_every_frame_at_its_time(name: str, data: Path, tmp_path: Path) -> None:
    """Times in are times out, and every sound track comes along."""
    clip = read(data / "containers" / name, rate(name))
    layout = copy_of(clip, tmp_path / "b.mp4", Sound(keep=True))
    expected = [(int(pts) - offset(clip)) * clip.time_base for pts in clip.pts]
    assert [at for at, _ in second_decode(tmp_path / "b.mp4", clip, layout)] == expected
    copy = probe(tmp_path / "b.mp4")
    assert [track.channels for track in copy.audio] == [track.channels for track in clip.audio]
    assert (copy.orientation, copy.sample_aspect_ratio) == (clip.orientation, clip.sample_aspect_ratio)
    assert (copy.interlaced, copy.pix_fmt) == (clip.interlaced, clip.pix_fmt)


def test_packed_frames_of_an_avi_come_in_order(data: Path) -> None:
    """MPEG-4 with two frames to a packet: the times are those of the program, and nothing is lost."""
    clip = read(data / "clips" / "bgs_motorway_pedestrian.avi")
    truth = reference(clip.path, clip.pix_fmt, (clip.width, clip.height))
    assert [int(pts) * clip.time_base for pts in clip.pts] == truth.times
    assert (len(clip), clip.damage.lost) == (748, 0)
