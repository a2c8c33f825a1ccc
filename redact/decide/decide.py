"""Who stays visible: the seeds of a request, carried to tracks. Whatever no seed names for certain is hidden."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.decide.absences import REQUEST, absences
from redact.decide.points import named
from redact.decide.visibility import keep as keep_rows
from redact.decide.visibility import split
from redact.errors import UsageProblem
from redact.records.boxes import intersection
from redact.records.kinds import Origin, Verdict
from redact.records.plan import Decision
from redact.records.tracks import Detections, Tracks
from redact.request.model import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from redact.decide.absences import Wording
    from redact.decide.visibility import Visibility
    from redact.records.clip import Clip
    from redact.records.tracks import Subject
    from redact.request.model import Keep

__all__ = ["Decided", "decide", "released", "visible"]

BY = "the request"


class Decided(NamedTuple):
    """Who stays visible, and when it is not known who is who."""

    tracks: Tracks
    """Every row of those given, cut where someone begins or ceases to be visible."""
    decisions: tuple[Decision, ...]
    warnings: tuple[str, ...]
    """One sentence for each time at which someone who was named is hidden, and what to add if it is they."""


def released(decisions: Iterable[Decision]) -> frozenset[int]:
    """Give the tracks that were let through; every other stays hidden. The last word on a track wins."""
    verdict = {track: decision.verdict for decision in decisions for track in decision.tracks}
    return frozenset(track for track, last in verdict.items() if last is Verdict.VISIBLE)


def decide(
    clip: Clip,
    tracks: Tracks,
    people: Sequence[Subject],
    keep: Iterable[Keep],
    at: str,
    *,
    whole: NDArray[np.int32],
    frames: tuple[int, int],
    wording: Wording = REQUEST,
) -> Decided:
    """Decide whom of PEOPLE the seeds of KEEP name, and when it is certain that it is they.

    Seeds of one name, or of none, are one person. AT is when this was decided, ISO 8601; WHOLE the frames that the
    networks saw whole, FRAMES those of the copy; WORDING fits whoever is warned. Raises UsageProblem where a seed is
    outside the clip, names no one, could name two, or falls where it is not known who is who; and where the seeds of
    one person name two.
    """
    groups: dict[str | None, list[Keep]] = {}
    for seed in keep:
        groups.setdefault(seed.name or None, []).append(seed)
    kept = {name: _kept(clip, tracks, people, whole, seeds) for name, seeds in groups.items()}
    shown = np.logical_or.reduce(
        [np.zeros(len(tracks.frame), np.bool_), *(visibility.shown for visibility in kept.values())]
    )
    pieces, _ = split(tracks, shown)
    decisions = tuple(_decision(pieces, people, seeds, kept[name], at) for name, seeds in groups.items())
    warnings = [
        absences(clip, tracks, whole, visibility, shown, name, frames, wording) for name, visibility in kept.items()
    ]
    return Decided(pieces, decisions, tuple(sentence for some in warnings for sentence in some))


def _kept(
    clip: Clip, tracks: Tracks, people: Sequence[Subject], whole: NDArray[np.int32], seeds: Sequence[Keep]
) -> Visibility:
    """Find what may be shown of the one person whom SEEDS name."""
    points = [named(clip, tracks, people, seed) for seed in seeds]
    kept = keep_rows(clip, tracks, whole, points)
    for number in kept.unsure:
        seed = seeds[number]
        problem = f"At {seed.x}, {seed.y} at {format_time(seed.at)} it cannot be told who is who."
        raise UsageProblem(
            problem, "Point at the person a little earlier or later, where they stand apart from others."
        )
    for first, second in combinations(range(len(points)), 2):
        if _at_once(tracks, kept.shown, points[first][0], points[second][0]):
            here, there = (f"{seed.x}, {seed.y} at {format_time(seed.at)}" for seed in (seeds[first], seeds[second]))
            problem = f"Those at {here} and at {there} are two people: both are in the picture at once."
            remedy = "Point at one of them only, or give them different names in a request file if both stay visible."
            raise UsageProblem(problem, remedy)
    return kept


def _at_once(tracks: Tracks, shown: NDArray[np.bool_], first: int, second: int) -> bool:
    """Tell whether tracks FIRST and SECOND were both seen, and are SHOWN, on a frame at places that share nothing."""
    if first == second or tracks.kind[first] != tracks.kind[second]:
        return False
    a, b = (
        tracks.rows(track).start + np.flatnonzero((shown & (tracks.origin == Origin.SEEN))[tracks.rows(track)])
        for track in (first, second)
    )
    _, mine, theirs = np.intersect1d(tracks.frame[a], tracks.frame[b], return_indices=True)
    shared = intersection(tracks.xyxy[a[mine]][:, None], tracks.xyxy[b[theirs]][:, None])
    return bool((shared == 0).any())


def _decision(pieces: Tracks, people: Sequence[Subject], seeds: Sequence[Keep], kept: Visibility, at: str) -> Decision:
    """Record that those of PIECES, tracks cut where anyone's visibility changes, are shown where KEPT is."""
    owner = {track: subject.id for subject in people for track in subject.tracks}
    tracks = tuple(np.unique(pieces.track[kept.shown]).tolist())
    points = "; ".join(f"{seed.x}, {seed.y} at {format_time(seed.at)}" for seed in seeds)
    reason = f"named by the point {points}" if len(seeds) == 1 else f"named by the points {points}"
    return Decision(owner[kept.stretches[0].track], tracks, Verdict.VISIBLE, BY, at, reason)


def visible(tracks: Tracks, decisions: tuple[Decision, ...]) -> Detections:
    """Boxes of those who stay visible, on every frame; what is only carried on excuses nobody who is found there."""
    let = np.isin(tracks.track, np.array(sorted(released(decisions)), np.int32))
    rows = let & (tracks.origin != Origin.EXTENDED)
    order = np.argsort(tracks.frame[rows], kind="stable")
    kind = tracks.kind[tracks.track[rows]]
    return Detections(tracks.frame[rows][order], tracks.xyxy[rows][order], tracks.score[rows][order], kind[order])
