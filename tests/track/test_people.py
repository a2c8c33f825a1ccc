"""Who is who, from what was found to people: nobody exchanged, nobody twice, nobody lost, and what is shown of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from crowds import FRAMES, RATE, SHORT, Body, Box, body, legs, scan_of, scans_at_random, seen_of, walks, wanders
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from redact.decide.decide import Decided, decide, released
from redact.errors import UsageProblem
from redact.records.boxes import overlap_share
from redact.records.kinds import Kind, Origin, Standing
from redact.request.model import Keep
from redact.track.associate import tracks_of
from redact.track.belonging import Why
from redact.track.people import _Group, _own, people
from redact.track.takeovers import Cut, Pieces

if TYPE_CHECKING:
    from redact.detect.found import Scan
    from redact.track.listing import People

AT = "2026-01-05T10:00:00+00:00"
FRONT: Box = (280, 60, 360, 330)
MAN: Box = (200, 60, 300, 340)


def shown(scan: Scan, frame: int, point: tuple[int, int]) -> Decided:
    """What is decided where whoever is at POINT on FRAME stays visible."""
    keep = [Keep(at=Fraction(frame, RATE), point=point)]
    return decide(scan.clip, people(scan), keep, AT, frames=(0, len(scan.clip)))


def let(made: Decided, one: Body) -> list[int]:
    """The frames on which the sightings of ONE are let through."""
    tracks = made.tracks
    rows = np.isin(tracks.track, sorted(released(made.decisions))) & (tracks.origin == Origin.SEEN)
    return [
        f
        for f, box in one.places.items()
        if (tracks.xyxy[rows & (tracks.frame == f)] == np.array(box, np.float32)).all(1).any()
    ]


def parts(found: People) -> list[int]:
    """How many sightings each person has, the most first."""
    mine = [
        int(((found.owner == number) & (found.why == Why.SEEN)).sum())
        for number, subject in enumerate(found.subjects)
        if subject.standing is Standing.PERSON
    ]
    return sorted(mine, reverse=True)


def exchanged(found: People, *bodies: Body) -> list[str]:
    """Ids of the people who are seen at places of several BODIES."""
    wrong = []
    for number, subject in enumerate(found.subjects):
        rows = np.flatnonzero((found.owner == number) & (found.why == Why.SEEN))
        places = list(zip(found.tracks.frame[rows].tolist(), found.tracks.xyxy[rows], strict=True))
        if subject.standing is Standing.PERSON and not any(
            all(f in one.places and (np.array(one.places[f], np.float32) == box).all() for f, box in places)
            for one in bodies
        ):
            wrong.append(subject.id)
    return wrong


def missed(first: int, last: int) -> list[int]:
    """Every frame but those from FIRST to LAST."""
    return [f for f in range(100) if not first <= f <= last]


def test_of_nothing_found_nobody_is_anybody() -> None:
    """There is nothing to show and nothing to say."""
    scan = scan_of()
    assert people(scan).subjects == ()
    made = decide(scan.clip, people(scan), [], AT, frames=(0, 100))
    assert (len(made.tracks), made.decisions, made.warnings) == (0, (), ())


def test_someone_alone_is_one_and_is_shown_throughout() -> None:
    """Nobody near and no gap: there is nothing to warn of."""
    walker = walks(50, 4, look=1)
    scan = scan_of(walker)
    assert parts(people(scan)) == [100]
    made = shown(scan, 10, (110, 160))
    assert let(made, walker) == list(range(100))
    assert made.warnings == ()


@pytest.mark.parametrize("gone", [0, 4, 10])
def test_two_in_other_clothes_who_cross_are_each_one(gone: int) -> None:
    """Whether both are always found or the one behind the other is not for a while."""
    one, two = walks(50, 5, look=1), walks(553, -5, missed(50 - gone // 2, 49 + gone // 2), look=2)
    found = people(scan_of(one, two))
    assert exchanged(found, one, two) == []
    assert min(parts(found)[:2]) >= 100 - gone - 4
    assert found.open == ()


def test_two_in_other_clothes_who_turn_round_behind_something_are_each_one() -> None:
    """They do not go on where they were going; what they wear tells."""
    places = [
        {f: (300 + side * 5.0 * abs(f - 50), 100.0, 340 + side * 5.0 * abs(f - 50), 220.0) for f in missed(43, 57)}
        for side in (-1, 1)
    ]
    bodies = [Body(there, look) for look, there in enumerate(places, 1)]
    found = people(scan_of(*bodies, body((20, 230, 60, 350), look=5)))
    assert exchanged(found, *bodies, body((20, 230, 60, 350))) == []
    assert parts(found) == [100, 85, 85]


@pytest.mark.parametrize("gone", [0, 4, 10, 20])
@pytest.mark.parametrize("look", [0, None], ids=["alike", "not known"])
def test_two_who_look_alike_and_cross_are_never_exchanged(look: int | None, gone: int) -> None:
    """Where nothing tells them apart nothing is joined; it is asked, and the one who was named is hidden from there."""
    frames = missed(50 - gone // 2, 49 + gone // 2) if gone else range(100)
    one, two = walks(50, 5, frames, look), walks(553, -5, frames, look)
    scan = scan_of(one, two)
    found = people(scan)
    assert exchanged(found, one, two) == []
    made = shown(scan, 10, (120, 160))
    assert set(let(made, two)) <= set(range(45, 56))
    if len(let(made, one)) < len(one.places):
        assert made.warnings


@pytest.mark.parametrize("back", [False, True], ids=["goes on", "turns round"])
def test_two_who_look_alike_and_stop_where_they_meet_are_not_joined_with_certainty(back: bool) -> None:
    """They stand behind each other for a while, and go on or back: who is who afterwards only a person can say."""
    far = {f: 5.0 * (43 - f if f <= 43 else f - 58 if f > 57 else 0) for f in missed(44, 57)}
    bodies = []
    for side in (-1, 1):
        ahead = {f: side * away * (1 if f <= 43 or back else -1) for f, away in far.items()}
        bodies.append(Body({f: (300 + x, 100.0, 340 + x, 220.0) for f, x in ahead.items()}, 0))
    scan = scan_of(*bodies)
    found = people(scan)
    assert exchanged(found, *bodies) == []
    assert max(parts(found)) <= 44
    assert found.open
    made = shown(scan, 10, (135 + 20, 160))
    assert let(made, bodies[1]) == []
    assert made.warnings


def test_who_passes_behind_another_is_one_and_covered_in_between() -> None:
    """Two seconds behind somebody who stands there: boxes of their own hide them, about where they are."""
    front, walker = body(FRONT, look=1), walks(100, 4, missed(43, 62), 2)
    found = people(scan_of(front, walker))
    assert parts(found) == [100, 80]
    starts = (found.tracks.frame == 0) & (found.tracks.xyxy[:, 0] == 100)
    (number,) = found.owner[starts].tolist()
    mine = (found.owner == number) & (found.tracks.origin == Origin.EXTENDED)
    for frame in range(43, 63):
        here = np.array([(100.0 + 4 * frame, 100, 140.0 + 4 * frame, 220)], np.float32)
        rows = mine & (found.tracks.frame == frame)
        assert rows.any()
        assert overlap_share(here, found.tracks.xyxy[rows]).max() > 0.99


def test_who_stays_visible_is_let_through_after_passing_behind_another() -> None:
    """And whoever stands before them is not."""
    front, walker = body(FRONT, look=1), walks(100, 4, missed(43, 62), 2)
    made = shown(scan_of(front, walker), 10, (160, 160))
    assert let(made, walker) == list(walker.places)
    assert let(made, front) == []


@pytest.mark.parametrize(("gap", "parted"), [(5, 1), (60, 2)], ids=["for a moment", "for long"])
def test_out_of_sight_for_a_moment_is_no_doubt_and_for_long_is(gap: int, parted: int) -> None:
    """A pole on the way is no reason to lose somebody; who comes back after six seconds may be anybody."""
    walker = walks(50, 3, missed(20, 19 + gap), 1)
    scan = scan_of(walker)
    assert len(parts(people(scan))) == parted
    assert let(shown(scan, 10, (100, 160)), walker) == [f for f in walker.places if parted == 1 or f < 20]


def test_who_stands_there_after_a_cut_is_somebody_else() -> None:
    """Nobody is joined over it, and a point before it shows nobody after it."""
    stands = body(MAN, look=1)
    scan = scan_of(stands, cuts=[50])
    assert parts(people(scan)) == [50, 50]
    assert let(shown(scan, 10, (250, 200)), stands) == list(range(50))


def test_somebody_else_who_appears_far_away_is_not_joined() -> None:
    """Nobody jumps across the picture."""
    one, two = walks(50, 2, range(40), 0), body((560, 100, 600, 220), range(45, 100), 0)
    scan = scan_of(one, two)
    assert exchanged(people(scan), one, two) == []
    assert let(shown(scan, 10, (90, 160)), two) == []


def test_a_face_goes_with_the_body_it_sits_in_and_a_second_as_sure_one_does_not() -> None:
    """A man and his face are one; of two in him neither is known to be his, and both stay hidden."""
    man, face = body(MAN, look=1), body((220, 70, 245, 100), kind=Kind.FACE)
    other = body((260, 70, 285, 100), kind=Kind.FACE)
    alone = shown(scan_of(man, face), 10, (250, 200))
    assert let(alone, man) == let(alone, face) == list(range(100))
    both = shown(scan_of(man, face, other), 10, (250, 300))
    assert (len(let(both, man)), let(both, face), let(both, other)) == (100, [], [])


def test_a_face_low_in_a_body_stays_hidden() -> None:
    """A child before a man is not his face."""
    child = body((230, 260, 260, 300), kind=Kind.FACE)
    assert let(shown(scan_of(body(MAN, look=1), child), 10, (250, 150)), child) == []


def reasons(scan: Scan, one: Body) -> set[Why]:
    """Why the sightings of ONE, the only weak body of SCAN, belong to somebody."""
    found = people(scan)
    rows = (found.tracks.score == np.float32(one.score)) & (found.tracks.origin == Origin.SEEN)
    assert rows.sum() == len(one.places)
    return {Why(why) for why in found.why[rows].tolist()}


def test_a_weak_box_in_somebody_is_theirs_and_beside_them_its_own() -> None:
    """A bag in their arms is shown with them; what is beside them is not."""
    man, bag = body(MAN, look=1), body((220, 80, 280, 200), range(20, 30), score=0.2)
    assert reasons(scan_of(man, bag), bag) == {Why.WITHIN}
    assert let(shown(scan_of(man, bag), 10, (250, 200)), bag) == list(range(20, 30))
    beside = body((400, 80, 460, 200), range(20, 30), score=0.2)
    assert people(scan_of(man, beside)).subjects[1].standing is Standing.THING
    assert let(shown(scan_of(man, beside), 10, (250, 200)), beside) == []


def test_a_weak_box_in_somebody_is_not_theirs_while_another_is_lost_there() -> None:
    """It may be the one who went behind them: hidden when they are shown."""
    man, behind = body(MAN, look=1), walks(50, 5, range(37), 2)
    box = body((225, 100, 265, 220), range(45, 50), score=0.2)
    scan = scan_of(man, behind, box)
    assert not reasons(scan, box) & {Why.WITHIN, Why.DOUBLE}
    assert let(shown(scan, 90, (250, 300)), box) == []


def test_what_is_carried_on_from_somebody_seen_elsewhere_points_at_nobody_and_hides_nobody() -> None:
    """A track that ends and is taken up elsewhere: what it is carried on over is nobody's who is not hidden anyway."""
    walker = walks(50, 8, range(60), 1)
    found = people(scan_of(walker, body((500, 230, 540, 350), look=2)))
    past = found.why == Why.PAST
    assert not (past & (found.tracks.origin == Origin.SEEN)).any()
    assert parts(found) == [100, 60]


