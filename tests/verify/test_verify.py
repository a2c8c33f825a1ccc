"""Each check passes on a good copy, and each can fail."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from copies import (
    LOOKED,
    MARK,
    ScriptedDetector,
    copy_with,
    damaged,
    every_frame,
    failed,
    found,
    plan_of,
    spec_of,
    street,
    verified,
)
from masters import make, read, tone

from redact.errors import SourceChanged
from redact.paint.compositor import hide_whole
from redact.paint.render import frames_of, render
from redact.records.clip import Frame
from redact.records.kinds import Kind, Style
from redact.records.orientation import Orientation
from redact.records.tracks import Detections
from redact.video.audio import Sound
from redact.video.mp4 import foreign_boxes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from redact.records.clip import Clip
    from redact.records.plan import MaskPlan

BOX = (96, 64, 176, 176)
SMALL = (240, 32, 256, 48)
BYSTANDER = dict.fromkeys(range(24), (200, 100, 240, 200))
KEEP = Sound(keep=True, mute=((Fraction(1, 4), Fraction(1, 2)),))
HALF = np.s_[BOX[1] : BOX[3], BOX[0] : BOX[2]]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A master with sound."""
    return street(tmp_path_factory.mktemp("master") / "master.mp4", *tone(seconds=0.96))


@pytest.fixture(scope="module")
def plan(clip: Clip) -> MaskPlan:
    """Two people to hide on every frame, one of them 16 px high."""
    return plan_of(clip, every_frame(clip, BOX, SMALL))


@pytest.fixture(scope="module")
def good(clip: Clip, plan: MaskPlan) -> Path:
    """A copy with nothing wrong."""
    render(spec_of(clip, plan), clip.path.with_name("good.mp4"))
    return clip.path.with_name("good.mp4")


@pytest.fixture
def copy(good: Path, tmp_path: Path) -> Path:
    """The same in a file that a test may spoil."""
    return Path(shutil.copy(good, tmp_path / "copy.mp4"))


@pytest.fixture
def own(clip: Clip, tmp_path: Path) -> Clip:
    """The master in a file that a test may spoil."""
    return replace(clip, path=Path(shutil.copy(clip.path, tmp_path / "master.mp4")))


MASTERS: dict[str, tuple[str, tuple[str, ...], tuple[int, int]]] = {
    "plain": ("a.mp4", (), (320, 240)),
    "variable rate": ("a.mkv", ("-vf", "setpts=N/25/TB+0.013*mod(N\\,3)/TB", "-fps_mode", "vfr"), (320, 240)),
    "10 bit": ("a.mp4", ("-pix_fmt", "yuv420p10le"), (320, 240)),
    "grey": ("a.mp4", ("-pix_fmt", "gray"), (320, 240)),
    "odd": ("a.mkv", ("-pix_fmt", "yuv444p"), (321, 241)),
}


@pytest.mark.parametrize("name", MASTERS)
@pytest.mark.parametrize("style", [Style.BLUR, Style.FILL])
def test_a_good_copy_passes(tmp_path: Path, name: str, style: Style) -> None:
    """Whatever the master is, its copy passes every check and nobody is found."""
    file, arguments, size = MASTERS[name]
    clip = street(tmp_path / file, *arguments, size=size)
    plan = plan_of(clip, every_frame(clip, BOX, SMALL), style=style)
    render(spec_of(clip, plan, overlay=True), tmp_path / "copy.mp4")
    result = verified(tmp_path / "copy.mp4", clip, plan, overlay=True)
    assert not failed(result), result.checks
    assert result.passed
    assert not len(result.findings)
    assert not result.evidence
    assert "1 of 1 frames painted again over noise came out the same" in found(result, "strength")


def test_a_good_copy_of_a_turned_clip_passes(tmp_path: Path, clip: Clip) -> None:
    """A clip that is stored lying on its side is checked as it is stored, and looked at upright."""
    turned = make(tmp_path / "turned.mp4", "-display_rotation", "-90", "-i", clip.path, "-an", "-c", "copy")
    lying = read(turned)
    plan = plan_of(lying, every_frame(lying, BOX))
    render(spec_of(lying, plan), tmp_path / "copy.mp4")
    detector = ScriptedDetector(dict.fromkeys(range(24), (10, 20, 60, 120)))
    result = verified(tmp_path / "copy.mp4", lying, plan, detectors=[detector])
    assert lying.orientation == Orientation(1)
    assert failed(result) == {"second look"}
    assert result.findings.xyxy[0] == pytest.approx([20, 180, 120, 230], abs=1)


