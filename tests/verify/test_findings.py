"""Findings: a name that lasts, a picture, and what an operator may let stand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from clips import clip_of
from findings import PLACE, finding
from hypothesis import assume, given
from hypothesis import strategies as st

from cli.remedies import spelt
from redact.detect.letterbox import Letterbox
from redact.errors import UsageProblem
from redact.records.boxes import place_of
from redact.records.kinds import Kind
from redact.records.orientation import Orientation
from redact.records.tracks import Detections
from redact.user import user_name
from redact.verify.acceptance import Acceptance, accept, recorded, remarks
from redact.verify.findings import Finding, Standing, cut_out, find, gathered, names

if TYPE_CHECKING:
    from collections.abc import Sequence

MASTER = "a" * 64
GIVEN = Acceptance(("F1a2b3c4d", "F00000000"), "a poster", "j.bloggs")


@given(st.integers(0, 5), st.integers(0, 1900), st.integers(0, 1000), st.integers(1, 600), st.integers(1, 600))
def test_a_name_is_the_same_in_the_next_run(at: int, x: int, y: int, width: int, height: int) -> None:
    """The same place and time give the same name, in a form that can be typed."""
    place = (x, y, x + width, y + height)
    first = names(MASTER, Kind.FACE, Fraction(at, 3), place)
    assert first == names(MASTER, Kind.FACE, Fraction(at, 3), place)
    assert len(first[0]) == 9
    assert accept([first[0]], "seen").ids == (first[0],)  # type: ignore[union-attr]


@given(st.data())
def test_what_moved_a_little_is_known_by_its_old_name(data: st.DataObject) -> None:
    """Up to an eighth of its size and a fifth of a second: the old name is among those tried."""
    side = data.draw(st.integers(16, 400))
    x, y = data.draw(st.integers(0, 1500)), data.draw(st.integers(0, 900))
    at = data.draw(st.fractions(1, 60, max_denominator=50))
    old = names(MASTER, Kind.FACE, at, (x, y, x + side, y + side))
    shift = st.floats(-side / 8, side / 8).map(round)
    a, b = x + data.draw(shift), y + data.draw(shift)
    assume(a >= 0 and b >= 0)
    later = at + data.draw(st.fractions(Fraction(-1, 5), Fraction(1, 5), max_denominator=50))
    assert old[0] in names(MASTER, Kind.FACE, later, (a, b, a + side, b + side))


@pytest.mark.parametrize(
    "other",
    [
        (MASTER, Kind.PERSON, Fraction(2), PLACE),
        ("b" * 64, Kind.FACE, Fraction(2), PLACE),
        (MASTER, Kind.FACE, Fraction(3), PLACE),
        (MASTER, Kind.FACE, Fraction(2), (220, 80, 260, 180)),
        (MASTER, Kind.FACE, Fraction(2), (100, 80, 110, 105)),
    ],
)
def test_what_is_elsewhere_has_no_name_in_common(other: tuple[str, Kind, Fraction, tuple[int, int, int, int]]) -> None:
    """Another kind, another master, a second later, a body's width away, or a quarter of the size."""
    assert names(MASTER, Kind.FACE, Fraction(2), PLACE)[0] not in names(*other)


@pytest.mark.parametrize(
    ("way", "place"),
    [
        (Orientation(), (10, 20, 30, 60)),
        (Orientation(1), (180, 10, 220, 30)),
        (Orientation(2), (290, 180, 310, 220)),
        (Orientation(3), (20, 290, 60, 310)),
        (Orientation(mirrored=True), (290, 20, 310, 60)),
        (Orientation(1, mirrored=True), (180, 290, 220, 310)),
    ],
)
def test_a_place_is_told_as_someone_sees_it(way: Orientation, place: tuple[int, int, int, int]) -> None:
    """Px of the upright picture, for clips that are stored turned."""
    clip = clip_of(320, 240, orientation=way)
    assert place_of(clip, np.array([10, 20, 30, 60], np.float32)) == place


def test_a_finding_says_where_and_when_it_is() -> None:
    """Kind, time as a player shows it, place and score."""
    found = Detections(
        np.array([30], np.int32),
        np.array([PLACE], np.float32),
        np.array([0.75], np.float32),
        np.array([Kind.FACE], np.uint8),
    )
    one, known = find(found, 0, clip_of(320, 240), b"jpeg")
    assert one == Finding(known[0], Kind.FACE, 30, Fraction(6, 5), PLACE, 0.75, picture=b"jpeg")
    assert one.said == "face at 00:01.2"


