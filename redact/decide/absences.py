"""Tell the officer when someone who was named is hidden, why, and whom to point at if it is still the same person."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.decide.points import clear_point, moment
from redact.decide.visibility import APART
from redact.records.boxes import area, centre, grow, intersection
from redact.records.kinds import Origin
from redact.track.ambiguity import RIVAL, Stretch, best_scores, sightings, stretches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from redact.decide.visibility import Visibility
    from redact.records.clip import Clip
    from redact.records.tracks import Tracks

__all__ = ["REQUEST", "Wording", "absences"]

SHORT_S = 0.2
"""An absence shorter than this between two appearances is not told of."""

BRIEF_S = 0.8
"""In one shorter than this there is nobody to point at."""

LEAST = 2
"""Sightings of a stretch that is worth pointing at."""

LISTED = 2
"""People suggested for one absence."""

MOST = 20
"""Absences told of for one person."""

WALK = (0.8, 2.2)
"""Square roots of its area that someone may be from where they were lost: at once, and per second."""

LONG_S = 3.0
"""After so long they may come back anywhere."""

ALIKE = 0.7
"""Least ratio of heights of those who may be the same person."""

LOST = "not found, or not told apart from someone else"


class Wording(NamedTuple):
    """How whoever asked for a copy is spoken to: a request file takes points otherwise than a case does."""

    who: Callable[[str | None], str]
    """Give the beginning of a sentence about the person of a name, or of none."""
    add: Callable[[str, tuple[int, int], str | None], str]
    """Say what to do so that a point, at a time, names the person of a name too."""


class _Absence(NamedTuple):
    """Frames, half-open, on which someone who was named is not shown."""

    first: int
    end: int
    before: int
    """Row shown last before it, -1 where there is none."""
    after: int
    """Row shown first after it, -1 where there is none."""


class _Case(NamedTuple):
    """What is the same for all absences of one person."""

    clip: Clip
    tracks: Tracks
    whole: NDArray[np.int32]
    kept: Visibility
    shown: NDArray[np.bool_]
    kind: int
    seconds: NDArray[np.float64]
    wording: Wording


def _who(name: str | None) -> str:
    return f'The person named "{name}"' if name else "The person to stay visible"


def _add_keep(at: str, point: tuple[int, int], name: str | None) -> str:
    x, y = point
    if name:
        return f'add a [[keep]] with at = "{at}", point = [{x}, {y}] and the same name'
    return f"add --keep {at}@{x},{y}"


REQUEST = Wording(_who, _add_keep)
"""For whoever wrote a request file, or gave its options."""


def absences(  # noqa: PLR0917  what there is, and of whom to tell
    clip: Clip,
    tracks: Tracks,
    whole: NDArray[np.int32],
    kept: Visibility,
    shown: NDArray[np.bool_],
    name: str | None,
    frames: tuple[int, int],
    wording: Wording = REQUEST,
) -> tuple[str, ...]:
    """Say for each time within FRAMES at which the person KEPT, called NAME, is hidden: when, why, and what to add.

    SHOWN (r,) are the rows that are shown of anybody. WORDING fits whoever is told.
    """
    if not kept.stretches:
        return ()
    kind = int(tracks.kind[kept.stretches[0].track])
    seconds = clip.times_s()
    case = _Case(clip, tracks, whole, kept, shown, kind, seconds, wording)
    sentences = [sentence for absence in _absences(case, frames) if (sentence := _told(case, absence, name))]
    more = len(sentences) - MOST
    return (*sentences[:MOST], *([f"{wording.who(name)} is hidden at {more} more times."] if more > 0 else []))


def _absences(case: _Case, frames: tuple[int, int]) -> Iterator[_Absence]:
    """Times within FRAMES at which the person is not shown, in order."""
    rows = np.flatnonzero(case.kept.shown & (case.tracks.kind[case.tracks.track] == case.kind))
    rows = rows[np.argsort(case.tracks.frame[rows], kind="stable")]
    on = case.tracks.frame[rows]
    marks = np.concatenate([[frames[0] - 1], on[(on >= frames[0]) & (on < frames[1])], [frames[1]]])
    for first, end in zip((marks[:-1] + 1).tolist(), marks[1:].tolist(), strict=True):
        if end > first:
            low = int(np.searchsorted(on, first))
            before, after = (int(rows[low - 1]) if low else -1), (int(rows[low]) if low < len(on) else -1)
            yield _Absence(first, end, before, after)


def _told(case: _Case, absence: _Absence, name: str | None) -> str:
    """Tell of ABSENCE; nothing where it is short, or where they were simply not there."""
    long = case.seconds[absence.end - 1] - case.seconds[absence.first] + 1 / float(case.clip.rate)
    bounded = absence.before >= 0 and absence.after >= 0
    if bounded and long < SHORT_S:
        return ""
    who, why = case.wording.who(name), _why(case, absence)
    others = [] if bounded and long < BRIEF_S else _suggested(case, absence)
    if not (why or others or bounded):
        return ""
    start = f"from {moment(case.clip, absence.first)}" if absence.before >= 0 else "at first"
    until = f" to {moment(case.clip, absence.end)}" if absence.after >= 0 else " on"
    when = f"up to {moment(case.clip, absence.end)}" if absence.before < 0 else start + until
    return " ".join([f"{who} is hidden {when}: {why or LOST}.", *(_add(case, point, name) for point in others)])


def _why(case: _Case, absence: _Absence) -> str:
    """Say why what comes next is in doubt, or what was before."""
    earlier = [part for part in case.kept.stretches if part.last < absence.end and part.after]
    later = [part for part in case.kept.stretches if part.first >= absence.first and part.before]
    lost = case.tracks.track[absence.before] if absence.before >= 0 else -1
    if mine := [part for part in earlier if part.track == lost]:
        return max(mine, key=lambda part: part.last).after
    if absence.after >= 0 and later:
        return min(later, key=lambda part: part.first).before
    return ""


def _suggested(case: _Case, absence: _Absence) -> list[tuple[int, tuple[int, int]]]:
    """Find rows, and points in them, to name if the person there is the same: the likeliest first."""
    likely = [
        (score, part) for part in _candidates(case, absence) if (score := _unlike(case, absence, part)) is not None
    ]
    points: list[tuple[int, tuple[int, int]]] = []
    for _, part in sorted(likely, key=lambda pair: (pair[0], pair[1].first, pair[1].track)):
        rows = sightings(case.tracks, part.track)
        frames = case.tracks.frame[rows]
        inside = rows[(frames >= max(part.first, absence.first)) & (frames <= min(part.last, absence.end - 1))]
        if len(points) < LISTED and (clear := clear_point(case.clip, case.tracks, _apart_first(case, inside))):
            points.append(clear)
    return sorted(points)


def _apart_first(case: _Case, rows: NDArray[np.intp]) -> list[int]:
    """Put those of ROWS first on which nobody else whom a network saw is near: there it is plain who is meant."""
    tracks, seen = case.tracks, case.tracks.origin != Origin.EXTENDED
    firm = seen & (best_scores(tracks)[tracks.track] >= RIVAL) & (tracks.kind[tracks.track] == case.kind)
    alone: list[int] = []
    beside: list[int] = []
    for row in rows.tolist():
        here = np.flatnonzero(firm & (tracks.frame == tracks.frame[row]) & (np.arange(len(firm)) != row))
        box = tracks.xyxy[[row]]
        (beside if intersection(grow(box, APART), grow(tracks.xyxy[here], APART)).any() else alone).append(row)
    return alone + beside


def _candidates(case: _Case, absence: _Absence) -> Iterator[Stretch]:
    """Stretches of hidden tracks of the kind, long enough, that lie within ABSENCE."""
    tracks = case.tracks
    here = (tracks.frame >= absence.first) & (tracks.frame < absence.end) & ~case.shown
    anyone = np.ones(len(tracks.frame), np.bool_)
    for track in np.unique(tracks.track[here]).tolist():
        if tracks.kind[track] == case.kind and tracks.score[tracks.rows(track)].max() >= RIVAL:
            for part in stretches(case.clip, tracks, track, case.whole, anyone):
                if part.count >= LEAST and part.first >= absence.first - 1 and part.last <= absence.end:
                    yield part


def _unlike(case: _Case, absence: _Absence, part: Stretch) -> float | None:
    """How unlike the person PART is, judged by size, place and time; None where it cannot be the same."""
    rows = sightings(case.tracks, part.track)
    frames = case.tracks.frame[rows]
    begin, end = (int(rows[np.searchsorted(frames, frame)]) for frame in (part.first, part.last))
    pairs = [pair for pair in ((absence.before, begin), (end, absence.after)) if min(pair) >= 0]
    judged = [_apart(case, *pair) for pair in pairs]
    if any(score is None for score in judged):
        return None
    return min((score for score in judged if score is not None), default=None)


def _apart(case: _Case, before: int, after: int) -> float | None:
    """How unlike two rows are; None where nobody gets from one to the other in that time."""
    a, b = case.tracks.xyxy[before].astype(np.float64), case.tracks.xyxy[after].astype(np.float64)
    wait = float(case.seconds[case.tracks.frame[after]] - case.seconds[case.tracks.frame[before]])
    heights = sorted([a[3] - a[1], b[3] - b[1]])
    unit = float(np.sqrt(max(area(case.tracks.xyxy[[before]])[0], 1.0)))
    far = float(np.linalg.norm(centre(a) - centre(b))) / unit
    alike = heights[0] / max(heights[1], 1e-6)
    reach = WALK[0] + WALK[1] * max(wait, 0)
    if alike < ALIKE or (far > reach and wait < LONG_S):
        return None
    return float(far / reach + (1 - alike) + 0.05 * wait)


def _add(case: _Case, clear: tuple[int, tuple[int, int]], name: str | None) -> str:
    """Say how to name whoever is at a point."""
    row, (x, y) = clear
    at = moment(case.clip, int(case.tracks.frame[row]))
    return f"If it is the same person at {x}, {y} at {at}, {case.wording.add(at, (x, y), name)}."
