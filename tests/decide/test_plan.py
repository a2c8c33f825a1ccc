"""The plan: every row that is not let through lies inside a box of its frame, and nothing else decides."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from redact.decide.plan import SHARED, Hiding, Yielding, plan
from redact.records.boxes import grow, outward
from redact.records.clip import Clip, Color, Damage
from redact.records.kinds import Cover, Kind, Origin, Style
from redact.records.orientation import EVERY, UPRIGHT, Orientation
from redact.records.plan import digest, to_bytes
from redact.records.tracks import Tracks
from redact.track.belonging import FOLD
from redact.track.listing import cut_where
from redact.track.present import ROUND

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.records.plan import MaskPlan

FRAMES, WIDTH, HEIGHT = 12, 641, 361
EVERYTHING = tuple(Kind)


def clip_of(damaged: tuple[int, ...] = ()) -> Clip:
    """A clip of an odd size, some of whose frames decoded damaged."""
    return Clip(
        path=Path("hall.mp4"),
        sha256="a" * 64,
        size_bytes=1,
        width=WIDTH,
        height=HEIGHT,
        orientation=UPRIGHT,
        sample_aspect_ratio=Fraction(1),
        pix_fmt="yuv420p",
        color=Color(),
        time_base=Fraction(1, 25),
        pts=np.arange(FRAMES, dtype=np.int64),
        rate=Fraction(25),
        damage=Damage(np.array(damaged, np.int32)),
    )


def tracks_of(*rows: tuple[Kind, int, tuple[float, float, float, float], int]) -> Tracks:
    """Tracks that stand still: kind, first frame, box, number of frames."""
    frames = [np.arange(first, min(first + count, FRAMES), dtype=np.int32) for _, first, _, count in rows]
    lengths = [len(frame) for frame in frames]
    total = sum(lengths)
    return Tracks(
        frame=np.concatenate([np.zeros(0, np.int32), *frames]),
        xyxy=np.repeat(np.array([box for _, _, box, _ in rows], np.float32).reshape(-1, 4), lengths, axis=0),
        score=np.full(total, 0.5, np.float32),
        origin=np.full(total, Origin.SEEN, np.uint8),
        start=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        kind=np.array([kind for kind, *_ in rows], np.uint8),
    )


def planned(
    tracks: Tracks, released: frozenset[int] = frozenset(), cover: Cover = Cover.BODY, clip: Clip | None = None
) -> MaskPlan:
    """Plan for the whole clip."""
    return plan(clip or clip_of(), tracks, released, Hiding(EVERYTHING, (0, FRAMES), cover=cover))


def test_nobody_is_an_empty_plan() -> None:
    """Where nothing was found nothing is hidden."""
    made = planned(tracks_of())
    assert len(made.xyxy) == 0
    assert [len(made.boxes(i)) for i in range(FRAMES)] == [0] * FRAMES


def test_one_person_is_hidden_on_exactly_the_frames_of_the_track() -> None:
    """A box on every frame of the track, none on the others, even px, larger than what was found."""
    made = planned(tracks_of((Kind.PERSON, 3, (100, 50, 150, 200), 4)))
    assert [len(made.boxes(i)) for i in range(FRAMES)] == [0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0]
    left, top, right, bottom = made.boxes(3)[0].tolist()
    assert (left < 100, top < 50, right > 150, bottom > 200) == (True,) * 4
    assert all(px % 2 == 0 for px in (left, top, right, bottom))


def test_a_damaged_frame_is_hidden_whole() -> None:
    """Of a frame that decoded damaged nothing is shown, and its box belongs to no track."""
    made = planned(tracks_of(), clip=clip_of(damaged=(5,)))
    assert made.boxes(5).tolist() == [[0, 0, WIDTH, HEIGHT]]
    assert made.track.tolist() == [-1]


def test_a_face_without_a_body_takes_hair_and_shoulders_with_it() -> None:
    """Found alone a face is covered more widely than inside a body that is covered itself."""
    face = (Kind.FACE, 0, (110.0, 60.0, 130.0, 85.0), 1)
    alone = planned(tracks_of(face)).boxes(0)[0]
    with_body = planned(tracks_of(face, (Kind.PERSON, 0, (90, 50, 160, 300), 1)))
    inside = with_body.boxes(0)[with_body.kind[with_body.rows(0)] == Kind.FACE][0]
    assert alone[2] - alone[0] > inside[2] - inside[0]
    assert alone[3] > inside[3]


@pytest.mark.parametrize("cover", [Cover.HEAD, Cover.FACE])
def test_a_person_without_a_face_keeps_the_head_covered(cover: Cover) -> None:
    """Where no face was found the head is hidden whatever the cover: a face may be there all the same."""
    (box,) = planned(tracks_of((Kind.PERSON, 0, (100, 50, 150, 250), 1)), cover=cover).boxes(0)
    assert box[1] < 50
    assert 90 < box[3] < 130


def test_cover_face_leaves_the_head_of_someone_whose_face_was_found() -> None:
    """With the face hidden, hair and body show."""
    tracks = tracks_of((Kind.PERSON, 0, (100, 50, 150, 250), 1), (Kind.FACE, 0, (115, 60, 135, 85), 1))
    made = planned(tracks, cover=Cover.FACE)
    assert made.kind.tolist() == [Kind.FACE]


TALL = (Kind.PERSON, 0, (100.0, 40.0, 160.0, 340.0), 1)


@pytest.mark.parametrize("faces", [
    [(115.0, 50.0, 140.0, 80.0), (105.0, 150.0, 130.0, 180.0)],
    [(105.0, 150.0, 130.0, 180.0)],
    [(115.0, 50.0, 140.0, 80.0), (105.0, 110.0, 130.0, 140.0), (130.0, 200.0, 155.0, 230.0)],
])  # fmt: skip
def test_a_head_reaches_down_past_the_lowest_face_in_its_body(faces: list[tuple[float, float, float, float]]) -> None:
    """A box around two people, or a face far below where a head should be: all is covered down to that face's chin."""
    made = planned(tracks_of(TALL, *[(Kind.FACE, 0, face, 1) for face in faces]), cover=Cover.HEAD)
    boxes, kind = made.boxes(0), made.kind[made.rows(0)]
    (head,), covers = boxes[kind == Kind.PERSON], boxes[kind == Kind.FACE]
    assert len(covers) == len(faces)
    assert head[0] < 100
    assert head[2] > 160
    assert max(box[3] for box in faces) < head[3] == covers[:, 3].max() < 340