def test_a_span_with_sound_and_silence_passes(tmp_path: Path, clip: Clip) -> None:
    """Frames 5 to 14, with sound that is muted for a quarter of a second."""
    part = plan_of(clip, every_frame(clip, BOX), frames=(5, 20))
    render(spec_of(clip, part, KEEP), tmp_path / "copy.mp4")
    told: list[tuple[object, ...]] = []
    result = verified(tmp_path / "copy.mp4", clip, part, KEEP, progress=lambda *step: told.append(step))
    assert not failed(result), result.checks
    assert told[-1] == ("verify", 15, 15)
    assert "1 sound track, as asked" in found(result, "sound")


def test_a_plan_without_boxes_passes(tmp_path: Path, clip: Clip) -> None:
    """Where there is nobody to hide there is nothing to find."""
    render(spec_of(clip, plan_of(clip, {})), tmp_path / "copy.mp4")
    assert verified(tmp_path / "copy.mp4", clip, plan_of(clip, {})).passed


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("left_out", [0, 1])
def test_a_box_left_out_on_one_frame_is_caught(tmp_path: Path, clip: Clip, style: Style, left_out: int) -> None:
    """One box of two, on one frame of 24, large or 16 px high: the copy fails, and the frame is named."""
    boxes = every_frame(clip, BOX, SMALL)
    plan = plan_of(clip, boxes, style=style)
    boxes[13] = [boxes[13][1 - left_out]]
    render(spec_of(clip, plan_of(clip, boxes, style=style)), tmp_path / "copy.mp4")
    result = verified(tmp_path / "copy.mp4", clip, plan)
    assert "masks" in failed(result)
    assert "frame 13" in found(result, "masks")


def test_a_face_left_bare_inside_a_masked_body_is_caught(tmp_path: Path, clip: Clip) -> None:
    """A mask with a hole of 24 x 24 px in it is no mask."""
    hole = [(96, 64, 176, 72), (96, 96, 176, 176), (96, 72, 124, 96), (148, 72, 176, 96)]
    boxes = every_frame(clip, BOX)
    boxes[9] = list(hole)
    render(spec_of(clip, plan_of(clip, boxes)), tmp_path / "copy.mp4")
    assert "masks" in failed(verified(tmp_path / "copy.mp4", clip, plan_of(clip, every_frame(clip, BOX))))


def see_through(
    clip: Clip, plan: MaskPlan, share: float, *indices: int
) -> Callable[[Iterable[Frame]], Iterator[Frame]]:
    """Let SHARE of the master through the mask on frames INDICES."""
    bare = {frame.index: np.array(frame.planes[0][HALF]) for frame in frames_of(clip, plan) if frame.index in indices}

    def change(frames: Iterable[Frame]) -> Iterator[Frame]:
        for frame in frames:
            if frame.index in bare:
                part = frame.planes[0][HALF]
                part[:] = np.rint((1 - share) * part.astype(np.float32) + share * bare[frame.index])
            yield frame

    return change


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("indices", [(13,), tuple(range(24))])
def test_a_thin_mask_is_caught_and_shown(tmp_path: Path, clip: Clip, style: Style, indices: tuple[int, ...]) -> None:
    """A quarter of the master is too little for cells, but it is seen: on which frame, where, and in a picture."""
    plan = plan_of(clip, every_frame(clip, BOX, SMALL), style=style)
    copy = copy_with(see_through(clip, plan, 0.25, *indices), tmp_path / "copy.mp4", clip, plan)
    result = verified(copy, clip, plan)
    assert failed(result) == {"strength"}
    assert "from 96, 64 to 176, 176 px" in found(result, "strength")
    assert {(one.check, one.place) for one in result.evidence} == {("strength", BOX)}
    assert {one.frame for one in result.evidence} <= set(indices)
    assert all(one.picture for one in result.evidence)


