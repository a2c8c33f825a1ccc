"""From a point to whoever is there, from somebody to a point that names them, and times that are read back."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from clips import clip_of
from hypothesis import given
from hypothesis import strategies as st
from known import known
from trails import Box, Trail, stands

from redact.decide.points import clear_point, moment, named
from redact.errors import UsageProblem
from redact.records.kinds import Kind, Standing
from redact.records.orientation import EVERY, Orientation
from redact.request.model import Keep, parse_keep, parse_time
from redact.request.times import frame_at
from redact.track.belonging import Why

if TYPE_CHECKING:
    from redact.track.listing import People

FRAMES = 50
CLIP = clip_of(640, 360, frames=FRAMES)
MAN: Box = (100, 50, 160, 250)
FACE: Box = (115, 60, 140, 90)
UNCLEAR = {1: Standing.UNCLEAR}


def pointed(people: People, frame: int, x: int, y: int) -> int:
    """Whom a point on FRAME names: their position in the subjects."""
    return named(CLIP, people, Keep(at=Fraction(frame, 25), point=(x, y)))


def carried(box: Box, frames: range) -> Trail:
    """What a track is carried on over, after it was seen last."""
    return stands(box, frames, [frames.start - 1])


def test_in_a_clip_in_which_nobody_is_nobody_is_named() -> None:
    """And nobody to point at is told of."""
    with pytest.raises(UsageProblem, match=r"Nobody was found at 5, 5 at 00:00\.4, nor anywhere else on that frame"):
        pointed(known(), 10, 5, 5)


def test_a_point_on_a_body_names_whose_it_is() -> None:
    """Of however many, by their position in the subjects."""
    people = known(stands((300, 50, 360, 250), range(FRAMES)), stands(MAN, range(FRAMES)))
    assert pointed(people, 10, 330, 100) == 0
    assert pointed(people, 10, 130, 100) == 1


def test_a_point_on_a_face_names_whose_it_is() -> None:
    """Whichever of the two tracks comes first: it is one subject."""
    man, face = stands(MAN, range(FRAMES)), stands(FACE, range(FRAMES), kind=Kind.FACE)
    assert pointed(known(man, face, whose=(0, 0)), 10, 125, 70) == 0
    assert pointed(known(face, man, whose=(0, 0)), 10, 125, 70) == 0


def test_a_face_without_a_body_is_named_itself() -> None:
    """There is nothing else to name."""
    assert pointed(known(stands(FACE, range(FRAMES), kind=Kind.FACE)), 10, 125, 70) == 0


def test_a_thing_is_named_like_anybody() -> None:
    """It may be somebody who sits still, far away."""
    people = known(stands(MAN, range(FRAMES), score=0.3), standing={0: Standing.THING})
    assert pointed(people, 10, 130, 100) == 0


def test_the_right_and_lower_edge_of_a_box_are_not_in_it() -> None:
    """Boxes are half-open."""
    people = known(stands(MAN, range(FRAMES)))
    assert pointed(people, 10, 100, 50) == pointed(people, 10, 159, 249) == 0
    for x, y in ((99, 50), (160, 50), (100, 250)):
        with pytest.raises(UsageProblem, match="Nobody was found"):
            pointed(people, 10, x, y)


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.FACE])
def test_where_two_overlap_neither_is_named(kind: Kind) -> None:
    """Another body, or a face of somebody else before it; beside them each is."""
    people = known(stands(MAN, range(FRAMES)), stands((140, 50, 200, 250), range(FRAMES), kind=kind))
    with pytest.raises(UsageProblem, match=r"Two or more people overlap at 150, 100 at 00:00\.4"):
        pointed(people, 10, 150, 100)
    assert pointed(people, 10, 130, 100) == 0
    assert pointed(people, 10, 180, 100) == 1


def test_two_boxes_of_one_are_no_overlap() -> None:
    """A weak box that somebody explains is theirs."""
    twice = stands((110, 60, 150, 200), range(FRAMES), score=0.2)
    assert pointed(known(stands(MAN, range(FRAMES)), twice, whose=(0, 0), why={1: Why.WITHIN}), 10, 130, 100) == 0


def test_a_moment_at_which_nobody_can_tell_names_nobody() -> None:
    """A sentence, and what to do: to point at them at another time."""
    people = known(stands(MAN, range(20)), stands(MAN, range(20, 30)), standing=UNCLEAR, why={1: Why.UNKNOWN})
    with pytest.raises(UsageProblem, match=r"At 130, 100 at 00:01 it cannot be told who is who\.\nPoint at the person"):
        pointed(people, 25, 130, 100)
    assert pointed(people, 19, 130, 100) == 0


def test_who_is_before_somebody_unclear_is_not_named_either() -> None:
    """It may be either."""
    people = known(
        stands(MAN, range(FRAMES)), stands(MAN, range(FRAMES), score=0.3), standing=UNCLEAR, why={1: Why.UNKNOWN}
    )
    with pytest.raises(UsageProblem, match="Two or more people overlap"):
        pointed(people, 10, 130, 100)


def test_what_was_carried_on_from_who_is_elsewhere_is_nobody() -> None:
    """It takes no point from whoever is there, nor has one of its own."""
    gone = known(
        stands(MAN, range(FRAMES)), carried((140, 50, 200, 250), range(5, 20)), standing=UNCLEAR, why={1: Why.PAST}
    )
    assert pointed(gone, 10, 150, 100) == 0
    with pytest.raises(UsageProblem, match="Nobody was found at 180, 100"):
        pointed(gone, 10, 180, 100)


def test_who_was_seen_there_comes_before_who_is_only_carried_on() -> None:
    """A box that nobody found on that frame names its subject where nobody else is, and else does not."""
    gone, here = stands(MAN, range(20), range(15)), stands((110, 50, 170, 250), range(18, FRAMES))
    assert pointed(known(gone, here), 17, 130, 100) == 0
    assert pointed(known(gone, here), 18, 130, 100) == 1


def test_between_two_sightings_somebody_is_named() -> None:
    """They were there before and after."""
    assert pointed(known(stands(MAN, range(FRAMES), [0, 49])), 25, 130, 100) == 0


def test_who_was_last_seen_a_while_ago_is_named_no_more() -> None:
    """From about a third of a second on the box is a guess."""
    people = known(stands(MAN, range(FRAMES), range(21)))
    assert pointed(people, 28, 130, 100) == 0
    with pytest.raises(UsageProblem, match="Nobody was found at 130, 100"):
        pointed(people, 29, 130, 100)


def test_who_was_just_seen_on_another_track_is_named() -> None:
    """It is the same person, wherever their tracks begin and end."""
    people = known(stands(MAN, range(10, FRAMES), [10]), stands(MAN, range(30, 40)), whose=(0, 0))
    assert pointed(people, 27, 130, 100) == 0


def test_who_was_never_seen_is_not_named() -> None:
    """What hides somebody behind others is no sighting of them."""
    with pytest.raises(UsageProblem, match="Nobody was found at 130, 100"):
        pointed(known(carried(MAN, range(5, 20))), 10, 130, 100)


def test_whoever_points_at_nobody_is_told_of_five_at_most_nearest_first() -> None:
    """Where the middle of each is."""
    people = known(*(stands((x, 50, x + 40, 250), range(FRAMES)) for x in range(0, 600, 80)))
    with pytest.raises(UsageProblem) as refused:
        pointed(people, 10, 65, 150)
    told = str(refused.value).partition("at: ")[2]
    assert told.startswith("100, 150; 20, 150; 180, 150; 260, 150; 340, 150.")


def test_a_point_outside_the_clip_names_nobody() -> None:
    """The sentence tells how far it runs."""
    with pytest.raises(UsageProblem, match="outside the clip, which runs from 00:00 to 00:02"):
        pointed(known(stands(MAN, range(FRAMES))), FRAMES + 1, 130, 100)


def test_of_no_rows_there_is_no_clear_point() -> None:
    """Nor where everything is covered."""
    assert clear_point(CLIP, known(stands(MAN, range(FRAMES))), []) is None


def test_a_clear_point_lies_in_the_middle_where_nobody_else_is() -> None:
    """Half way down, on the first of the rows."""
    assert clear_point(CLIP, known(stands(MAN, range(FRAMES))), [7, 8]) == (7, (130, 150))


@pytest.mark.parametrize("standing", [Standing.PERSON, Standing.UNCLEAR])
def test_a_clear_point_avoids_who_stands_before(standing: Standing) -> None:
    """Higher up where the middle is covered, later where all is; none where they are never apart."""
    before = Trail({0: MAN, 1: (100, 120, 160, 250), 2: (100, 100, 160, 130)}, frozenset(range(3)))
    people = known(stands(MAN, range(3)), before, standing={1: standing})
    assert clear_point(CLIP, people, [0]) is None
    assert clear_point(CLIP, people, [0, 1]) == (1, (130, 110))
    assert clear_point(CLIP, people, [2]) == (2, (130, 150))


def test_a_clear_point_does_not_avoid_what_names_nobody() -> None:
    """What was carried on from who is elsewhere, or nobody saw there."""
    behind = known(stands(MAN, range(9)), carried(MAN, range(1, 9)), standing=UNCLEAR, why={1: Why.PAST})
    assert clear_point(CLIP, behind, [5]) == (5, (130, 150))
    assert clear_point(CLIP, known(stands(MAN, range(9)), carried(MAN, range(1, 9))), [5]) == (5, (130, 150))


def test_the_face_of_a_body_is_no_one_before_it() -> None:
    """Where nothing but the head looks out, it is pointed at, and the body is named."""
    before, face = stands((100, 100, 160, 250), range(3)), stands(FACE, range(3), kind=Kind.FACE)
    people = known(stands(MAN, range(3)), before, face, whose=(0, 1, 0))
    assert clear_point(CLIP, people, [0]) == (0, (130, 80))


@given(
    st.lists(
        st.tuples(
            *(st.integers(0, 560), st.integers(0, 260), st.integers(8, 80), st.integers(8, 100)),
            st.integers(0, 3),
            st.sampled_from((Why.SEEN, Why.WITHIN, Why.UNKNOWN, Why.PAST)),
        ),
        max_size=6,
    ),
    st.sampled_from(EVERY),
)
def test_a_clear_point_names_whom_it_was_made_for(
    boxes: list[tuple[int, int, int, int, int, Why]], way: Orientation
) -> None:
    """Whoever stands where, whoever's each box is and why, whichever way round the clip is seen."""
    clip = replace(CLIP, orientation=way)
    numbers = {owner: place for place, owner in enumerate(sorted({box[4] for box in boxes}))}
    people = known(
        *(stands((x, y, x + w, y + h), range(3)) for x, y, w, h, *_ in boxes),
        whose=[numbers[box[4]] for box in boxes],
        why={track: box[5] for track, box in enumerate(boxes)},
    )
    for row in people.tracks.start[:-1].tolist():
        clear = clear_point(clip, people, [row])
        if clear is not None:
            assert clear[0] == row
            assert named(clip, people, Keep(at=Fraction(0), point=clear[1])) == people.owner[row]


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=30, unique=True),
    st.sampled_from([Fraction(1, 25), Fraction(1001, 30000), Fraction(1, 90000), Fraction(1, 12800)]),
    st.data(),
)
def test_a_moment_is_read_back_as_its_frame(ticks: list[int], time_base: Fraction, data: st.DataObject) -> None:
    """However the frames are spaced, where two are no less than a hundred microseconds apart."""
    least = -(-1 // (time_base * 10_000))
    pts = np.cumsum(np.sort(np.array(ticks)) + int(least)).astype(np.int64)
    clip = replace(clip_of(frames=len(pts), time_base=time_base), pts=pts - pts[0])
    index = data.draw(st.integers(0, len(pts) - 1))
    assert frame_at(clip, parse_time(moment(clip, index))) == index


def test_a_moment_is_told_in_tenths_where_that_is_enough() -> None:
    """Else in hundredths."""
    assert [moment(CLIP, index) for index in (0, 1, 5, 25)] == ["00:00", "00:00.04", "00:00.2", "00:01"]


@pytest.mark.parametrize("standing", [Standing.UNCLEAR, Standing.THING])
def test_where_somebody_known_is_beside_nobody_it_is_they(standing: Standing) -> None:
    """Another point has named them, and whoever points here says that it is they who are seen."""
    people = known(
        stands(MAN, range(FRAMES)),
        stands(MAN, range(FRAMES), score=0.2),
        standing={1: standing},
        why={1: Why.UNKNOWN},
        clip=CLIP,
    )
    with pytest.raises(UsageProblem):
        named(CLIP, people, parse_keep("00:00.4@130,100"))
    assert named(CLIP, people, parse_keep("00:00.4@130,100"), (0,)) == 0


def test_of_two_who_are_known_neither_is_pointed_at_where_both_are() -> None:
    """Whoever else was named."""
    people = known(stands(MAN, range(FRAMES)), stands(MAN, range(FRAMES)), clip=CLIP)
    for others in ((), (0,), (0, 1)):
        with pytest.raises(UsageProblem, match="overlap"):
            named(CLIP, people, parse_keep("00:00.4@130,100"), others)
