"""Who stays visible: the points of a request, carried to people, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from clips import clip_of
from hypothesis import given, settings
from hypothesis import strategies as st
from known import frames_of, known
from trails import Box, stands

from redact.decide.decide import decide, released
from redact.decide.plan import SHARED, Hiding, plan
from redact.decide.points import clear_point, moment
from redact.decide.wording import Wording
from redact.detect.found import Scan
from redact.detect.pose import by_tags
from redact.errors import UsageProblem
from redact.records.kinds import Kind, Origin, Standing, Verdict
from redact.records.plan import Decision
from redact.records.tracks import Detections, Tracks
from redact.request.model import Keep, parse_keep
from redact.track.belonging import Why
from redact.track.people import people as people_in

if TYPE_CHECKING:
    from redact.decide.decide import Decided
    from redact.records.plan import MaskPlan
    from redact.track.listing import People

FRAMES = 100
CLIP = clip_of(640, 360, frames=FRAMES)
MAN: Box = (100, 50, 160, 250)
BESIDE: Box = (400, 50, 460, 250)
AT = "2026-03-02T09:00:00+00:00"


def seeds(*texts: str) -> list[Keep]:
    """Points, each written as a name, if any, a time and a place."""
    parts = [text.rpartition(" ") for text in texts]
    return [parse_keep(where).model_copy(update={"name": name}) for name, _, where in parts]


def decided(people: People, *points: str) -> Decided:
    """What is decided in the whole of the clip where POINTS are asked for."""
    return decide(CLIP, people, seeds(*points), AT, frames=(0, FRAMES))


def pair() -> People:
    """Two people who stand beside each other throughout."""
    return known(stands(MAN, range(FRAMES)), stands(BESIDE, range(FRAMES)), clip=CLIP)


def test_where_nobody_is_asked_for_nobody_is_visible() -> None:
    """Nothing is decided or said, and the tracks are the same."""
    for people in (known(clip=CLIP), pair()):
        made = decided(people)
        assert (made.decisions, made.warnings) == ((), ())
        assert made.tracks.start.tolist() == people.tracks.start.tolist()


def test_whoever_is_pointed_at_is_visible_and_nobody_else() -> None:
    """The decision names the subject, their tracks, and the point."""
    made = decided(pair(), "00:00.4@430,100")
    reason = "named by the point 430, 100 at 00:00.4"
    assert made.decisions == (Decision("s002", (1,), Verdict.VISIBLE, "the request", AT, reason),)
    assert released(made.decisions) == {1}
    assert made.warnings == ()


def test_points_at_one_person_are_one_decision() -> None:
    """Every point is told."""
    made = decided(pair(), "00:00.4@430,100", "00:02@430,100")
    (decision,) = made.decisions
    assert decision.reason == "named by the points 430, 100 at 00:00.4; 430, 100 at 00:02"
    assert decision.tracks == (1,)


def test_two_names_are_two_people() -> None:
    """Both stay visible, each by a decision of their own."""
    made = decided(pair(), "Jo 00:00.4@430,100", "Al 00:00.4@130,100")
    assert [(one.subject, one.tracks) for one in made.decisions] == [("s002", (1,)), ("s001", (0,))]
    assert released(made.decisions) == {0, 1}


@pytest.mark.parametrize("name", ["", "Jo "])
def test_one_name_for_two_who_are_in_the_picture_at_once_is_refused(name: str) -> None:
    """The sentence tells of both points, and what to do."""
    with pytest.raises(UsageProblem) as refused:
        decided(pair(), f"{name}00:00.4@430,100", f"{name}00:02@130,100")
    assert str(refused.value).startswith(
        "Those at 430, 100 at 00:00.4 and at 130, 100 at 00:02 are two people: both are in the picture at once.\n"
        "Point at one of them only, or give them different names"
    )


def test_who_comes_back_is_one_person_under_one_name() -> None:
    """Two subjects who are never there at once; the decision is on the first."""
    people = known(stands(MAN, range(40)), stands(BESIDE, range(60, FRAMES)), clip=CLIP)
    made = decided(people, "00:03@430,100", "00:00.4@130,100")
    (decision,) = made.decisions
    assert (decision.subject, decision.tracks) == ("s002", (0, 1))


@pytest.mark.parametrize(
    ("other", "kind", "standing"),
    [
        ((150, 50, 210, 250), Kind.PERSON, Standing.PERSON),
        (BESIDE, Kind.FACE, Standing.PERSON),
        (BESIDE, Kind.PERSON, Standing.THING),
    ],
    ids=["their boxes overlap", "a face without a body", "a thing"],
)
def test_who_may_be_one_at_once_is_one(other: Box, kind: Kind, standing: Standing) -> None:
    """Only two people of one kind, in two places, are surely two."""
    people = known(
        stands(MAN, range(FRAMES)), stands(other, range(50, FRAMES), kind=kind), clip=CLIP, standing={1: standing}
    )
    x = int(other[2]) - 10
    (decision,) = decided(people, "00:00.4@130,100", f"00:03@{x},100").decisions
    assert decision.subject == "s001"


def test_points_that_name_nobody_two_or_nobody_knows_whom_are_refused() -> None:
    """Whoever else was named well."""
    people = known(
        stands(MAN, range(FRAMES)),
        stands((140, 50, 200, 250), range(FRAMES)),
        stands(BESIDE, range(FRAMES)),
        standing={2: Standing.UNCLEAR},
        clip=CLIP,
    )
    for point, said in {"@5,5": "Nobody was found", "@150,100": "overlap", "@430,100": "cannot be told who is"}.items():
        with pytest.raises(UsageProblem, match=said):
            decided(people, "00:00.4@110,100", f"Jo 00:00.4{point}")
    with pytest.raises(UsageProblem, match="outside the clip"):
        decided(people, "00:09@110,100")


def test_the_reason_tells_of_weak_boxes_that_are_shown_with_somebody() -> None:
    """How many, and why each may be."""
    people = known(
        stands(MAN, range(FRAMES)),
        stands((110, 60, 150, 200), range(10), score=0.2),
        stands((105, 50, 165, 250), range(10, 15), score=0.2),
        stands(MAN, range(20, 23), [19], score=0.2),
        stands(BESIDE, range(FRAMES)),
        whose=(0, 0, 0, 2, 1),
        why={1: Why.WITHIN, 2: Why.DOUBLE, 3: Why.PAST},
        standing={2: Standing.UNCLEAR},
        clip=CLIP,
    )
    made = decided(people, "00:01.2@130,100")
    (decision,) = made.decisions
    assert decision.tracks == (0, 1, 2, 3)
    assert decision.reason == (
        "named by the point 130, 100 at 00:01.2, and with them weak boxes that are explained: 10 inside them, "
        "5 them once more, with other edges, 3 of someone who is seen elsewhere on that frame"
    )
    assert "weak boxes" not in decided(people, "00:01.2@430,100").decisions[0].reason


def test_tracks_are_cut_where_somebody_ceases_to_be_visible() -> None:
    """Every row of those given is there, and no other."""
    people = known(
        stands(MAN, range(FRAMES)),
        stands(BESIDE, range(FRAMES)),
        stands((100, 50, 220, 250), range(90, 100), [89], score=0.2),
        whose=(0, 1, 2),
        why={2: Why.PAST},
        clip=CLIP,
    )
    made = decided(people, "00:01.2@130,100")
    for name in ("frame", "xyxy", "score", "origin"):
        assert np.array_equal(getattr(made.tracks, name), getattr(people.tracks, name))
    let = np.isin(made.tracks.track, sorted(released(made.decisions)))
    assert frames_of(people, let) == [list(range(FRAMES)), [], list(range(90, FRAMES))]


def test_it_is_said_whom_to_point_at_where_it_is_not_certain() -> None:
    """By each name, in the words that were given, and not outside the copy."""
    people = known(
        stands(MAN, range(40)), stands(BESIDE, range(60, FRAMES)), stands((500, 50, 560, 250), range(FRAMES)),
        unsure=[(0, 1, 1.0)], clip=CLIP,
    )  # fmt: skip
    made = decided(people, "Jo 00:00.4@130,100", "Al 00:00.4@530,100")
    assert made.warnings == (
        (
            'The person named "Jo" is hidden from 00:01.6 on: from here on it is not certain who is who. '
            'If it is the same person at 430, 150 at 00:02.4, add a [[keep]] with at = "00:02.4", point = [430, 150] '
            "and the same name."
        ),
    )
    words = Wording(lambda _: "They", lambda at, point, _: f"say {at} {point}")
    made = decide(CLIP, people, seeds("00:00.4@130,100"), AT, frames=(0, FRAMES), wording=words)
    assert made.warnings[0].startswith("They is hidden")
    assert made.warnings[0].endswith("say 00:02.4 (430, 150).")
    assert decide(CLIP, people, seeds("00:00.4@130,100"), AT, frames=(0, 40)).warnings == ()


def test_doing_what_a_warning_says_ends_it() -> None:
    """The person is then both."""
    people = known(stands(MAN, range(40)), stands(BESIDE, range(40, FRAMES)), unsure=[(0, 1, 1.0)], clip=CLIP)
    (said,) = decided(people, "00:00.4@130,100").warnings
    made = decided(people, "00:00.4@130,100", said.rpartition("--keep ")[2].rstrip("."))
    assert made.warnings == ()
    assert released(made.decisions) == {0, 1}


def test_boxes_of_who_is_visible_excuse_nobody_where_they_were_only_carried_on() -> None:
    """In order of frames, of every kind."""
    face = stands((115, 60, 140, 90), range(5, 15), kind=Kind.FACE)
    people = known(stands(MAN, range(20), range(10)), face, stands(BESIDE, range(FRAMES)), whose=(0, 0, 1), clip=CLIP)
    made = decided(people, "00:00.2@130,200")
    shown = made.visible
    assert shown.frame.tolist() == sorted([*range(10), *range(5, 15)])
    assert np.bincount(shown.kind).tolist() == [10, 10]
    assert len(decided(people).visible) == 0


def test_what_is_shown_because_it_is_somebody_else_excuses_nobody() -> None:
    """They are hidden elsewhere, and found there again they are exposed."""
    trails = stands(MAN, range(20)), stands(BESIDE, range(20)), stands((110, 50, 170, 250), range(20), score=0.2)
    people = known(*trails, whose=(0, 1, 1), why={2: Why.DOUBLE}, clip=CLIP)
    members = known(*trails[:2], trails[2], whose=(0, 1, 2), why={2: Why.PAST}, clip=CLIP)
    for everyone, point in ((people, "00:00.2@105,100"), (members, "00:00.2@130,100")):
        made = decided(everyone, point)
        assert released(made.decisions) == {0, 2}
        assert made.visible.xyxy.tolist() == [list(MAN)] * 20


def test_where_a_thing_stays_hidden_it_excuses_nobody() -> None:
    """Named beside somebody, it is shown only where it would cover them."""
    people = known(
        stands(MAN, range(50)), stands(BESIDE, range(FRAMES), score=0.3), clip=CLIP, standing={1: Standing.THING}
    )
    made = decided(people, "00:00.2@130,100", "00:00.2@430,100")
    assert released(made.decisions) == {0}
    assert made.visible.frame.tolist() == list(range(50))


def test_what_a_point_speaks_for_is_counted_where_the_decision_is() -> None:
    """And it ends at whom was pointed at, not at another who stays visible beside them."""
    over = stands((140, 50, 420, 250), range(FRAMES), score=0.2)
    people = known(
        *(stands(place, range(FRAMES)) for place in (MAN, BESIDE)),
        over,
        standing={2: Standing.UNCLEAR},
        why={2: Why.UNKNOWN},
        clip=CLIP,
    )
    made = decided(people, "he 00:00.4@110,100", "she 00:03.6@450,100")
    assert made.yielding is not None
    for decision, count in zip(made.decisions, (36, 35), strict=True):
        assert decision.reason.endswith(
            f"; {count} faint boxes of nobody who is known end at them, within a second of a point"
        )
    early = made.yielding.to.frame < 50
    assert {*map(tuple, made.yielding.to.xyxy[early].tolist())} == {MAN}
    assert {*map(tuple, made.yielding.to.xyxy[~early].tolist())} == {BESIDE}


# real people, of anything that networks may have found

WALK = st.tuples(
    *(st.integers(0, 500), st.integers(-8, 8), st.integers(0, 30), st.integers(4, 60)),
    st.sampled_from((0.3, 0.6, 0.9)),
    st.sampled_from((1, 1, 2)),
)
SPECK = st.tuples(
    *(st.integers(0, 49), st.integers(0, 600), st.integers(40, 250), st.integers(8, 60), st.integers(8, 130)),
    st.sampled_from((0.1, 0.2, 0.35, 0.6)),
    st.sampled_from(Kind),
)
LENGTH = 50


def scanned(walks: list[tuple[int, ...]], specks: list[tuple[int, ...]]) -> Scan:
    """What is found of WALKS, people who each walk at one speed, and of SPECKS, anything on single frames."""
    clip = replace(clip_of(640, 360, frames=LENGTH, time_base=Fraction(1, 10)), rate=Fraction(10))
    rows = [
        (frame, (x + step * frame, 100, x + step * frame + 40, 220), score, int(Kind.PERSON))
        for x, step, first, count, score, every in walks
        for frame in range(first, min(first + count, LENGTH), every)
    ]
    rows += [(frame, (x, y, x + w, y + h), score, kind) for frame, x, y, w, h, score, kind in specks]
    rows.sort(key=lambda row: row[0])
    found = Detections(
        np.array([row[0] for row in rows], np.int32),
        np.array([row[1] for row in rows], np.float32).reshape(-1, 4),
        np.array([row[2] for row in rows], np.float32),
        np.array([row[3] for row in rows], np.uint8),
    )
    looks, none = np.arange(LENGTH, dtype=np.int32), np.zeros(0, np.int32)
    return Scan(clip, found, looks, looks, looks, none, closely=True, moved=Tracks.none(), poses=by_tags(clip))


def hidden_in(made: MaskPlan, tracks: Tracks, row: int, *, beside: bool) -> bool:
    """Whether ROW of TRACKS lies, as far as it is in the picture, in a box of its frame.

    But for its sides, if somebody visible is BESIDE it: where both share a little, each ends in the middle of that.
    """
    box = np.clip(tracks.xyxy[row], 0, (640, 360, 640, 360))
    if beside and tracks.kind[tracks.track[row]] == Kind.PERSON:
        side = SHARED / 2 * (tracks.xyxy[row, 2] - tracks.xyxy[row, 0])
        box[[0, 2]] = tracks.xyxy[row, 0] + side, tracks.xyxy[row, 2] - side
        box = np.clip(box, 0, (640, 360, 640, 360))
    if (box[2:] <= box[:2]).any():
        return True
    boxes = made.boxes(int(tracks.frame[row]))
    return bool(((boxes[:, :2] <= box[:2]) & (boxes[:, 2:] >= box[2:])).all(axis=1).any())


@settings(max_examples=25)
@given(st.lists(WALK, min_size=1, max_size=4), st.lists(SPECK, max_size=12), st.data())
def test_nobody_but_who_was_named_is_uncovered(
    walks: list[tuple[int, ...]], specks: list[tuple[int, ...]], data: st.DataObject
) -> None:
    """Every row that is not released lies in a box; what was seen is released with somebody only where it is theirs.

    Or where it is explained by somebody else who is seen on that frame.
    """
    scan = scanned(walks, specks)
    everyone = people_in(scan)
    tracks, where = everyone.tracks, everyone.where
    clear = {
        number: point
        for number, subject in enumerate(everyone.subjects)
        if subject.standing is not Standing.UNCLEAR
        and (point := clear_point(scan.clip, everyone, np.flatnonzero(everyone.owner == number)[:20].tolist()))
    }
    members = data.draw(st.sets(st.sampled_from(sorted(clear)), max_size=2)) if clear else set()
    keep = [
        Keep(at=parse_keep(f"{moment(scan.clip, int(tracks.frame[row]))}@1,1").at, point=point, name=f"{number}")
        for number, (row, point) in clear.items()
        if number in members
    ]
    made = decide(scan.clip, everyone, keep, AT, frames=(0, LENGTH))
    let = np.isin(made.tracks.track, sorted(released(made.decisions)))
    hides = plan(scan.clip, made.tracks, released(made.decisions), Hiding(tuple(Kind), (0, LENGTH)))
    beside = np.isin(tracks.frame, tracks.frame[let])
    assert all(hidden_in(hides, made.tracks, row, beside=beside[row]) for row in np.flatnonzero(~let).tolist())
    assert not members or let.any()
    for row in np.flatnonzero(let & np.isin(tracks.origin, (Origin.SEEN, Origin.DRAWN))).tolist():
        if everyone.owner[row] not in members:
            at = where.at(int(tracks.frame[row]))
            assert everyone.why[row] in {Why.WITHIN, Why.DOUBLE}
            assert where.seen[at][where.person[at] == everyone.owner[row]].any()


def test_what_lies_beside_who_is_visible_stays_hidden_and_ends_at_them() -> None:
    """Whom it was carried on from is hidden elsewhere; nobody knows whom else it hides."""
    beside = stands((MAN[2] - 5, 50, MAN[2] + 55, 250), range(20, 23), [19], score=0.2)
    people = known(
        stands(MAN, range(FRAMES)),
        stands(BESIDE, range(FRAMES)),
        beside,
        whose=(0, 1, 2),
        why={2: Why.PAST},
        standing={2: Standing.UNCLEAR},
        clip=CLIP,
    )
    made = decided(people, "00:01.2@130,100")
    assert made.yielding is not None
    ended = np.isin(made.tracks.track, [*made.yielding.tracks])
    assert made.tracks.frame[ended].tolist() == [20, 21, 22]
    assert not released(made.decisions) & set(made.tracks.track[ended].tolist())
    assert {tuple(box) for box in made.yielding.to.xyxy[made.yielding.to.frame == 20].tolist()} == {MAN}


def test_what_yields_to_one_does_not_yield_to_another_for_what_lies_beside_them() -> None:
    """Where a point speaks for one of two who stay visible, what is beside the other is not cut at them."""
    over = stands((140, 50, 420, 250), range(FRAMES), score=0.2)
    beside = stands((BESIDE[2] - 5, 50, BESIDE[2] + 55, 250), range(5, 8), [4], score=0.2)
    people = known(
        *(stands(place, range(FRAMES)) for place in (MAN, BESIDE)),
        over,
        beside,
        standing={2: Standing.UNCLEAR, 3: Standing.UNCLEAR},
        why={2: Why.UNKNOWN, 3: Why.PAST},
        clip=CLIP,
    )
    made = decided(people, "he 00:00.4@110,100", "she 00:03.6@450,100")
    assert made.yielding is not None
    here = made.yielding.to.xyxy[np.isin(made.yielding.to.frame, [5, 6, 7])]
    assert {tuple(box) for box in here.tolist()} == {MAN}
