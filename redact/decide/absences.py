"""Tell the officer when someone who was named is hidden, why, and whom to point at if it is still the same person."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.decide.points import clear_point, moment
from redact.decide.wording import Doubt, Pointer, sighted
from redact.records.kinds import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redact.decide.wording import Case

__all__ = ["absences"]

SHORT_S = 0.2
"""An absence shorter than this between two appearances is not told of."""

LISTED = 2
"""People suggested for one absence."""

MOST = 20
"""Absences told of for one person."""

UNSURE = "from here on it is not certain who is who"
LOST = "not found, or not told apart from someone else"


class _Absence(NamedTuple):
    """Frames, half-open, on which someone who was named is not shown."""

    first: int
    end: int
    begun: bool
    """Whether they were shown before it."""
    goes_on: bool
    """And are after it."""


def absences(case: Case, frames: tuple[int, int]) -> Iterator[Doubt]:
    """Say for each time within FRAMES at which the person of CASE is hidden: when, why, and what to add."""
    told = [doubt for absence in _absences(case, frames) if (doubt := _told(case, absence))]
    yield from told[:MOST]
    if len(told) > MOST:
        rest = told[MOST:]
        sentence = f"{case.who} is hidden at {len(rest)} more times."
        yield Doubt(sentence, case.name, (rest[0].frames[0], rest[-1].frames[1]))


def _absences(case: Case, frames: tuple[int, int]) -> Iterator[_Absence]:
    """Times within FRAMES at which the person is not shown, in order."""
    people = case.people
    mine = np.isin(people.owner, [*case.members]) & (people.tracks.origin != Origin.EXTENDED)
    on = np.unique(people.tracks.frame[mine])
    on = on[(on >= frames[0]) & (on < frames[1])]
    marks = np.concatenate([[frames[0] - 1], on, [frames[1]]])
    for first, end in zip((marks[:-1] + 1).tolist(), marks[1:].tolist(), strict=True):
        if end > first:
            yield _Absence(first, end, begun=first > frames[0], goes_on=end < frames[1])


def _told(case: Case, absence: _Absence) -> Doubt | None:
    """Tell of ABSENCE; nothing where it is short, or where they were simply not there."""
    seconds = case.clip.times_s(np.array([absence.first, absence.end - 1]))
    bounded = absence.begun and absence.goes_on
    if bounded and seconds[1] - seconds[0] + 1 / float(case.clip.rate) < SHORT_S:
        return None
    others = _suggested(case, absence)
    if not (others or bounded):
        return None
    start = f"from {moment(case.clip, absence.first)}" if absence.begun else "at first"
    until = f" to {moment(case.clip, absence.end)}" if absence.goes_on else " on"
    when = start + until if absence.begun else f"up to {moment(case.clip, absence.end)}"
    why = UNSURE if others else LOST
    sentence = " ".join([f"{case.who} is hidden {when}: {why}.", *(_add(case, other) for other in others)])
    return Doubt(sentence, case.name, (absence.first, absence.end), tuple(_pointer(case, *other) for other in others))


def _suggested(case: Case, absence: _Absence) -> list[tuple[int, tuple[int, int]]]:
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
            rows = sighted(case.people, other, back=other == before)
            clear = clear_point(case.clip, case.people, rows.tolist())
            likely |= {other: clear} if clear else {}
    return sorted(likely.values(), key=lambda clear: int(case.people.tracks.frame[clear[0]]))


def _add(case: Case, clear: tuple[int, tuple[int, int]]) -> str:
    """Say how to name whoever is at a point."""
    row, (x, y) = clear
    at = moment(case.clip, int(case.people.tracks.frame[row]))
    return f"If it is the same person at {x}, {y} at {at}, {case.wording.add(at, (x, y), case.name)}."


def _pointer(case: Case, row: int, point: tuple[int, int]) -> Pointer:
    return Pointer(int(case.people.tracks.frame[row]), point, int(case.people.owner[row]))
