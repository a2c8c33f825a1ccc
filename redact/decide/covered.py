"""Tell the officer of what covers someone who was named, and is nobody who is known: whoever looks sees what it is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from redact.decide.points import clear_point, moment
from redact.decide.vouched import VOUCHED_S, nobodys, spoken_for
from redact.decide.wording import sighted
from redact.records.boxes import overlap_share
from redact.records.kinds import Origin, Standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from redact.decide.wording import Case
    from redact.request.model import Keep

__all__ = ["covered"]

THINGS = 5
"""Things told of for one person."""

COVERS, OFTEN = 0.1, 5
"""Share of a person that something covers, and frames on which it does so, for it to be told of."""

EACH_S = 10.0
"""Seconds of somebody for each time that is asked about: the times that uncover most are."""

SURE = 0.4
"""Score from which somebody is seen well enough to be pointed at."""


def covered(case: Case, frames: tuple[int, int], seeds: Sequence[Keep]) -> Iterator[str]:
    """Say what covers the person of CASE within FRAMES that is nobody who is known, and what to add if it is nobody.

    First things, each once for the whole clip; then times at which something else does, where none of SEEDS speaks for
    their outline yet.
    """
    yield from _things(case, frames)
    yield from _times(case, frames, seeds)


def _things(case: Case, frames: tuple[int, int]) -> Iterator[str]:
    """Tell of each thing that covers the person on some of FRAMES: whoever sees that it is nobody else shows it."""
    people = case.people
    things = [
        number
        for number, subject in enumerate(people.subjects)
        if subject.standing is Standing.THING and number not in case.members
    ]
    covering = Counter(people.owner[_covering(case, np.isin(people.owner, things), frames)].tolist())
    for number, count in covering.most_common(THINGS):
        if count >= OFTEN and (clear := clear_point(case.clip, people, sighted(people, number).tolist())):
            row, (x, y) = clear
            at = moment(case.clip, int(people.tracks.frame[row]))
            told = f"{case.who} is partly covered on {count} frames by what may be a thing, at {x}, {y} at {at}."
            yield f"{told} If it is nobody else, {case.wording.add(at, (x, y), case.name)}."


def _times(case: Case, frames: tuple[int, int], seeds: Sequence[Keep]) -> Iterator[str]:
    """Tell of the times at which a point would uncover the person most."""
    people, seconds = case.people, case.clip.times_s()
    others = nobodys(people) & ~np.isin(people.owner, [*case.members])
    rows = _covering(case, others & ~spoken_for(case.clip, people, seeds), frames)
    left = np.unique(people.tracks.frame[rows])
    own = _seen_well(case, frames)
    presence_s = len(np.unique(people.tracks.frame[own])) / float(case.clip.rate)
    for _ in range(1 + int(presence_s / EACH_S)):
        near = np.abs(seconds[people.tracks.frame[own]][:, None] - seconds[left][None]) <= VOUCHED_S
        gain = near.sum(axis=1)
        best = own[np.argsort(-gain, kind="stable")]
        clear = clear_point(case.clip, people, best[: int((gain >= OFTEN).sum())][:: len(own) // 60 + 1].tolist())
        if clear is None:
            break
        row, (x, y) = clear
        frame = int(people.tracks.frame[row])
        at = moment(case.clip, frame)
        gone = np.abs(seconds[left] - seconds[frame]) <= VOUCHED_S
        told = f"{case.who} is partly covered on {int(gone.sum())} frames around {at}, by nobody who is known."
        yield f"{told} If it is nobody else whom you see at {x}, {y}, {case.wording.add(at, (x, y), case.name)}."
        left = left[~gone]


def _seen_well(case: Case, frames: tuple[int, int]) -> NDArray[np.intp]:
    """(n,) rows within FRAMES on which the person was seen well, the surest first."""
    tracks = case.people.tracks
    own = np.isin(case.people.owner, [*case.members]) & (tracks.origin == Origin.SEEN) & (tracks.score >= SURE)
    own &= (tracks.frame >= frames[0]) & (tracks.frame < frames[1])
    rows = np.flatnonzero(own)
    return np.asarray(rows[np.argsort(-tracks.score[rows], kind="stable")])


def _covering(case: Case, wanted: NDArray[np.bool_], frames: tuple[int, int]) -> NDArray[np.intp]:
    """(n,) rows, of those WANTED (r,), that cover the person on one of FRAMES."""
    tracks, where = case.people.tracks, case.people.where
    mine = np.isin(where.person, [*case.members]) & (where.frame >= frames[0]) & (where.frame < frames[1])
    rows = np.flatnonzero(wanted & np.isin(tracks.frame, where.frame[mine]))
    covers = np.zeros(len(rows), np.bool_)
    for place, row in enumerate(rows.tolist()):
        here = where.at(int(tracks.frame[row]))
        bodies = where.xyxy[here][mine[here]]
        covers[place] = overlap_share(bodies, tracks.xyxy[[row]]).max(initial=0) >= COVERS
    return np.asarray(rows[covers])
