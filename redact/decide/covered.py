"""Tell the officer of what covers someone who was named, and is nobody who is known: whoever looks sees what it is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from redact.decide.points import clear_point, moment
from redact.decide.vouched import VOUCHED_S, nobodys, spoken_for
from redact.decide.wording import Doubt, Pointer, sighted
from redact.records.boxes import overlap_share
from redact.records.kinds import Origin, Standing
from redact.track.sightings import by_frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from redact.decide.wording import Case
    from redact.records.clip import Clip
    from redact.request.model import Keep

__all__ = ["covered"]

THINGS = 5
"""Things told of for one person."""

COVERS, OFTEN = 0.1, 5
"""Share of a person that something covers, and frames on which it does so, for it to be told of."""

EACH_S = 10.0
"""Seconds of somebody for each time that is asked about: the times that uncover most are."""

MOST = 20
"""Times told of at once: after these points there may be fewer."""

SURE = 0.4
"""Score from which somebody is seen well enough to be pointed at."""


def covered(case: Case, frames: tuple[int, int], pointed: Mapping[int, Sequence[Keep]]) -> Iterator[Doubt]:
    """Say what covers the person of CASE within FRAMES that is nobody who is known, and what to add if it is nobody.

    First things, each once for the whole clip; then times at which something else does, where no point speaks for their
    outline yet: POINTED are those at each of their subjects, by position.
    """
    yield from _things(case, frames)
    yield from _times(case, frames, pointed)


def _things(case: Case, frames: tuple[int, int]) -> Iterator[Doubt]:
    """Tell of each thing that covers the person on some of FRAMES: whoever sees that it is nobody else shows it."""
    people = case.people
    things = [
        number
        for number, subject in enumerate(people.subjects)
        if subject.standing is Standing.THING and number not in case.members
    ]
    rows, _ = _covering(case, np.isin(people.owner, things), frames)
    covering = Counter(people.owner[rows].tolist())
    for number, count in covering.most_common(THINGS):
        if count >= OFTEN and (clear := clear_point(case.clip, people, sighted(people, number).tolist())):
            row, (x, y) = clear
            at = moment(case.clip, int(people.tracks.frame[row]))
            told = f"{case.who} is partly covered on {count} frames by what may be a thing, at {x}, {y} at {at}."
            sentence = f"{told} If it is nobody else, {case.wording.add(at, (x, y), case.name)}."
            frame = people.tracks.frame[rows[people.owner[rows] == number]]
            yield _doubt(case, sentence, clear, (int(frame.min()), int(frame.max()) + 1))


def _times(case: Case, frames: tuple[int, int], pointed: Mapping[int, Sequence[Keep]]) -> Iterator[Doubt]:
    """Tell of the times at which a point would uncover the person most."""
    clip, people, where = case.clip, case.people, case.people.where
    others = nobodys(people) & ~np.isin(people.owner, [*case.members])
    _, bodies = _covering(case, others, frames)
    bodies = bodies[~spoken_for(clip, people, pointed)[bodies]]
    left = _when(clip, where.person[bodies], where.frame[bodies])
    own = _seen_well(case, frames)
    now = _when(clip, people.owner[own], people.tracks.frame[own])
    presence_s = len(np.unique(people.tracks.frame[own])) / float(clip.rate)
    for _ in range(min(1 + int(presence_s / EACH_S), MOST)):
        low, high = np.searchsorted(left, now - VOUCHED_S), np.searchsorted(left, now + VOUCHED_S, "right")
        gain = high - low
        best = np.argsort(-gain, kind="stable")[: int((gain >= OFTEN).sum())]
        clear = clear_point(clip, people, own[best][:: len(own) // 60 + 1].tolist())
        if clear is None:
            break
        row, (x, y) = clear
        at = moment(clip, int(people.tracks.frame[row]))
        (place,) = np.flatnonzero(own == row)
        told = f"{case.who} is partly covered on {gain[place]} frames around {at}, by nobody who is known."
        sentence = f"{told} If it is nobody else whom you see at {x}, {y}, {case.wording.add(at, (x, y), case.name)}."
        frame = int(people.tracks.frame[row])
        yield _doubt(case, sentence, clear, (frame, frame + 1))
        left = np.delete(left, slice(low[place], high[place]))


def _doubt(case: Case, sentence: str, clear: tuple[int, tuple[int, int]], frames: tuple[int, int]) -> Doubt:
    """Put down as SENTENCE says it that the person of CASE is covered on FRAMES, and whom to point at: CLEAR."""
    row, point = clear
    pointer = Pointer(int(case.people.tracks.frame[row]), point, int(case.people.owner[row]))
    return Doubt(sentence, case.name, frames, (pointer,), covered=True)


def _when(clip: Clip, person: NDArray[np.int32], frame: NDArray[np.int32]) -> NDArray[np.float64]:
    """(n,) seconds, of each PERSON (n,) long after those of the one before: a point at one says nothing of another."""
    seconds = clip.times_s()
    span = seconds[-1] - seconds[0] + 3 * VOUCHED_S
    return np.asarray(person * span + seconds[frame] - seconds[0])


def _seen_well(case: Case, frames: tuple[int, int]) -> NDArray[np.intp]:
    """(n,) rows within FRAMES on which the person was seen well, the surest first."""
    tracks = case.people.tracks
    own = np.isin(case.people.owner, [*case.members]) & (tracks.origin == Origin.SEEN) & (tracks.score >= SURE)
    own &= (tracks.frame >= frames[0]) & (tracks.frame < frames[1])
    rows = np.flatnonzero(own)
    return np.asarray(rows[np.argsort(-tracks.score[rows], kind="stable")])


def _covering(
    case: Case, wanted: NDArray[np.bool_], frames: tuple[int, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find which rows, of those WANTED (r,), cover the person on one of FRAMES.

    Gives those rows (n,), and the bodies (b,) that they cover, those of one subject after another, by frame.
    """
    tracks, where = case.people.tracks, case.people.where
    mine = np.isin(where.person, [*case.members]) & (where.frame >= frames[0]) & (where.frame < frames[1])
    rows = np.flatnonzero(wanted & np.isin(tracks.frame, where.frame[mine]))
    rows = rows[np.argsort(tracks.frame[rows], kind="stable")]
    covers, covered = np.zeros(len(rows), np.bool_), np.zeros(len(mine), np.bool_)
    for some in by_frame(tracks.frame[rows]):
        here = where.at(int(tracks.frame[rows[some[0]]]))
        bodies = here.start + np.flatnonzero(mine[here])
        shared = overlap_share(where.xyxy[bodies], tracks.xyxy[rows[some]]) >= COVERS
        covers[some], covered[bodies] = shared.any(axis=0), shared.any(axis=1)
    bodies = np.flatnonzero(covered)
    return rows[covers], bodies[np.argsort(where.person[bodies], kind="stable")]
