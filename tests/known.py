"""People by hand: whose each trail is, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from clips import clip_of
from trails import Trail, tracks_of

from redact.records.kinds import Kind, Origin, Standing
from redact.records.tracks import Subject
from redact.track.belonging import Why
from redact.track.bodies import bodies
from redact.track.listing import Open, People

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.tracks import Tracks

__all__ = ["after", "frames_of", "known"]

CLIP = clip_of(1280, 720, frames=100)


def known(
    *trails: Trail,
    whose: Sequence[int] | None = None,
    why: Mapping[int, Why] | None = None,
    standing: Mapping[int, Standing] | None = None,
    unsure: Iterable[tuple[int, int, float]] = (),
    clip: Clip = CLIP,
) -> People:
    """Everyone in CLIP: TRAILS are tracks, each of the subject at its place in WHOSE, by default its own.

    What was found is what was seen of that subject, or their face, and the rest is carried on, unless WHY says
    otherwise of a trail. STANDING is that of a subject, by default a person. UNSURE are subjects, by place, who may be
    one, and at what cost.
    """
    tracks = tracks_of(*trails)
    owners = np.array(range(len(trails)) if whose is None else whose, np.int32)
    owner = owners[tracks.track]
    reasons = _why(tracks, owners, owner, why or {})
    subjects = tuple(
        _subject(tracks, owner, number, (standing or {}).get(number, Standing.PERSON))
        for number in range(int(owners.max(initial=-1)) + 1)
    )
    own = [_own(tracks, (owner == number) & (reasons == Why.SEEN)) for number in range(len(subjects))]
    links = tuple(after(subjects[one], subjects[two], cost) for one, two, cost in unsure)
    return People(tracks, subjects, owner, reasons, bodies(clip, tracks, own), links)


def after(one: Subject, two: Subject, cost: float = 1.0) -> Open:
    """Subject TWO, who is perhaps ONE again, at COST."""
    return Open(one.id, two.id, one.last, two.first, cost)


def frames_of(people: People, rows: NDArray[np.bool_]) -> list[list[int]]:
    """For each track of PEOPLE the frames of those of its rows that are in ROWS (r,)."""
    tracks = people.tracks
    return [tracks.frame[(tracks.track == track) & rows].tolist() for track in range(len(tracks))]


def _why(
    tracks: Tracks, owners: NDArray[np.int32], owner: NDArray[np.int32], why: Mapping[int, Why]
) -> NDArray[np.uint8]:
    """(r,) Why each row is whose it is."""
    with_body = np.isin(owner, owners[tracks.kind == Kind.PERSON])
    face = (tracks.kind[tracks.track] == Kind.FACE) & with_body
    reasons = np.where(tracks.origin == Origin.SEEN, np.where(face, Why.FACE, Why.SEEN), Why.CARRIED).astype(np.uint8)
    for track, reason in why.items():
        reasons[tracks.rows(track)] = reason
    return reasons


def _subject(tracks: Tracks, owner: NDArray[np.int32], number: int, standing: Standing) -> Subject:
    rows = np.flatnonzero(owner == number)
    members, frame = np.unique(tracks.track[rows]).tolist(), tracks.frame[rows]
    kind = Kind(int(tracks.kind[members].min()))
    return Subject(f"s{number + 1:03d}", kind, tuple(members), int(frame.min()), int(frame.max()), standing)


def _own(tracks: Tracks, mine: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Rows of bodies that are MINE (r,), one a frame, in order of time."""
    rows = np.flatnonzero(mine & (tracks.kind[tracks.track] == Kind.PERSON))
    _, first = np.unique(tracks.frame[rows], return_index=True)
    return rows[first]
