"""Everyone in a clip, each once: from tracks to people, to things that only look like people, and to what is unclear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.records.boxes import iou, overlap_share
from redact.records.kinds import Kind, Origin, Standing
from redact.records.tracks import Subject, Tracks
from redact.track.appearance import Appearance
from redact.track.associate import tracks_of
from redact.track.belonging import NOBODY, Why, owners
from redact.track.bodies import Bodies, bodies, covers
from redact.track.joins import BAR, joins
from redact.track.sightings import SIGHTED, Sightings, sightings_of
from redact.track.tracklets import chains, cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from redact.detect.found import Scan
    from redact.track.bodies import Cover
    from redact.track.tracklets import Pieces

    Rows = NDArray[np.intp]

__all__ = ["Open", "People", "people"]

FIRM = 0.25
"""Score from which a sighting may begin somebody: weaker ones are first asked whom they belong to."""

SURE = 0.4
"""Best score from which somebody is a person, and no thing."""

LEAST, LEAST_WEAK = 3, 8
"""Sightings of somebody; of somebody who is never more than weak. Fewer are too short to be sure of."""

CLEAR = 0.15
"""Share of a sighting in doubt that may lie in another person for it to be whose the track is before and after."""

STILL = 0.3
"""Heights by which what never moves is found in different places."""

SAME_PLACE = 0.3
"""IoU of two things that are one: what never moves, and is never more than weak."""

CARRIED_S, BRIDGE_S = 0.35, 1.5
"""How far a track is somebody's beyond what was seen of them, and between two sightings of them."""

PLAUSIBLE = 7.0
"""Cost up to which a join is worth a question."""


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


class _Group(NamedTuple):
    """What is known of people of one kind."""

    sightings: Sightings
    pieces: Pieces
    chains: tuple[tuple[int, ...], ...]
    """The pieces of each person, in order of time."""
    open: tuple[tuple[int, int, float], ...]
    """Positions of two people, the one perhaps the other again, and the cost."""


def people(scan: Scan) -> People:
    """Say who is who in what SCAN found; the same scan gives the same people."""
    tracks = tracks_of(scan)
    group = _group(scan, tracks, _rows(tracks, Kind.PERSON, tracks.score >= FIRM), Kind.PERSON)
    own = _own(scan, tracks, group)
    own = _fuller(scan, tracks, own)
    where = bodies(scan.clip, tracks, own)
    found = _Found(tracks, *owners(scan.clip, tracks, own, where, scan.clip.orientation))
    groups = [(Kind.PERSON, own, group.open)]
    for kind in Kind:
        rest = _rows(tracks, kind, (found.owner == NOBODY) & (found.why == Why.UNKNOWN))
        more = _group(scan, tracks, rest, kind)
        fresh = _own(scan, tracks, more)
        found.take(fresh, sum(len(rows) for _, rows, _ in groups))
        groups.append((kind, fresh, more.open))
    found.bridge(scan)
    hides = tuple(covers(scan.clip, tracks, own, where, _perhaps(tracks, own, group.open)))
    return _listed(scan, found, groups, where, hides)


def _perhaps(
    tracks: Tracks, own: Sequence[Rows], open_ends: Sequence[tuple[int, int, float]]
) -> dict[tuple[int, int], int]:
    """Give for people, by number and way in time, the frame on which they are perhaps found again as somebody else."""
    found: dict[tuple[int, int], int] = {}
    for one, two, _ in sorted(open_ends, key=lambda pair: -pair[2]):  # the likeliest stays
        found[one, 1], found[two, -1] = int(tracks.frame[own[two][0]]), int(tracks.frame[own[one][-1]])
    return found


