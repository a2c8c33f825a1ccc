"""Tracks by hand: where somebody is on each frame, and on which frames a network saw them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.records.kinds import Kind, Origin
from redact.records.tracks import Tracks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Box", "Trail", "stands", "tracks_of"]

Box = tuple[float, float, float, float]


class Trail(NamedTuple):
    """One track."""

    places: Mapping[int, Box]
    """Its box on every frame that it is on, px."""
    seen: frozenset[int]
    """Frames on which it was found; it is filled in between them, and carried on beyond."""
    kind: Kind = Kind.PERSON
    score: float = 0.8


def stands(
    box: Box, frames: Iterable[int], seen: Iterable[int] | None = None, kind: Kind = Kind.PERSON, score: float = 0.8
) -> Trail:
    """Somebody who is in BOX on FRAMES, and found on those SEEN, by default on all."""
    every = list(frames)
    return Trail(dict.fromkeys(every, box), frozenset(every if seen is None else seen), kind, score)


def tracks_of(*trails: Trail) -> Tracks:
    """Put TRAILS as tracks, in that order."""
    frames = [np.array(sorted(trail.places), np.int32) for trail in trails]
    boxes = [np.array([trail.places[f] for f in sorted(trail.places)], np.float32).reshape(-1, 4) for trail in trails]
    origins = []
    for frame, trail in zip(frames, trails, strict=True):
        between = (frame > min(trail.seen)) & (frame < max(trail.seen))
        origins.append(np.where(between, Origin.FILLED, Origin.EXTENDED).astype(np.uint8))
        origins[-1][np.isin(frame, list(trail.seen))] = Origin.SEEN
    return Tracks(
        frame=np.concatenate([np.zeros(0, np.int32), *frames]),
        xyxy=np.concatenate([np.zeros((0, 4), np.float32), *boxes]),
        score=np.repeat(np.array([trail.score for trail in trails], np.float32), [len(frame) for frame in frames]),
        origin=np.concatenate([np.zeros(0, np.uint8), *origins]),
        start=np.concatenate([[0], np.cumsum([len(frame) for frame in frames])]).astype(np.int64),
        kind=np.array([trail.kind for trail in trails], np.uint8),
    )
