"""Every picture once, with its time; what is damaged, lost or moved is known."""

from __future__ import annotations

import gc
import os
import struct
import subprocess
import sys
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from masters import make, picture, read

from redact.errors import InputUnusable, SourceChanged
from redact.records.clip import Damage, Source
from redact.video.decode import DecodeLog, decode
from redact.video.pictures import Tally
from redact.video.probe import probe

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

NOISY = ("-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=3,noise=alls=12:allf=t")
CODECS: dict[str, tuple[object, ...]] = {
    "h264": ("-c:v", "libx264", "-g", 25, "-bf", 2, "-pix_fmt", "yuv420p"),
    "hevc": ("-c:v", "libx265", "-x265-params", "log-level=error:keyint=25"),
    "mpeg2": ("-c:v", "mpeg2video", "-b:v", "1M", "-g", 12, "-bf", 2),
}
TS = 188
"""Bytes of a packet of a transport stream."""


def seen(path: Path) -> tuple[dict[int, tuple[NDArray[Any], bool]], DecodeLog]:
    """Decode PATH: luma and whether it is marked damaged, by time."""
    log = DecodeLog()
    found = {frame.pts: (frame.planes[0].copy(), frame.damaged) for frame in decode(probe(path), log)}
    return found, log


def without(whole: Path, part: Path, packets: set[int]) -> Path:
    """Copy a transport stream without some of its PACKETS."""
    raw = whole.read_bytes()
    kept = (raw[i * TS : (i + 1) * TS] for i in range(len(raw) // TS) if i not in packets)
    part.write_bytes(b"".join(kept))
    return part


@pytest.fixture(scope="module", params=CODECS)
def stream(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transport stream of 75 frames."""
    return make(tmp_path_factory.mktemp("stream") / "whole.ts", *NOISY, *CODECS[request.param])


@pytest.fixture(scope="module")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MP4 of 75 frames, three key pictures, index at the front."""
    path = tmp_path_factory.mktemp("mp4") / "whole.mp4"
    return make(path, *NOISY, *CODECS["h264"], "-movflags", "+faststart")


def test_an_intact_clip_has_no_damage(mp4: Path) -> None:
    """Every frame comes once, in order, none marked, nothing noted."""
    frames = [(frame.index, frame.damaged) for frame in decode(probe(mp4))]
    assert frames == [(index, False) for index in range(75)]
    damage = read(mp4).damage
    assert (damage.lost, damage.retimed, damage.notes, len(damage.hidden)) == (0, 0, (), 0)


@pytest.mark.parametrize("seed", range(4))
def test_what_packet_loss_changed_is_marked(stream: Path, seed: int, tmp_path: Path) -> None:
    """Whatever packets of a stream are lost, a frame that is not as it was is marked damaged, on every run."""
    clean, _ = seen(stream)
    rng = np.random.default_rng(seed)
    gone = set(rng.integers(20, stream.stat().st_size // TS - 5, 4).tolist())
    broken = without(stream, tmp_path / "broken.ts", gone)
    found, log = seen(broken)
    changed = [pts for pts, (luma, _) in found.items() if pts not in clean or not np.array_equal(luma, clean[pts][0])]
    assert [pts for pts in changed if not found[pts][1]] == []
    assert log.damaged
    assert log.lost >= len(set(clean) - set(found))
    again = seen(broken)[1]
    assert (log.damaged, log.lost, log.pts, log.notes) == (again.damaged, again.lost, again.pts, again.notes)


def test_the_damaged_first_picture_is_marked(stream: Path, tmp_path: Path) -> None:
    """Loss within the very first picture is noticed although the file was opened before anyone listened."""
    found, log = seen(without(stream, tmp_path / "broken.ts", {12}))
    assert log.damaged[0] == 0
    assert all(damaged for _, damaged in list(found.values())[:10])


def test_a_recording_that_starts_in_the_middle_hides_what_leads_up_to_the_first_key_picture(
    stream: Path, tmp_path: Path
) -> None:
    """Of a stream cut between key pictures every packet is a frame or counted, and only the first ones are hidden."""
    raw = stream.read_bytes()
    starts = [i for i in range(len(raw) // TS) if raw[i * TS + 1] & 0x40 and raw[i * TS + 2] == 0]
    first = starts[20]
    cut = tmp_path / "cut.ts"
    cut.write_bytes(raw[: 3 * TS] + raw[first * TS :])
    clean, (found, log) = seen(stream)[0], seen(cut)
    for pts, (luma, damaged) in found.items():
        assert damaged or np.array_equal(luma, clean[pts][0])
    assert log.damaged == list(range(len(log.damaged)))
    assert len(found) + log.lost >= 54
    assert 0 < log.lost + len(log.damaged) < 40


def test_a_frame_the_decoder_complained_of_is_marked_with_all_that_follow_until_a_key_picture(
    mp4: Path, tmp_path: Path
) -> None:
    """A run of overwritten bytes damages a frame and what is predicted from it; the next key picture ends it."""
    clean, _ = seen(mp4)
    raw = bytearray(mp4.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 3000] = bytes(range(1, 251)) * 12
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(raw)
    found, log = seen(broken)
    assert len(found) + log.lost >= 75
    assert 0 < len(log.damaged) < 60
    for pts, (luma, damaged) in found.items():
        assert damaged or np.array_equal(luma, clean[pts][0])


def test_a_truncated_file_says_how_much_is_missing(mp4: Path, tmp_path: Path) -> None:
    """Frames that the index promises and the file does not hold are counted, once each."""
    part = tmp_path / "part.mp4"
    part.write_bytes(mp4.read_bytes()[: mp4.stat().st_size // 2])
    damage = read(part).damage
    frames = len(read(part))
    assert frames + damage.lost == 75
    assert f"The header promises 75 frames, but the content holds {frames}." in damage.notes


def test_how_many_frames_will_come_is_known_from_the_first(mp4: Path) -> None:
    """Whoever waits can be told how far the job is, as far as the header tells."""
    log = DecodeLog()
    frames = decode(probe(mp4), log)
    next(frames)
    assert log.promised == 75
    frames.close()  # type: ignore[attr-defined]


def test_an_edit_list_is_no_damage(tmp_path: Path) -> None:
    """What an edit list cuts away, whole key picture intervals too, is neither shown nor missed."""
    raw = bytearray(make(tmp_path / "whole.mp4", *picture(seconds=4), "-c:v", "libx264", "-g", 50).read_bytes())
    at = raw.find(b"elst")
    start = struct.unpack_from(">i", raw, at + 16)[0]
    struct.pack_into(">I", raw, at + 12, 1000)
    struct.pack_into(">i", raw, at + 16, start + int(2.6 * 12_800))
    trimmed = tmp_path / "trimmed.mp4"
    trimmed.write_bytes(raw)
    clip = read(trimmed)
    assert len(clip) == 25
    assert (clip.damage.lost, len(clip.damage.hidden), clip.damage.notes) == (0, 0, ())


def test_frames_of_an_avi_that_repeat_the_last_are_not_missed(tmp_path: Path) -> None:
    """An AVI keeps a variable rate with empty packets; they are no frames, and none is lost."""
    variable = ("-vf", "select='not(mod(n,3))+lt(n,10)'", "-fps_mode", "vfr")
    clip = read(make(tmp_path / "a.avi", *picture(), *variable, "-c:v", "mjpeg"))
    assert clip.damage.notes == ()
    assert int(clip.pts[-1]) == 48
    assert len(clip) < 50


def test_a_stream_without_times_runs_at_the_rate_given(tmp_path: Path) -> None:
    """Of raw H.264 frame n is at tick n of the operator's rate, and that is no damage."""
    clip = read(make(tmp_path / "a.264", *picture(), *CODECS["h264"]), Fraction(12))
    assert clip.time_base == Fraction(1, 12)
    assert clip.pts.tolist() == list(range(50))
    assert (clip.damage.retimed, clip.damage.notes) == (0, ())
    assert [frame.pts for frame in decode(clip)] == list(range(50))


def test_the_second_pass_gives_the_frames_and_marks_of_the_first(stream: Path, tmp_path: Path) -> None:
    """Decoding a Clip gives the ticks it has, and hides what it says is damaged."""
    clip = read(without(stream, tmp_path / "broken.ts", {300, 301}))
    frames = [(frame.pts, frame.damaged) for frame in decode(clip)]
    assert [pts for pts, _ in frames] == clip.pts.tolist()
    assert [index for index, (_, damaged) in enumerate(frames) if damaged] == clip.damage.hidden.tolist()


def test_a_frame_that_was_damaged_before_is_damaged_now(mp4: Path) -> None:
    """What an earlier pass doubted stays hidden, whatever this one thinks of it."""
    clip = read(mp4)
    hidden = Damage(np.array([3, 4], np.int32))
    doubted = Source.of(clip).clip(clip.sha256, clip.pts, hidden)
    assert [frame.index for frame in decode(doubted) if frame.damaged] == [3, 4]


@pytest.mark.parametrize("change", ["a frame less", "a frame more", "another time"])
def test_a_master_that_changed_stops_the_second_pass(mp4: Path, change: str) -> None:
    """Frames that are not those of the first pass raise SourceChanged."""
    clip = read(mp4)
    pts = {"a frame less": clip.pts[:-1], "a frame more": np.append(clip.pts, 10**6), "another time": clip.pts + 1}
    other = Source.of(clip).clip(clip.sha256, pts[change], clip.damage)
    with pytest.raises(SourceChanged, match="has changed since it was scanned"):
        list(decode(other))


def test_a_picture_that_changes_its_size_stops_the_job(tmp_path: Path) -> None:
    """A recording that goes on in another size is refused with both sizes."""
    parts = [
        make(tmp_path / f"{size}.ts", *picture(size, seconds=1), "-c:v", "mpeg2video").read_bytes()
        for size in ("160x120", "320x240")
    ]
    both = tmp_path / "both.ts"
    both.write_bytes(b"".join(parts))
    with pytest.raises(InputUnusable, match="changes its picture from 160x120 to 320x240"):
        list(decode(probe(both)))


def test_times_that_start_anew_run_on(tmp_path: Path) -> None:
    """Where a recorder's clock was set back time goes on at the nominal rate, and the report says so."""
    part = make(tmp_path / "a.ts", *picture(seconds=4), "-c:v", "mpeg2video", "-g", 12).read_bytes()
    both = tmp_path / "both.ts"
    both.write_bytes(part + part)
    clip = read(both)
    assert len(clip) >= 199
    assert np.all(np.diff(clip.pts) > 0)
    assert abs(int(clip.pts[-1] - clip.pts[0]) - 199 * 3600) < 4 * 3600
    assert len(clip.breaks) == 1
    assert "is set back by 4.0 s at 0:04.0" in clip.remarks[0]


@pytest.mark.parametrize("taken", [0, 1, 30])
def test_leaving_early_leaves_nothing_behind(stream: Path, taken: int, tmp_path: Path) -> None:
    """A reader may stop at any frame of a damaged stream; the decoder's threads end with it."""
    broken = without(stream, tmp_path / "broken.ts", {60, 400})
    for _ in range(5):
        frames = decode(probe(broken))
        assert len(list(islice(frames, taken))) == taken
        frames.close()  # type: ignore[attr-defined]


def test_the_planes_are_the_decoders_own(mp4: Path) -> None:
    """Planes have the size and type of the format and can be painted after copying."""
    frame = next(iter(decode(probe(mp4))))
    assert [plane.shape for plane in frame.planes] == [(240, 320), (120, 160), (120, 160)]
    assert {plane.dtype for plane in frame.planes} == {np.dtype(np.uint8)}


def test_a_picture_is_gone_as_soon_as_nobody_uses_it(mp4: Path) -> None:
    """Large pictures would fill the memory while they waited until Python looks for circles of what is not used."""

    def pictures() -> int:
        return sum(type(thing) is av.VideoFrame for thing in gc.get_objects())  # asking some others what they are warns

    gc.collect()
    gc.disable()
    try:
        before = pictures()
        held = [pictures() - before for _ in decode(probe(mp4))]
    finally:
        gc.enable()
    assert len(held) > 40
    assert sorted(held)[len(held) // 2] < 16  # at the end the decoder gives all that it still holds


LONG = """
import resource, sys
from pathlib import Path
from redact.video.decode import decode
from redact.video.probe import probe
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
for index, frame in enumerate(decode(probe(Path(sys.argv[1])))):
    if index == 200:
        early = peak()
print(peak() - early)
"""


@pytest.mark.slow
@pytest.mark.parametrize("broken", [False, True])
def test_memory_does_not_grow_with_the_clip(tmp_path: Path, *, broken: bool) -> None:
    """Ten thousand frames take no more memory than two hundred, threads or not."""
    clip = make(tmp_path / "long.ts", *picture("320x240", seconds=400), "-c:v", "libx264", "-preset", "ultrafast")
    if broken:
        clip = without(clip, tmp_path / "broken.ts", {60})
    done = subprocess.run([sys.executable, "-c", LONG, clip], capture_output=True, check=True, env=os.environ)
    assert float(done.stdout) < 20


def test_an_empty_log_is_no_damage() -> None:
    """A log that nothing was written to is no frames and no damage."""
    log = DecodeLog()
    assert log.pts_array().tolist() == []
    assert log.damage().notes == ()


def test_a_packet_to_each_field_is_no_loss_and_fewer_are() -> None:
    """Sixty pictures of 120 packets came whole; of 100 packets, some of an interlaced stream were lost."""
    assert Tally(sent=120, shown=60, fields=60).lost() == 0
    assert Tally(sent=100, shown=60, fields=60).lost() == 40
