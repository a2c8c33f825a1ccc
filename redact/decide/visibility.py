"""Which rows of the tracks may be shown: those that are certainly of someone who was named, and the face with them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.records.boxes import grow, intersection, iou, overlap_share
from redact.records.kinds import Kind, Origin
from redact.records.tracks import Tracks
from redact.track.ambiguity import RIVAL, Stretch, best_scores, sightings, stale, stretches
from redact.track.stitching import explained
from redact.track.subjects import INSIDE, OFTEN, upper

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.orientation import Orientation

__all__ = ["APART", "Visibility", "keep", "split"]

AROUND_S = 0.35
"""How long before its first sighting and after its last, where no network saw it, a track may still be shown."""

APART = 1.25
"""Boxes grown by this that share nothing are of two who are apart."""

SAME = 0.3
"""Intersection over union from which two boxes of one frame, of tracks that are one person, are the same body."""

BRIDGE_S = 1.5
"""Longest time between two named stretches of a track in which it is shown while nobody is near."""

SURER = 0.5
"""Share of the best score of a face below which another that sits in the same body is no rival to it."""


class Visibility(NamedTuple):
    """What may be shown of one person."""

    stretches: tuple[Stretch, ...]
    """Those that were named."""
    shown: NDArray[np.bool_]
    """(r,) rows of the tracks that may be shown."""
    unsure: tuple[int, ...]
    """Positions of the seeds that fall where the track is in doubt, and so name nobody."""


def keep(clip: Clip, tracks: Tracks, whole: NDArray[np.int32], seeds: Sequence[tuple[int, int]]) -> Visibility:
    """Find what may be shown of the person whom SEEDS name, each a track and a frame.

    WHOLE are the frames that the networks saw whole.
    """
    past = explained(clip, tracks, {track for track, _ in seeds})
    named, other = _named(clip, tracks, whole, seeds, ~past)
    parts = tuple(dict.fromkeys(part for part in named if part))
    shown = np.zeros(len(tracks.frame), np.bool_)
    for part in parts:
        shown |= _between(tracks, part)
    shown |= _apart(tracks, _carried(tracks, parts), shown, other) & _just_seen(clip, tracks, shown)
    shown |= _apart(tracks, _bridges(clip, tracks, parts), shown, other & ~stale(clip, tracks))
    bodies = shown & (tracks.kind[tracks.track] == Kind.PERSON)
    unsure = tuple(number for number, part in enumerate(named) if part is None)
    return Visibility(parts, shown | _faces(tracks, bodies, clip.orientation), unsure)


def split(tracks: Tracks, shown: NDArray[np.bool_]) -> tuple[Tracks, frozenset[int]]:
    """Cut every track where SHOWN (r,) changes. Gives the tracks, with every row, and which of them are shown."""
    if not len(tracks.frame):
        return tracks, frozenset()
    number = tracks.track
    begins = np.flatnonzero((np.diff(number) != 0) | (np.diff(shown) != 0)) + 1
    start = np.concatenate([[0], begins, [len(number)]]).astype(np.int64)
    pieces = Tracks(
        tracks.frame, tracks.xyxy, tracks.score, tracks.origin, start, tracks.kind[number[start[:-1]]].astype(np.uint8)
    )
    return pieces, frozenset(np.flatnonzero(shown[start[:-1]]).tolist())


def _named(
    clip: Clip,
    tracks: Tracks,
    whole: NDArray[np.int32],
    seeds: Sequence[tuple[int, int]],
    strange: NDArray[np.bool_],
) -> tuple[list[Stretch | None], NDArray[np.bool_]]:
    """Find the stretch that each of SEEDS names, and which of the rows STRANGE (r,) may be someone else.

    Rows carried on from a stretch that a seed names are the same person. Those carried on from any other may be
    anybody, and so put stretches in doubt, named ones too. So all are taken for the same person first; those whose
    stretch no seed names are taken out, and the stretches found again, until none is left to take out.
    """
    own = sorted({track for track, _ in seeds})
    carried = np.isin(tracks.track, own) & (tracks.origin == Origin.EXTENDED)
    other = strange & ~carried
    while True:
        parts = {track: stretches(clip, tracks, track, whole, other) for track in own}
        named = [_at(parts[track], frame) for track, frame in seeds]
        anyone = other | (carried & ~_carried(tracks, [part for part in named if part]))
        if (anyone == other).all():
            return named, other
        other = anyone


def _at(parts: Sequence[Stretch], frame: int) -> Stretch | None:
    """Find the one of PARTS, of one track, that holds FRAME; the first or last holds what lies beyond that end, too."""
    for part in parts:
        if (part.first <= frame or not part.before) and (frame <= part.last or not part.after):
            return part
    return None


def _between(tracks: Tracks, part: Stretch) -> NDArray[np.bool_]:
    """(r,) rows of PART from its first sighting to its last."""
    return _of(tracks, part) & (tracks.frame >= part.first) & (tracks.frame <= part.last)


def _carried(tracks: Tracks, parts: Iterable[Stretch]) -> NDArray[np.bool_]:
    """(r,) rows that are carried on from one of PARTS at an end of its track."""
    rows = np.zeros(len(tracks.frame), np.bool_)
    for part in parts:
        beyond = ((tracks.frame < part.first) & (not part.before)) | ((tracks.frame > part.last) & (not part.after))
        rows |= _of(tracks, part) & beyond
    return rows


def _of(tracks: Tracks, part: Stretch) -> NDArray[np.bool_]:
    rows = np.zeros(len(tracks.frame), np.bool_)
    rows[tracks.rows(part.track)] = True
    return rows


def _just_seen(clip: Clip, tracks: Tracks, shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(r,) rows carried on that are close in time to a sighting of their track, or at the place of what is SHOWN."""
    good = np.zeros(len(tracks.frame), np.bool_)
    seconds = clip.times_s()
    number = tracks.track
    own = np.unique(number[shown])
    for row, here in _with(tracks, np.flatnonzero((tracks.origin == Origin.EXTENDED) & np.isin(number, own))):
        ends = tracks.frame[sightings(tracks, int(number[row]))][[0, -1]]
        away = np.abs(seconds[ends] - seconds[tracks.frame[row]]).min()
        same = iou(tracks.xyxy[row][None], tracks.xyxy[here[shown[here]]]).max(initial=0) >= SAME
        good[row] = same or away <= AROUND_S
    return good


