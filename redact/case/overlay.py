"""What stands where on the frames of a clip before it is rendered: every box that hides, whose it is, and who shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.case.known import Recent
from redact.case.planning import plan_key, plan_now
from redact.decide.decide import released
from redact.decide.drawn import drawn_by
from redact.decide.plan import HEAD
from redact.records.boxes import as_seen, intersection
from redact.records.drawn import Drawing
from redact.records.kinds import Origin
from redact.track.belonging import Why
from redact.verify.second_look import covered_share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.case.planning import Present
    from redact.jobs.draft import Draft
    from redact.records.boxes import Box
    from redact.records.tracks import Tracks

__all__ = ["COVERED", "DAMAGED", "MOVED", "UNKNOWN", "Covered", "Mark", "covered", "covered_now", "overlay"]

DAMAGED, MOVED, UNKNOWN = "damaged", "moved", "unknown"
"""Whose a box is that is nobody's: of a frame that decoded damaged, of what moved, and of what was found by now."""

COVERED = 0.5
"""Share of somebody, or of their head, under hidden areas from which they cannot be seen."""

APART_S = 0.5
"""Seconds between two times up to which they are told of as one."""


class Covered(NamedTuple):
    """How much of the time somebody who is to be visible can be seen."""

    frames: int
    """On which they are to be."""
    hidden: int
    """And on which hidden areas of others lie over half of them, or of their head."""
    runs: tuple[tuple[int, int, str], ...]
    """First frame, last frame, and what covers most of them there."""


class Mark(NamedTuple):
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


def overlay(stands: Present, draft: Draft, frames: tuple[int, int]) -> Iterator[tuple[int, tuple[Mark, ...]]]:
    """Give for each of FRAMES, half-open, of a clip as it STANDS, what DRAFT hides there and whom it shows."""
    whose = _Whose(stands, draft)
    rows = slice(int(draft.plan.start[frames[0]]), int(draft.plan.start[frames[1]]))
    at = np.repeat(np.arange(*frames), np.diff(draft.plan.start[frames[0] : frames[1] + 1]))
    hidden = _together(at, whose.hides(rows, at))
    showing, shown = whose.shows(frames)
    visible = _together(showing, shown)
    for frame in range(*frames):
        yield frame, (*hidden.get(frame, ()), *visible.get(frame, ()))


def covered(stands: Present, draft: Draft) -> dict[str, Covered]:
    """Say of everybody whom DRAFT shows in a clip as it STANDS how much of the time they can be seen, by id.

    It is measured on the plan: whoever is let through still lies under every hidden area of somebody else.
    """
    whose, clip = _Whose(stands, draft), stands.known.scan.clip
    frames, shown = whose.shows((0, len(clip)))
    found: dict[str, list[tuple[int, str]]] = {}
    for frame, one in zip(frames.tolist(), shown, strict=True):
        over = whose.over(frame, one.place) if draft.plan.frames[0] <= frame < draft.plan.frames[1] else ""
        found.setdefault(one.whose, []).append((frame, over))
    return {name: _covered(stands, some) for name, some in found.items()}


_recent: Recent[dict[str, Covered]] = Recent(4)


def covered_now(stands: Present) -> dict[str, Covered]:
    """Say the same of a clip as it STANDS; worked out once for as long as nothing changes."""
    return _recent.get(plan_key(stands), lambda: covered(stands, plan_now(stands)))


def _covered(stands: Present, some: list[tuple[int, str]]) -> Covered:
    """Sum up SOME frames of one person, each with what covers them there."""
    seconds, runs = stands.known.scan.clip.times_s(), list[tuple[int, int, str]]()
    hidden = {frame: over for frame, over in some if over}
    for frame, over in sorted(hidden.items()):
        if runs and runs[-1][2] == over and seconds[frame] - seconds[runs[-1][1]] <= APART_S:
            runs[-1] = (runs[-1][0], frame, over)
        else:
            runs.append((frame, frame, over))
    return Covered(len({frame for frame, _ in some}), len(hidden), tuple(runs))


def _together(frames: NDArray[np.intp], some: list[Mark]) -> dict[int, list[Mark]]:
    by_frame: dict[int, list[Mark]] = {}
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

    def hides(self, rows: slice, frames: NDArray[np.intp]) -> list[Mark]:
        """Give ROWS of the plan, which are on FRAMES (n,)."""
        plan, found = self._draft.plan, len(self._tracks)
        track = plan.track[rows].astype(np.int64)
        row = np.searchsorted(self._keys, track * len(self._clip) + frames)
        own = (track >= 0) & (track < found)
        row = np.where(own, np.minimum(row, max(len(self._keys) - 1, 0)), 0)
        boxes = as_seen(self._clip, plan.xyxy[rows].astype(np.float32)).tolist()
        columns = boxes, track.tolist(), row.tolist(), plan.origin[rows].tolist()
        return [
            Mark((a, b, c, d), self._name(number, at), Origin(origin), self._why(number, at), visible=False)
            for (a, b, c, d), number, at, origin in zip(*columns, strict=True)
        ]

    def shows(self, frames: tuple[int, int]) -> tuple[NDArray[np.intp], list[Mark]]:
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
            Mark((a, b, c, d), self._subject(row), Origin(origin), Why(int(people.why[row])), visible=True)
            for (a, b, c, d), row, origin in zip(*columns, strict=True)
        ]
        return tracks.frame[rows].astype(np.intp), shown

    def over(self, frame: int, place: Box) -> str:
        """Name whose hidden area lies most over somebody in PLACE on FRAME; nothing where they can be seen."""
        rows = self._draft.plan.rows(frame)
        left, top, right, bottom = place
        head = (left, top, right, max(top + 1, round(top + HEAD * (bottom - top))))
        boxes = as_seen(self._clip, self._draft.plan.xyxy[rows].astype(np.float32))
        parts = [np.array(part, np.float32) for part in (place, head)]
        shared = intersection(parts[0][None], boxes.astype(np.float32))[0]
        if not shared.any() or max(covered_share(part, boxes) for part in parts) < COVERED:
            return ""
        most = int(shared.argmax())
        here = slice(rows.start + most, rows.start + most + 1)
        return self.hides(here, np.array([frame], np.intp))[0].whose

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