def test_weak_boxes_that_never_move_are_one_thing() -> None:
    """Once in the list, whenever they were found."""
    boxes = [body((400, 80, 460, 200), range(f, f + 3), score=0.2) for f in range(0, 90, 12)]
    found = people(scan_of(body(MAN, look=1), *boxes))
    assert [subject.standing for subject in found.subjects] == [Standing.PERSON, Standing.THING]


def test_who_comes_in_where_another_just_went_is_somebody_else() -> None:
    """In other clothes, a look and a half later, through the same door or over the same edge."""
    goes = Body({f: (240 - 8 * f, 100, 280 - 8 * f, 220) for f in range(31)}, 1)
    comes = Body({f: (8 * (f - 33), 100, 8 * (f - 33) + 40, 220) for f in range(33, 80)}, 2)
    found = people(scan_of(goes, comes))
    assert exchanged(found, goes, comes) == []
    assert len({subject.id for subject in found.subjects if subject.standing is Standing.PERSON}) > 1


def test_a_face_at_the_head_of_another_box_is_not_theirs() -> None:
    """Behind a counter stands somebody whose body is hardly found: the face is not that of who stands before it."""
    back, weak = body((280, 100, 380, 340)), body((318, 95, 400, 330), score=0.2)
    face = body((345, 105, 370, 140), score=0.7, kind=Kind.FACE)
    scan = scan_of(back, weak, face)
    assert reasons(scan, face).isdisjoint({Why.FACE})


