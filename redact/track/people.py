"""Everyone in a clip, each once: from what was found to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.records.boxes import overlap_share
from redact.records.kinds import Kind
from redact.track.appearance import Appearance
from redact.track.associate import tracks_of
from redact.track.belonging import BRIDGE_S, CARRIED_S, NOBODY, Owners, Why, owners
from redact.track.bodies import bodies, covers
from redact.track.joins import BAR, joins, returns
from redact.track.listing import Named, listed
from redact.track.sightings import SIGHTED, grouped, sightings_of
from redact.track.takeovers import cut, unbroken
from redact.track.tracklets import chains

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from redact.detect.found import Scan
    from redact.records.tracks import Tracks
    from redact.track.bodies import Bodies
    from redact.track.joins import Join
    from redact.track.listing import People
    from redact.track.sightings import Sightings
    from redact.track.takeovers import Pieces

    Rows = NDArray[np.intp]

__all__ = ["FIRM", "people"]

FIRM = 0.25
"""Score from which a sighting may begin somebody: weaker ones are first asked whom they belong to."""

LEAST = 3
"""Sightings of somebody; fewer are too short to be sure of."""

CLEAR = 0.15
"""Share of a sighting in doubt that may lie in another person for it to be whose the track is before and after."""

ALIKE = (0.7, 1.4)
"""Ratio of the sides of a weak box to those of a person between which it may be all of them."""

PLAUSIBLE = 10.0
"""Cost up to which a join is worth a question."""


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
    firm = _group(scan, tracks, _rows(tracks, Kind.PERSON, tracks.score >= FIRM), Kind.PERSON)
    own = _fuller(scan, tracks, _own(scan, tracks, firm))
    where = bodies(scan.clip, tracks, own, scan.cuts)
    whose = _Whose(tracks, *owners(scan.clip, tracks, own, where, scan.clip.orientation))
    groups = [Named(Kind.PERSON, own, firm.open)]
    for kind in Kind:
        left = (whose.owner == NOBODY) & (whose.why == Why.UNKNOWN)
        left &= (kind is not Kind.PERSON) | (tracks.score < FIRM)  # a firm one that is left is somebody in doubt
        rest = _group(scan, tracks, _rows(tracks, kind, left), kind)
        fresh = _own(scan, tracks, rest)
        whose.take(fresh, sum(len(some.own) for some in groups))
        groups.append(Named(kind, fresh, rest.open))
    whose.bridge(scan)
    hides = tuple(covers(scan.clip, tracks, own, where, _perhaps(tracks, own, firm.open)))
    return listed(tracks, Owners(whose.owner, whose.why), groups, where, hides)


def _perhaps(
    tracks: Tracks, own: Sequence[Rows], open_ends: Sequence[tuple[int, int, float]]
) -> dict[tuple[int, int], int]:
    """Give for people, by number and way in time, the frame on which they are perhaps found again as somebody else."""
    again: dict[tuple[int, int], int] = {}
    for before, after, _ in sorted(open_ends, key=lambda pair: -pair[2]):  # the likeliest stays
        again[before, 1], again[after, -1] = int(tracks.frame[own[after][0]]), int(tracks.frame[own[before][-1]])
    return again


class _Whose:
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
            rows = np.arange(self.tracks.start[track], self.tracks.start[track + 1])
            sighted = np.isin(self.tracks.origin[rows], SIGHTED)
            seen, rest = rows[sighted], rows[~sighted]
            rest = rest[(self.owner[rest] == NOBODY) & (self.why[rest] == Why.UNKNOWN)]
            if len(seen) and len(rest):
                place = np.searchsorted(seen, rest)
                before, after = seen[np.maximum(place - 1, 0)], seen[np.minimum(place, len(seen) - 1)]
                wait = np.maximum(np.abs(seconds[rest] - seconds[before]), np.abs(seconds[rest] - seconds[after]))
                alike = (self.owner[before] == self.owner[after]) & (self.owner[before] != NOBODY)
                mine = alike & (wait <= np.where(before == after, CARRIED_S, BRIDGE_S))
                self.owner[rest[mine]], self.why[rest[mine]] = self.owner[before[mine]], Why.CARRIED


def _rows(tracks: Tracks, kind: Kind, wanted: NDArray[np.bool_]) -> Rows:
    """Give the rows of TRACKS of KIND on which something was seen, of those WANTED (r,)."""
    return np.flatnonzero(wanted & np.isin(tracks.origin, SIGHTED) & (tracks.kind[tracks.track] == kind))


def _group(scan: Scan, tracks: Tracks, rows: Rows, kind: Kind) -> _Group:
    """Put ROWS of TRACKS, of one KIND, together to people."""
    sightings = sightings_of(scan, tracks, rows, kind)
    tracklets = chains(sightings, Appearance(sightings, chains(sightings)).looks)
    appearance = Appearance(sightings, unbroken(sightings, tracklets))
    pieces = cut(sightings, appearance, tracklets)
    links = joins(scan.clip, sightings, appearance, pieces.chains)
    lines = _lines(pieces, {link.before: link.after for link in links if link.margin >= BAR})
    asked = _asked(lines, [link for link in links if link.margin < BAR and link.cost < PLAUSIBLE])
    everyone = [np.concatenate([pieces.chains[piece] for piece in line]) for line in lines]
    for before, after, cost, _ in returns(sightings, appearance, everyone):
        asked.setdefault((before, after), cost)
    return _Group(sightings, pieces, lines, tuple((*pair, cost) for pair, cost in asked.items()))


def _lines(pieces: Pieces, sure: Mapping[int, int]) -> tuple[tuple[int, ...], ...]:
    """Give the PIECES of each person, of which one goes on as another where that is SURE; too short ones are nobody."""
    joined = set(sure.values())
    lines = []
    for number in range(len(pieces.chains)):
        if number not in joined:
            line = [number]
            while line[-1] in sure:
                line.append(sure[line[-1]])
            if sum(len(pieces.chains[piece]) for piece in line) >= LEAST:
                lines.append(tuple(line))
    return tuple(lines)


def _asked(lines: Sequence[tuple[int, ...]], unsure: Iterable[Join]) -> dict[tuple[int, int], float]:
    """Give for pairs of people, of whose LINES the one may go on as the other, the cost of that UNSURE join."""
    first = {line[0]: number for number, line in enumerate(lines)}
    last = {line[-1]: number for number, line in enumerate(lines)}
    return {
        (last[join.before], first[join.after]): join.cost
        for join in unsure
        if join.before in last and join.after in first and last[join.before] != first[join.after]
    }


def _own(scan: Scan, tracks: Tracks, group: _Group) -> list[Rows]:
    """Give the sightings of everyone in GROUP, rows of TRACKS in order of time; those in doubt where they are clear."""
    row = group.sightings.row
    own = [np.concatenate([row[group.pieces.chains[piece]] for piece in line]) for line in group.chains]
    person = {piece: number for number, line in enumerate(group.chains) for piece in line}
    where = bodies(scan.clip, tracks, own, scan.cuts)
    for doubt in group.pieces.cuts:
        number = person.get(doubt.before)
        if number is not None and number == person.get(doubt.after):
            between = row[doubt.between]
            once = between[~np.isin(tracks.frame[between], tracks.frame[own[number]])]
            clear = [at for at in once.tolist() if _clear(tracks, at, number, where)]
            own[number] = np.sort(np.concatenate([own[number], np.array(clear, np.intp)]))
    return [rows[np.argsort(tracks.frame[rows], kind="stable")] for rows in own]


def _clear(tracks: Tracks, row: int, person: int, where: Bodies) -> bool:
    """Tell whether hardly anything of the box in ROW lies in anybody but PERSON."""
    here = where.at(int(tracks.frame[row]))
    others = where.xyxy[here][where.person[here] != person]
    return bool(overlap_share(tracks.xyxy[[row]], others).max(initial=0) < CLEAR)


def _fuller(scan: Scan, tracks: Tracks, own: list[Rows]) -> list[Rows]:
    """Add to the sightings of people, OWN, the weak ones at which they were expected and not seen."""
    where = bodies(scan.clip, tracks, own, scan.cuts)
    owner, why = owners(scan.clip, tracks, own, where, scan.clip.orientation)
    double = np.flatnonzero((why == Why.DOUBLE) & np.isin(tracks.origin, SIGHTED))
    fuller = []
    for rows, weak in zip(own, grouped(owner[double], len(own)), strict=True):
        spare = double[weak]
        spare = spare[~np.isin(tracks.frame[spare], tracks.frame[rows])]
        spare = spare[_as_large(tracks, spare, rows)]
        spare = spare[np.lexsort((-tracks.score[spare], tracks.frame[spare]))]
        _, surest = np.unique(tracks.frame[spare], return_index=True)
        every = np.concatenate([rows, spare[surest]])
        fuller.append(every[np.argsort(tracks.frame[every], kind="stable")])
    return fuller


def _as_large(tracks: Tracks, rows: Rows, own: Rows) -> NDArray[np.bool_]:
    """Tell which of ROWS are about as large as the person of the sightings OWN, and no part of them."""
    size, others = (tracks.xyxy[some, 2:] - tracks.xyxy[some, :2] for some in (rows, own))
    usual = np.stack([np.interp(tracks.frame[rows], tracks.frame[own], side) for side in others.T], axis=1)
    ratio = size / np.maximum(usual, 1e-6)
    return np.asarray(((ratio >= ALIKE[0]) & (ratio <= ALIKE[1])).all(axis=1))
