"""Keep one person visible while others cross: python -m benchmarks.leakage.crossing.

Each clip is scanned, tracked and planned as `redact run` does it, without writing the copy. First with one point at
the person to be kept; then as an officer goes on, who reads the warnings, looks at the moment that each names, and adds
the point if it is the same person; and who watches the copy and points where they are hidden all the same. Two things
are counted. Of the frames on which all of the person is to be seen and nobody is beside them: on how many they are
visible, that is, less than half covered. And on how many frames somebody else, of whom all is to be seen, is less than
half covered because of what was kept: that must never be.
"""

from __future__ import annotations

import re
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import numpy as np
from redact.track.subjects import subjects

from benchmarks.leakage.walkers import FRAMES, SCENES, VISIBLE, Stage, stage
from benchmarks.product import DATA
from redact.decide.decide import Decided, decide, released
from redact.decide.plan import Hiding, plan
from redact.detect.scan import scan
from redact.errors import UsageProblem
from redact.records.boxes import grow, overlap_share
from redact.records.kinds import Kind
from redact.request.model import Keep, parse_keep
from redact.track.associate import track
from redact.verify.second_look import covered_share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from redact.detect.found import Scan
    from redact.records.clip import Clip
    from redact.records.plan import MaskPlan
    from redact.records.tracks import Tracks

KINDS = (Kind.PERSON, Kind.FACE)
AT = "2026-01-05T10:00:00+00:00"

COVERED = 0.5
"""Share of a person under covers from which they count as hidden."""

NEIGHBOUR = 1.25
"""Boxes grown by this that share nothing: nobody's cover reaches the other."""

EARLIEST = 12
"""Frame from which the first point is given."""

OFFERED = re.compile(r"add --keep (\S+@\d+,\d+)\.")
"""The points that warnings offer."""

ROUNDS = 8
"""Times that the officer reads the warnings and watches the copy."""

WATCHED = 6
"""Frames for which the person is hidden before an officer notices."""


class Counts(NamedTuple):
    """What one way of keeping gave on one clip."""

    points: int
    clear: int
    """Frames on which the person is all to be seen, and apart from others."""
    visible: int
    """Those of them on which the person is visible."""
    others: int
    """Frames of others of whom all is to be seen."""
    instead: int
    """Those on which what was kept uncovers them."""
    missed: int
    """Those on which they are not covered in any case."""


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, help="Where the footage with truth is.")
def main(data: Path) -> None:
    """Measure how well one person is kept visible while others cross."""
    from models.loading import load  # noqa: PLC0415  seconds, and not needed for --help

    detectors = load(KINDS, keeping=True)
    click.echo("| clip | points | visible | of clear frames | others | shown instead | missed anyway |")
    click.echo("|---|---:|---:|---:|---:|---:|---:|")
    sums: dict[str, list[Counts]] = {"one point": [], "all points": []}
    with tempfile.TemporaryDirectory() as work:
        for number, scene in enumerate(SCENES):
            made = stage(data, Path(work), scene, number)
            seen = scan(made.path, detectors, closely=True)
            for way, counts in zip(sums, measured(made, seen), strict=True):
                sums[way].append(counts)
                click.echo(_line(f"{made.name}, {way}", counts))
    for way, some in sums.items():
        click.echo(_line(f"all, {way}", Counts(*(sum(column) for column in zip(*some, strict=True)))))


def measured(made: Stage, seen: Scan) -> tuple[Counts, Counts]:
    """Keep the first person of MADE: with one point, and with all that an officer adds."""
    tracks = track(seen.found, seen.clip, seen.whole, seen.cuts, seen.fine, closely=seen.closely)
    bare = _plan(seen.clip, tracks, ())
    first = _first(made, seen, tracks)
    one, last = ([first], _answered(made, seen, tracks, [first])) if first else ([], [])
    return tuple(_count(made, bare, _plan(*_kept(seen, tracks, some)), len(some)) for some in (one, last))  # type: ignore[return-value]


def decided(seen: Scan, tracks: Tracks, keep: Sequence[Keep]) -> Decided:
    """Decide as the program does."""
    frames = (0, len(seen.clip))
    people = subjects(tracks, seen.clip.orientation)
    return decide(seen.clip, tracks, people, keep, AT, whole=seen.whole, frames=frames)


def _kept(seen: Scan, tracks: Tracks, keep: Sequence[Keep]) -> tuple[Clip, Tracks, frozenset[int]]:
    made = decided(seen, tracks, keep)
    return seen.clip, made.tracks, released(made.decisions)