def test_a_head_reaches_no_further_for_a_face_beside_its_body() -> None:
    """Who stands beside them, or is let through, is no reason to hide more; and a face beside keeps its own cover."""
    (alone,) = planned(tracks_of(TALL), cover=Cover.HEAD).boxes(0)
    beside, inside = (165.0, 200.0, 190.0, 230.0), (105.0, 150.0, 130.0, 180.0)
    made = planned(tracks_of(TALL, (Kind.FACE, 0, beside, 1)), cover=Cover.HEAD)
    head, face = made.boxes(0).tolist()
    assert head == alone.tolist()
    assert face[0] < beside[0] < beside[2] < face[2]
    assert face[1] < beside[1] < beside[3] < face[3]
    let = planned(tracks_of(TALL, (Kind.FACE, 0, inside, 1)), frozenset({1}), cover=Cover.HEAD)
    assert let.boxes(0).tolist() == [alone.tolist()]


def test_cover_face_still_hides_a_head_whose_face_was_not_found() -> None:
    """A face further down in the box is somebody else's, or none: both stay covered, and what is between them shows."""
    made = planned(tracks_of(TALL, (Kind.FACE, 0, (105.0, 200.0, 130.0, 230.0), 1)), cover=Cover.FACE)
    head, face = made.boxes(0).tolist()
    assert head[3] < face[1]


def test_who_is_let_through_is_not_hidden_and_others_are() -> None:
    """Releasing one track takes its boxes and no other's."""
    tracks = tracks_of((Kind.PERSON, 0, (100, 50, 150, 250), 3), (Kind.PERSON, 0, (120, 50, 170, 250), 3))
    assert set(planned(tracks, frozenset({0})).track.tolist()) == {1}


def test_only_asked_kinds_and_frames_are_hidden() -> None:
    """Plates that nobody asked to hide, and frames outside the span, have no boxes."""
    tracks = tracks_of((Kind.PERSON, 0, (0, 0, 50, 90), FRAMES), (Kind.PLATE, 0, (300, 300, 340, 310), FRAMES))
    made = plan(clip_of(), tracks, (), Hiding((Kind.PERSON,), (4, 6)))
    assert set(made.kind.tolist()) == {Kind.PERSON}
    assert [len(made.boxes(i)) for i in range(FRAMES)] == [0] * 4 + [1, 1] + [0] * 6


row = st.tuples(
    st.sampled_from(list(Kind)),
    st.integers(0, FRAMES - 1),
    st.tuples(*[st.floats(-20, 700, width=32)] * 2, *[st.floats(1, 400, width=32)] * 2).map(
        lambda b: (min(b[0], 630), min(b[1], 350), min(b[0], 630) + b[2], min(b[1], 350) + b[3])
    ),
    st.integers(1, FRAMES),
)


