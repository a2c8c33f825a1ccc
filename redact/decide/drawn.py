"""From what a person drew to rows of tracks: a region hidden through time, and whose boxes hide nobody.

Hidden wins. What is drawn adds boxes; only the word that nothing is there takes any away, those of one subject alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.decide.plan import covering
from redact.records.boxes import outward, without
from redact.records.drawn import DRAWS, Drawing, Key
from redact.records.kinds import Kind, Origin
from redact.records.tracks import Tracks
from redact.track.sightings import SIGHTED
from redact.track.unexplained import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.drawn import Drawn
    from redact.track.listing import People

__all__ = ["drawn_by", "drawn_tracks", "going_on", "of_nobody", "places"]

SIDES = 4
"""Boxes at most that are left of a picture with a hole in it."""


def places(clip: Clip, one: Drawn) -> NDArray[np.float64]:
    """(n, 4) px of the upright picture: where the region of ONE is on each of its frames, straight on between keys.

    By time, not by frames: a clip may have gaps.
    """
    seconds = clip.times_s()
    at = seconds[[key.frame for key in one.keys]]
    corners = np.array([key.place for key in one.keys], np.float64)
    return np.stack([np.interp(seconds[slice(*one.frames)], at, side) for side in corners.T], axis=1)


def drawn_tracks(clip: Clip, some: Sequence[Drawn]) -> Tracks:
    """Give what SOME draw as tracks of DRAWN rows, px of the coded picture; each region is one, each side of a hole."""
    made = Tracks.none()
    for one in some:
        if one.what in DRAWS:
            where = places(clip, one)
            for part in _around(clip, where) if one.what is Drawing.HIDE_BUT else (_outward(where),):
                made = joined(made, _track(clip, one, part))
    return made


def drawn_by(some: Sequence[Drawn]) -> tuple[int, ...]:
    """Give for each of the tracks that SOME draw the place among them of the one that draws it."""
    count = {one.what: SIDES if one.what is Drawing.HIDE_BUT else 1 for one in some if one.what in DRAWS}
    return tuple(place for place, one in enumerate(some) for _ in range(count.get(one.what, 0)))


def of_nobody(people: People, some: Sequence[Drawn]) -> NDArray[np.intp]:
    """(n,) rows of the tracks of PEOPLE that hide nobody, as SOME say."""
    nobody = np.zeros(len(people.owner), np.bool_)
    number = {subject.id: place for place, subject in enumerate(people.subjects)}
    frame = people.tracks.frame
    for one in some:
        if one.what is Drawing.NOBODY and one.subject in number:
            first, end = one.frames
            nobody |= (people.owner == number[one.subject]) & (frame >= first) & (frame < end)
    return np.flatnonzero(nobody)


def going_on(clip: Clip, people: People, number: int, frames: tuple[int, int]) -> tuple[Key, ...]:
    """Give where the mask of the subject at NUMBER of PEOPLE is, as far as it is known, for it to go on over FRAMES.

    Its last box before them, its first one after them, and every one on which it was seen in between.
    """
    tracks, rows = people.tracks, people.rows(number)
    bodies = rows[people.kinds(rows) == people.subjects[number].kind]
    rows = bodies if len(bodies) else rows
    rows = rows[np.argsort(tracks.frame[rows], kind="stable")]
    _, once = np.unique(tracks.frame[rows], return_index=True)
    rows = rows[once]
    frame, seen = tracks.frame[rows], np.isin(tracks.origin[rows], SIGHTED)
    inside = (frame >= frames[0]) & (frame < frames[1])
    before, after = np.flatnonzero(frame < frames[0])[-1:], np.flatnonzero(frame >= frames[1])[:1]
    wanted = np.concatenate([before, np.flatnonzero(inside & seen), after])
    if not len(wanted):
        wanted = np.flatnonzero(inside)[[0, -1]] if inside.any() else wanted
    wanted = np.unique(wanted)
    upright = clip.orientation.to_upright(tracks.xyxy[rows[wanted]], clip.width, clip.height)
    boxes = outward(covering(upright, people.subjects[number].kind), *clip.size_as_seen, (1, 1)).tolist()
    return tuple(Key(at, (a, b, c, d)) for at, (a, b, c, d) in zip(frame[wanted].tolist(), boxes, strict=True))


def _outward(where: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round boxes (n, 4) outward to whole px, so that no conversion afterwards can take any away."""
    return np.hstack([np.floor(where[:, :2]), np.ceil(where[:, 2:])])


def _around(clip: Clip, holes: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Give what is left of the picture of CLIP around HOLES (n, 4), one for each frame: four sides, some of no size."""
    width, height = clip.size_as_seen
    whole = np.array([0, 0, width, height], np.float32)
    inner = np.hstack([np.ceil(holes[:, :2]), np.floor(holes[:, 2:])]).astype(np.float32)
    sides = np.zeros((SIDES, len(holes), 4))
    for place, hole in enumerate(inner):
        rest = without(whole, hole[None]) if (hole[2:] > hole[:2]).all() else whole[None]
        sides[: len(rest), place] = rest
    return tuple(sides)


def _track(clip: Clip, one: Drawn, where: NDArray[np.float64]) -> Tracks:
    """Give the boxes WHERE (n, 4), px of the upright picture on the frames of ONE, as a track; those of no size not."""
    width, height = clip.size_as_seen
    inside = np.clip(where, 0, [width, height, width, height]).astype(np.float32)
    some = (inside[:, 2:] > inside[:, :2]).all(axis=1)
    count = int(some.sum())
    return Tracks(
        frame=np.arange(*one.frames, dtype=np.int32)[some],
        xyxy=clip.orientation.to_coded(inside[some], clip.width, clip.height),
        score=np.ones(count, np.float32),
        origin=np.full(count, Origin.DRAWN, np.uint8),
        start=np.array([0, count], np.int64),
        kind=np.full(1, Kind.PERSON, np.uint8),
    )