def test_what_is_painted_must_not_depend_on_what_it_hides(tmp_path: Path, clip: Clip, monkeypatch: Any) -> None:
    """A painter that blurs what it hides fails, in render and verify alike, though it hides all texture."""
    monkeypatch.setattr("redact.paint.compositor.Masker", Blurring)
    plan = plan_of(clip, every_frame(clip, BOX))
    render(spec_of(clip, plan), tmp_path / "copy.mp4")
    result = verified(tmp_path / "copy.mp4", clip, plan)
    assert failed(result) == {"strength"}
    assert "what is painted depends on what it hides" in found(result, "strength")


class Nothing:
    """A painter that forgets to paint."""

    def __init__(self, *_: object) -> None:
        """Take what a Masker takes."""

    def __call__(self, planes: Sequence[Any], index: int) -> None:
        """Leave PLANES as they are."""


class Weak(Nothing):
    """A painter that only darkens."""

    def __call__(self, planes: Sequence[Any], index: int) -> None:
        """Halve the light in the box."""
        del index
        planes[0][HALF] = planes[0][HALF] // 2


@pytest.mark.parametrize(("painter", "names"), [(Weak, {"strength"}), (Nothing, {"masks", "strength"})])
def test_a_mask_that_does_not_hide_is_caught(
    tmp_path: Path, clip: Clip, monkeypatch: pytest.MonkeyPatch, painter: type[Nothing], names: set[str]
) -> None:
    """Where the painter itself paints too little, in render and in verify alike, the picture still tells."""
    monkeypatch.setattr("redact.paint.compositor.Masker", painter)
    plan = plan_of(clip, every_frame(clip, BOX))
    render(spec_of(clip, plan), tmp_path / "copy.mp4")
    assert failed(verified(tmp_path / "copy.mp4", clip, plan)) == names


class Blurring(Nothing):
    """A painter that makes its mask of what it hides."""

    def __call__(self, planes: Sequence[Any], index: int) -> None:
        """Paint the mean of the box."""
        del index
        planes[0][HALF] = planes[0][HALF].mean()