def _plan(clip: Clip, tracks: Tracks, let: frozenset[int] | tuple[()]) -> MaskPlan:
    return plan(clip, tracks, let, Hiding(KINDS, (0, len(clip))))


def _first(made: Stage, seen: Scan, tracks: Tracks) -> Keep | None:
    """Point at the person at the first clear moment at which the program knows whom."""
    clear = _clear(made)
    for frame in np.flatnonzero(clear[EARLIEST:]) + EARLIEST:
        keep = _at(made, int(frame))
        try:
            decided(seen, tracks, [keep])
        except UsageProblem:
            continue
        return keep
    return None


def _at(made: Stage, frame: int) -> Keep:
    x0, y0, x1, y1 = made.xyxy[0, frame].tolist()
    return Keep(at=Fraction(frame, 25), point=(int((x0 + x1) / 2), int(y0 + (y1 - y0) * 0.4)))


def _answered(made: Stage, seen: Scan, tracks: Tracks, keep: list[Keep]) -> list[Keep]:
    """Add the points that warnings offer and that are at the person, then those where the copy hides them for long."""
    for _ in range(ROUNDS):
        offered = [parse_keep(text) for text in OFFERED.findall(" ".join(decided(seen, tracks, keep).warnings))]
        right = [seed for seed in offered if seed not in keep and _is_person(made, seed)]
        right = right or _seen_hidden(made, seen, tracks, keep)
        if not right:
            break
        keep = [*keep, *right]
    return keep


def _seen_hidden(made: Stage, seen: Scan, tracks: Tracks, keep: list[Keep]) -> list[Keep]:
    """Watch the copy, and point at the person where they are hidden although nobody is near, if that helps."""
    before = _plan(*_kept(seen, tracks, keep))
    hidden = [frame for frame in np.flatnonzero(_clear(made)).tolist() if _covered(made, 0, frame, before) >= COVERED]
    for frame in hidden[::WATCHED]:
        more = [*keep, _at(made, frame)]
        try:
            after = _plan(*_kept(seen, tracks, more))
        except UsageProblem:
            continue
        if sum(_covered(made, 0, f, after) < COVERED for f in hidden) >= WATCHED:
            return more[-1:]
    return []


def _is_person(made: Stage, seed: Keep) -> bool:
    """Tell whether SEED points at the person, and at nobody else: what an officer sees in the picture."""
    frame = min(FRAMES - 1, int(seed.at * 25))
    inside = [bool((box[:2] <= seed.point).all() and (seed.point < box[2:]).all()) for box in made.xyxy[:, frame]]
    return inside == [True, *[False] * (len(inside) - 1)]


def _clear(made: Stage) -> NDArray[np.bool_]:
    """(FRAMES,) whether all of the person is to be seen, and nobody is beside."""
    others = grow(made.xyxy[1:].reshape(-1, 4), NEIGHBOUR).reshape(-1, FRAMES, 4)
    beside = [bool(overlap_share(made.xyxy[0, f][None], others[:, f]).any()) for f in range(FRAMES)]
    return np.asarray((made.seen[0] >= VISIBLE) & ~np.array(beside))


def _count(made: Stage, bare: MaskPlan, kept: MaskPlan, points: int) -> Counts:
    """Compare the plan in which the person is KEPT, and the BARE one, with the truth."""
    clear = np.flatnonzero(_clear(made)).tolist()
    visible = sum(_covered(made, 0, frame, kept) < COVERED for frame in clear)
    others = list(_others(made))
    open_now = [_covered(made, person, frame, kept) < COVERED for person, frame in others]
    open_anyway = [_covered(made, person, frame, bare) < COVERED for person, frame in others]
    instead = sum(now and not anyway for now, anyway in zip(open_now, open_anyway, strict=True))
    return Counts(points, len(clear), visible, len(others), instead, sum(open_anyway))


def _others(made: Stage) -> Iterator[tuple[int, int]]:
    """Persons and frames on which somebody else is all to be seen."""
    for person in range(1, len(made.seen)):
        for frame in np.flatnonzero(made.seen[person] >= VISIBLE).tolist():
            if (made.xyxy[person, frame, 2:] > made.xyxy[person, frame, :2]).all():
                yield person, frame


def _covered(made: Stage, person: int, frame: int, with_plan: MaskPlan) -> float:
    return covered_share(made.xyxy[person, frame], with_plan.boxes(frame))


def _line(name: str, counts: Counts) -> str:
    share = f"{counts.visible / counts.clear:.1%}" if counts.clear else "none"
    numbers = (counts.clear, counts.others, counts.instead, counts.missed)
    return f"| {name} | {counts.points} | {share} | {' | '.join(map(str, numbers))} |"


if __name__ == "__main__":
    main()
