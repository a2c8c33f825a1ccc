"""Join what was found into tracks, backwards and forwards over the whole clip. Rows are added, none is dropped.

Association is offline and by kind: predicted place and size against what was found at the next look, best pair first,
sure findings before doubtful ones (ByteTrack, Zhang et al. 2022). Where two answers are nearly as good the track
splits, so that no cleverer assignment is needed: a wrong join on someone visible would show a third party.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.detect.letterbox import SMALL
from redact.records.boxes import area, centre, iou
from redact.records.kinds import Kind
from redact.records.tracks import Detections, Tracks
from redact.track.interpolate import Doubt, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.detect.found import Scan
    from redact.records.clip import Clip

__all__ = ["track", "tracks_of"]

SURE = 0.4
"""Score from which a finding is matched first."""

RIVAL = 0.25
"""Score from which a finding can make a match doubtful."""

DOUBT = 0.75
"""A second answer at least this good, as a share of the best, splits the track."""

LOST_S = 5.0
"""A track not seen for longer than this has ended: two looks at a still scene may have missed it."""

LOST_LOOKS = (5, 10)
"""Where looks were close, one has ended that so many of them did not find: never surely found, and once so."""

REACH = {Kind.PERSON: 0.8, Kind.FACE: 2.0, Kind.PLATE: 3.0}
"""How far a thing may be from where it was expected at a look 0.2 s later, in square roots of its area."""

LOOK_S = 0.2
"""Time to which REACH is given; it grows with the square root of the time, up to MOST_REACH times."""

MOST_REACH = 3.0

LEAST_ALIKE = 0.4
"""Least ratio of areas of one thing at two looks."""

SMOOTH = 0.6
"""Weight of the newest step in a track's velocity."""


class _Chain:
    """A track while it grows: rows of the findings, where it is going, whether it begins and ends in doubt.

    `closer` tells whether it was found on closer looks alone.
    """

    __slots__ = ("box", "closer", "doubt", "frame", "rows", "sure", "time", "velocity")

    def __init__(self, row: int, box: NDArray[np.float32], frame: int, time: float, *, sure: bool, doubt: int) -> None:
        self.rows, self.sure, self.closer = [row], sure, True
        self.doubt = Doubt(begins=doubt)
        self.box, self.frame, self.time = box, frame, time
        self.velocity = np.zeros(2, np.float32)

    def expected(self, time: float) -> NDArray[np.float32]:
        """Where it should be at TIME, xyxy."""
        shift = self.velocity * np.float32(time - self.time)
        place: NDArray[np.float32] = self.box + np.concatenate([shift, shift])
        return place

    def add(self, row: int, box: NDArray[np.float32], frame: int, time: float, *, sure: bool) -> None:
        """Take the finding in ROW, of FRAME, a SURE one or not, as its next sighting."""
        self.sure |= sure
        step = (centre(box) - centre(self.box)) / np.float32(time - self.time)
        weight = SMOOTH if len(self.rows) > 1 else 1.0
        self.velocity = (weight * step + (1 - weight) * self.velocity).astype(np.float32)
        self.rows.append(row)
        self.box, self.frame, self.time = box, frame, time


def track(
    detections: Detections,
    clip: Clip,
    whole: NDArray[np.int32],
    cuts: NDArray[np.int32],
    fine: NDArray[np.int32] | None = None,
    *,
    closely: bool = False,
) -> Tracks:
    """Make tracks of all DETECTIONS in CLIP, px of the coded picture.

    WHOLE are the frames that the networks saw whole. Of these those that are FINE are closer looks: what is small may
    be found on no other. Where it matters who is who, and frames were looked at CLOSELY, tracks end by looks, not only
    by time, and what is small and was found on another look ends by every look. No track reaches over a frame in CUTS.
    Every finding is a SEEN row of exactly one track.
    """
    fine = whole if fine is None else fine
    kinds = np.unique(detections.kind).tolist()
    ending = whole if closely else whole[:0]
    chains = [(kind, chain) for kind in kinds for chain in _linked(detections, clip, kind, ending, cuts, fine)]
    chains.sort(key=lambda pair: (int(detections.frame[pair[1].rows[0]]), pair[1].rows[0]))
    parts = [
        rows_of(
            sightings,
            clip,
            fine if _small(sightings.xyxy, clip) and (chain.closer or not closely) else whole,
            cuts,
            chain.doubt if closely else None,
        )
        for sightings, chain in ((detections[np.array(chain.rows)], chain) for _, chain in chains)
    ]
    if not parts:
        return Tracks.none()
    start = np.concatenate([[0], np.cumsum([len(part.frame) for part in parts])]).astype(np.int64)
    kind = np.array([kind for kind, _ in chains], np.uint8)
    frame, xyxy, score, origin = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Tracks(frame, xyxy, score, origin, start, kind)


def _small(boxes: NDArray[np.float32], clip: Clip) -> bool:
    """Tell whether all BOXES (n, 4) are so small that an ordinary look may not find what is in them."""
    return float((boxes[:, 2:] - boxes[:, :2]).max()) <= SMALL * min(clip.width, clip.height)


