"""Which tracks are one person or vehicle: a face goes with the body it sits in, and with no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.records.boxes import overlap_share
from redact.records.kinds import Kind, Origin
from redact.records.orientation import UPRIGHT
from redact.records.tracks import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.records.orientation import Orientation
    from redact.records.tracks import Tracks

__all__ = ["INSIDE", "OFTEN", "subjects", "together", "upper"]

INSIDE = 0.7
"""Share of a face box that lies in a body for the face to sit in it."""

OFTEN = 0.6
"""Share of the frames they are both on on which a face must sit in a body to be that body's."""

RIVAL = 0.4
"""A second body that holds the face this often, as a share of the first, leaves it no one's."""

TOP = 0.45
"""A face belongs to a body only in the upper part of it."""


def subjects(tracks: Tracks, way: Orientation = UPRIGHT) -> tuple[Subject, ...]:
    """Group TRACKS of a clip seen this WAY round; each is in exactly one subject.

    A face that might be of two bodies stands for itself.
    """
    owner = _owners(tracks, way)
    groups: dict[int, list[int]] = {}
    for track in range(len(tracks)):
        groups.setdefault(owner.get(track, track), []).append(track)
    return tuple(_subject(number, head, members, tracks) for number, (head, members) in enumerate(groups.items(), 1))


def _subject(number: int, head: int, members: list[int], tracks: Tracks) -> Subject:
    frames = [tracks.frame[tracks.rows(track)] for track in members]
    return Subject(
        id=f"s{number:03d}",
        kind=Kind(tracks.kind[head]),
        tracks=tuple(sorted(members)),
        first=min(int(frame[0]) for frame in frames),
        last=max(int(frame[-1]) for frame in frames),
    )


def _owners(tracks: Tracks, way: Orientation) -> dict[int, int]:
    """Give the body of every face that has one."""
    owners = {}
    sightings = np.bincount(tracks.track[tracks.origin == Origin.SEEN], minlength=len(tracks))
    for face, bodies, times in _sitting(tracks, way):
        held = times / sightings[face]
        best = int(held.argmax())
        others = np.delete(held, best).max(initial=0)
        if held[best] >= OFTEN and others <= RIVAL * held[best]:
            owners[face] = int(bodies[best])
    return owners


def _sitting(tracks: Tracks, way: Orientation) -> Iterator[tuple[int, NDArray[np.int32], NDArray[np.int64]]]:
    """Give each face that ever sits in the upper part of a body: those bodies, and on how many of its sightings."""
    track = tracks.track
    kind = tracks.kind[track]
    rows = np.flatnonzero((kind == Kind.PERSON) | ((kind == Kind.FACE) & (tracks.origin == Origin.SEEN)))
    pairs = [np.zeros((0, 2), np.int32)]
    for faces, bodies in together(tracks.frame[rows], kind[rows]):
        ours, theirs = rows[faces], rows[bodies]
        share = overlap_share(tracks.xyxy[ours], upper(tracks.xyxy[theirs], way))
        face, body = np.nonzero(share >= INSIDE)
        pairs.append(np.column_stack([track[ours[face]], track[theirs[body]]]))
    every, times = np.unique(np.concatenate(pairs), axis=0, return_counts=True)
    for head in np.unique(every[:, 0]).tolist():
        own = slice(*np.searchsorted(every[:, 0], [head, head + 1]))
        yield head, every[own, 1], times[own]


def together(frame: NDArray[np.int32], kind: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Positions of the faces and of the bodies on every frame that has a face."""
    order = np.argsort(frame, kind="stable")
    _, first = np.unique(frame[order], return_index=True)
    for group in np.split(order, first[1:]) if len(order) else ():
        faces = group[kind[group] == Kind.FACE]
        if len(faces):
            yield faces, group[kind[group] == Kind.PERSON]


def upper(bodies: NDArray[np.float32], way: Orientation) -> NDArray[np.float32]:
    """Upper part of each of BODIES, seen this WAY round, in which a face may be. float32 (n, 4) -> float32 (n, 4)."""
    return way.top(bodies, TOP)