def _bridges(clip: Clip, tracks: Tracks, parts: Sequence[Stretch]) -> NDArray[np.bool_]:
    """(r,) rows between two of PARTS on one track, close in time: the person was named before and after."""
    rows = np.zeros(len(tracks.frame), np.bool_)
    for earlier, later in pairwise(sorted(parts, key=lambda part: (part.track, part.first))):
        wait = int(clip.pts[later.first] - clip.pts[earlier.last]) * float(clip.time_base)
        if earlier.track == later.track and wait <= BRIDGE_S:
            rows |= _of(tracks, earlier) & (tracks.frame > earlier.last) & (tracks.frame < later.first)
    return rows


def _apart(
    tracks: Tracks, rows: NDArray[np.bool_], shown: NDArray[np.bool_], other: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(r,) those of ROWS that lie apart from all OTHER rows of their kind that score enough to be someone."""
    good = np.zeros(len(tracks.frame), np.bool_)
    number, kind, best = tracks.track, tracks.kind[tracks.track], best_scores(tracks)[tracks.track]
    for row, here in _with(tracks, np.flatnonzero(rows)):
        alike = here[other[here] & ~shown[here] & (number[here] != number[row]) & (kind[here] == kind[row])]
        boxes = tracks.xyxy[alike[best[alike] >= RIVAL]]
        good[row] = not intersection(grow(tracks.xyxy[row][None], APART), grow(boxes, APART)).any()
    return good


def _with(tracks: Tracks, rows: NDArray[np.intp]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Give each of ROWS, and all rows of its frame."""
    order = np.argsort(tracks.frame, kind="stable")
    sorted_frames, wanted = tracks.frame[order], tracks.frame[rows]
    bounds = zip(np.searchsorted(sorted_frames, wanted), np.searchsorted(sorted_frames, wanted, "right"), strict=True)
    for row, (low, high) in zip(rows.tolist(), bounds, strict=True):
        yield row, order[low:high]


def _faces(tracks: Tracks, bodies: NDArray[np.bool_], way: Orientation) -> NDArray[np.bool_]:
    """(r,) rows of faces that sit in one of the BODIES shown, in no other body, and beside no other face."""
    kind = tracks.kind[tracks.track]
    faces = np.flatnonzero((kind == Kind.FACE) & np.isin(tracks.frame, tracks.frame[bodies]))
    sits = np.zeros(len(tracks.frame), np.bool_)
    for row, here in _with(tracks, faces):
        box, people = tracks.xyxy[row][None], here[kind[here] == Kind.PERSON]
        strange = upper(tracks.xyxy[people[~bodies[people]]], way)
        held = overlap_share(box, upper(tracks.xyxy[people[bodies[people]]], way)).max(initial=0) >= INSIDE
        sits[row] = held and not overlap_share(box, strange).max(initial=0) >= 1 - INSIDE
    sits &= ~_second(tracks, np.flatnonzero(sits))
    return sits & _often(tracks, sits, faces)


def _second(tracks: Tracks, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(r,) faces of ROWS that lie apart from another on their frame; only the less sure where one stands out."""
    second, best = np.zeros(len(tracks.frame), np.bool_), best_scores(tracks)[tracks.track]
    for frame in np.unique(tracks.frame[rows]).tolist():
        here = rows[tracks.frame[rows] == frame]
        if len(here) > 1 and not intersection(tracks.xyxy[here], tracks.xyxy[here]).all():
            surest = here[best[here].argmax()]
            beside = ~intersection(tracks.xyxy[here], tracks.xyxy[[surest]]).any(axis=1)
            alone = (best[here[beside]] < SURER * best[surest]).all()
            second[here if not alone else here[beside]] = True
    return second


def _often(tracks: Tracks, sits: NDArray[np.bool_], faces: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(r,) rows of the tracks of FACES that SITS holds for most of, not counting rows that are only carried on."""
    number, often = tracks.track, np.zeros(len(tracks.frame), np.bool_)
    for track in np.unique(number[faces]).tolist():
        rows = faces[number[faces] == track]
        counted = rows[tracks.origin[rows] != Origin.EXTENDED]
        often[rows] = bool(len(counted)) and float(sits[counted].mean()) >= OFTEN
    return often
