"""Everyone in a clip as subjects: people, things that only look like people, and what is left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from redact.records.boxes import centre, iou
from redact.records.kinds import Kind, Origin, Standing
from redact.records.tracks import Subject, Tracks
from redact.track.belonging import FAINT, NOBODY, Why
from redact.track.bodies import Bodies
from redact.track.sightings import SIGHTED, SOMEBODY, STILL, grouped
from redact.track.unexplained import joined

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from redact.track.belonging import Owners
    from redact.track.bodies import Cover

    Rows = NDArray[np.intp]

__all__ = ["Named", "Open", "People", "cut_where", "listed", "told_apart"]

LEAST_WEAK = 8
"""Sightings of somebody who moves and is never more than weak; fewer are too short to be anybody."""

MOSTLY = 0.95
"""Share of the sightings of something faint that are at one place from which it never moves; the rest is not it."""

SAME_PLACE = 0.3
"""IoU of two things that are one: what never moves, and is never more than weak."""


class Open(NamedTuple):
    """Two people who may be one: a join that is not certain."""

    before: str
    """Id of the subject that is seen earlier."""
    after: str
    last: int
    """Frame on which the earlier is seen last."""
    first: int
    """And the later first."""
    cost: float
    """The less, the likelier: the negative natural logarithm of the odds."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Everyone in a clip."""

    tracks: Tracks
    """Those found, cut where they go from one to another; and what hides people while they are behind others."""
    subjects: tuple[Subject, ...]
    """Each track is in exactly one."""
    owner: NDArray[np.int32]
    """(r,) whose each row is: positions in `subjects`."""
    why: NDArray[np.uint8]
    """(r,) Why."""
    where: Bodies
    """Where everyone is; `person` is the position in `subjects`."""
    open: tuple[Open, ...]
    """What is not certain."""
    _by_frame: NDArray[np.intp] = field(init=False, repr=False)
    """(r,) rows, by frame."""

    def __post_init__(self) -> None:
        """Put rows in order of frames."""
        object.__setattr__(self, "_by_frame", np.argsort(self.tracks.frame, kind="stable"))

    def rows(self, number: int) -> Rows:
        """Rows of the subject at NUMBER."""
        start = self.tracks.start
        return np.concatenate([np.arange(start[track], start[track + 1]) for track in self.subjects[number].tracks])

    def kinds(self, rows: Rows) -> NDArray[np.uint8]:
        """(n,) Kind of each of ROWS."""
        return np.asarray(self.tracks.kind[np.searchsorted(self.tracks.start, rows, "right") - 1])

    def on(self, frame: int) -> Rows:
        """Rows on FRAME."""
        bounds = np.array([frame, frame + 1], self.tracks.frame.dtype)
        low, high = np.searchsorted(self.tracks.frame, bounds, sorter=self._by_frame)
        return self._by_frame[low:high]


class Named(NamedTuple):
    """People of one kind, before they are numbered."""

    kind: Kind
    own: Sequence[Rows]
    """For each the rows on which they were seen, in order of time."""
    open: Sequence[tuple[int, int, float]]
    """Positions of two of them, of whom the one is perhaps the other again, and the cost."""


def listed(tracks: Tracks, owners: Owners, groups: Sequence[Named], where: Bodies, hides: Sequence[Cover]) -> People:
    """Make subjects of the people in GROUPS, of things, and of what is left of TRACKS; HIDES are put behind them.

    OWNERS tell whose each row is, by the number of the person through all groups; WHERE they are as well.
    """
    own = [rows for group in groups for rows in group.own]
    kinds = [group.kind for group in groups for _ in group.own]
    label, standing = _labels(tracks, owners.owner, own)
    order = _order(tracks, label, standing)
    rank = {name: number for number, name in enumerate(order)}
    subject = np.array([rank[name] for name in label.tolist()], np.int32)
    place = np.array([np.bincount(subject[rows]).argmax() for rows in own], np.int32)
    made, whose, why = _with_covers(cut_where(tracks, subject), subject, owners.why, hides, place)
    ids = [f"s{number:03d}" for number in range(1, len(order) + 1)]
    track = made.track
    subjects = tuple(
        _subject(made, rows, track[rows], ids[number], kinds[name] if name < len(own) else None, standing[name])
        for number, (name, rows) in enumerate(zip(order, grouped(whose, len(order)), strict=True))
    )
    there = Bodies(where.frame, place[where.person], where.xyxy, where.seen, where.missed)
    return People(made, subjects, whose, why, there, tuple(_open(tracks, own, groups, place, ids)))


