"""Whom a photograph may show: the likeliest people of a clip, and the point to name each by. It decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from redact.advice import Give, Given, Sentence
from redact.detect.photograph import looks_on
from redact.detect.scan import scan
from redact.errors import UsageProblem
from redact.progress import silent
from redact.report.subject_sheet import described
from redact.request.within import check_damage
from redact.track.likeness import LEAST, likenesses
from redact.track.people import people

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from redact.advice import Part
    from redact.jobs.options import Options
    from redact.progress import Progress
    from redact.records.tracks import Detector

__all__ = ["Suggestion", "only_suggested", "suggestions"]

TOLD = 5
"""People told of for one photograph, at most: those who are likely enough, and the first, who always is."""


class Suggestion(NamedTuple):
    """Somebody in a clip whom a photograph may show."""

    subject: str
    """Id."""
    share: float
    """How likely it is they, 0 to 1; what is left of 1 is for others, and for nobody in the clip."""
    point: str | None
    """TIME@X,Y at which only they are; None where there is no such moment."""


def suggestions(
    master: Path,
    photographs: Sequence[Path],
    detectors: Sequence[Detector],
    options: Options,
    *,
    progress: Progress = silent,
) -> dict[Path, tuple[Suggestion, ...]]:
    """Say for each of PHOTOGRAPHS whom of MASTER it may show, the likeliest first.

    Raises InputUnusable where a photograph does not show one person from head to foot, or MASTER cannot be read.
    """
    looks = {photograph: looks_on(photograph, detectors) for photograph in photographs}
    seen = scan(master, detectors, fps=options.fps, stream=options.stream, closely=True, progress=progress)
    check_damage(seen.clip, options.accept_damage)
    everyone = people(seen)
    found = {}
    for photograph, own in looks.items():
        likely = [
            one for place, one in enumerate(likenesses(seen, everyone, own)[:TOLD]) if one.share >= LEAST or not place
        ]
        listed = [(described(seen.clip, everyone, one.number), one.share) for one in likely]
        found[photograph] = tuple(
            Suggestion(one.subject.id, share, f"{one.at}@{one.point[0]},{one.point[1]}" if one.point else None)
            for one, share in listed
        )
    return found


def only_suggested(found: dict[Path, tuple[Suggestion, ...]]) -> UsageProblem:
    """Say that nothing was made, and whom the photographs in FOUND may show."""
    parts: list[Part] = ["A photograph names nobody: it only suggests whom to point at. Nothing was made."]
    for photograph, likely in found.items():
        parts += [f" {photograph.name}: ", *(_told(likely) or ("nobody in the clip has clothes to compare",)), "."]
    advice = (
        "See for yourself who it is, and name them by a point in place of the photograph. It compares the colours of "
        "clothes and nothing else: taken on another day it says nothing."
    )
    return UsageProblem(Sentence(tuple(parts)), advice)


def _told(likely: Sequence[Suggestion]) -> tuple[Part, ...]:
    """Write LIKELY as the middle of a sentence."""
    rest = max(0.0, 1 - sum(one.share for one in likely))
    parts = [part for one in likely for part in _one(one)]
    return (*parts, f"somebody else, or nobody in the clip {rest:.0%}") if parts else ()


def _one(one: Suggestion) -> Iterator[Part]:
    yield f"{one.subject} {one.share:.0%}, "
    yield Give(Given.KEEP, one.point) if one.point else "never alone"
    yield "; "
