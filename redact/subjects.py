"""Which tracks are one person or vehicle: a face goes with the body it sits in, and with no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.boxes import overlap_share
from redact.records import Kind, Origin, Subject

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.records import Tracks

__all__ = ["INSIDE", "OFTEN", "subjects", "upper"]

INSIDE = 0.7
"""Share of a face box that lies in a body for the face to sit in it."""

OFTEN = 0.6
"""Share of the frames they are both on on which a face must sit in a body to be that body's."""

RIVAL = 0.4
"""A second body that holds the face this often, as a share of the first, leaves it no one's."""

TOP = 0.45
"""A face belongs to a body only in the upper part of it."""


def subjects(tracks: Tracks) -> tuple[Subject, ...]:
    """Group TRACKS; each is in exactly one subject. A face that might be of two bodies stands for itself."""
    owner = _owners(tracks)
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


def _owners(tracks: Tracks) -> dict[int, int]:
    """Give the body of every face that has one."""
    owners = {}
    people = np.flatnonzero(tracks.kind == Kind.PERSON)
    first, last = tracks.frame[tracks.start[:-1]], tracks.frame[tracks.start[1:] - 1]
    for face in np.flatnonzero(tracks.kind == Kind.FACE).tolist():
        # in a crowd there are thousands of each, and few are there at one time
        bodies = people[(first[people] <= last[face]) & (last[people] >= first[face])]
        held = np.array([_held(tracks, face, body) for body in bodies.tolist()])
        if not len(held):
            continue
        best = int(held.argmax())
        others = np.delete(held, best).max(initial=0)
        if held[best] >= OFTEN and others <= RIVAL * held[best]:
            owners[face] = int(bodies[best])
    return owners


def _held(tracks: Tracks, face: int, body: int) -> float:
    """Share of the sightings of FACE, while BODY is there, on which it sits in the upper part of BODY."""
    ours, theirs = tracks.rows(face), tracks.rows(body)
    seen = tracks.origin[ours] == Origin.SEEN
    frames, boxes = tracks.frame[ours][seen], tracks.xyxy[ours][seen]
    _, mine, its = np.intersect1d(frames, tracks.frame[theirs], return_indices=True)
    if not len(mine):
        return 0.0
    tops = upper(tracks.xyxy[theirs][its])
    share: NDArray[np.float32] = overlap_share(boxes[mine][:, None], tops[:, None])[:, 0, 0]
    return float((share >= INSIDE).sum() / len(frames))


def upper(bodies: NDArray[np.float32]) -> NDArray[np.float32]:
    """Upper part of each of BODIES, in which a face may be. float32 (n, 4) -> float32 (n, 4)."""
    tops = bodies.copy()
    tops[:, 3] = tops[:, 1] + TOP * (tops[:, 3] - tops[:, 1])
    return tops
