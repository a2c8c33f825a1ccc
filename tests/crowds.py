"""Scans by hand: who is where on each frame of a clip that is looked at closely, and what they look like."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from clips import clip_of
from hypothesis import strategies as st

from redact.detect.found import Scan
from redact.detect.pose import by_tags
from redact.records.kinds import Kind
from redact.records.tracks import Detections, Tracks
from redact.track.associate import tracks_of
from redact.track.sightings import SIGHTED, sightings_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.track.sightings import Sightings

__all__ = [
    "FRAMES",
    "RATE",
    "SHORT",
    "SIZE",
    "Body",
    "Box",
    "body",
    "clip_at",
    "legs",
    "scan_of",
    "scans_at_random",
    "seen_of",
    "walks",
    "wanders",
]

RATE, FRAMES, SIZE = 10, 100, (640, 360)

COLOURS = 36
"""Numbers that describe one body here."""

NOISE = 12
"""Deviation of each number from one sighting of a body to the next."""

SHORT = 40
"""Frames of the clips that are made at random."""

HALF = np.array([20, 60])
"""px from the middle of somebody to their sides."""

LEAST = 4
"""px of somebody, across and down, that are in the picture at least."""

Box = tuple[float, float, float, float]


class Body(NamedTuple):
    """Somebody, or something, that a network finds."""

    places: Mapping[int, Box]
    """Its box on every frame on which it is found, px."""
    look: int | None = None
    """Which clothes it wears; None where nothing is known of them."""
    score: float = 0.8
    kind: Kind = Kind.PERSON


def body(
    box: Box,
    frames: Iterable[int] = range(FRAMES),
    look: int | None = None,
    score: float = 0.8,
    kind: Kind = Kind.PERSON,
) -> Body:
    """Somebody who stands in BOX, and is found on FRAMES."""
    return Body(dict.fromkeys(frames, box), look, score, kind)


def walks(
    start: float, step: float, frames: Iterable[int] = range(FRAMES), look: int | None = None, score: float = 0.8
) -> Body:
    """Somebody 40 px wide and 120 px high who walks STEP px a frame from START on, found on FRAMES."""
    places = {f: (start + step * f, 100.0, start + step * f + 40, 220.0) for f in frames}
    return Body({f: box for f, box in places.items() if box[0] >= 0 and box[2] <= SIZE[0]}, look, score)


def clip_at(frames: int = FRAMES, size: tuple[int, int] = SIZE) -> Clip:
    """A clip of FRAMES frames, ten a second."""
    return replace(clip_of(*size, frames=frames, time_base=Fraction(1, RATE)), rate=Fraction(RATE))


def scan_of(
    *bodies: Body, cuts: Iterable[int] = (), frames: int = FRAMES, coloured: bool = True, closely: bool = True
) -> Scan:
    """What is found of BODIES where every frame is looked at whole; nothing of what they look like unless COLOURED."""
    clip = clip_at(frames)
    looks = np.arange(frames, dtype=np.int32)
    found = Detections.concat([_found(one, number) for number, one in enumerate(bodies)])
    if not coloured:
        found = replace(found, colours=None)
    edges = np.array(sorted(cuts), np.int32)
    return Scan(clip, found, looks, looks, looks, edges, closely, Tracks.none(), by_tags(clip))


def _found(one: Body, number: int) -> Detections:
    frames = sorted(one.places)
    return Detections(
        np.array(frames, np.int32),
        np.array([one.places[f] for f in frames], np.float32).reshape(-1, 4),
        np.full(len(frames), one.score, np.float32),
        np.full(len(frames), one.kind, np.uint8),
        _colours(one.look, len(frames), number),
    )


def _colours(look: int | None, count: int, number: int) -> NDArray[np.uint8]:
    """(COUNT, c) colours of clothes LOOK, a little different on every sighting of body NUMBER."""
    if look is None:
        return np.zeros((count, COLOURS), np.uint8)
    clothes = np.random.default_rng(look).integers(0, 200, COLOURS)
    changes = np.random.default_rng([look, number]).normal(0, NOISE, (count, COLOURS))
    return np.clip(clothes + changes, 1, 255).astype(np.uint8)


def wanders(
    start: tuple[float, float], legs: Sequence[tuple[float, float]], gone: Iterable[int] = ()
) -> dict[int, Box]:
    """Places of somebody 40 px wide and 120 px high who changes direction at each of LEGS, px a frame; not on GONE."""
    missed = frozenset(gone)
    steps = np.repeat(np.array(legs), -(-SHORT // len(legs)), axis=0)[: SHORT - 1]
    middle = np.concatenate([[start], start + np.cumsum(steps, axis=0)])
    boxes = np.hstack([middle - HALF, middle + HALF])
    boxes = np.clip(boxes, 0, [*SIZE, *SIZE])
    inside = (boxes[:, 2:] - boxes[:, :2]).min(axis=1) > LEAST
    return {f: tuple(box) for f, box in enumerate(boxes.tolist()) if f not in missed and inside[f]}


legs = st.lists(st.tuples(st.floats(-9, 9), st.floats(-2, 2)), min_size=1, max_size=4)
gaps = st.lists(st.tuples(st.integers(0, SHORT), st.integers(1, 30)), max_size=2)


@st.composite
def bodies_at_random(draw: st.DrawFn) -> Body:
    """Somebody or something, anywhere, that is missed now and then."""
    gone = [f for first, count in draw(gaps) for f in range(first, first + count)]
    start = draw(st.tuples(st.integers(0, SIZE[0]), st.integers(60, 300)))
    places = wanders(start, draw(legs), gone)
    kind = draw(st.sampled_from([Kind.PERSON, Kind.PERSON, Kind.PERSON, Kind.FACE, Kind.PLATE]))
    if kind is not Kind.PERSON:
        places = {f: (a, b, a + (c - a) / 3, b + (d - b) / 5) for f, (a, b, c, d) in places.items()}
    return Body(places, draw(st.sampled_from([None, 0, 1, 2])), draw(st.sampled_from([0.15, 0.3, 0.8])), kind)


@st.composite
def scans_at_random(draw: st.DrawFn) -> Scan:
    """A scan of up to five, in one shot or in two."""
    crowd = draw(st.lists(bodies_at_random(), max_size=5))
    cuts = draw(st.sets(st.integers(1, SHORT - 1), max_size=1))
    return scan_of(*crowd, cuts=cuts, frames=SHORT, coloured=draw(st.booleans()))


def seen_of(scan: Scan, kind: Kind = Kind.PERSON) -> Sightings:
    """All that SCAN found of one KIND, as association sees it."""
    tracks = tracks_of(scan)
    return sightings_of(scan, tracks, np.flatnonzero(sighted(tracks) & (tracks.kind[tracks.track] == kind)), kind)


def sighted(tracks: Tracks) -> NDArray[np.bool_]:
    """(r,) the rows of TRACKS on which something was found."""
    return np.asarray(np.isin(tracks.origin, SIGHTED))