@given(st.lists(row, max_size=8), st.sets(st.integers(0, 7)))
def test_every_row_not_let_through_lies_in_a_box_of_its_frame(
    rows: list[tuple[Kind, int, tuple[float, ...], int]], let: set[int]
) -> None:
    """Whatever overlaps, hidden wins: the part of each hidden box that is in the picture is covered by its own box.

    Two people side by side who share a little, one of them visible, end in the middle of it.
    """
    tracks = tracks_of(*rows)  # type: ignore[arg-type]
    made = planned(tracks, frozenset(let))
    numbers = tracks.track
    for r in range(len(tracks.frame)):
        if int(numbers[r]) in let:
            continue
        here = made.rows(int(tracks.frame[r]))
        own = made.xyxy[here][made.track[here] == numbers[r]]
        inside = np.clip(tracks.xyxy[r], 0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
        if inside[2] > inside[0] and inside[3] > inside[1]:
            assert len(own) == 1
            beside = np.isin(numbers, [*let]) & (tracks.frame == tracks.frame[r]) & (_kinds(tracks) == Kind.PERSON)
            bodies = tracks.xyxy[beside & (_kinds(tracks)[r] == Kind.PERSON)]
            both = np.minimum(tracks.xyxy[r, 2], bodies[:, 2]) - np.maximum(tracks.xyxy[r, 0], bodies[:, 0])
            shared = min(both.max(initial=0), SHARED * (tracks.xyxy[r, 2] - tracks.xyxy[r, 0])) / 2
            assert (own[0, :2] <= (inside[0] + shared, inside[1])).all()
            assert (own[0, 2:] >= (inside[2] - shared, inside[3])).all()


def _kinds(tracks: Tracks) -> NDArray[np.uint8]:
    """(r,) the kind of what each row is of."""
    return np.asarray(tracks.kind[tracks.track], np.uint8)


@given(st.lists(row, max_size=8), st.sets(st.integers(0, 7)))
def test_a_head_reaches_past_every_hidden_face_whose_middle_is_in_its_body(
    rows: list[tuple[Kind, int, tuple[float, ...], int]], let: set[int]
) -> None:
    """However many are in one box, of none of them is more shown than below the lowest chin."""
    tracks = tracks_of(*rows)  # type: ignore[arg-type]
    made, number = planned(tracks, frozenset(let), Cover.HEAD), tracks.track
    hidden = [r for r in range(len(tracks.frame)) if int(number[r]) not in let]
    bodies = [r for r in hidden if tracks.kind[number[r]] == Kind.PERSON]
    faces = [r for r in hidden if tracks.kind[number[r]] == Kind.FACE]
    for body, face in product(bodies, faces):
        low, high, middle = tracks.xyxy[body, :2], tracks.xyxy[body, 2:], tracks.xyxy[face].reshape(2, 2).mean(axis=0)
        if tracks.frame[body] == tracks.frame[face] and (middle > low).all() and (middle < high).all():
            here = made.rows(int(tracks.frame[body]))
            for head in made.xyxy[here][made.track[here] == number[body]]:
                assert head[3] >= min(tracks.xyxy[face, 3], HEIGHT)


@given(st.lists(row, max_size=6), st.sets(st.integers(0, 5)), st.integers(0, 5))
def test_letting_one_go_takes_no_box_of_another(
    rows: list[tuple[Kind, int, tuple[float, ...], int]], let: set[int], one: int
) -> None:
    """The boxes of every other track are there all the same, and hide as much above and below.

    At the sides only bodies hide less, and never less than what was found of them.
    """
    tracks = tracks_of(*rows)  # type: ignore[arg-type]
    before, after = planned(tracks, frozenset(let)), planned(tracks, frozenset(let | {one}))
    kept, left = before.track != one, after.track != one
    assert before.track[kept].tolist() == after.track[left].tolist()
    assert before.kind[kept].tolist() == after.kind[left].tolist()
    for kind, was, hides, track in zip(
        after.kind[left], before.xyxy[kept], after.xyxy[left], after.track[left].tolist(), strict=True
    ):
        assert hides[1] <= was[1]
        assert hides[3] >= was[3]
        own = tracks.xyxy[tracks.rows(track).start] if kind == Kind.PERSON else was
        assert hides[0] <= max(was[0], own[0])
        assert hides[2] >= min(was[2], own[2])


def test_the_same_arguments_give_the_same_bytes_and_others_do_not() -> None:
    """A plan is spelt in one way, so its digest can be signed; any change shows."""
    tracks = tracks_of((Kind.PERSON, 0, (100, 50, 150, 250), 3), (Kind.FACE, 1, (110, 60, 130, 90), 2))
    assert to_bytes(planned(tracks)) == to_bytes(planned(tracks))
    assert digest(planned(tracks)) != digest(replace(planned(tracks), style=Style.FILL))
    assert digest(planned(tracks)) != digest(planned(tracks, frozenset({1})))


BODY, IN_BODY, BESIDE = (100.0, 40.0, 200.0, 340.0), (120.0, 100.0, 145.0, 130.0), (300.0, 100.0, 325.0, 130.0)
VISIBLE = frozenset({0})


def scored(tracks: Tracks, *scores: float) -> Tracks:
    """TRACKS, each of which was found at its score."""
    return replace(tracks, score=np.array(scores, np.float32)[tracks.track])


def face_box(tracks: Tracks, released: frozenset[int] = VISIBLE, cover: Cover = Cover.BODY) -> list[int]:
    """What hides the one face on the first frame."""
    made = planned(tracks, released, cover)
    here = made.rows(0)
    (box,) = made.xyxy[here][made.kind[here] == Kind.FACE]
    return [int(px) for px in box]


def own_box(face: tuple[float, float, float, float]) -> list[int]:
    """What hides FACE where somebody hidden is around it: no hair and shoulders."""
    around = (Kind.PERSON, 0, (face[0] - 50, face[1] - 50, face[2] + 50, face[3] + 200), 1)
    return face_box(tracks_of(around, (Kind.FACE, 0, face, 1)), frozenset())


def bust_of(face: tuple[float, float, float, float]) -> list[int]:
    """What hides FACE where nobody is around it."""
    return face_box(tracks_of((Kind.FACE, 0, face, 1)), frozenset())


@pytest.mark.parametrize(("score", "small"), [(0.1, True), (0.39, True), (0.4, False), (0.9, False)])
def test_a_doubtful_face_in_someone_who_stays_visible_is_hidden_by_its_own_box(score: float, small: bool) -> None:
    """A fold or a hand, mostly: no hair and shoulders of theirs are hidden for it. A sure one may be another's."""
    tracks = scored(tracks_of((Kind.PERSON, 0, BODY, 1), (Kind.FACE, 0, IN_BODY, 1)), 0.9, score)
    assert face_box(tracks) == (own_box(IN_BODY) if small else bust_of(IN_BODY))
    assert own_box(IN_BODY)[3] < bust_of(IN_BODY)[3]


def test_a_face_that_was_sure_once_is_sure_on_every_frame() -> None:
    """It is the track's best score that counts, on whatever frame it was."""
    tracks = tracks_of((Kind.PERSON, 0, BODY, 3), (Kind.FACE, 0, IN_BODY, 3))
    score = np.array([0.9, 0.9, 0.9, 0.1, 0.1, 0.6], np.float32)
    assert face_box(replace(tracks, score=score)) == bust_of(IN_BODY)


def test_a_doubtful_face_beside_someone_who_stays_visible_keeps_hair_and_shoulders() -> None:
    """Outside, or less than four fifths inside: it may be somebody who stands there."""
    across = (BODY[2] - 15, 100.0, BODY[2] + 10, 130.0)
    for face in (BESIDE, across):
        tracks = scored(tracks_of((Kind.PERSON, 0, BODY, 1), (Kind.FACE, 0, face, 1)), 0.9, FOLD)
        assert face_box(tracks) == bust_of(face)


@pytest.mark.parametrize("face", [(190.0, 100.0, 215.0, 130.0), (140.0, 15.0, 160.0, 38.0)], ids=["beside", "above"])
def test_a_faint_face_has_no_shoulders_before_someone_who_stays_visible(face: tuple[float, ...]) -> None:
    """Whoever may have it is behind them: it is hidden, and all around it but where they are."""
    tracks = scored(tracks_of((Kind.PERSON, 0, BODY, 1), (Kind.FACE, 0, face, 1)), 0.9, FOLD - 0.01)  # type: ignore[arg-type]
    hidden, bust = _painted(planned(tracks, VISIBLE).boxes(0)), _painted(np.array([bust_of(face)]))  # type: ignore[arg-type]
    own = _painted(np.array([own_box(face)]))  # type: ignore[arg-type]
    body = _painted(outward(np.array([BODY], np.float32), WIDTH, HEIGHT))
    assert not (own & ~hidden).any()
    assert not (bust & ~body & ~hidden).any()
    shown = bust & ~hidden
    assert shown.sum() > bust.sum() / 5
    assert not (shown & ~body).any()


def test_a_faint_face_keeps_its_shoulders_where_nobody_is_seen() -> None:
    """Where somebody is only expected, or another face is, there is no body before it."""
    face = (190.0, 100.0, 215.0, 130.0)
    body = scored(tracks_of((Kind.PERSON, 0, BODY, 1), (Kind.FACE, 0, face, 1)), 0.9, 0.1)
    guessed = replace(body, origin=np.array([Origin.EXTENDED, Origin.SEEN], np.uint8))
    assert face_box(guessed) == bust_of(face)
    other = scored(tracks_of((Kind.FACE, 0, (150.0, 90.0, 195.0, 140.0), 1), (Kind.FACE, 0, face, 1)), 0.9, 0.1)
    assert face_box(other) == bust_of(face)


def test_a_body_that_is_visible_on_another_frame_makes_no_face_doubtful() -> None:
    """Nor does the face of someone who is visible: only a body around it, there and then."""
    later = scored(tracks_of((Kind.PERSON, 1, BODY, 2), (Kind.FACE, 0, IN_BODY, 1)), 0.9, 0.1)
    assert face_box(later) == bust_of(IN_BODY)
    large = (IN_BODY[0] - 5, IN_BODY[1] - 5, IN_BODY[2] + 5, IN_BODY[3] + 5)
    tracks = scored(tracks_of((Kind.FACE, 0, large, 1), (Kind.FACE, 0, IN_BODY, 1)), 0.9, 0.1)
    assert face_box(tracks) == bust_of(IN_BODY)


@pytest.mark.parametrize("cover", [Cover.HEAD, Cover.FACE])
def test_with_heads_and_faces_alone_a_doubtful_face_is_hidden_no_less(cover: Cover) -> None:
    """There faces have no hair and shoulders with them anyway."""
    tracks = tracks_of((Kind.PERSON, 0, BODY, 1), (Kind.FACE, 0, IN_BODY, 1))
    assert face_box(scored(tracks, 0.9, 0.1), cover=cover) == face_box(scored(tracks, 0.9, 0.9), cover=cover)


scores = st.lists(st.sampled_from((0.1, 0.3, 0.5, 0.9)), min_size=8, max_size=8)


@given(st.lists(row, max_size=8), st.sets(st.integers(0, 7)), scores)
def test_shoulders_yield_nothing_but_where_somebody_visible_is(
    rows: list[tuple[Kind, int, tuple[float, ...], int]], let: set[int], some: list[float]
) -> None:
    """And every face, with its own margins, stays hidden: against the same faces a little surer."""
    tracks = tracks_of(*rows)  # type: ignore[arg-type]
    faint, sure = scored(tracks, *some), scored(tracks, *(max(score, FOLD) for score in some))
    hides, most = planned(faint, frozenset(let)), planned(sure, frozenset(let))
    visible = np.isin(tracks.track, sorted(let)) & (tracks.kind[tracks.track] == Kind.PERSON)
    for index in range(FRAMES):
        here = visible & (tracks.frame == index)
        bodies = _painted(outward(tracks.xyxy[here], WIDTH, HEIGHT), slack=8)  # slivers beside them are left out
        bare = _painted(most.boxes(index)) & ~_painted(hides.boxes(index))
        assert not (bare & ~bodies).any()


@given(st.lists(row, max_size=8), scores)
def test_where_nobody_is_visible_no_score_changes_the_plan(
    rows: list[tuple[Kind, int, tuple[float, ...], int]], some: list[float]
) -> None:
    """Doubt makes a box smaller only in somebody who was let through."""
    tracks = tracks_of(*rows)  # type: ignore[arg-type]
    assert to_bytes(planned(scored(tracks, *some[: len(tracks)]))) == to_bytes(planned(tracks))


@given(st.lists(row, max_size=8), scores, st.sets(st.integers(0, 7)), st.sampled_from(Cover))
def test_doubt_uncovers_no_face(
    rows: list[tuple[Kind, int, tuple[float, ...], int]], some: list[float], let: set[int], cover: Cover
) -> None:
    """However doubtful, and whoever is visible around it: every face not let through lies in a box of its own."""
    tracks = scored(tracks_of(*rows), *some[: len(rows)])  # type: ignore[arg-type]
    made = planned(tracks, frozenset(let), cover)
    for number in (number for number in range(len(tracks)) if tracks.kind[number] == Kind.FACE and number not in let):
        for frame, face in zip(tracks.frame[tracks.rows(number)], tracks.xyxy[tracks.rows(number)], strict=True):
            inside = np.clip(face, 0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
            if (inside[2:] <= inside[:2]).any():
                continue  # beside the picture there is nothing to hide
            own = made.xyxy[made.rows(frame)][made.track[made.rows(frame)] == number]
            assert ((own[:, :2] <= inside[:2]) & (own[:, 2:] >= inside[2:])).all(axis=1).any()


@given(st.lists(row, max_size=6), scores, st.sets(st.integers(0, 5)), st.integers(0, 5))
def test_letting_one_go_makes_no_box_of_another_smaller_for_doubt(
    rows: list[tuple[Kind, int, tuple[float, ...], int]], some: list[float], let: set[int], one: int
) -> None:
    """Around a face that is doubtful in somebody now visible there was their own mask before, and no wider box.

    One that is faint is cut where they stand: the property below is of those.
    """
    tracks = scored(tracks_of(*rows), *(max(score, FOLD) for score in some[: len(rows)]))  # type: ignore[arg-type]
    before, after = planned(tracks, frozenset(let)), planned(tracks, frozenset(let | {one}))
    left = (after.track != one) & (after.kind != Kind.PERSON)
    kept = (before.track != one) & (before.kind != Kind.PERSON)
    assert before.track[kept].tolist() == after.track[left].tolist()
    assert (after.xyxy[left][:, :2] <= before.xyxy[kept][:, :2]).all()
    assert (after.xyxy[left][:, 2:] >= before.xyxy[kept][:, 2:]).all()


@given(st.lists(row, max_size=6), scores, st.sets(st.integers(0, 5)), st.integers(0, 5))
def test_letting_one_go_uncovers_of_other_faces_only_what_somebody_visible_is_before(
    rows: list[tuple[Kind, int, tuple[float, ...], int]], some: list[float], let: set[int], one: int
) -> None:
    """However faint they are; and never the face itself."""
    tracks = scored(tracks_of(*rows), *some[: len(rows)])  # type: ignore[arg-type]
    gone = frozenset(let | {one})
    before, after = planned(tracks, frozenset(let)), planned(tracks, gone)
    shown, kind = np.isin(tracks.track, sorted(gone)), tracks.kind[tracks.track]
    for index in range(FRAMES):
        here, others = tracks.frame == index, before.rows(index)
        faces = before.xyxy[others][(before.track[others] != one) & (before.kind[others] != Kind.PERSON)]
        bodies = _painted(outward(tracks.xyxy[here & shown & (kind == Kind.PERSON)], WIDTH, HEIGHT), slack=8)
        hidden = _painted(after.boxes(index))
        assert not (_painted(faces) & ~hidden & ~bodies).any()
        assert not (_painted(outward(tracks.xyxy[here & ~shown & (kind == Kind.FACE)], WIDTH, HEIGHT)) & ~hidden).any()


HIDDEN = (100.0, 50.0, 200.0, 250.0)
"""Its margins reach from 90 to 210, and from 36 to 260."""


def beside(
    *visible: tuple[float, float, float, float], kind: Kind = Kind.PERSON, cover: Cover = Cover.BODY
) -> list[int]:
    """What hides somebody in HIDDEN on the first frame, where those in VISIBLE boxes of KIND stay visible."""
    tracks = tracks_of((Kind.PERSON, 0, HIDDEN, 1), *((kind, 0, box, 1) for box in visible))
    (box,) = planned(tracks, frozenset(range(1, 1 + len(visible))), cover).boxes(0).tolist()
    return [int(px) for px in box]


def test_with_nobody_beside_them_a_body_has_all_its_margins() -> None:
    """Nor with somebody visible far away."""
    assert beside() == beside((400, 50, 460, 250)) == [90, 36, 210, 260]


@pytest.mark.parametrize(
    ("visible", "hides"),
    [
        ((204, 50, 260, 250), [90, 36, 204, 260]),
        ((190, 50, 260, 250), [90, 36, 196, 260]),
        ((178, 50, 260, 250), [90, 36, 190, 260]),
        ((174, 50, 260, 250), [90, 36, 200, 260]),
        ((151, 50, 260, 250), [90, 36, 200, 260]),
        ((40, 50, 96, 250), [96, 36, 210, 260]),
        ((40, 50, 110, 250), [104, 36, 210, 260]),
        ((120, 50, 180, 250), [90, 36, 210, 260]),
        ((40, 50, 260, 250), [90, 36, 210, 260]),
    ],
    ids=[
        "right",
        "over the right edge",
        "far over it",
        "too far",
        "half",
        "left",
        "over the left edge",
        "in",
        "around",
    ],
)
def test_a_margin_at_the_side_ends_where_somebody_visible_begins(
    visible: tuple[float, float, float, float], hides: list[int]
) -> None:
    """Where their boxes share a little, in the middle of that; of the box that was found no more is ever shown."""
    assert beside(visible) == hides


def test_whoever_lies_is_hidden_to_the_end_of_their_box() -> None:
    """Their head is there, before whoever kneels beside it."""
    lies, kneels = (100.0, 200.0, 300.0, 260.0), (255.0, 120.0, 405.0, 290.0)
    assert 300 - kneels[0] <= SHARED * (kneels[2] - kneels[0])
    tracks = tracks_of((Kind.PERSON, 0, lies, 1), (Kind.PERSON, 0, kneels, 1))
    (box,) = planned(tracks, frozenset({1})).boxes(0).tolist()
    assert box[2] == 300


def test_between_two_who_are_visible_both_sides_yield() -> None:
    """Each as far as the nearest."""
    assert beside((40, 50, 94, 250), (206, 50, 260, 250), (208, 50, 262, 250)) == [94, 36, 206, 260]


@pytest.mark.parametrize(
    ("visible", "hides"),
    [
        ((120, 0, 180, 45), [90, 36, 210, 260]),
        ((120, 255, 180, 340), [90, 36, 210, 260]),
        ((204, 0, 260, 36), [90, 36, 210, 260]),
        ((204, 262, 260, 350), [90, 36, 210, 260]),
        ((204, 0, 260, 60), [90, 36, 204, 260]),
        ((204, 255, 260, 350), [90, 36, 204, 260]),
    ],
    ids=["above", "below", "higher", "lower", "partly higher", "partly lower"],
)
def test_above_and_below_nothing_yields(visible: tuple[float, float, float, float], hides: list[int]) -> None:
    """Hair and feet stick out of boxes; and who is higher or lower than all of them is not beside them."""
    assert beside(visible) == hides


@pytest.mark.parametrize("kind", [Kind.FACE, Kind.PLATE])
def test_no_margin_yields_but_before_a_body(kind: Kind) -> None:
    """A face is no person's outline, nor a plate."""
    assert beside((204, 60, 230, 90), kind=kind) == [90, 36, 210, 260]


def test_no_margin_of_a_face_yields() -> None:
    """Hair and ears stick out at its sides."""
    face = (Kind.FACE, 0, (100.0, 50.0, 140.0, 100.0), 1)
    tracks = tracks_of(face, (Kind.PERSON, 0, (142, 40, 200, 250), 1))
    assert planned(tracks, frozenset({1})).boxes(0).tolist() == planned(tracks_of(face)).boxes(0).tolist()


@pytest.mark.parametrize("origin", [Origin.FILLED, Origin.EXTENDED])
def test_no_margin_yields_but_before_who_was_seen_there(origin: Origin) -> None:
    """Where their box is a guess, or on another frame, they may be elsewhere."""
    tracks = tracks_of((Kind.PERSON, 0, HIDDEN, 1), (Kind.PERSON, 0, (204, 50, 260, 250), 1))
    guessed = replace(tracks, origin=np.array([Origin.SEEN, origin], np.uint8))
    assert planned(guessed, frozenset({1})).boxes(0).tolist() == [[90, 36, 210, 260]]
    later = tracks_of((Kind.PERSON, 0, HIDDEN, 1), (Kind.PERSON, 1, (204, 50, 260, 250), 1))
    assert planned(later, frozenset({1})).boxes(0).tolist() == [[90, 36, 210, 260]]


def test_the_margins_of_a_guess_yield_as_well() -> None:
    """Whoever is carried on is hidden by their box."""
    tracks = tracks_of((Kind.PERSON, 0, HIDDEN, 1), (Kind.PERSON, 0, (204, 50, 260, 250), 1))
    guessed = replace(tracks, origin=np.array([Origin.EXTENDED, Origin.SEEN], np.uint8))
    assert planned(guessed, frozenset({1})).boxes(0).tolist() == [[90, 36, 204, 260]]


def test_a_head_yields_at_its_sides_too() -> None:
    """Only before who is as high as the head."""
    assert beside((204, 50, 260, 250), cover=Cover.HEAD)[2] == 204
    assert beside((204, 200, 260, 350), cover=Cover.HEAD)[2] == 210


@pytest.mark.parametrize("way", EVERY, ids=str)
def test_whichever_way_round_a_clip_is_seen_only_sides_yield(way: Orientation) -> None:
    """It is people's sides, not those of the coded picture."""
    clip = replace(clip_of(), orientation=way)
    for visible in ((204.0, 60.0, 260.0, 250.0), (110.0, 254.0, 190.0, 340.0), (110.0, 2.0, 190.0, 46.0)):
        both = tracks_of((Kind.PERSON, 0, HIDDEN, 1), (Kind.PERSON, 0, visible, 1))
        coded = replace(both, xyxy=way.to_coded(both.xyxy, clip.width, clip.height))
        alone = way.to_upright(planned(coded, clip=clip).boxes(0)[:1].astype(np.float32), clip.width, clip.height)[0]
        hides = planned(coded, frozenset({1}), clip=clip).boxes(0).astype(np.float32)
        (upright,) = way.to_upright(hides, clip.width, clip.height)
        assert upright[[1, 3]].tolist() == alone[[1, 3]].tolist()
        assert (upright[2] < alone[2]) == (visible[0] == 204)


def around(over: tuple[float, float, float, float], *, yields: bool = True) -> list[list[int]]:
    """What hides something weak at OVER, beside somebody visible to whom it YIELDS."""
    both = tracks_of((Kind.PERSON, 0, over, 1), (Kind.PERSON, 0, (200, 50, 260, 250), 1))
    clip = clip_of()
    to = Yielding({0}, both.detections(np.flatnonzero(both.track == 1))) if yields else None
    made = plan(clip, both, {1}, Hiding(EVERYTHING, (0, FRAMES)), yielding=to)
    boxes: list[list[int]] = made.boxes(0).tolist()
    return boxes


def test_what_yields_hides_nothing_where_somebody_visible_is() -> None:
    """And all that is around them; a tenth of their size beside them is theirs too."""
    within = (210.0, 80.0, 250.0, 200.0)
    assert around(within) == []
    assert len(around(within, yields=False)) == 1
    left = around((150.0, 80.0, 250.0, 200.0))
    assert left == [[140, 70, 198, 206]]
    assert len(around((150.0, 0.0, 330.0, 300.0))) == 4


def test_slivers_of_what_yields_are_left_out() -> None:
    """Nothing could be made out in them, and each would be widened to a block over whoever is visible."""
    assert around((204.0, 80.0, 258.0, 200.0)) == []


@given(st.lists(row, min_size=1, max_size=6), st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)))
def test_what_yields_uncovers_nothing_but_where_somebody_visible_is(
    rows: list[tuple[Kind, int, tuple[float, ...], int]], let: set[int], loose: set[int]
) -> None:
    """Every px that is hidden where nothing yields, and is not of them, still is, but for slivers."""
    tracks = tracks_of(*rows)  # type: ignore[arg-type]
    hiding = Hiding(EVERYTHING, (0, FRAMES))
    whole = plan(clip_of(), tracks, let, hiding)
    shown = np.flatnonzero(np.isin(tracks.track, sorted(let)) & (tracks.kind[tracks.track] == Kind.PERSON))
    made = plan(clip_of(), tracks, let, hiding, yielding=Yielding(loose - let, tracks.detections(shown)))
    for index in range(FRAMES):
        here = np.isin(tracks.track, sorted(let)) & (tracks.frame == index)
        bodies = grow(tracks.xyxy[here & (tracks.kind[tracks.track] == Kind.PERSON)], ROUND + 0.2)
        bare = _painted(whole.boxes(index)) & ~_painted(made.boxes(index))
        assert not (bare & ~_painted(outward(bodies, WIDTH, HEIGHT), slack=8)).any()