def _open(
    tracks: Tracks,
    own: Sequence[Rows],
    groups: Sequence[Named],
    place: NDArray[np.int32],
    ids: Sequence[str],
) -> Iterator[Open]:
    """Give what is not certain in GROUPS, the likeliest first; PLACE (p,) is each person's in the subjects, of IDS."""
    first, ends = 0, []
    for group in groups:
        ends += [(cost, before + first, after + first) for before, after, cost in group.open]
        first += len(group.own)
    for cost, before, after in sorted(ends):
        last, begins = int(tracks.frame[own[before][-1]]), int(tracks.frame[own[after][0]])
        if last < begins and place[before] != place[after]:
            yield Open(ids[place[before]], ids[place[after]], last, begins, cost)


def _labels(
    tracks: Tracks, owner: NDArray[np.int32], own: Sequence[Rows]
) -> tuple[NDArray[np.int64], dict[int, Standing]]:
    """Name the subject of each row: the number of a person, of the first thing at its place, or that of the rest."""
    label = owner.astype(np.int64)
    standing = dict.fromkeys(range(len(own)), Standing.PERSON)
    things: list[_Thing] = []
    rest = len(own)
    for number, (rows, mine) in enumerate(zip(own, grouped(owner, len(own)), strict=True)):
        weak = tracks.score[rows].max() < SOMEBODY
        if weak and len(home := _at_home(tracks, rows)):
            astray = np.zeros(len(mine), np.bool_) if len(home) == len(rows) else ~_close(tracks, mine, home)
            label[mine] = np.where(astray, rest, _place(things, number, tracks, home))
            standing[number] = Standing.THING
            if astray.any():
                standing[rest] = Standing.UNCLEAR
        elif weak and len(rows) < LEAST_WEAK:
            label[mine] = rest
            standing[rest] = Standing.UNCLEAR
    for track in range(len(tracks)):
        rows = np.arange(tracks.start[track], tracks.start[track + 1])
        loose = rows[owner[rows] == NOBODY]
        seen = loose[np.isin(tracks.origin[loose], SIGHTED)]
        if (
            len(loose) == len(rows)
            and len(seen)
            and tracks.score[rows].max() < SOMEBODY
            and _close(tracks, seen, seen).all()
        ):
            label[loose] = _place(things, rest + 1 + track, tracks, seen)
            standing[int(label[loose[0]])] = Standing.THING
        elif len(loose):
            label[loose] = rest
            standing[rest] = Standing.UNCLEAR
    return label, standing


class _Thing(NamedTuple):
    """What never moves, at one place."""

    name: int
    box: NDArray[np.float32]
    frames: set[int]
    """On which something was seen there."""


def _place(things: list[_Thing], number: int, tracks: Tracks, rows: Rows) -> int:
    """Give the name of the one of THINGS that is at the place of ROWS, and never at once with them; else NUMBER."""
    box = np.median(tracks.xyxy[rows], axis=0).astype(np.float32)
    frames = set(tracks.frame[rows].tolist())
    for thing in things:
        if iou(box[None], thing.box[None])[0, 0] >= SAME_PLACE and not frames & thing.frames:
            thing.frames.update(frames)
            return thing.name
    things.append(_Thing(number, box, frames))
    return number


def _at_home(tracks: Tracks, rows: Rows) -> Rows:
    """Give those of ROWS on which something was seen where it always is; none where it moves.

    What is faint may be seen elsewhere now and then: that was something else.
    """
    home = rows[_close(tracks, rows, rows)]
    moves = len(home) < len(rows) and (len(home) < MOSTLY * len(rows) or tracks.score[rows].max() >= FAINT)
    return rows[:0] if moves else home


