"""What was reported of other trackers, made again: nobody who was not named is shown, and nobody guesses who is who.

docs/accuracy.md lists the reports, and the tests elsewhere of what is not here.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from crowds import RATE, Body, Box, body, scan_of, walks

from redact.decide.decide import decide, released
from redact.decide.plan import Hiding, plan
from redact.records.boxes import overlap_share
from redact.records.kinds import Kind, Standing
from redact.request.model import Keep
from redact.track.people import people

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.detect.found import Scan

AT = "2026-01-05T10:00:00+00:00"
POST: Box = (300, 90, 340, 230)


def hidden(scan: Scan, one: Body, frame: int, point: tuple[int, int]) -> list[int]:
    """Frames on which the head of ONE is under a mask where whoever is at POINT on FRAME stays visible."""
    keep = [Keep(at=Fraction(frame, RATE), point=point)]
    made = decide(scan.clip, people(scan), keep, AT, frames=(0, len(scan.clip)))
    hiding = Hiding((Kind.PERSON, Kind.FACE), (0, len(scan.clip)))
    shown = released(made.decisions)
    masks = plan(scan.clip, made.tracks, shown, hiding, visible=made.visible, yielding=made.yielding)
    return [f for f, box in one.places.items() if _lies_in(box, masks.boxes(f))]


def _lies_in(box: Box, masks: NDArray[np.int32]) -> bool:
    """Whether the head of BOX, its top quarter, lies in one of MASKS."""
    left, top, right, bottom = box
    head = np.array([[left, top, right, top + (bottom - top) / 4]], np.float32)
    return bool(overlap_share(head, masks.astype(np.float32)).max(initial=0) == 1)


def whose(scan: Scan, *bodies: Body) -> list[set[int]]:
    """For each subject that is somebody, which of BODIES it was seen as."""
    found = people(scan)
    every = []
    for number, subject in enumerate(found.subjects):
        rows = np.flatnonzero(found.owner == number)
        places = {
            (int(f), *box) for f, box in zip(found.tracks.frame[rows], found.tracks.xyxy[rows].tolist(), strict=True)
        }
        if subject.standing is Standing.PERSON:
            every.append({n for n, one in enumerate(bodies) if places & {(f, *box) for f, box in one.places.items()}})
    return every


@pytest.mark.parametrize(("look", "after"), [(2, 2), (1, 10), (2, 10), (None, 10)])
def test_a_poster_does_not_become_whoever_went_out_of_sight_beside_it(look: int | None, after: int) -> None:
    """A weak finding that never moves, right where somebody was seen last, of the same colours even: it is asked."""
    goes, poster = walks(560, 3, range(14), 1), body((598, 100, 636, 220), range(14 + after, 100), look, score=0.3)
    scan = scan_of(goes, poster)
    assert whose(scan, goes, poster) == [{0}]
    assert set(hidden(scan, poster, 5, (595, 160))) >= set(range(30, 100))


@pytest.mark.parametrize("look", [1, 2], ids=["alike", "unlike"])
@pytest.mark.parametrize("missed", [0, 4, 9])
def test_who_passes_before_somebody_who_stands_does_not_become_them(missed: int, look: int) -> None:
    """Whoever stands is not found while somebody is before them, and is afterwards who they were, or is asked about."""
    away = range(50 - missed // 2, 50 - missed // 2 + missed)
    stands = body((300, 95, 338, 215), [f for f in range(100) if f not in away], 1)
    passes = walks(50, 5, look=look)
    assert all(len(some) == 1 for some in whose(scan_of(stands, passes), stands, passes))
    assert set(hidden(scan_of(stands, passes), passes, 5, (319, 155))) >= {*range(40), *range(62, 100)}


def test_two_far_apart_who_are_missed_at_once_are_not_exchanged() -> None:
    """However little all of it together would cost: nobody gets that far."""
    frames = [f for f in range(100) if f not in range(48, 54)]
    left, right = body((100, 100, 140, 220), frames, 1), body((400, 100, 440, 220), frames, 1)
    assert whose(scan_of(left, right), left, right) == [{0}, {1}]


@pytest.mark.parametrize(("look", "bare"), [(1, 10), (2, 3), (None, 10)], ids=["alike", "unlike", "not known"])
def test_where_the_camera_is_knocked_nobody_stays_whoever_stood_there(look: int | None, bare: int) -> None:
    """All are where their neighbour was. It shows some looks on, and within a second where they look alike."""
    first = None if look is None else 1
    moved = {f: 0 if f < 50 else 60 for f in range(100)}
    row = [
        Body({f: (200 + 60 * n + x, 100, 240 + 60 * n + x, 220) for f, x in moved.items()}, first if n % 2 else look)
        for n in range(3)
    ]
    scan = scan_of(*row)
    for other in (row[0], row[2]):
        assert set(hidden(scan, other, 10, (280, 160))) >= {*range(50), *range(50 + bare, 100)}


def test_many_who_go_behind_one_post_are_each_themselves() -> None:
    """The last as well as the first: nothing that was learned of those before them wears out."""
    people_in_row = []
    for n in range(8):
        places = walks(20 - 90 * n, 6, range(200)).places
        people_in_row.append(Body({f: box for f, box in places.items() if not _behind(box)}, n))
    scan = scan_of(*people_in_row, frames=200)
    every = whose(scan, *people_in_row)
    assert sorted(every, key=min) == [{n} for n in range(8)]


def _behind(box: Box) -> bool:
    return box[0] < POST[2] and box[2] > POST[0]


def test_where_somebody_was_expected_nobody_else_is_shown() -> None:
    """Whoever was named is lost; another stands where they would have gone, and is found a little later."""
    named, other = walks(100, 6, range(30), 1), body((330, 100, 370, 220), range(42, 100), 2)
    assert set(hidden(scan_of(named, other), other, 10, (180, 160))) == set(other.places)


@pytest.mark.parametrize("gap", [2, 3])
def test_who_is_missed_for_some_looks_is_still_the_same(gap: int) -> None:
    """One look in two, or in three: time counts, not looks."""
    one = walks(50, 2, range(0, 100, gap), 1)
    assert whose(scan_of(one), one) == [{0}]
