"""Everyone whom a scan found, one by one: when they are there, where to point at them, and what they look like."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from redact.decide.points import clear_point, moment
from redact.detect.letterbox import Letterbox, views
from redact.records.boxes import place_of
from redact.records.kinds import Standing
from redact.request.times import shown
from redact.track.people import people
from redact.track.sightings import SIGHTED
from redact.verify.findings import cut_out
from redact.video.decode import decode

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from fractions import Fraction

    from numpy.typing import NDArray

    from redact.detect.found import Scan
    from redact.records.clip import Clip, Frame
    from redact.records.tracks import Subject
    from redact.track.listing import People

__all__ = ["Listed", "listed", "pictured"]

SIDE = 1280
"""px of the longer side of the picture that subjects are cut out of, at most."""

TRIED = 40
"""Sightings of a subject at which it is tried to point at it, the surest first."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One subject, as someone is told of it who decides."""

    subject: Subject
    first: Fraction
    """Seconds, as a player shows them for the master."""
    last: Fraction
    sightings: int
    """Looks at which it was found."""
    score: float
    """Of the surest sighting."""
    frame: int
    """Of the master, on which it is shown."""
    place: tuple[int, int, int, int]
    """xyxy px of the upright picture on that frame."""
    at: str
    """Time of that frame, so that a point at it is read back."""
    point: tuple[int, int] | None
    """Px of the upright picture at which only this subject is; None where there is no such moment."""
    picture: bytes = b""
    """JPEG cut from the master, unmasked."""


def listed(scan: Scan) -> tuple[Listed, ...]:
    """List whom SCAN found, in order of time; nobody is left out."""
    everyone = people(scan)
    return tuple(_listed(scan.clip, everyone, number) for number in range(len(everyone.subjects)))


def pictured(clip: Clip, some: Iterable[Listed]) -> tuple[Listed, ...]:
    """Give SOME with a picture of each, cut out of the master of CLIP. Raises SourceChanged where it is another."""
    wanted: dict[int, list[int]] = defaultdict(list)
    known = list(some)
    for number, entry in enumerate(known):
        wanted[entry.frame].append(number)
    box = Letterbox.of(clip, SIDE, most=1.0)
    with closing(cast("Generator[Frame]", decode(clip))) as frames:
        for frame in frames:
            if frame.index in wanted:
                (rgb,) = views(frame, clip, [box])
                for number in wanted.pop(frame.index):
                    known[number] = replace(known[number], picture=cut_out(rgb, box, known[number].place))
            if not wanted:
                break
    return tuple(known)


def _listed(clip: Clip, everyone: People, number: int) -> Listed:
    subject, tracks = everyone.subjects[number], everyone.tracks
    rows = _surest_first(everyone, number)
    unclear = subject.standing is Standing.UNCLEAR
    clear = None if unclear else clear_point(clip, everyone, rows[:TRIED].tolist())
    row = int(rows[0]) if clear is None else clear[0]
    return Listed(
        subject=subject,
        first=shown(clip, subject.first),
        last=shown(clip, subject.last),
        sightings=len(np.unique(tracks.frame[rows])),
        score=round(float(tracks.score[rows].max()), 3),
        frame=int(tracks.frame[row]),
        place=place_of(clip, tracks.xyxy[row]),
        at=moment(clip, int(tracks.frame[row])),
        point=clear[1] if clear else None,
    )


def _surest_first(everyone: People, number: int) -> NDArray[np.intp]:
    """Rows on which the subject at NUMBER was seen, its body before its face, the surest first."""
    tracks = everyone.tracks
    rows = np.flatnonzero(everyone.owner == number)
    seen = rows[np.isin(tracks.origin[rows], SIGHTED)]
    rows = seen if len(seen) else rows
    bodies = rows[tracks.kind[tracks.track[rows]] == everyone.subjects[number].kind]
    rows = bodies if len(bodies) else rows
    return rows[np.argsort(-tracks.score[rows], kind="stable")]
