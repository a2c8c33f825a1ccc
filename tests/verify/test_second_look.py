"""The second look: where it looks, and what it takes for hidden."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from copies import LOOKED, ScriptedDetector, plan_of, spec_of, street

from redact.detect.letterbox import Scale, letterboxes
from redact.errors import ModelUnavailable
from redact.records.clip import Layout
from redact.records.kinds import Cover, Kind
from redact.records.tracks import Detections
from redact.verify.pair import Pair
from redact.verify.second_look import SecondLook, covered_share, frames_to_look_at, outside
from redact.video.decode import decode

if TYPE_CHECKING:
    from redact.records.clip import Clip
    from redact.records.tracks import FrameBatch

BOX = (96, 64, 176, 176)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A master of 24 frames."""
    return street(tmp_path_factory.mktemp("master") / "master.mp4")


@pytest.mark.parametrize(
    ("cover", "mask", "explained"),
    [
        (Cover.HEAD, (10, 10, 50, 40), True),
        (Cover.HEAD, (10, 70, 50, 110), False),
        (Cover.FACE, (20, 14, 32, 30), True),
        (Cover.FACE, (60, 14, 72, 30), False),
        (Cover.BODY, (10, 10, 50, 40), False),
    ],
)
def test_a_person_of_whom_only_the_head_is_hidden_is_explained_by_it(
    clip: Clip, cover: Cover, mask: tuple[int, int, int, int], explained: bool
) -> None:
    """Where the request covers heads or faces, the rest of the body is meant to be seen."""
    person = Detections(
        np.array([3], np.int32),
        np.array([[10, 10, 50, 110]], np.float32),
        np.ones(1, np.float32),
        np.zeros(1, np.uint8),
    )
    left = outside(person, plan_of(clip, {3: [mask]}, cover=cover), Detections.none())
    assert len(left) == (not explained)


def test_the_second_look_is_seldom_and_between_the_first_looks(clip: Clip) -> None:
    """Nothing looked at, a few frames, every frame: always some frames, never more than a quarter, new where it can."""
    plan = plan_of(clip, {})
    assert frames_to_look_at(clip, plan, np.zeros(0, np.int32)) == [11]
    some = frames_to_look_at(clip, plan, LOOKED)
    assert 1 <= len(some) <= 4
    assert not set(some) & set(LOOKED.tolist())
    assert len(frames_to_look_at(clip, plan, np.arange(24).astype(np.int32))) in range(1, 7)
    assert frames_to_look_at(clip, plan_of(clip, {}, frames=(9, 10)), LOOKED) == [9]


def test_the_second_look_goes_first_where_the_masks_change(clip: Clip) -> None:
    """Where someone enters between two looks, that is where to look."""
    entering = plan_of(clip, {index: [BOX] for index in range(13, 24)})
    assert 12 in frames_to_look_at(clip, entering, LOOKED)


def test_the_share_of_a_box_under_masks_counts_no_px_twice() -> None:
    """None, half, and two masks over the same half."""
    box = np.array([0, 0, 10, 10], np.float32)
    half = np.array([[0, 0, 10, 5]], np.int32)
    assert covered_share(box, np.zeros((0, 4), np.int32)) == 0
    assert covered_share(box, half) == 0.5
    assert covered_share(box, np.repeat(half, 2, axis=0)) == 0.5
    assert covered_share(np.zeros(4, np.float32), half) == 0


class Either(ScriptedDetector):
    """Likes one picture better than the other."""

    def __init__(self, sides: tuple[int, int]) -> None:
        """Like SIDES; find someone on frame 11."""
        super().__init__({11: (96, 64, 176, 176)})
        self.sides = sides


def looking(clip: Clip, detector: Either, *, closely: bool = False) -> SecondLook:
    """A second look with DETECTOR at a copy of CLIP in which nobody is hidden."""
    return SecondLook(
        [detector],
        spec_of(clip, plan_of(clip, {}), looked=np.zeros(0, np.int32), closely=closely, kinds=(Kind.PERSON,)),
        Layout(clip.width, clip.height, 0, 0),
    )


def seen_through(look: SecondLook, clip: Clip) -> None:
    """Let LOOK see every frame of CLIP as its own copy."""
    for frame in decode(clip):
        luma, none = frame.planes[0], np.zeros((0, 4), np.int32)
        look.see(Pair(frame.index, luma, luma, luma, luma, tuple(frame.planes), none, none[:, 0]))


@pytest.mark.parametrize("closely", [False, True])
@pytest.mark.parametrize("sides", [(320, 480), (480, 320), (480, 480)])
def test_the_second_look_is_at_another_scale_than_the_scan_was(
    clip: Clip, sides: tuple[int, int], closely: bool
) -> None:
    """Where the scan looked closely, and so at the larger one, too; what it finds is where it is all the same."""
    detector = Either(sides)
    look = looking(clip, detector, closely=closely)
    seen_through(look, clip)
    assert np.abs(look.tally.found.xyxy - BOX).max() <= 1
    first = letterboxes(clip, [detector], Scale.FIRST, closely=closely)["scripted"]
    assert detector.looked == [11]
    assert detector.side != max(first.padded)
    if closely:
        assert detector.side < max(first.padded)


class Broken(Either):
    """A network that cannot run."""

    def __call__(self, batch: FrameBatch) -> Detections:
        """Say so."""
        message = f"OpenVINO cannot run the network 0123 at {batch.rgb.shape[2]} x {batch.rgb.shape[1]} px here."
        raise ModelUnavailable(message)


def test_a_network_that_fails_beside_the_checks_stops_them(clip: Clip) -> None:
    """It looks in a thread of its own; that nothing was found there must never look like nothing to find."""
    look = looking(clip, Broken((64, 96)))
    with pytest.raises(ModelUnavailable, match="cannot run the network"), look.beside():
        seen_through(look, clip)


def test_a_check_that_fails_leaves_nobody_looking(clip: Clip) -> None:
    """The look that was begun has ended when the failure is heard, and no other is taken."""

    def fail() -> None:
        seen_through(look, clip)
        raise OSError(28, "No space left on device")

    look = looking(clip, Either((64, 96)))
    with pytest.raises(OSError, match="No space"), look.beside():
        fail()
    assert not any(thread.name == "drain" for thread in threading.enumerate())


def test_beside_the_checks_as_much_is_found(clip: Clip) -> None:
    """In a thread of its own or in that of the checks."""
    here, beside = looking(clip, Either((64, 96))), looking(clip, Either((64, 96)))
    seen_through(here, clip)
    with beside.beside():
        seen_through(beside, clip)
    assert np.array_equal(here.tally.found.xyxy, beside.tally.found.xyxy)
    assert len(here.tally.found) == 1
    assert here.tally.result() == beside.tally.result()