class _Found:
    """Whose each row is, while that is found out."""

    def __init__(self, tracks: Tracks, owner: NDArray[np.int32], why: NDArray[np.uint8]) -> None:
        self.tracks, self.owner, self.why = tracks, owner, why

    def take(self, own: Sequence[Rows], first: int) -> None:
        """Give the rows of OWN to people who are numbered from FIRST."""
        for number, rows in enumerate(own, first):
            self.owner[rows], self.why[rows] = number, Why.SEEN

    def bridge(self, scan: Scan) -> None:
        """Give what a track is carried on over to whoever is before and after it, where nobody has it."""
        seconds = scan.clip.times_s(self.tracks.frame)
        for track in range(len(self.tracks)):
            rows = np.arange(len(self.owner))[self.tracks.rows(track)]
            sighted = np.isin(self.tracks.origin[rows], SIGHTED)
            seen, rest = rows[sighted], rows[~sighted]
            rest = rest[(self.owner[rest] == NOBODY) & (self.why[rest] == Why.UNKNOWN)]
            if len(seen) and len(rest):
                place = np.searchsorted(seen, rest)
                one, two = seen[np.maximum(place - 1, 0)], seen[np.minimum(place, len(seen) - 1)]
                wait = np.maximum(np.abs(seconds[rest] - seconds[one]), np.abs(seconds[rest] - seconds[two]))
                alike = (self.owner[one] == self.owner[two]) & (self.owner[one] != NOBODY)
                mine = alike & (wait <= np.where(one == two, CARRIED_S, BRIDGE_S))
                self.owner[rest[mine]], self.why[rest[mine]] = self.owner[one[mine]], Why.CARRIED


def _rows(tracks: Tracks, kind: Kind, wanted: NDArray[np.bool_]) -> Rows:
    """Give the rows of TRACKS of KIND on which something was seen, of those WANTED (r,)."""
    return np.flatnonzero(wanted & np.isin(tracks.origin, SIGHTED) & (tracks.kind[tracks.track] == kind))


def _group(scan: Scan, tracks: Tracks, rows: Rows, kind: Kind) -> _Group:
    """Put ROWS of TRACKS, of one KIND, together to people."""
    sightings = sightings_of(scan, tracks, rows, kind)
    tracklets = chains(sightings, Appearance(sightings, chains(sightings)).looks)
    appearance = Appearance(sightings, tracklets)
    pieces = cut(sightings, appearance, tracklets)
    found = joins(sightings, appearance, pieces.chains)
    sure = {join.before: join.after for join in found if join.margin >= BAR}
    joined = set(sure.values())
    members: list[tuple[int, ...]] = []
    for number in range(len(pieces.chains)):
        if number not in joined:
            line = [number]
            while line[-1] in sure:
                line.append(sure[line[-1]])
            if sum(len(pieces.chains[piece]) for piece in line) >= LEAST:
                members.append(tuple(line))
    first = {line[0]: number for number, line in enumerate(members)}
    last = {line[-1]: number for number, line in enumerate(members)}
    unsure = [join for join in found if join.margin < BAR and join.cost < PLAUSIBLE]
    open_ends = tuple(
        (last[join.before], first[join.after], join.cost)
        for join in unsure
        if join.before in last and join.after in first and last[join.before] != first[join.after]
    )
    return _Group(sightings, pieces, tuple(members), open_ends)


def _own(scan: Scan, tracks: Tracks, group: _Group) -> list[Rows]:
    """Give the sightings of everyone in GROUP, rows of TRACKS in order of time; those in doubt where they are clear."""
    chains_, row = group.pieces.chains, group.sightings.row
    own = [np.concatenate([row[chains_[piece]] for piece in line]) for line in group.chains]
    person = {piece: number for number, line in enumerate(group.chains) for piece in line}
    where = bodies(scan.clip, tracks, own)
    for doubt in group.pieces.cuts:
        number = person.get(doubt.before)
        if number is not None and number == person.get(doubt.after):
            clear = [int(at) for at in row[doubt.between] if _clear(tracks, int(at), number, where)]
            own[number] = np.sort(np.concatenate([own[number], np.array(clear, np.intp)]))
    return [rows[np.argsort(tracks.frame[rows], kind="stable")] for rows in own]


def _clear(tracks: Tracks, row: int, person: int, where: Bodies) -> bool:
    """Tell whether hardly anything of the box in ROW lies in anybody but PERSON."""
    here = where.at(int(tracks.frame[row]))
    others = where.xyxy[here][where.person[here] != person]
    return bool(overlap_share(tracks.xyxy[[row]], others).max(initial=0) < CLEAR)


