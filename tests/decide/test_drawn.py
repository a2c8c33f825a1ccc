"""What a person draws: hidden as drawn and no less, whatever else is hidden; and whose boxes hide nobody."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from clips import clip_of
from crowds import SHORT, body, scan_of, scans_at_random, walks
from hypothesis import given, settings
from hypothesis import strategies as st
from known import known
from trails import stands

from redact.decide.drawn import drawn_tracks, going_on, of_nobody, places
from redact.jobs.draft import drafted, naming
from redact.records.boxes import as_seen
from redact.records.drawn import Drawing, Drawn, Key
from redact.records.kinds import Cover, Kind, Origin, Standing, Style
from redact.records.orientation import EVERY
from redact.records.plan import to_bytes
from redact.records.tracks import Tracks
from redact.request.model import Keep, Request
from redact.track.people import people
from redact.verify.second_look import covered_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.detect.found import Scan
    from redact.jobs.draft import Draft
    from redact.records.boxes import Box
    from redact.records.orientation import Orientation
    from redact.records.plan import MaskPlan
    from redact.records.tracks import Detections

SIZE = (640, 360)
CLIP = clip_of(*SIZE, frames=SHORT)
NOW = "2026-03-02T10:00:00+00:00"

Some = list[tuple[dict[int, "Box"], tuple[int, int], Drawing]]

boxes = st.tuples(st.integers(0, 600), st.integers(0, 320), st.integers(1, 200), st.integers(1, 200)).map(
    lambda box: (box[0], box[1], min(box[0] + box[2], SIZE[0]), min(box[1] + box[3], SIZE[1]))
)
regions = st.dictionaries(st.integers(0, SHORT - 1), boxes, min_size=1, max_size=4)
spans = st.tuples(st.integers(0, SHORT - 1), st.integers(0, SHORT - 1)).map(lambda ends: (min(ends), max(ends) + 1))

ways = st.sampled_from([Drawing.HIDE, Drawing.HIDE_BUT])


def region(keys: dict[int, Box], frames: tuple[int, int] = (0, SHORT), what: Drawing = Drawing.HIDE) -> Drawn:
    """Something drawn on FRAMES, with its place on each of KEYS."""
    return Drawn(what, frames, tuple(Key(frame, keys[frame]) for frame in sorted(keys)))


def nobody(subject: str, frames: tuple[int, int] = (0, SHORT)) -> Drawn:
    """The word that SUBJECT is nobody on FRAMES."""
    return Drawn(Drawing.NOBODY, frames, subject=subject)


def draft(scan: Scan, *drawn: Drawn, keep: tuple[Keep, ...] = (), cover: Cover = Cover.BODY) -> Draft:
    """What is hidden of SCAN with what is DRAWN."""
    request = Request(keep=keep, cover=cover)
    return drafted(request, scan, naming(request, scan, NOW, drawn))


def canvas(plan: MaskPlan, frame: int, *, but: int = -2) -> NDArray[np.bool_]:
    """Which px of the coded picture PLAN hides on FRAME, without the boxes of track BUT."""
    picture = np.zeros((SIZE[1], SIZE[0]), np.bool_)
    rows = plan.rows(frame)
    for (x0, y0, x1, y1), track in zip(plan.xyxy[rows].tolist(), plan.track[rows].tolist(), strict=True):
        if track != but:
            picture[y0:y1, x0:x1] = True
    return picture


def test_nothing_drawn_is_no_track() -> None:
    """Neither for nothing at all nor for what is only heard."""
    silence = Drawn(Drawing.MUTE, (0, 4), times=(Fraction(0), Fraction(1)))
    assert len(drawn_tracks(CLIP, [])) == 0
    assert len(drawn_tracks(CLIP, [silence, nobody("s001")])) == 0


def test_a_region_stays_where_it_was_drawn() -> None:
    """Drawn once it is there from the first of its frames to the last, and hidden to the px, rounded outward."""
    plan = draft(scan_of(frames=SHORT), region({7: (11, 21, 101, 61)}, (5, 12))).plan
    assert [len(plan.boxes(frame)) for frame in range(SHORT)] == [int(5 <= frame < 12) for frame in range(SHORT)]
    assert plan.boxes(5).tolist() == [[10, 20, 102, 62]]
    assert set(plan.origin.tolist()) == {Origin.DRAWN}


def test_between_two_key_frames_it_goes_straight_on_by_time() -> None:
    """Where frames are missing, time goes on without them."""
    gap = replace(CLIP, pts=np.concatenate([np.arange(10), np.arange(20, SHORT + 10)]).astype(np.int64))
    drawn = region({8: (0, 0, 10, 10), 12: (100, 0, 110, 10)})
    assert places(CLIP, drawn)[8:13, 0].round(6).tolist() == [0, 25, 50, 75, 100]
    assert places(gap, drawn)[8:13, 0].round(2).tolist() == [0, 7.14, 85.71, 92.86, 100]


@pytest.mark.parametrize("box", [(0, 0, 1, 1), (639, 359, 640, 360), (100, 50, 103, 51)])
def test_a_tiny_region_is_as_large_as_can_be_measured(box: Box) -> None:
    """No box is smaller than a block of the measure, and all of what was drawn is in it."""
    (drawn,) = draft(scan_of(frames=SHORT), region({0: box})).plan.boxes(3)
    assert (drawn[:2] <= box[:2]).all()
    assert (drawn[2:] >= box[2:]).all()
    assert (drawn[2:] - drawn[:2] >= 4).all()


@given(st.sampled_from(EVERY), regions, spans)
def test_both_ends_and_all_between_are_hidden(way: Orientation, keys: dict[int, Box], frames: tuple[int, int]) -> None:
    """Whichever way round the picture is seen, on each of its frames the region lies in what is hidden."""
    clip = replace(CLIP, orientation=way)
    most, fit = np.array(clip.size_as_seen), dict[int, "Box"]()
    for frame, box in keys.items():
        low = np.minimum(box[:2], most - 1)
        high = np.maximum(np.minimum(box[2:], most), low + 1)
        fit[frame] = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    drawn = region(fit, frames)
    tracks = drawn_tracks(clip, [drawn])
    assert tracks.frame.tolist() == [*range(*frames)]
    seen = as_seen(clip, tracks.xyxy)
    where = places(clip, drawn)
    assert (seen[:, :2] <= where[:, :2]).all()
    assert (seen[:, 2:] >= where[:, 2:]).all()
    for frame, box in fit.items():
        if frames[0] <= frame < frames[1]:
            assert seen[frame - frames[0]].tolist() == [*box]


@settings(max_examples=30)
@given(regions, spans, scans_at_random())
def test_all_but_a_region_is_hidden_and_in_it_what_was(
    keys: dict[int, Box], frames: tuple[int, int], scan: Scan
) -> None:
    """Outside nothing shows; inside, everything that was hidden stays so, and nothing else is."""
    drawn = region(keys, frames, Drawing.HIDE_BUT)
    before, after = draft(scan).plan, draft(scan, drawn).plan
    where = places(scan.clip, drawn)
    for frame in {*range(frames[0], frames[1], 7), frames[1] - 1}:
        hidden, was, (x0, y0, x1, y1) = canvas(after, frame), canvas(before, frame), where[frame - frames[0]]
        left, top, right, bottom = int(np.ceil(x0)), int(np.ceil(y0)), int(np.floor(x1)), int(np.floor(y1))
        outside = np.ones_like(hidden)
        outside[top:bottom, left:right] = False
        assert hidden[outside].all()
        assert (hidden | ~was).all()
        inner = np.s_[top + 8 : max(bottom - 8, 0), left + 8 : max(right - 8, 0)]
        assert (hidden[inner] == was[inner]).all()


@settings(max_examples=30)
@given(scans_at_random(), st.lists(st.tuples(regions, spans, ways), max_size=3))
def test_what_is_drawn_uncovers_nothing(scan: Scan, some: Some) -> None:
    """Every box of before is there still, the same; taken back, the plan is the one of before to the byte."""
    before = draft(scan).plan
    after = draft(scan, *(region(keys, frames, what) for keys, frames, what in some)).plan
    for frame in range(SHORT):
        boxes_before, boxes_after = before.boxes(frame).tolist(), after.boxes(frame).tolist()
        assert all(box in boxes_after for box in boxes_before)
    assert to_bytes(draft(scan).plan) == to_bytes(before)


@settings(max_examples=40)
@given(scans_at_random(), st.data())
def test_that_nobody_is_there_takes_the_boxes_of_one_subject_alone(scan: Scan, data: st.DataObject) -> None:
    """Those of all others hide what they did, whatever the cover is; and before and after it so do theirs."""
    everyone = people(scan)
    some = [subject for subject in everyone.subjects if subject.standing is not Standing.UNCLEAR]
    if not some:
        return
    subject, frames = data.draw(st.sampled_from(some)), data.draw(spans)
    cover = data.draw(st.sampled_from(Cover))
    word = nobody(subject.id, frames)
    # whoever is nobody is told apart from others in both, so that tracks have the same numbers
    before, after = draft(scan, nobody("s999"), cover=cover).plan, draft(scan, word, cover=cover).plan
    mine = np.unique(everyone.tracks.track[of_nobody(everyone, [word])])
    for frame in range(SHORT):
        rows, inside = before.rows(frame), frames[0] <= frame < frames[1]
        others = before.xyxy[rows][~(np.isin(before.track[rows], mine) & inside)].tolist()
        there = after.boxes(frame).astype(np.float32)
        assert all(covered_share(np.array(box, np.float32), there.astype(np.int32)) == 1 for box in others)
        if inside:
            assert not np.isin(after.track[after.rows(frame)], mine).any()


def test_nobody_where_somebody_else_is_stays_hidden() -> None:
    """Two cross, and the one is said to be nobody: where both are, the box of the other hides as before."""
    scan = scan_of(walks(0, 6, look=1), body((300, 100, 340, 220), look=2))
    everyone = people(scan)
    still = next(one for one in everyone.subjects if one.standing is Standing.PERSON and one.first == 0)
    plan = draft(scan, nobody(still.id, (0, 100))).plan
    kept = draft(scan, nobody("s999")).plan
    other = [track for track in np.unique(kept.track).tolist() if track not in still.tracks]
    for frame in range(100):
        rows, there = kept.rows(frame), plan.boxes(frame).tolist()
        assert all(box in there for box in kept.xyxy[rows][np.isin(kept.track[rows], other)].tolist())


def test_what_is_unclear_and_drawn_stands_in_the_same_plan_twice() -> None:
    """The same drawing gives the same plan, byte for byte, also beside somebody who is shown."""
    scan = scan_of(walks(0, 4, look=1), body((500, 100, 540, 220), look=2))
    keep = (Keep(at=Fraction(1), point=(520, 160)),)
    drawn = region({0: (480, 80, 560, 240)}, (10, 20))
    one, two = (draft(scan, drawn, keep=keep) for _ in range(2))
    assert to_bytes(one.plan) == to_bytes(two.plan)
    assert one.plan.style is Style.BLUR
    shown = draft(scan, keep=keep).plan
    assert not canvas(shown, 15)[120:200, 505:535].any()
    assert canvas(one.plan, 15)[80:240, 480:560].all()
    assert not canvas(one.plan, 25)[120:200, 505:535].any()


def test_what_moved_in_a_region_that_is_hidden_is_explained() -> None:
    """Nobody has to look there again."""
    mover = walks(0, 4)
    moved = scan_of(mover).found
    scan = replace(scan_of(frames=100), moved=_tracks_of(moved))
    assert len(draft(scan).moved) == 1
    assert len(draft(scan, region({0: (0, 0, 640, 360)}, (0, 100))).moved) == 0


def _tracks_of(found: Detections) -> Tracks:
    count = len(found)
    return Tracks(
        found.frame,
        found.xyxy,
        found.score,
        np.zeros(count, np.uint8),
        np.array([0, count], np.int64),
        np.zeros(1, np.uint8),
    )


def test_a_mask_goes_on_from_where_somebody_was_last() -> None:
    """From their last box on; between two times at which they were seen, from the one to the other."""
    there = known(stands((100, 100, 140, 220), range(20)), stands((300, 100, 340, 220), range(60, 80)), whose=[0, 0])
    clip = clip_of(1280, 720, frames=100)
    after = going_on(clip, there, 0, (80, 100))
    assert [key.frame for key in after] == [79]
    assert after[0].place[0] <= 300
    assert after[0].place[2] >= 340
    between = going_on(clip, there, 0, (20, 60))
    assert [key.frame for key in between] == [19, 60]
    assert between[0].place[:2] < between[1].place[:2]
    first = going_on(clip, there, 0, (0, 10))
    assert [key.frame for key in first][-1] == 10


def test_of_whom_a_face_was_found_too_the_body_goes_on() -> None:
    """Of those who are there as a face and as a body, the body is what is hidden."""
    clip = clip_of(1280, 720, frames=100)
    both = known(
        stands((100, 100, 140, 220), range(20)), stands((110, 105, 130, 125), range(20), kind=Kind.FACE), whose=[0, 0]
    )
    (key,) = going_on(clip, both, 0, (20, 30))
    assert key.place[3] >= 220
