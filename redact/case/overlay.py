"""What stands where on the frames of a clip before it is rendered: every box that hides, whose it is, and who shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.decide.decide import released
from redact.decide.drawn import drawn_by
from redact.records.boxes import as_seen
from redact.records.drawn import Drawing
from redact.records.kinds import Origin
from redact.track.belonging import Why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.case.planning import Present
    from redact.jobs.draft import Draft
    from redact.records.boxes import Box
    from redact.records.tracks import Tracks

__all__ = ["DAMAGED", "MOVED", "UNKNOWN", "Standing", "overlay"]

DAMAGED, MOVED, UNKNOWN = "damaged", "moved", "unknown"
"""Whose a box is that is nobody's: of a frame that decoded damaged, of what moved, and of what was found by now."""


class Standing(NamedTuple):
    """One box on a frame."""

    place: Box
    """xyxy px of the upright picture."""
    whose: str
    """Id of a subject or of a correction; or why it is nobody's."""
    origin: Origin
    why: Why
    """Why it belongs to whom it does."""
    visible: bool
    """Whether it is one of somebody who shows, and hides nothing."""


def overlay(stands: Present, draft: Draft, frames: tuple[int, int]) -> Iterator[tuple[int, tuple[Standing, ...]]]:
    """Give for each of FRAMES, half-open, of a clip as it STANDS, what DRAFT hides there and whom it shows."""
    whose = _Whose(stands, draft)
    rows = slice(int(draft.plan.start[frames[0]]), int(draft.plan.start[frames[1]]))
    at = np.repeat(np.arange(*frames), np.diff(draft.plan.start[frames[0] : frames[1] + 1]))
    hidden = _together(at, whose.hides(rows, at))
    showing, shown = whose.shows(frames)
    visible = _together(showing, shown)
    for frame in range(*frames):
        yield frame, (*hidden.get(frame, ()), *visible.get(frame, ()))


def _together(frames: NDArray[np.intp], some: list[Standing]) -> dict[int, list[Standing]]:
    by_frame: dict[int, list[Standing]] = {}
    for frame, one in zip(frames.tolist(), some, strict=True):
        by_frame.setdefault(frame, []).append(one)
    return by_frame


class _Whose:
    """Whose each box of a plan is."""

    def __init__(self, stands: Present, draft: Draft) -> None:
        self._stands, self._draft, self._clip = stands, draft, stands.known.scan.clip
        self._people, self._tracks = stands.known.people, draft.who.made.tracks
        self._keys = _keys(self._tracks, len(self._clip))
        drew = [one.id for one in stands.corrections if one.drawn.what is not Drawing.MUTE]  # as `drawn` gives them
        self._drew = [drew[place] for place in drawn_by(draft.who.drawn)]

    def hides(self, rows: slice, frames: NDArray[np.intp]) -> list[Standing]:
        """Give ROWS of the plan, which are on FRAMES (n,)."""
        plan, found = self._draft.plan, len(self._tracks)
        track = plan.track[rows].astype(np.int64)
        row = np.searchsorted(self._keys, track * len(self._clip) + frames)
        own = (track >= 0) & (track < found)
        row = np.where(own, np.minimum(row, max(len(self._keys) - 1, 0)), 0)
        boxes = as_seen(self._clip, plan.xyxy[rows].astype(np.float32)).tolist()
        columns = boxes, track.tolist(), row.tolist(), plan.origin[rows].tolist()
        return [
            Standing((a, b, c, d), self._name(number, at), Origin(origin), self._why(number, at), visible=False)
            for (a, b, c, d), number, at, origin in zip(*columns, strict=True)
        ]

    def shows(self, frames: tuple[int, int]) -> tuple[NDArray[np.intp], list[Standing]]:
        """Give on which of FRAMES somebody shows, and where: the box of what each is, not of their face too."""
        tracks, people = self._tracks, self._people
        let = np.isin(tracks.track, [*released(self._draft.decisions)])
        let &= (tracks.frame >= frames[0]) & (tracks.frame < frames[1]) & (tracks.origin != Origin.EXTENDED)
        let[len(people.owner) :] = False
        rows = np.flatnonzero(let)
        rows = rows[np.isin(people.why[rows], (Why.SEEN, Why.CARRIED))]
        boxes = as_seen(self._clip, tracks.xyxy[rows]).tolist()
        columns = boxes, rows.tolist(), tracks.origin[rows].tolist()
        shown = [
            Standing((a, b, c, d), self._subject(row), Origin(origin), Why(int(people.why[row])), visible=True)
            for (a, b, c, d), row, origin in zip(*columns, strict=True)
        ]
        return tracks.frame[rows].astype(np.intp), shown

    def _subject(self, row: int) -> str:
        return self._people.subjects[int(self._people.owner[row])].id

    def _name(self, track: int, row: int) -> str:
        """Name whose a box of TRACK is, which is ROW of the tracks found where it is one of these."""
        found = len(self._tracks)
        if track < 0:
            return DAMAGED
        if track >= found:
            place = track - found
            return self._drew[place] if place < len(self._drew) else MOVED
        return self._subject(row) if row < len(self._people.owner) else UNKNOWN

    def _why(self, track: int, row: int) -> Why:
        own = 0 <= track < len(self._tracks) and row < len(self._people.why)
        return Why(int(self._people.why[row])) if own else Why.UNKNOWN


def _keys(tracks: Tracks, frames: int) -> NDArray[np.int64]:
    """(r,) one number for each row, in order, that tells its track and its frame."""
    return np.asarray(tracks.track.astype(np.int64) * frames + tracks.frame)