def _fuller(scan: Scan, tracks: Tracks, own: list[Rows]) -> list[Rows]:
    """Add to the sightings of people, OWN, the weak ones at which they were expected and not seen."""
    where = bodies(scan.clip, tracks, own)
    owner, why = owners(scan.clip, tracks, own, where, scan.clip.orientation)
    double = (why == Why.DOUBLE) & np.isin(tracks.origin, SIGHTED)
    fuller = []
    for number, rows in enumerate(own):
        more = np.flatnonzero(double & (owner == number) & ~np.isin(tracks.frame, tracks.frame[rows]))
        more = more[np.lexsort((-tracks.score[more], tracks.frame[more]))]
        _, first = np.unique(tracks.frame[more], return_index=True)
        rows = np.concatenate([rows, more[first]])  # noqa: PLW2901  the surest of each frame
        fuller.append(rows[np.argsort(tracks.frame[rows], kind="stable")])
    return fuller


def _listed(
    scan: Scan,
    found: _Found,
    groups: Sequence[tuple[Kind, list[Rows], tuple[tuple[int, int, float], ...]]],
    where: Bodies,
    hides: Sequence[Cover],
) -> People:
    """Make subjects of the people in GROUPS, of things, and of what is left; HIDES are put behind the tracks."""
    tracks = found.tracks
    own = [rows for _, some, _ in groups for rows in some]
    kinds = [kind for kind, some, _ in groups for _ in some]
    label, standing = _labels(tracks, found.owner, own)
    order = _order(tracks, label, standing)
    rank = {name: number for number, name in enumerate(order)}
    subject = np.array([rank[name] for name in label.tolist()], np.int32)
    of = np.array([int(subject[rows[0]]) for rows in own], np.int32)
    made, whose, why = _with_covers(_cut(tracks, subject), subject, found.why, hides, of)
    ids = [f"s{number:03d}" for number in range(1, len(order) + 1)]
    subjects = tuple(
        _subject(made, whose, number, ids[number], kinds[name] if name < len(own) else None, standing[name])
        for number, name in enumerate(order)
    )
    there = Bodies(where.frame, of[where.person], where.xyxy, where.seen, where.missed)
    return People(made, subjects, whose, why, there, tuple(_open(tracks, own, groups, of, ids)))


def _open(
    tracks: Tracks,
    own: Sequence[Rows],
    groups: Sequence[tuple[Kind, list[Rows], tuple[tuple[int, int, float], ...]]],
    of: NDArray[np.int32],
    ids: Sequence[str],
) -> Iterator[Open]:
    """Give what is not certain in GROUPS, the likeliest first."""
    first, ends = 0, []
    for _, some, open_ends in groups:
        ends += [(cost, one + first, two + first) for one, two, cost in open_ends]
        first += len(some)
    for cost, one, two in sorted(ends):
        last, begins = int(tracks.frame[own[one][-1]]), int(tracks.frame[own[two][0]])
        if last < begins and of[one] != of[two]:
            yield Open(ids[of[one]], ids[of[two]], last, begins, cost)


def _labels(
    tracks: Tracks, owner: NDArray[np.int32], own: Sequence[Rows]
) -> tuple[NDArray[np.int64], dict[int, Standing]]:
    """Name the subject of each row: the number of a person, of the first thing at its place, or one for all the rest."""
    label = owner.astype(np.int64)
    standing = {number: Standing.PERSON for number in range(len(own))}
    things: list[tuple[int, NDArray[np.float32]]] = []
    rest = len(own)
    for number, rows in enumerate(own):
        weak = tracks.score[rows].max() < SURE
        if weak and _still(tracks, rows):
            place = np.median(tracks.xyxy[rows], axis=0)
            label[owner == number] = _place(things, number, place)
            standing[number] = Standing.THING
        elif weak and len(rows) < LEAST_WEAK:
            label[owner == number] = rest
            standing[rest] = Standing.UNCLEAR
    for track in range(len(tracks)):
        rows = np.arange(len(owner))[tracks.rows(track)]
        loose = rows[owner[rows] == NOBODY]
        seen = loose[np.isin(tracks.origin[loose], SIGHTED)]
        if len(loose) == len(rows) and len(seen) and tracks.score[rows].max() < SURE and _still(tracks, seen):
            label[loose] = _place(things, rest + 1 + track, np.median(tracks.xyxy[seen], axis=0))
            standing[int(label[loose[0]])] = Standing.THING
        elif len(loose):
            label[loose] = rest
            standing[rest] = Standing.UNCLEAR
    return label, standing


