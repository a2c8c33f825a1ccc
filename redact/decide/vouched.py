"""What yields to somebody where an officer points at them: whoever points says that it is they who are seen there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.decide.plan import widest
from redact.decide.points import is_known
from redact.decide.visibility import LARGER, bodies_at, things_of
from redact.records.boxes import intersection
from redact.records.kinds import Kind, Origin, Standing
from redact.request.times import frame_at
from redact.track.belonging import FAINT, FOLD
from redact.track.sightings import best_scores, by_frame

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.tracks import Detections
    from redact.request.model import Keep
    from redact.track.listing import People

__all__ = ["VOUCHED_S", "nobodys", "outlines", "spoken_for", "things_spoken_for", "vouched"]

VOUCHED_S = 1.0
"""How long before and after a point it speaks for the outline of whoever is there."""


def vouched(clip: Clip, people: People, outline: Detections) -> NDArray[np.bool_]:
    """(r,) rows of what is not known to be anybody, that end at the OUTLINE of those of PEOPLE who are spoken for.

    What is weak and nobody explains yields to it, with all that is hidden around it, and to nothing beside it. What
    hides somebody else, seen or out of sight, never yields.
    """
    tracks, size = people.tracks, (clip.width, clip.height)
    rows = np.flatnonzero(nobodys(people) & np.isin(tracks.frame, outline.frame))
    rows = rows[np.argsort(tracks.frame[rows], kind="stable")]
    hides = widest(clip.orientation.to_upright(tracks.xyxy[rows], *size), people.kinds(rows))
    shown = clip.orientation.to_upright(outline.xyxy, *size)
    first, end = outline.spans(tracks.frame[rows])
    yields = np.zeros(len(people.owner), np.bool_)
    for some in by_frame(tracks.frame[rows]):
        there = shown[first[some[0]] : end[some[0]]]
        yields[rows[some]] = intersection(hides[some], there).any(axis=1)
    return yields


def outlines(clip: Clip, people: People, pointed: Mapping[int, Sequence[Keep]]) -> Detections:
    """Give where those of PEOPLE are whom points speak for: POINTED are the points at each subject, by position.

    A point at one of them says nothing of where another is, nor a point at a thing of whom it covers. A body that is
    larger than just before and after may hold somebody else too, and one that is expected and not seen is behind them.
    """
    where, tracks = people.where, people.tracks
    near = spoken_for(clip, people, pointed) & ~where.missed
    near[near] = _usual(clip, people, pointed, np.flatnonzero(near))
    things = np.flatnonzero(things_spoken_for(clip, people, pointed) & (tracks.origin != Origin.EXTENDED))
    frame = np.concatenate([where.frame[near], tracks.frame[things]])
    xyxy = np.concatenate([where.xyxy[near], tracks.xyxy[things]])
    return bodies_at(frame, xyxy)


def things_spoken_for(clip: Clip, people: People, pointed: Mapping[int, Sequence[Keep]]) -> NDArray[np.bool_]:
    """(r,) rows of things among PEOPLE close in time to a point at them: POINTED, by position.

    Somebody who stands still, and is hardly found, is listed as a thing: whoever points there sees them. It is they
    only where they are found nowhere else.
    """
    where, near = people.where, np.zeros(len(people.owner), np.bool_)
    things = things_of(people, pointed)
    elsewhere = where.frame[np.isin(where.person, [*(set(pointed) - things)]) & ~where.missed]
    for number in things:
        mine = people.rows(number)
        mine = mine[~np.isin(people.tracks.frame[mine], elsewhere)]
        near[mine] = _close(clip, people.tracks.frame[mine], pointed[number])
    return near


def spoken_for(clip: Clip, people: People, pointed: Mapping[int, Sequence[Keep]]) -> NDArray[np.bool_]:
    """(b,) whether a body of PEOPLE is close in time to a point at the same person: POINTED, by position."""
    where = people.where
    near = np.zeros(len(where.frame), np.bool_)
    for number, seeds in pointed.items():
        thing = people.subjects[number].standing is Standing.THING
        mine = np.flatnonzero((where.person == number) & (not thing))
        near[mine] = _close(clip, where.frame[mine], seeds)
    return near


def _close(clip: Clip, frames: NDArray[np.int32], seeds: Sequence[Keep]) -> NDArray[np.bool_]:
    """(n,) which of FRAMES are within VOUCHED_S of one of SEEDS."""
    at = clip.times_s(np.array([frame_at(clip, seed.at) for seed in seeds], np.intp))
    return np.asarray((np.abs(clip.times_s(frames)[:, None] - at[None]) <= VOUCHED_S).any(axis=1))


def _usual(clip: Clip, people: People, members: Collection[int], some: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(n,) which of SOME bodies of PEOPLE, of MEMBERS, are about as large as theirs are just before and after."""
    where = people.where
    mine = np.flatnonzero(np.isin(where.person, [*members]))
    boxes = clip.orientation.to_upright(where.xyxy[mine], clip.width, clip.height)
    time, size = clip.times_s(where.frame[mine]), boxes[:, 2:] - boxes[:, :2]
    now = clip.times_s(where.frame[some])
    low, high = np.searchsorted(time, now - VOUCHED_S), np.searchsorted(time, now + VOUCHED_S, "right")
    middle = np.array([np.median(size[a:b], axis=0) for a, b in zip(low, high, strict=True)]).reshape(-1, 2)
    return np.asarray((size[np.searchsorted(mine, some)] <= LARGER * middle).all(axis=1))


def nobodys(people: People) -> NDArray[np.bool_]:
    """(r,) whether a row is faint, and of nobody who is known.

    What was seen a little better may be somebody before whoever is pointed at: a child in their arms.
    """
    tracks = people.tracks
    faint = best_scores(tracks) < np.where(tracks.kind == Kind.PERSON, FAINT, FOLD)
    return np.asarray(~is_known(people)[people.owner] & faint[tracks.track])