def _painted(boxes: NDArray[np.int32], slack: int = 0) -> NDArray[np.bool_]:
    """(HEIGHT, WIDTH) which px lie in BOXES, or within SLACK of one."""
    canvas = np.zeros((HEIGHT, WIDTH), np.bool_)
    for x0, y0, x1, y1 in boxes.tolist():
        canvas[max(y0 - slack, 0) : y1 + slack, max(x0 - slack, 0) : x1 + slack] = True
    return canvas


@given(st.lists(row, max_size=8), st.data())
def test_where_nobody_is_visible_the_plan_is_that_of_the_same_tracks(
    rows: list[tuple[Kind, int, tuple[float, ...], int]], data: st.DataObject
) -> None:
    """However they were cut: the same boxes of the same kinds on the same frames, and no margin yields."""
    tracks = tracks_of(*rows)  # type: ignore[arg-type]
    cut = data.draw(arrays(np.bool_, len(tracks.frame)))
    pieces = cut_where(tracks, cut)
    whole, parts = planned(tracks), planned(pieces)
    assert whole.start.tolist() == parts.start.tolist()
    for index in range(FRAMES):
        here = [
            sorted(zip(made.kind[made.rows(index)].tolist(), made.boxes(index).tolist(), strict=True))
            for made in (whole, parts)
        ]
        assert here[0] == here[1]
    people = [one for one in rows if one[0] is Kind.PERSON]
    alone = [planned(tracks_of(one)).xyxy for one in people]  # type: ignore[arg-type]
    bodies = planned(tracks_of(*people))  # type: ignore[arg-type]
    for number, boxes in enumerate(alone):
        assert bodies.xyxy[bodies.track == number].tolist() == boxes.tolist()