def test_two_weak_ones_side_by_side_are_two_things() -> None:
    """Naming one must not show the other, who may be somebody that sits still."""
    found = people(scan_of(body((300, 100, 340, 220), score=0.35), body((320, 100, 360, 220), score=0.35)))
    assert [subject.standing for subject in found.subjects] == [Standing.THING, Standing.THING]


def test_who_is_there_when_the_scene_ends_is_not_behind_anybody_in_the_next() -> None:
    """However close to where they were somebody stands there."""
    scan = scan_of(body((300, 100, 340, 220), range(20)), body((290, 90, 350, 300), range(20, FRAMES)), cuts=[20])
    first = people(scan).subjects[0]
    assert (first.first, first.last) == (0, 19)


def test_who_is_joined_with_what_comes_between_is_not_in_two_places() -> None:
    """A doubtful sighting is not theirs on a frame on which they are seen elsewhere."""
    before, between = body((100, 100, 140, 220), range(10)), body((130, 100, 170, 220), range(10, 15))
    elsewhere, after = body((220, 100, 260, 220), range(10, 14)), body((100, 100, 140, 220), range(15, 25))
    scan = scan_of(before, between, elsewhere, after)
    tracks, seen = tracks_of(scan), seen_of(scan)
    left = seen.xyxy[:, 0]
    chains = (np.flatnonzero(seen.frame < 10), np.flatnonzero(left == 220), np.flatnonzero(seen.frame >= 15))
    pieces = Pieces(chains, (Cut(0, 2, np.flatnonzero(left == 130)),))
    (own,) = _own(scan, tracks, _Group(seen, pieces, ((0, 1, 2),), ()))
    assert tracks.frame[own].tolist() == list(range(25))


