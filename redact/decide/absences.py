"""Tell the officer when someone who was named is hidden, why, and whom to point at if it is still the same person."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.decide.points import clear_point, moment
from redact.records.boxes import overlap_share
from redact.records.kinds import Origin, Standing
from redact.track.sightings import SIGHTED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.track.listing import People

__all__ = ["REQUEST", "Wording", "absences"]

SHORT_S = 0.2
"""An absence shorter than this between two appearances is not told of."""

LISTED = 2
"""People suggested for one absence."""

MOST = 20
"""Absences told of for one person."""

TRIED = 40
"""Sightings, nearest to the absence, at which it is tried to point at whoever is suggested."""

THINGS = 5
"""Things told of for one person."""

COVERS, OFTEN = 0.1, 3
"""Share of a person that a thing covers, and frames on which it does so, for it to be told of."""

UNSURE = "from here on it is not certain who is who"
LOST = "not found, or not told apart from someone else"


class Wording(NamedTuple):
    """How whoever asked for a copy is spoken to: a request file takes points otherwise than a case does."""

    who: Callable[[str | None], str]
    """Give the beginning of a sentence about the person of a name, or of none."""
    add: Callable[[str, tuple[int, int], str | None], str]
    """Say what to do so that a point, at a time, names the person of a name too."""


class _Absence(NamedTuple):
    """Frames, half-open, on which someone who was named is not shown."""

    first: int
    end: int
    begun: bool
    """Whether they were shown before it."""
    goes_on: bool
    """And are after it."""


class _Case(NamedTuple):
    """What is the same for all absences of one person."""

    clip: Clip
    people: People
    members: frozenset[int]
    """Positions of the person in the subjects."""
    wording: Wording


def _who(name: str | None) -> str:
    return f'The person named "{name}"' if name else "The person to stay visible"


def _add_keep(at: str, point: tuple[int, int], name: str | None) -> str:
    x, y = point
    if name:
        return f'add a [[keep]] with at = "{at}", point = [{x}, {y}] and the same name'
    return f"add --keep {at}@{x},{y}"


REQUEST = Wording(_who, _add_keep)
"""For whoever wrote a request file, or gave its options."""


def absences(  # noqa: PLR0917  who is meant, when, and how to speak to whoever is told
    clip: Clip,
    people: People,
    members: Collection[int],
    name: str | None,
    frames: tuple[int, int],
    wording: Wording = REQUEST,
) -> tuple[str, ...]:
    """Say for each time within FRAMES at which a person, called NAME, is hidden: when, why, and what to add.

    MEMBERS are what is known to be them: positions in the subjects of PEOPLE. WORDING fits whoever is told. Things that
    cover them are told of too.
    """
    case = _Case(clip, people, frozenset(members), wording)
    told = [sentence for absence in _absences(case, frames) if (sentence := _told(case, absence, name))]
    more = len(told) - MOST
    rest = [f"{wording.who(name)} is hidden at {more} more times."] if more > 0 else []
    return (*told[:MOST], *rest, *_things(case, frames, name))


def _absences(case: _Case, frames: tuple[int, int]) -> Iterator[_Absence]:
    """Times within FRAMES at which the person is not shown, in order."""
    people = case.people
    mine = np.isin(people.owner, [*case.members]) & (people.tracks.origin != Origin.EXTENDED)
    on = np.unique(people.tracks.frame[mine])
    on = on[(on >= frames[0]) & (on < frames[1])]
    marks = np.concatenate([[frames[0] - 1], on, [frames[1]]])
    for first, end in zip((marks[:-1] + 1).tolist(), marks[1:].tolist(), strict=True):
        if end > first:
            yield _Absence(first, end, begun=first > frames[0], goes_on=end < frames[1])


def _told(case: _Case, absence: _Absence, name: str | None) -> str:
    """Tell of ABSENCE; nothing where it is short, or where they were simply not there."""
    seconds = case.clip.times_s(np.array([absence.first, absence.end - 1]))
    bounded = absence.begun and absence.goes_on
    if bounded and seconds[1] - seconds[0] + 1 / float(case.clip.rate) < SHORT_S:
        return ""
    who, others = case.wording.who(name), _suggested(case, absence)
    if not (others or bounded):
        return ""
    start = f"from {moment(case.clip, absence.first)}" if absence.begun else "at first"
    until = f" to {moment(case.clip, absence.end)}" if absence.goes_on else " on"
    when = start + until if absence.begun else f"up to {moment(case.clip, absence.end)}"
    why = UNSURE if others else LOST
    return " ".join([f"{who} is hidden {when}: {why}.", *(_add(case, other, name) for other in others)])


def _suggested(case: _Case, absence: _Absence) -> list[tuple[int, tuple[int, int]]]:
    """Find rows, and points in them, to name if the person there is the same: the likeliest first, then by time."""
    subjects = case.people.subjects
    number = {subject.id: place for place, subject in enumerate(subjects)}
    likely: dict[int, tuple[int, tuple[int, int]]] = {}
    for link in case.people.open:
        before, after = number[link.before], number[link.after]
        if (before in case.members) == (after in case.members):
            continue
        other = after if before in case.members else before
        there = subjects[other].first < absence.end and subjects[other].last >= absence.first
        if there and other not in likely and len(likely) < LISTED:
            rows = _sighted(case, other)[:: 1 if other == after else -1]
            clear = clear_point(case.clip, case.people, rows[:TRIED].tolist())
            likely |= {other: clear} if clear else {}
    return sorted(likely.values(), key=lambda clear: int(case.people.tracks.frame[clear[0]]))


def _things(case: _Case, frames: tuple[int, int], name: str | None) -> Iterator[str]:
    """Tell of each thing that covers the person on some of FRAMES: whoever sees that it is nobody else shows it."""
    people, tracks = case.people, case.people.tracks
    where = people.where
    mine = np.isin(where.person, [*case.members]) & (where.frame >= frames[0]) & (where.frame < frames[1])
    things = [
        number
        for number, subject in enumerate(people.subjects)
        if subject.standing is Standing.THING and number not in case.members
    ]
    there = np.isin(people.owner, things) & np.isin(tracks.frame, where.frame[mine])
    covering: Counter[int] = Counter()
    for row in np.flatnonzero(there).tolist():
        here = where.at(int(tracks.frame[row]))
        bodies = where.xyxy[here][mine[here]]
        covering[int(people.owner[row])] += overlap_share(bodies, tracks.xyxy[[row]]).max(initial=0) >= COVERS
    for number, count in covering.most_common(THINGS):
        if count >= OFTEN and (clear := clear_point(case.clip, people, _sighted(case, number)[:TRIED].tolist())):
            row, (x, y) = clear
            at = moment(case.clip, int(tracks.frame[row]))
            covered = f"{case.wording.who(name)} is partly covered on {count} frames by what may be a thing"
            yield f"{covered}, at {x}, {y} at {at}. If it is nobody else, {case.wording.add(at, (x, y), name)}."


def _sighted(case: _Case, number: int) -> NDArray[np.intp]:
    """Rows on which the subject at NUMBER was seen, by frame."""
    people, tracks = case.people, case.people.tracks
    rows = people.rows(number)
    rows = rows[np.isin(tracks.origin[rows], SIGHTED) & (people.kinds(rows) == people.subjects[number].kind)]
    return np.asarray(rows[np.argsort(tracks.frame[rows], kind="stable")])


def _add(case: _Case, clear: tuple[int, tuple[int, int]], name: str | None) -> str:
    """Say how to name whoever is at a point."""
    row, (x, y) = clear
    at = moment(case.clip, int(case.people.tracks.frame[row]))
    return f"If it is the same person at {x}, {y} at {at}, {case.wording.add(at, (x, y), name)}."
