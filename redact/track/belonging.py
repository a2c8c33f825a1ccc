"""Which rows of the tracks are whose: what was seen of people, what of it they explain, and what is carried on.

A network finds parts of people, and people twice, at low scores; it takes folds for faces. Such a box is explained by a
person where it lies in them, or is the same box with other edges, and nobody who is out of sight just then could be in
it. What nobody explains is nobody's, and stays hidden as such.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.records.boxes import centre, intersection, iou, overlap_share
from redact.records.kinds import Kind, Origin
from redact.track.present import FACE_UP, Present, part_of
from redact.track.sightings import SIGHTED, best_scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.orientation import Orientation
    from redact.records.tracks import Tracks
    from redact.track.bodies import Bodies
    from redact.track.present import Here

__all__ = [
    "BRIDGE_S",
    "CARRIED_S",
    "DOUBLE",
    "FAINT",
    "FOLD",
    "NOBODY",
    "WEAK",
    "WITHIN",
    "Owners",
    "Why",
    "owners",
]

NOBODY = -1

WEAK = 0.4
"""Score below which a box may be explained by a person; from there on it may be somebody."""

FOLD = 0.25
"""Best score of a track of faces, or plates, below which it is a fold of somebody's clothes."""

FAINT, LASTING = 0.3, 8
"""Best score, and sightings, of a weak track from which it is not explained: it may be somebody, nearly hidden."""

WITHIN = 0.8
"""Share of a box, and of its head, that lies there."""

HEAD = 0.25
"""Share of a box's height, from the top, in which its head would be."""

DOUBLE, APART = 0.3, 0.1
"""IoU with one person from which a box is the same as theirs, and with any other up to which it is nobody else's."""

HIDDEN, PERHAPS = 0.2, 0.05
"""IoU with where somebody is expected, who is not seen, from which a box is them; and from which it might be."""

BRIDGE_S = 1.5
"""Longest time between two sightings of one person over which a track between them is theirs."""

CARRIED_S = 0.35
"""How long before its first sighting and after its last a track is still the same person's, if nobody is near."""

CARRIED = 0.6
"""Share of a weak box, carried on to a frame on which nobody saw it, that lies in a person who explains it."""

MOSTLY = 0.8
"""Share of the sightings of a weak track that people explain from which all of it is explained."""

FACE_IN, FACE_BESIDE = 0.7, 0.3
"""Share of a face that lies there, and in another body at most."""

FACE_MIDDLE, WIDEST = 0.25, 0.9
"""How far from the sides of its body the middle of a face is, and how wide it is, as shares of the body's width."""

OFTEN = 0.6
"""Share of the frames on which a face and a body are, on which that is so."""

SURER = 0.5
"""Share of the best score of a face below which another in the same body is no rival to it."""


class Why(IntEnum):
    """Why a row belongs to a person, or may be shown with one."""

    UNKNOWN = 0
    SEEN = 1
    """It is what was seen of them."""
    WITHIN = 2
    """It lies in them."""
    DOUBLE = 3
    """It is their box with other edges."""
    CARRIED = 4
    """A track of theirs goes on over it."""
    FACE = 5
    """It is their face."""
    PAST = 6
    """Whoever it was carried on from is seen elsewhere on that frame, and hidden or shown there."""


class Owners(NamedTuple):
    """Whose each row is."""

    owner: NDArray[np.int32]
    """(r,) number of the person, or NOBODY."""
    why: NDArray[np.uint8]
    """(r,) Why."""


def owners(clip: Clip, tracks: Tracks, own: Sequence[NDArray[np.intp]], where: Bodies, way: Orientation) -> Owners:
    """Say whose each row of TRACKS is, of people whose sightings are OWN rows, one array each, and who are WHERE.

    WAY: which way round people are in the coded picture.
    """
    work = _Work(clip, tracks, own, where, way)
    for track in range(len(tracks)):
        work.explain(track)
    for track in range(len(tracks)):
        work.carry(track)
    for track in np.flatnonzero(tracks.kind == Kind.FACE).tolist():
        work.face(track)
    work.one_face_each()
    return Owners(work.owner, work.why)