def _close(tracks: Tracks, rows: Rows, home: Rows) -> NDArray[np.bool_]:
    """(n,) which of ROWS are where most of HOME are."""
    middle, heights = centre(tracks.xyxy[home]), tracks.xyxy[home, 3] - tracks.xyxy[home, 1]
    away = np.linalg.norm(centre(tracks.xyxy[rows]) - np.median(middle, axis=0), axis=1)
    return np.asarray(away <= STILL * max(float(np.median(heights)), 1))


def _order(tracks: Tracks, label: NDArray[np.int64], standing: dict[int, Standing]) -> list[int]:
    """Put subjects in order: people, then things, then what is unclear; each by when it is there first."""
    names, first, number = np.unique(label, return_index=True, return_inverse=True)
    begins = np.full(len(names), np.iinfo(np.int32).max)
    np.minimum.at(begins, number, tracks.frame)
    standings = [*Standing]
    ranks = np.array([standings.index(standing[name]) for name in names.tolist()], np.intp)
    order = np.lexsort(np.stack([first, begins, ranks]))
    return [int(name) for name in names[order]]


def told_apart(people: People, apart: Collection[tuple[str, str]]) -> People:
    """Give PEOPLE without the question whether the subjects of a pair in APART, the earlier first, are one."""
    left = tuple(link for link in people.open if (link.before, link.after) not in apart)
    return people if len(left) == len(people.open) else replace(people, open=left)


def cut_where(tracks: Tracks, label: NDArray[Any]) -> Tracks:
    """Cut TRACKS wherever the LABEL (r,) of their rows changes."""
    if not len(tracks.frame):
        return tracks
    number = tracks.track
    begins = np.flatnonzero((np.diff(number) != 0) | (np.diff(label) != 0)) + 1
    start = np.concatenate([[0], begins, [len(number)]]).astype(np.int64)
    kind = tracks.kind[number[start[:-1]]].astype(np.uint8)
    return Tracks(tracks.frame, tracks.xyxy, tracks.score, tracks.origin, start, kind)


def _with_covers(
    tracks: Tracks,
    subject: NDArray[np.int32],
    why: NDArray[np.uint8],
    hides: Sequence[Cover],
    place: NDArray[np.int32],
) -> tuple[Tracks, NDArray[np.int32], NDArray[np.uint8]]:
    """Put HIDES behind TRACKS, each a track of its own; and whose their rows are behind SUBJECT (r,) and WHY (r,).

    PLACE (p,) is that of each person in the subjects.
    """
    if not hides:
        return tracks, subject, why
    sizes = [len(cover.frame) for cover in hides]
    count = sum(sizes)
    more = Tracks(
        frame=np.concatenate([cover.frame for cover in hides]),
        xyxy=np.concatenate([cover.xyxy for cover in hides]),
        score=np.full(count, SOMEBODY, np.float32),
        origin=np.full(count, Origin.EXTENDED, np.uint8),
        start=np.cumsum([0, *sizes]).astype(np.int64),
        kind=np.full(len(hides), Kind.PERSON, np.uint8),
    )
    whose = np.repeat(place[[cover.person for cover in hides]], sizes)
    reasons = np.full(count, Why.CARRIED, np.uint8)
    return joined(tracks, more), np.concatenate([subject, whose]), np.concatenate([why, reasons])


def _subject(  # noqa: PLR0917  whose rows, and what they are called
    tracks: Tracks, rows: Rows, track: NDArray[np.int32], name: str, kind: Kind | None, standing: Standing
) -> Subject:
    """Describe the subject of ROWS, each of the TRACK at its place, called NAME; KIND is that of its first, if None."""
    members = np.unique(track).tolist()
    return Subject(
        id=name,
        kind=Kind(tracks.kind[members[0]]) if kind is None else kind,
        tracks=tuple(members),
        first=int(tracks.frame[rows].min()),
        last=int(tracks.frame[rows].max()),
        standing=standing,
    )