@pytest.mark.parametrize("place", [(100, 80, 140, 180), (0, 0, 4, 4), (318, 238, 320, 240), (0, 0, 320, 240)])
def test_the_picture_shows_the_place_with_a_line_around_it(place: tuple[int, int, int, int]) -> None:
    """Enlarged, and never a part of the padding."""
    clip = clip_of(320, 240)
    box = Letterbox.of(clip, 640)
    rgb = np.full((box.padded[1], box.padded[0], 3), 200, np.uint8)
    rgb[box.upright[1] :] = rgb[:, box.upright[0] :] = 0
    coded = cv2.imdecode(np.frombuffer(cut_out(rgb, box, place), np.uint8), cv2.IMREAD_COLOR)
    assert coded is not None
    assert max(coded.shape[:2]) == 280
    assert coded[..., 2].min() > 100
    yellow = (coded[..., 2] > 200) & (coded[..., 0] < 120)
    assert yellow.any()


def test_findings_of_several_copies_are_put_together() -> None:
    """Nothing, then what was found on the last copy, and what was found before and not again."""
    assert gathered([]) == gathered([(), ()]) == ()
    gone, stays, poster = finding("Fa", 5), finding("Fb", 9), finding("Fc", 7, Standing.ACCEPTED)
    told = gathered([(gone, stays, poster), (replace(stays, score=0.9),)])
    assert [(one.id, one.standing) for one in told] == [
        ("Fa", Standing.EARLIER),
        ("Fc", Standing.ACCEPTED),
        ("Fb", Standing.OPEN),
    ]
    assert told[-1].score == 0.9


def test_nothing_is_accepted_unless_it_is_named() -> None:
    """No ids and no reason are nothing; a finding of another name stays open."""
    assert accept([], None) is None
    assert accept([], " ") is None
    assert GIVEN.of(finding("F11111111"), ["F11111111", "F22222222"]).standing is Standing.OPEN
    known = GIVEN.of(finding("F11111111"), ["F11111111", "F1a2b3c4d"])
    assert (known.id, known.standing) == ("F1a2b3c4d", Standing.ACCEPTED)


def test_who_accepts_is_the_user_of_the_system() -> None:
    """Ids in any case, each once; the name is asked of the system, not made up."""
    given = accept(["f1A2B3C4D", "F1a2b3c4d"], "  a   poster ")
    assert given == Acceptance(("F1a2b3c4d",), "a poster", user_name())
    assert user_name()


@pytest.mark.parametrize(
    ("ids", "reason", "said"),
    [
        (["1a2b3c4d"], "a poster", "--accept 1a2b3c4d is not the id of a finding."),
        (["F1a2b3c4"], "a poster", "is not the id of a finding."),
        ([""], "a poster", "is not the id of a finding."),
        (["F1a2b3c4d"], None, "--accept needs a --reason"),
        (["F1a2b3c4d"], "  ", "--accept needs a --reason"),
        ([], "a poster", "--reason is given, but nothing is accepted."),
        (["F1a2b3c4d"], "x" * 301, "--reason is not accepted"),
        (["F1a2b3c4d"], "a\x07poster", "--reason is not accepted"),
    ],
)
def test_a_wrong_acceptance_is_refused(ids: Sequence[str], reason: str | None, said: str) -> None:
    """Whoever lets a finding stand names it and says why."""
    with pytest.raises(UsageProblem) as caught:
        accept(ids, reason)
    assert said in spelt(caught.value.problem)


def test_what_was_accepted_is_recorded_and_what_matches_nothing_is_said() -> None:
    """Who, what, when and why for the one; a sentence for the other; nothing where nothing was given."""
    found = [finding(standing=Standing.ACCEPTED), finding("F99999999")]
    (record,) = recorded(found, GIVEN)
    assert record.model_dump() == {
        "id": "F1a2b3c4d",
        "kind": "face",
        "time": "00:01.2",
        "reason": "a poster",
        "by": "j.bloggs",
    }
    used, unused = remarks(found, GIVEN)
    assert used.startswith("j.bloggs accepted finding F1a2b3c4d of the second look (face at 00:01.2)")
    assert used.endswith(": a poster")
    assert unused.startswith("--accept F00000000 matches no finding of this run")
    assert recorded(found, None) == ()
    assert remarks(found, None) == ()
