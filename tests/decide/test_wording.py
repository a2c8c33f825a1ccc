"""Where somebody is shown to the officer: where they are clear."""

from __future__ import annotations

from clips import clip_of
from known import known
from trails import Trail, stands

from redact.decide.wording import TRIED, sighted

FRAMES = 100
CLIP = clip_of(640, 360, frames=FRAMES)
HERE = (100, 100, 140, 220)


def test_whoever_stands_alone_is_shown_from_the_first_moment() -> None:
    """Or from the last, back."""
    people = known(stands(HERE, range(FRAMES)), clip=CLIP)
    assert people.tracks.frame[sighted(people, 0)].tolist() == list(range(TRIED))
    assert people.tracks.frame[sighted(people, 0, back=True)].tolist() == list(range(99, 99 - TRIED, -1))


def test_moments_at_which_somebody_is_near_come_last() -> None:
    """An officer who looks at one sees both."""
    people = known(stands(HERE, range(FRAMES)), stands((145, 100, 185, 220), range(20)), clip=CLIP)
    assert people.tracks.frame[sighted(people, 0)].tolist() == [*range(20, 40), *range(20)]


def test_moments_at_which_a_network_is_unsure_come_later() -> None:
    """They may be cut off, or turned away."""
    faint, plain = stands(HERE, range(10), score=0.3), stands(HERE, range(10, 20))
    people = known(faint, plain, whose=(0, 0), clip=CLIP)
    assert people.tracks.frame[sighted(people, 0)].tolist() == [*range(10, 20), *range(10)]


def test_what_is_only_carried_on_is_not_shown() -> None:
    """Nobody saw anything there."""
    people = known(Trail(dict.fromkeys(range(10), HERE), frozenset({3, 4})), clip=CLIP)
    assert people.tracks.frame[sighted(people, 0)].tolist() == [3, 4]
