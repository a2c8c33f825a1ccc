"""Everyone whom a scan found, one by one: when they are there, where to point at them, and what they look like."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from redact.decide.points import clear_point, moment
from redact.detect.letterbox import Letterbox, views
from redact.records.boxes import place_of
from redact.records.kinds import Standing
from redact.request.times import shown
from redact.track.sightings import SIGHTED
from redact.verify.findings import cut_out
from redact.video.decode import decode

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from fractions import Fraction

    from numpy.typing import NDArray

    from redact.records.clip import Clip, Frame
    from redact.records.tracks import Subject
    from redact.track.listing import Open, People

__all__ = [
    "Listed",
    "Moment",
    "Question",
    "Sheet",
    "described",
    "likeliest",
    "listed",
    "pictured",
    "seen_at",
    "sheet",
]

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


@dataclass(frozen=True, slots=True)
class Moment:
    """A subject on one frame."""

    subject: str
    """Id."""
    frame: int
    place: tuple[int, int, int, int]
    """xyxy px of the upright picture."""
    at: str
    """Time of the frame."""
    picture: bytes = b""
    """JPEG cut from the master, unmasked."""


class Question(NamedTuple):
    """Two subjects who may be one person: is it?"""

    before: Moment
    """The one, where it is seen last."""
    after: Moment
    """The other, where it is seen first."""


class Sheet(NamedTuple):
    """All that somebody is told who decides."""

    everyone: People
    listed: tuple[Listed, ...]
    questions: tuple[Question, ...]


def listed(clip: Clip, everyone: People) -> tuple[Listed, ...]:
    """List EVERYONE in CLIP: people, then things, then what is unclear, each in order of time; nobody is left out."""
    return tuple(described(clip, everyone, number) for number in range(len(everyone.subjects)))


def sheet(clip: Clip, everyone: People) -> Sheet:
    """List EVERYONE in CLIP, and what is not certain, in pictures. Raises SourceChanged where the master is another."""
    entries = listed(clip, everyone)
    asked = [_question(clip, everyone, link) for link in likeliest(everyone)]
    wanted = [(entry.frame, entry.place) for entry in entries]
    wanted += [(moment.frame, moment.place) for question in asked for moment in question]
    cut = iter(_pictures(clip, wanted))
    return Sheet(
        everyone,
        tuple(replace(entry, picture=next(cut)) for entry in entries),
        tuple(Question(*(replace(moment, picture=next(cut)) for moment in question)) for question in asked),
    )


def pictured(clip: Clip, some: Iterable[Listed]) -> tuple[Listed, ...]:
    """Give SOME with a picture of each, cut out of the master of CLIP. Raises SourceChanged where it is another."""
    known = list(some)
    pictures = _pictures(clip, [(entry.frame, entry.place) for entry in known])
    return tuple(replace(entry, picture=picture) for entry, picture in zip(known, pictures, strict=True))


def _pictures(clip: Clip, places: Sequence[tuple[int, tuple[int, int, int, int]]]) -> list[bytes]:
    """Cut each of PLACES, a frame and a box, out of the master of CLIP."""
    wanted: dict[int, list[int]] = defaultdict(list)
    for number, (index, _) in enumerate(places):
        wanted[index].append(number)
    pictures, box = [b""] * len(places), Letterbox.of(clip, SIDE, most=1.0)
    with closing(cast("Generator[Frame]", decode(clip))) as frames:
        for frame in frames:
            if frame.index in wanted:
                (rgb,) = views(frame, clip, [box])
                for number in wanted.pop(frame.index):
                    pictures[number] = cut_out(rgb, box, places[number][1])
            if not wanted:
                break
    return pictures


def likeliest(everyone: People) -> Iterator[Open]:
    """Give of what is not certain the likeliest for each subject's end and beginning, in order of time."""
    certain = {subject.id for subject in everyone.subjects if subject.standing is Standing.PERSON}
    ended: set[str] = set()
    begun: set[str] = set()
    chosen = []
    for link in everyone.open:  # the likeliest first
        if link.before not in ended and link.after not in begun and {link.before, link.after} <= certain:
            ended.add(link.before)
            begun.add(link.after)
            chosen.append(link)
    yield from sorted(chosen, key=lambda link: link.last)


def _question(clip: Clip, everyone: People, link: Open) -> Question:
    return Question(seen_at(clip, everyone, link.before, link.last), seen_at(clip, everyone, link.after, link.first))


def seen_at(clip: Clip, everyone: People, name: str, frame: int) -> Moment:
    """Find the subject called NAME on FRAME."""
    number = next(place for place, subject in enumerate(everyone.subjects) if subject.id == name)
    here = everyone.on(frame)
    row = here[everyone.owner[here] == number][0]
    return Moment(name, frame, place_of(clip, everyone.tracks.xyxy[row]), moment(clip, frame))


def described(clip: Clip, everyone: People, number: int) -> Listed:
    """Tell of the subject at NUMBER among EVERYONE in CLIP, without a picture."""
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
    rows = everyone.rows(number)
    seen = rows[np.isin(tracks.origin[rows], SIGHTED)]
    rows = seen if len(seen) else rows
    bodies = rows[everyone.kinds(rows) == everyone.subjects[number].kind]
    rows = bodies if len(bodies) else rows
    return rows[np.argsort(-tracks.score[rows], kind="stable")]
