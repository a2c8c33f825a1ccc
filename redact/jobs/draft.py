"""From a scan, whoever is named and what was drawn to a plan: the one way, for a copy and for a page that shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from redact.decide.decide import Decided, decide, released
from redact.decide.drawn import drawn_tracks, of_nobody
from redact.decide.plan import Hiding, plan
from redact.decide.wording import REQUEST
from redact.detect.pose import ways
from redact.records.drawn import Drawing
from redact.records.kinds import Kind, Origin
from redact.records.tracks import Detections, Tracks
from redact.request.choices import Hide, Unexplained
from redact.request.times import frames_in
from redact.track.associate import tracks_of
from redact.track.listing import told_apart
from redact.track.unexplained import joined, places, unexplained

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from redact.decide.wording import Doubt, Wording
    from redact.detect.found import Scan
    from redact.records.drawn import Drawn
    from redact.records.plan import Decision, MaskPlan
    from redact.request.model import Request
    from redact.track.listing import People
    from redact.track.unexplained import Place

__all__ = ["Draft", "Named", "drafted", "kinds_to_find", "naming"]


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Whom a request names among those of a scan, and what was drawn besides."""

    made: Decided
    drawn: tuple[Drawn, ...] = ()
    nobody: NDArray[np.intp] | None = None
    """(n,) rows of the tracks that hide nobody; None where nobody said so."""

    @property
    def by_subject(self) -> bool:
        """Whether it speaks of people of the first pass, who would be others after another."""
        return self.nobody is not None


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Who is hidden, where, and why: all of a copy but its picture."""

    scan: Scan
    tracks: Tracks
    """Those that were found, and behind them what was drawn and what moved, as far as that is hidden."""
    decisions: tuple[Decision, ...]
    doubts: tuple[Doubt, ...]
    """When someone who was named is hidden, and whom to point at."""
    plan: MaskPlan
    visible: Detections
    """Where those are whom it shows, and what was found where nobody is: a second look finds them again."""
    moved: Tracks
    """What moved that nobody was found in."""
    where: tuple[Place, ...]
    """The same in words of time and place, as far as the copy shows it."""
    who: Named
    """What it was made of: its tracks come first in `tracks`, then those that were drawn."""

    @property
    def told(self) -> tuple[str, ...]:
        """The doubts as sentences."""
        return tuple(doubt.sentence for doubt in self.doubts)


def kinds_to_find(request: Request) -> tuple[Kind, ...]:
    """Give the kinds of detectors that REQUEST needs: who hides people hides their faces, found without a body too."""
    more = (Kind.FACE,) if Hide.PEOPLE in request.hide else ()
    return tuple(sorted({*request.kinds, *more}))


def naming(
    request: Request,
    scan: Scan,
    at: str,
    drawn: Sequence[Drawn] = (),
    *,
    wording: Wording = REQUEST,
    apart: Collection[tuple[str, str]] = (),
    everyone: People | None = None,
    found: Tracks | None = None,
) -> Named:
    """Say whom of those in SCAN the REQUEST names, and what was DRAWN; AT is when, ISO 8601.

    Pairs of subjects APART are known to be two people. EVERYONE is who is in the scan, and FOUND are its tracks, where
    that is known already. Where nobody is named it matters to nobody who is who.
    """
    speaks = any(one.what is Drawing.NOBODY for one in drawn)
    if not (request.keep or speaks):
        tracks = tracks_of(scan) if found is None else found
        return Named(Decided(tracks, (), None, Detections.none(), ()), tuple(drawn))
    if everyone is None:
        from redact.track.people import people  # noqa: PLC0415  loads scipy, half a second, for those who name somebody

        everyone = people(scan)
    made = Decided(everyone.tracks, (), None, Detections.none(), ())
    if request.keep:
        frames = frames_in(scan.clip, request.span)
        made = decide(scan.clip, told_apart(everyone, apart), request.keep, at, frames=frames, wording=wording)
    return Named(made, tuple(drawn), of_nobody(everyone, drawn) if speaks else None)


def drafted(request: Request, scan: Scan, who: Named) -> Draft:
    """Say what is hidden where, of what is in SCAN, as REQUEST asks, with WHO is named and what was drawn."""
    frames = frames_in(scan.clip, request.span)
    found = joined(who.made.tracks, drawn_tracks(scan.clip, who.drawn)) if who.drawn else who.made.tracks
    moved, nobody = _moved(request, scan, found), np.zeros(0, np.intp) if who.nobody is None else who.nobody
    tracks = joined(found, moved) if request.unexplained is Unexplained.HIDE else found
    mask_plan = plan(
        scan.clip,
        tracks,
        released(who.made.decisions),
        Hiding(kinds_to_find(request), frames, request.style, request.cover, nobody),
        unknown=range(len(found), len(tracks)),
        ways=ways(scan.poses),
        visible=who.made.visible,
        yielding=who.made.yielding,
    )
    found_there = nobody[tracks.origin[nobody] != Origin.EXTENDED]
    shown = Detections.concat([who.made.visible, tracks.detections(found_there)]) if len(nobody) else who.made.visible
    return Draft(
        scan,
        _without(tracks, nobody),
        who.made.decisions,
        who.made.doubts,
        mask_plan,
        shown,
        moved,
        places(moved, scan.clip, frames),
        who,
    )


def _moved(request: Request, scan: Scan, tracks: Tracks) -> Tracks:
    """Give what moved in SCAN that none of TRACKS explains; nothing where REQUEST ignores that."""
    if request.unexplained is Unexplained.IGNORE:
        return Tracks.none()
    return unexplained(scan.moved, tracks, scan.clip, scan.cuts)


def _without(tracks: Tracks, rows: NDArray[np.intp]) -> Tracks:
    """Give TRACKS without ROWS, under the numbers that they have; one may be left with no row."""
    if not len(rows):
        return tracks
    kept = np.ones(len(tracks.frame), np.bool_)
    kept[rows] = False
    start = np.concatenate([[0], np.cumsum(kept)])[tracks.start].astype(np.int64)
    columns = {name: getattr(tracks, name)[kept] for name in ("frame", "xyxy", "score", "origin")}
    return replace(tracks, **columns, start=start)