def _linked(  # noqa: PLR0917  what there is, and when it was looked at
    detections: Detections,
    clip: Clip,
    kind: int,
    whole: NDArray[np.int32],
    cuts: NDArray[np.int32],
    fine: NDArray[np.int32],
) -> Iterator[_Chain]:
    """Give the tracks of DETECTIONS of one KIND, each with its rows in order of time.

    What is not small, or was found on more than FINE looks, ends after so many looks among WHOLE that did not find it.
    """
    live: list[_Chain] = []
    shot = -1
    closer = frozenset(fine.tolist())
    for frame, rows in _looks(detections, kind):
        now, time = int(np.searchsorted(cuts, frame, "right")), clip.seconds(frame)
        past = whole[: np.searchsorted(whole, frame)]
        gone = [chain for chain in live if now != shot or _lost(chain, clip, past, time)]
        yield from gone
        live = [chain for chain in live if chain not in gone] if gone else live
        shot = now
        ended, begun = _step(live, detections, rows, frame, time)
        yield from ended
        live = [chain for chain in live if chain not in ended] + begun
        for chain in live:
            chain.closer &= chain.frame != frame or frame in closer
    yield from live


def _lost(chain: _Chain, clip: Clip, past: NDArray[np.int32], time: float) -> bool:
    """Tell whether CHAIN has ended before second TIME; PAST are the frames looked at before it."""
    if time - chain.time > LOST_S:
        return True
    missed = LOST_LOOKS[chain.sure]
    return len(past) >= missed and chain.frame < past[-missed] and not (chain.closer and _small(chain.box[None], clip))


def _looks(detections: Detections, kind: int) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Frames on which DETECTIONS of KIND were made, and their rows."""
    rows = np.flatnonzero(detections.kind == kind)
    frames, first = np.unique(detections.frame[rows], return_index=True)
    yield from zip(frames.tolist(), np.split(rows, first[1:]), strict=True)


def _step(
    live: list[_Chain], detections: Detections, rows: NDArray[np.intp], frame: int, time: float
) -> tuple[list[_Chain], list[_Chain]]:
    """Give LIVE chains their next sighting among ROWS of FRAME: the chains that end in doubt, and those that begin."""
    ended: list[_Chain] = []
    taken: set[int] = set()
    doubted: dict[int, int] = {}
    if live and len(rows):
        likeness = _likeness(live, detections.xyxy[rows], time, int(detections.kind[rows[0]]))
        for number, column, doubtful in _matches(likeness, detections.score[rows]):
            row, chain = int(rows[column]), live[number]
            if doubtful:
                chain.doubt = chain.doubt._replace(ends=frame)
                ended.append(chain)
                doubted[row] = chain.frame
                continue
            chain.add(row, detections.xyxy[row], frame, time, sure=bool(detections.score[row] >= SURE))
            taken.add(row)
    begun = [
        _Chain(
            row, detections.xyxy[row], frame, time, sure=bool(detections.score[row] >= SURE), doubt=doubted.get(row, -1)
        )
        for row in rows.tolist()
        if row not in taken
    ]
    return ended, begun


def _likeness(live: list[_Chain], boxes: NDArray[np.float32], time: float, kind: int) -> NDArray[np.float32]:
    """How likely each of LIVE is each of BOXES: float32 (chains, boxes), 0 where it cannot be."""
    expected = np.stack([chain.expected(time) for chain in live])
    waited = np.array([time - chain.time for chain in live], np.float32)
    size, new = area(expected)[:, None], area(boxes)[None, :]
    alike = np.minimum(size, new) / np.maximum(np.maximum(size, new), 1e-6)
    reach = (
        REACH[Kind(kind)] * np.sqrt(np.minimum(size, new)) * np.clip(np.sqrt(waited / LOOK_S), 1, MOST_REACH)[:, None]
    )
    away = np.linalg.norm(centre(expected)[:, None] - centre(boxes)[None], axis=2) / np.maximum(reach, 1e-6)
    near = np.exp(-2 * away**2) * np.sqrt(alike)
    likely = (near + iou(expected, boxes)) / 2
    possible = (away < 1) & (alike > LEAST_ALIKE)
    return np.asarray(np.where(possible, likely, 0), np.float32)


def _matches(likeness: NDArray[np.float32], score: NDArray[np.float32]) -> Iterator[tuple[int, int, bool]]:
    """Assign chains to findings, sure ones first: chain, finding, and whether another answer is nearly as good."""
    rest = np.ones(len(likeness), np.bool_)
    for columns in (np.flatnonzero(score >= SURE), np.flatnonzero(score < SURE)):
        chains = np.flatnonzero(rest)
        if not (len(columns) and len(chains)):
            continue
        for i, j in _best_first(likeness[np.ix_(chains, columns)]):
            chain, column = int(chains[i]), int(columns[j])
            rest[chain] = False
            yield chain, column, _doubtful(likeness, score, chain, column)


def _best_first(likeness: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Give pairs of row and column, each in one pair at most, the likeliest first; none that is impossible."""
    left = likeness.copy()
    while left.size and left.max() > 0:
        row, column = divmod(int(left.argmax()), left.shape[1])
        yield row, column
        left[row], left[:, column] = 0, 0


def _doubtful(likeness: NDArray[np.float32], score: NDArray[np.float32], chain: int, column: int) -> bool:
    """Tell whether CHAIN might as well be another finding, or the finding in COLUMN another chain."""
    others = np.where(score >= RIVAL, likeness[chain], 0)
    others[column] = 0
    rivals = likeness[:, column].copy()
    rivals[chain] = 0
    return bool(max(others.max(initial=0), rivals.max(initial=0)) > DOUBT * likeness[chain, column])


def tracks_of(scan: Scan) -> Tracks:
    """Join what SCAN found into tracks; the same scan gives the same ones."""
    return track(scan.found, scan.clip, scan.whole, scan.cuts, scan.fine, closely=scan.closely)