def _place(things: list[tuple[int, NDArray[np.float32]]], number: int, box: NDArray[np.float32]) -> int:
    """Give the name of the one of THINGS that is at the place of BOX; NUMBER, which is put there, if none is."""
    if things:
        alike = iou(box[None].astype(np.float32), np.array([place for _, place in things], np.float32))[0]
        if alike.max() >= SAME_PLACE:
            return things[int(alike.argmax())][0]
    things.append((number, box))
    return number


def _still(tracks: Tracks, rows: Rows) -> bool:
    """Tell whether what was seen in ROWS never moves."""
    boxes = tracks.xyxy[rows]
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    return bool(np.linalg.norm(middle - np.median(middle, axis=0), axis=1).max() <= STILL * max(height, 1))


def _order(tracks: Tracks, label: NDArray[np.int64], standing: dict[int, Standing]) -> list[int]:
    """Put subjects in order: people, then things, then what is unclear; each by when it is there first."""
    names, first = np.unique(label, return_index=True)
    begins = {name: int(tracks.frame[label == name].min()) for name in names.tolist()}
    at = dict(zip(names.tolist(), first.tolist(), strict=True))
    last = [*Standing]
    return sorted(names.tolist(), key=lambda name: (last.index(standing[name]), begins[name], at[name]))


def _cut(tracks: Tracks, subject: NDArray[np.int32]) -> Tracks:
    """Cut TRACKS wherever the SUBJECT (r,) of their rows changes."""
    if not len(tracks.frame):
        return tracks
    number = tracks.track
    begins = np.flatnonzero((np.diff(number) != 0) | (np.diff(subject) != 0)) + 1
    start = np.concatenate([[0], begins, [len(number)]]).astype(np.int64)
    kind = tracks.kind[number[start[:-1]]].astype(np.uint8)
    return Tracks(tracks.frame, tracks.xyxy, tracks.score, tracks.origin, start, kind)


def _with_covers(
    tracks: Tracks,
    subject: NDArray[np.int32],
    why: NDArray[np.uint8],
    hides: Sequence[Cover],
    of: NDArray[np.int32],
) -> tuple[Tracks, NDArray[np.int32], NDArray[np.uint8]]:
    """Put HIDES behind TRACKS, each a track of its own; and whose their rows are behind SUBJECT (r,) and WHY (r,).

    OF (p,) is the subject of each person.
    """
    if not hides:
        return tracks, subject, why
    sizes = [len(cover.frame) for cover in hides]
    frame = np.concatenate([tracks.frame, *(cover.frame for cover in hides)])
    xyxy = np.concatenate([tracks.xyxy, *(cover.xyxy for cover in hides)])
    score = np.concatenate([tracks.score, np.full(sum(sizes), SURE, np.float32)])
    origin = np.concatenate([tracks.origin, np.full(sum(sizes), Origin.EXTENDED, np.uint8)])
    start = np.concatenate([tracks.start, tracks.start[-1] + np.cumsum(sizes)]).astype(np.int64)
    kind = np.concatenate([tracks.kind, np.full(len(hides), Kind.PERSON, np.uint8)])
    whose = np.repeat(of[[cover.person for cover in hides]], sizes)
    reasons = np.concatenate([why, np.full(sum(sizes), Why.CARRIED, np.uint8)])
    return Tracks(frame, xyxy, score, origin, start, kind), np.concatenate([subject, whose]), reasons


def _subject(
    tracks: Tracks, whose: NDArray[np.int32], number: int, name: str, kind: Kind | None, standing: Standing
) -> Subject:
    """Describe the subject of this NUMBER, called NAME; of the KIND of its first track where none is given."""
    rows = np.flatnonzero(whose == number)
    members = np.unique(tracks.track[rows]).tolist()
    return Subject(
        id=name,
        kind=Kind(tracks.kind[members[0]]) if kind is None else kind,
        tracks=tuple(members),
        first=int(tracks.frame[rows].min()),
        last=int(tracks.frame[rows].max()),
        standing=standing,
    )
