"""Whom in a clip somebody looks like: a number for each, never a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from crowds import COLOURS, body, scan_of, walks
from hypothesis import given
from hypothesis import strategies as st

from redact.records.kinds import Kind
from redact.track.likeness import MOST, certainty, likenesses
from redact.track.people import people

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.detect.found import Scan

THREE = scan_of(walks(0, 3, look=1), body((300, 100, 340, 220), look=2), body((500, 100, 540, 220), look=3))


def look(number: int) -> NDArray[np.uint8]:
    """Clothes NUMBER, as they are."""
    return np.random.default_rng(number).integers(0, 200, COLOURS).astype(np.uint8)


def likeliest(scan: Scan, number: int) -> tuple[float, float]:
    """Where, px from the left, whoever is likeliest to wear clothes NUMBER is first, and how likely."""
    everyone = people(scan)
    best = likenesses(scan, everyone, look(number))[0]
    first = everyone.rows(best.number)[0]
    return float(everyone.tracks.xyxy[first, 0]), best.share


def test_nobody_is_like_nobody() -> None:
    """Of an empty clip, of colours that are not known, and of looks that say nothing, there is nothing to say."""
    empty, grey = scan_of(), scan_of(walks(0, 3), coloured=False)
    for scan in (empty, grey):
        assert likenesses(scan, people(scan), look(1)) == ()
    assert likenesses(THREE, people(THREE), np.zeros(COLOURS, np.uint8)) == ()


@pytest.mark.parametrize(("number", "left"), [(1, 0), (2, 300), (3, 500)])
def test_whoever_wears_those_clothes_is_the_likeliest(number: int, left: int) -> None:
    """Each of three, and it is told as likely."""
    found, share = likeliest(THREE, number)
    assert found == pytest.approx(left)
    assert share > 0.5


def test_somebody_who_is_not_there_is_like_nobody_in_particular() -> None:
    """Other clothes than anybody's: none is likely."""
    assert likeliest(THREE, 9)[1] < 0.5


def test_only_people_are_compared() -> None:
    """A face without a body, and a plate, wear nothing."""
    scan = scan_of(
        walks(0, 3, look=1),
        body((300, 100, 330, 130), look=2, kind=Kind.FACE),
        body((400, 100, 460, 120), look=3, kind=Kind.PLATE),
    )
    everyone = people(scan)
    assert [everyone.subjects[one.number].kind for one in likenesses(scan, everyone, look(2))] == [Kind.PERSON]


@given(st.lists(st.floats(-1, 1), max_size=8))
def test_certainties_are_shares(alike: list[float]) -> None:
    """None is negative, nor more than was measured, all are less than 1, and more alike is never less likely."""
    shares = certainty(np.array(alike))
    assert (shares > 0).all()
    assert shares.max(initial=0) <= MOST
    assert shares.sum() < 1
    order = np.argsort(alike, kind="stable")
    assert (np.diff(shares[order]) >= 0).all()