def late(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Show every picture one frame late, strip and all."""
    before = None
    for frame in frames:
        yield retimed(frame if before is None else before, frame)
        before = frame


def swapped(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Show the pictures of frames 10 and 11 in each other's place."""
    every = list(frames)
    yield from (retimed(every[{10: 11, 11: 10}.get(frame.index, frame.index)], frame) for frame in every)


def retimed(shown: Frame, at: Frame) -> Frame:
    """The picture of SHOWN at the time of another frame."""
    source = shown.source.reformat(format=shown.source.format.name) if shown is not at else shown.source
    return Frame(at.index, at.pts, shown.planes, source, damaged=False)


def test_a_dropped_frame_is_caught(tmp_path: Path, clip: Clip, plan: MaskPlan) -> None:
    """One frame fewer is a wrong number and wrong times from there on."""
    copy = copy_with(lambda frames: (f for f in frames if f.index != 5), tmp_path / "copy.mp4", clip, plan)
    result = verified(copy, clip, plan)
    assert "times" in failed(result)
    assert "23 frames of 24, 18 of them" in found(result, "times")


@pytest.mark.parametrize("change", [late, swapped])
def test_a_picture_out_of_its_place_is_caught(
    tmp_path: Path, clip: Clip, plan: MaskPlan, change: Callable[[Iterator[Frame]], Iterator[Frame]]
) -> None:
    """Right times under the wrong pictures do not pass."""
    result = verified(copy_with(change, tmp_path / "copy.mp4", clip, plan), clip, plan)
    assert {"scene", "watermark"} <= failed(result)
    assert "times" not in failed(result)


def test_a_harmed_scene_is_caught(tmp_path: Path, clip: Clip, plan: MaskPlan) -> None:
    """More hidden than was asked for is a fault too."""

    def smeared(frames: Iterable[Frame]) -> Iterator[Frame]:
        for frame in frames:
            frame.planes[0][:60, :200] = 60
            yield frame

    result = verified(copy_with(smeared, tmp_path / "copy.mp4", clip, plan), clip, plan)
    assert "scene" in failed(result)


def test_another_releases_watermark_is_caught(good: Path, clip: Clip, plan: MaskPlan) -> None:
    """A copy that says it is another release does not pass."""
    assert "watermark" in failed(verified(good, clip, plan, mark=replace(MARK, digest="f" * 64)))


def test_a_strip_that_is_missing_is_caught(tmp_path: Path, clip: Clip, plan: MaskPlan) -> None:
    """Without its strip a copy names nobody."""

    def bare(frames: Iterable[Frame]) -> Iterator[Frame]:
        for frame in frames:
            frame.planes[0][240:] = 128
            yield frame

    assert failed(verified(copy_with(bare, tmp_path / "copy.mp4", clip, plan), clip, plan)) == {"watermark"}


def test_sound_left_in_is_caught(tmp_path: Path, good: Path, clip: Clip, plan: MaskPlan) -> None:
    """A copy that was to be silent, and one that was to be silent for a while, and one that was to have sound."""
    loud, quiet = Sound(keep=True), Sound()
    render(spec_of(clip, plan, loud), tmp_path / "loud.mp4")
    assert failed(verified(tmp_path / "loud.mp4", clip, plan, quiet)) == {"sound"}
    assert failed(verified(tmp_path / "loud.mp4", clip, plan, KEEP)) == {"sound"}
    assert failed(verified(good, clip, plan, loud)) == {"sound"}


def test_sound_that_ends_early_is_caught(tmp_path: Path, clip: Clip, plan: MaskPlan) -> None:
    """Half of the sound is not the sound."""
    loud = Sound(keep=True)
    render(spec_of(clip, plan, loud), tmp_path / "loud.mp4")
    cut = ("-filter:a", "atrim=end=0.4", "-c:v", "copy", "-fflags", "+bitexact", "-flags:a", "+bitexact")
    make(tmp_path / "cut.mp4", "-i", tmp_path / "loud.mp4", *cut)
    assert "sound" in failed(verified(tmp_path / "cut.mp4", clip, plan, loud))


def test_a_tag_that_tells_the_place_is_caught(tmp_path: Path, good: Path, clip: Clip, plan: MaskPlan) -> None:
    """Coordinates in the metadata do not pass, and the report does not repeat them."""
    where = ("-metadata", "location=+51.5074-000.1278/")
    make(tmp_path / "tagged.mp4", "-i", good, "-c", "copy", *where)
    result = verified(tmp_path / "tagged.mp4", clip, plan)
    assert "metadata" in failed(result)
    assert "the tag location" in found(result, "metadata")
    assert "51.5" not in found(result, "metadata")


@pytest.mark.parametrize(("extra", "named"), [(b"\0\0\0\x18uuid0123456789abcdef", "uuid"), (b"secret", "no box")])
def test_bytes_that_no_player_shows_are_caught(
    copy: Path, clip: Clip, plan: MaskPlan, extra: bytes, named: str
) -> None:
    """A private box, or anything after the last one, does not ride along."""
    assert foreign_boxes(copy) == []
    with (copy).open("ab") as stream:
        stream.write(extra)
    result = verified(copy, clip, plan)
    assert failed(result) == {"metadata"}
    assert named in found(result, "metadata")


def test_subtitles_and_chapters_are_caught(tmp_path: Path, good: Path, clip: Clip, plan: MaskPlan) -> None:
    """Text beside the picture can name people."""
    (tmp_path / "said.srt").write_text("1\n00:00:00,000 --> 00:00:00,900\nA name\n")
    (tmp_path / "parts.txt").write_text(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\ntitle=A name\n")
    files = ("-i", good, "-i", tmp_path / "said.srt", "-i", tmp_path / "parts.txt")
    make(tmp_path / "more.mp4", *files, "-map_metadata", 2, "-c", "copy", "-c:s", "mov_text")
    said = found(verified(tmp_path / "more.mp4", clip, plan), "metadata")
    assert "a subtitle stream" in said
    assert "1 chapters" in said


def test_a_master_that_changed_is_caught(good: Path, own: Clip, plan: MaskPlan) -> None:
    """One byte more, or one other byte, and it is not the file that was scanned."""
    whole = own.path.read_bytes()
    own.path.write_bytes(whole + b"\0\0\0\x08free")
    assert failed(verified(good, own, plan)) == {"master"}
    own.path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "master" in failed(verified(good, own, plan))


def test_a_master_that_changes_while_it_is_checked_is_caught(good: Path, own: Clip, plan: MaskPlan) -> None:
    """The digest is of the file as it is in the end."""

    def meddle(_stage: str, done: int, _total: int | None) -> None:
        if done == 24:
            own.path.write_bytes(own.path.read_bytes() + b"\0")

    assert failed(verified(good, own, plan, progress=meddle)) == {"master"}


def test_a_master_with_other_frames_stops_the_job(good: Path, own: Clip, plan: MaskPlan) -> None:
    """Where there are no longer the frames to compare with, nothing can be said of the copy."""
    street(own.path, frames=12)
    with pytest.raises(SourceChanged):
        verified(good, own, plan)


def test_a_copy_that_is_no_video_or_has_another_size_is_caught(tmp_path: Path, clip: Clip, plan: MaskPlan) -> None:
    """Nothing else is claimed of it."""
    (tmp_path / "copy.mp4").write_bytes(b"no video at all")
    assert failed(verified(tmp_path / "copy.mp4", clip, plan)) == {"form"}
    assert failed(verified(clip.path, clip, plan)) == {"form"}


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_copy_that_breaks_off_is_caught(copy: Path, clip: Clip, plan: MaskPlan, share: float) -> None:
    """A file cut short by a full disk does not pass, whether or not its beginning can still be read."""
    whole = copy.read_bytes()
    copy.write_bytes(whole[: int(len(whole) * share)])
    assert {"form", "times"} & failed(verified(copy, clip, plan))


def test_a_damaged_frame_is_hidden_or_the_copy_fails(tmp_path: Path, clip: Clip) -> None:
    """A damaged frame that was hidden whole passes, though the plan forgot it; one that is shown does not."""
    plan, worse = plan_of(clip, {}), damaged(clip, 7)
    render(spec_of(worse, plan), tmp_path / "hidden.mp4")
    assert not failed(verified(tmp_path / "hidden.mp4", worse, plan))
    render(spec_of(clip, plan), tmp_path / "shown.mp4")
    assert "masks" in failed(verified(tmp_path / "shown.mp4", worse, plan))


def test_a_frame_hidden_for_more_damage_than_the_scan_saw_passes(tmp_path: Path, clip: Clip) -> None:
    """Decoders do not agree on where damage begins: beside a damaged frame, hidden is always right."""

    def doubting(frames: Iterable[Frame]) -> Iterator[Frame]:
        for frame in frames:
            if frame.index == 6:
                hide_whole([plane[: 240 // (1 + (number > 0))] for number, plane in enumerate(frame.planes)])
            yield frame

    plan, worse = plan_of(clip, {}), damaged(clip, 7)
    copy = copy_with(doubting, tmp_path / "copy.mp4", worse, plan)
    assert not failed(verified(copy, worse, plan))
    assert "scene" in failed(verified(copy, clip, plan))


def test_someone_outside_the_masks_is_found(good: Path, clip: Clip, plan: MaskPlan) -> None:
    """The second look is at another scale, on frames the scan has not seen, and gives boxes of the coded picture."""
    result = verified(good, clip, plan, detectors=[detector := ScriptedDetector(BYSTANDER)])
    assert failed(result) == {"second look"}
    assert not set(detector.looked) & set(LOOKED.tolist())
    assert detector.side == 480
    assert result.findings.xyxy[0] == pytest.approx([200, 100, 240, 200], abs=0.5)
    assert set(result.findings.frame.tolist()) == set(detector.looked)


@pytest.mark.parametrize(
    "options",
    [
        {"detectors": [ScriptedDetector(dict.fromkeys(range(24), (100, 70, 170, 170)))]},
        {"detectors": [ScriptedDetector(BYSTANDER, score=0.3)]},
        {"detectors": [ScriptedDetector(BYSTANDER)], "kinds": (Kind.FACE,)},
        {
            "detectors": [ScriptedDetector(BYSTANDER)],
            "visible": Detections(
                np.arange(24, dtype=np.int32),
                np.full((24, 4), (196, 96, 244, 204), np.float32),
                np.ones(24, np.float32),
                np.zeros(24, np.uint8),
            ),
        },
    ],
    ids=["masked", "weak", "not hidden by the request", "visible by the request"],
)
def test_what_is_explained_is_no_finding(good: Path, clip: Clip, plan: MaskPlan, options: dict[str, Any]) -> None:
    """A mask that looks like a person, a faint guess, another kind, and whoever may be seen."""
    assert verified(good, clip, plan, **options).passed


def test_a_copy_nobody_looked_at_does_not_pass(good: Path, clip: Clip, plan: MaskPlan) -> None:
    """Without a network there was no second look."""
    assert failed(verified(good, clip, plan, detectors=[])) == {"second look"}