@given(legs, legs, st.tuples(st.integers(100, 300), st.integers(340, 540)), st.sampled_from([0, 6, 12]))
@settings(max_examples=25)
def test_whatever_two_in_other_clothes_do_they_are_not_exchanged(
    one: list[tuple[float, float]], two: list[tuple[float, float]], places: tuple[int, int], gone: int
) -> None:
    """They wander about, behind each other too, and what is named as the one never shows the other."""
    first = Body(wanders((places[0], 200), one), 1)
    hidden = range(20 - gone // 2, 20 + gone // 2)
    second = Body(wanders((places[1], 200), two, hidden), 2)
    assume(first.places and second.places and 0 in first.places)
    assert exchanged(people(scan_of(first, second, frames=SHORT)), first, second) == []


@given(scans_at_random())
@settings(max_examples=25)
def test_every_row_is_kept_and_is_one_subject_s(scan: Scan) -> None:
    """Of whatever was found; what is added hides people, and nothing else."""
    found, before = people(scan), tracks_of(scan)
    tracks, count = found.tracks, len(before.frame)
    for column in ("frame", "xyxy", "score", "origin"):
        assert (getattr(tracks, column)[:count] == getattr(before, column)).all()
    kinds = tracks.kind[tracks.track]
    assert (kinds[:count] == before.kind[before.track]).all()
    assert (tracks.origin[count:] == Origin.EXTENDED).all()
    assert (kinds[count:] == Kind.PERSON).all()
    assert sorted(track for subject in found.subjects for track in subject.tracks) == list(range(len(tracks)))
    assert len(found.owner) == len(found.why) == len(tracks.frame)


@given(scans_at_random())
@settings(max_examples=25)
def test_nobody_is_in_two_places_at_once(scan: Scan) -> None:
    """Each person is seen once on a frame at most, as what they are, and in one shot."""
    found = people(scan)
    for number, subject in enumerate(found.subjects):
        if subject.standing is Standing.PERSON:
            mine = (found.owner == number) & (found.why == Why.SEEN)
            frames = found.tracks.frame[mine]
            assert len(np.unique(frames)) == len(frames)
            assert set(found.tracks.kind[found.tracks.track[mine]].tolist()) <= {subject.kind}
            assert len(np.unique(np.searchsorted(scan.cuts, frames, "right"))) <= 1


@given(scans_at_random())
@settings(max_examples=15)
def test_the_same_scan_gives_the_same_people(scan: Scan) -> None:
    """Every time; and where no colours were noted, as where none were seen."""
    blank = replace(scan, found=replace(scan.found, colours=None))
    zeros = replace(scan, found=replace(scan.found, colours=np.zeros((len(scan.found), 5), np.uint8)))
    for one, other in ((scan, scan), (blank, zeros)):
        first, again = people(one), people(other)
        assert (first.subjects, first.open) == (again.subjects, again.open)
        assert (first.owner == again.owner).all()
        assert (first.why == again.why).all()


@given(scans_at_random(), st.integers(0, SHORT - 1), st.integers(0, 639), st.integers(0, 359))
@settings(max_examples=25)
def test_whoever_is_pointed_at_nothing_seen_of_another_person_is_shown(scan: Scan, frame: int, x: int, y: int) -> None:
    """Of whatever was found: of others only what is weak and lies in somebody who is seen."""
    found = people(scan)
    try:
        made = shown(scan, frame, (x, y))
    except UsageProblem:
        return
    (decision,) = made.decisions
    (mine,) = [number for number, subject in enumerate(found.subjects) if subject.id == decision.subject]
    rows = np.isin(made.tracks.track, decision.tracks)
    assert (made.tracks.frame == found.tracks.frame).all()
    assert not (rows & (found.why == Why.SEEN) & (found.owner != mine)).any()
    assert rows[found.owner == mine].all()