@given(st.lists(row, min_size=2, max_size=8), st.sets(st.integers(0, 7), min_size=1))
def test_a_margin_yields_to_nobody_who_is_not_there(
    rows: list[tuple[Kind, int, tuple[float, ...], int]], let: set[int]
) -> None:
    """Each side of a body is where it is with nobody visible, or where somebody visible begins, or about its own."""
    people = [one for one in rows if one[0] is Kind.PERSON]
    tracks = tracks_of(*people)  # type: ignore[arg-type]
    before, after = planned(tracks), planned(tracks, frozenset(let))
    kept = ~np.isin(before.track, sorted(let))
    frame = np.repeat(np.arange(FRAMES), np.diff(after.start))
    for was, hides, index, track in zip(
        before.xyxy[kept], after.xyxy, frame.tolist(), after.track.tolist(), strict=True
    ):
        own = outward(tracks.xyxy[[tracks.rows(track).start]], WIDTH, HEIGHT)[0]
        there = outward(tracks.xyxy[(tracks.frame == index) & np.isin(tracks.track, sorted(let))], WIDTH, HEIGHT)
        slack = SHARED / 2 * (own[2] - own[0]) + 2
        right = hides[2] in {was[2], own[2], *there[:, 0].tolist(), *(there[:, 0] + 2).tolist()}
        left = hides[0] in {was[0], own[0], *there[:, 2].tolist(), *(there[:, 2] - 2).tolist()}
        assert right or own[2] - slack <= hides[2] < own[2] or _least(own)
        assert left or own[0] < hides[0] <= own[0] + slack or _least(own)


def _least(box: NDArray[np.int32]) -> bool:
    """Whether BOX is so small that it is hidden by more than itself."""
    return bool(box[2] - box[0] <= 12)