class _Work:
    """What is known so far."""

    def __init__(
        self, clip: Clip, tracks: Tracks, own: Sequence[NDArray[np.intp]], where: Bodies, way: Orientation
    ) -> None:
        self._tracks, self._way = tracks, way
        self._seconds = clip.times_s()
        self._size = clip.width, clip.height
        self._best = best_scores(tracks)
        self._kind = tracks.kind
        self._present = Present(clip, where, way)
        people = np.flatnonzero((tracks.kind[tracks.track] == Kind.PERSON) & np.isin(tracks.origin, SIGHTED))
        self._found = people[np.argsort(tracks.frame[people], kind="stable")]
        self._track = tracks.track
        self.owner = np.full(len(tracks.frame), NOBODY, np.int32)
        self.why = np.zeros(len(tracks.frame), np.uint8)
        for number, rows in enumerate(own):
            self._give(rows, number, Why.SEEN)

    def explain(self, track: int) -> None:
        """Give the sightings of TRACK that people explain to them."""
        rows, kind = self._seen(track), Kind(self._kind[track])
        if kind is not Kind.PERSON and self._best[track] >= FOLD:
            return
        if len(rows) >= LASTING and FAINT <= self._best[track] < WEAK:
            return
        for row in rows[self.owner[rows] == NOBODY].tolist():
            if self._tracks.score[row] < WEAK:
                owner, why = self._explained(row, kind)
                self._give(row, owner, why)

    def carry(self, track: int) -> None:
        """Give what TRACK is carried on over to whom it is carried on from, or who explains it."""
        seen = self._seen(track)
        if not len(seen):
            return
        rows = np.arange(self._tracks.start[track], self._tracks.start[track + 1])
        weak = bool(self._best[track] < WEAK)
        explained = weak and float((self.owner[seen] != NOBODY).mean()) >= MOSTLY
        for row in rows[~np.isin(rows, seen)].tolist():
            place = int(np.searchsorted(seen, row))
            around = seen[max(0, place - 1) : place + 1]
            owner, why = self._bridged(row, around) if len(around) > 1 else self._carried(row, int(around[0]))
            if why is Why.UNKNOWN and weak:
                owner, why = self._held(row, track)
                why = Why.PAST if why is Why.UNKNOWN and explained else why
            self._give(row, owner, why)

    def face(self, track: int) -> None:
        """Give the face of TRACK to the body it sits in, where it does so on most frames that both are on."""
        if self._best[track] < FOLD:
            return
        rows = np.arange(self._tracks.start[track], self._tracks.start[track + 1])
        body = np.array([self._sits(row) for row in rows.tolist()], np.int32)
        counted = self._tracks.origin[rows] != Origin.EXTENDED
        people, times = np.unique(body[counted & (body != NOBODY)], return_counts=True)
        there = [self._here(row).person for row in rows[counted].tolist()] if len(people) else []
        present = np.concatenate(there) if there else people
        for owner, often in zip(people.tolist(), times.tolist(), strict=True):
            if often >= OFTEN * int((present == owner).sum()):
                self._give(rows[body == owner], owner, Why.FACE)

    def one_face_each(self) -> None:
        """Take back faces that lie apart from another of one person: only the surest stays, if it stands out."""
        rows = np.flatnonzero(self.why == Why.FACE)
        key = self._tracks.frame[rows].astype(np.int64) * (len(self._tracks) + 1) + self.owner[rows]
        order = np.argsort(key, kind="stable")
        for here in np.split(rows[order], np.flatnonzero(np.diff(key[order])) + 1):
            if len(here) > 1:
                self._surest_face(here)

    def _surest_face(self, rows: NDArray[np.intp]) -> None:
        """Of the faces in ROWS, of one person on one frame, take back those that are not theirs."""
        boxes, best = self._tracks.xyxy[rows], self._best[self._track[rows]]
        seen = np.isin(self._tracks.origin[rows], SIGHTED)
        surest = int(np.where(seen, best + 1, best).argmax())
        apart = ~(intersection(boxes, boxes[[surest]])[:, 0] > 0)
        rivals = apart & seen & (best >= SURER * best[surest])
        self._give(rows if rivals.any() else rows[apart], NOBODY, Why.UNKNOWN)

    def _give(self, rows: NDArray[np.intp] | int, owner: int, why: Why) -> None:
        self.owner[rows], self.why[rows] = owner, why

    def _seen(self, track: int) -> NDArray[np.intp]:
        rows = self._tracks.rows(track)
        return np.asarray(rows.start + np.flatnonzero(np.isin(self._tracks.origin[rows], SIGHTED)))

    def _here(self, row: int) -> Here:
        return self._present.on(int(self._tracks.frame[row]))

    def _explained(self, row: int, kind: Kind) -> tuple[int, Why]:
        """Say who explains the weak sighting in ROW."""
        here, box = self._here(row), self._tracks.xyxy[[row]]
        if not len(here.person):
            return NOBODY, Why.UNKNOWN
        alike = iou(box, here.xyxy)[0]
        inside = overlap_share(box, here.round)[0]
        if kind is Kind.PERSON and (perhaps := ~here.seen & ((alike >= PERHAPS) | (inside >= WITHIN))).any():
            # somebody is expected here who is not seen: it is they, or a part of them, if it is plain who
            best = int(np.where(perhaps, alike, -1).argmax())
            plain = perhaps.sum() == 1 and (alike[best] >= HIDDEN or inside[best] >= WITHIN)
            why = Why.DOUBLE if alike[best] >= HIDDEN else Why.WITHIN
            return (int(here.person[best]), why) if plain else (NOBODY, Why.UNKNOWN)
        owner = int(here.person[inside.argmax()])
        if self._unaccounted(row, owner):
            return NOBODY, Why.UNKNOWN
        if inside.max() >= WITHIN and (kind is not Kind.PERSON or self._head_in(row, here.round[inside.argmax()])):
            return owner, Why.WITHIN
        return self._double(row, here) if kind is Kind.PERSON else (NOBODY, Why.UNKNOWN)

    def _head_in(self, row: int, body: NDArray[np.float32]) -> bool:
        """Tell whether the head of the box in ROW lies in BODY (4,)."""
        upright = self._way.to_upright(self._tracks.xyxy[[row]], *self._size)
        head = self._way.to_coded(part_of(upright, 0, HEAD), *self._size)
        return bool(overlap_share(head, body[None])[0, 0] >= WITHIN)

    def _double(self, row: int, here: Here) -> tuple[int, Why]:
        """Say whose box the one in ROW is with other edges."""
        alike = iou(self._tracks.xyxy[[row]], here.xyxy)[0]
        if not len(alike):
            return NOBODY, Why.UNKNOWN
        best = int(alike.argmax())
        plain = alike[best] >= DOUBLE and np.delete(alike, best).max(initial=0) < APART
        return (int(here.person[best]), Why.DOUBLE) if plain else (NOBODY, Why.UNKNOWN)

    def _unaccounted(self, row: int, owner: int) -> bool:
        """Tell whether somebody other than OWNER, who is out of sight, may be in the box in ROW."""
        return self._here(row).others(self._tracks.xyxy[[row]], owner)

    def _bridged(self, row: int, around: NDArray[np.intp]) -> tuple[int, Why]:
        """Say whose ROW is, between the two sightings AROUND it of one track."""
        before, after = self.owner[around].tolist()
        wait = abs(np.diff(self._seconds[self._tracks.frame[around]])[0])
        if before == after != NOBODY and wait <= BRIDGE_S:
            return before, Why.CARRIED
        there = self._here(row).person
        if NOBODY not in {before, after} and before in there and after in there:
            return NOBODY, Why.PAST
        return NOBODY, Why.UNKNOWN

    def _carried(self, row: int, end: int) -> tuple[int, Why]:
        """Say whose ROW is, beyond the sighting END at an end of its track."""
        owner, here, box = int(self.owner[end]), self._here(row), self._tracks.xyxy[[row]]
        if owner == NOBODY:
            return NOBODY, Why.UNKNOWN
        if (mine := here.person == owner).any():
            same = iou(box, here.xyxy[mine]).max() >= DOUBLE
            return (owner, Why.CARRIED) if same else (NOBODY, Why.PAST)
        wait = abs(self._seconds[self._tracks.frame[row]] - self._seconds[self._tracks.frame[end]])
        near = intersection(box, here.xyxy).any()
        return (owner, Why.CARRIED) if wait <= CARRIED_S and not near else (NOBODY, Why.UNKNOWN)

    def _held(self, row: int, track: int) -> tuple[int, Why]:
        """Say who explains ROW of a weak TRACK, on which nobody saw it."""
        here, box = self._here(row), self._tracks.xyxy[[row]]
        if not len(here.person):
            return NOBODY, Why.UNKNOWN
        person = self._kind[track] == Kind.PERSON
        if person and (double := self._double(row, here))[1] is Why.DOUBLE:
            return double
        inside = overlap_share(box, here.round)[0]
        if inside.max() >= CARRIED and not self._unaccounted(row, NOBODY):
            return int(here.person[inside.argmax()]), Why.WITHIN
        return NOBODY, Why.UNKNOWN

    def _sits(self, row: int) -> int:
        """Say in whose body the face in ROW sits; NOBODY where it is in none, or in two."""
        here = self._here(row)
        if not len(here.person):
            return NOBODY
        face = self._way.to_upright(self._tracks.xyxy[[row]], *self._size)
        share = overlap_share(face, here.faces)[0]
        best = int(share.argmax())
        beside = np.delete(share, best).max(initial=0)
        if share[best] < FACE_IN or beside >= FACE_BESIDE:
            return NOBODY
        person = int(here.person[best])
        theirs = _at_head(face, self._way.to_upright(here.xyxy[[best]], *self._size))[0]
        return person if theirs or not self._at_other_head(row, face, person) else NOBODY

    def _at_other_head(self, row: int, face: NDArray[np.float32], person: int) -> bool:
        """Tell whether FACE (1, 4), upright, of the frame of ROW is at the head of a box that is not PERSON's."""
        frame = self._tracks.frame[row]
        low, high = np.searchsorted(self._tracks.frame[self._found], [frame, frame + 1])
        rows = self._found[low:high]
        others = rows[(self.owner[rows] != person) | (self.why[rows] != Why.SEEN)]  # explained, but by a guess
        return bool(_at_head(face, self._way.to_upright(self._tracks.xyxy[others], *self._size)).any())


def _at_head(face: NDArray[np.float32], bodies: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(n,) whether FACE (1, 4) is in the middle of the top of each of BODIES (n, 4), all upright."""
    size = np.maximum(bodies[:, 2:] - bodies[:, :2], 1e-6)
    across, down = ((centre(face) - bodies[:, :2]) / size).T
    middle = (across > FACE_MIDDLE) & (across < 1 - FACE_MIDDLE)
    return np.asarray(middle & (down > -FACE_UP) & (down < HEAD) & (face[:, 2] - face[:, 0] < WIDEST * size[:, 0]))
