"""Keep one person visible while others cross: python -m benchmarks.leakage.crossing, or with --count 100 [--seed S].

Ten scenes that are always the same, or as many at random, of a fresh seed unless one is given. Each clip is scanned,
tracked and planned as `redact run` does it, without writing the copy. First with one point at the person to be kept;
then as an officer goes on, who reads the warnings, looks at the moment that each names, and adds the point if it is the
same person; and who watches the copy and points where they are hidden all the same. Two things are counted. Of the
frames on which all of the person is to be seen and nobody is beside them: on how many they are visible, that is, less
than half covered. And on how many frames somebody else, of whom all is to be seen, is less than half covered because of
what was kept: that must never be. A clip in which the person is never clear of others is left out.
"""

from __future__ import annotations

import re
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import numpy as np

from benchmarks.leakage.footage import RATE
from benchmarks.leakage.walkers import (
    FRAMES,
    SCENES,
    VISIBLE,
    Stage,
    dressed,
    dressed_at_random,
    random_scene,
    stage,
)
from benchmarks.product import DATA
from redact.decide.decide import Decided, decide, released
from redact.decide.plan import Hiding, plan
from redact.detect.scan import scan
from redact.errors import UsageProblem
from redact.records.boxes import grow, overlap_share
from redact.records.kinds import Kind
from redact.request.model import Keep, parse_keep
from redact.track.associate import tracks_of
from redact.track.people import people as people_of
from redact.verify.second_look import covered_share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from redact.detect.found import Scan
    from redact.records.plan import MaskPlan

__all__ = ["Counts", "Judge", "clips", "ways"]

KINDS = (Kind.PERSON, Kind.FACE)
AT = "2026-01-05T10:00:00+00:00"

COVERED = 0.5
"""Share of a person under covers from which they count as hidden."""

NEIGHBOUR = 1.25
"""Boxes grown by this that share nothing: nobody's cover reaches the other."""

EARLIEST = 12
"""Frame from which the first point is given."""

OFFERED = re.compile(r"If it is (the same person|nobody else)\b[^.]*?(?:\.\d[^.]*?)*add --keep (\S+@\d+,\d+)\.")
"""The points that warnings offer: at somebody who may be the same person, and at what may be nobody else."""

ROUNDS = 8
"""Times that the officer reads the warnings and watches the copy."""

WATCHED = 6
"""Frames for which the person is hidden before an officer notices."""


HEADER = """\
| clip | points | questions (in 5 s) | visible | of clear frames | others | shown instead | missed anyway |
|---|---:|---:|---:|---:|---:|---:|---:|"""


class Counts(NamedTuple):
    """What one way of keeping gave on one clip."""

    points: int
    questions: int
    """Points that warnings offered, of this person and of others."""
    present: int
    """Frames on which any of the person's box is in the picture."""
    clear: int
    """Those on which the person is all to be seen, and apart from others."""
    visible: int
    """Those of them on which the person is visible."""
    others: int
    """Frames of others of whom all is to be seen."""
    instead: int
    """Those on which what was kept uncovers them."""
    missed: int
    """Those on which they are not covered in any case."""


class Judge:
    """Keeps the first person of one clip, and holds the plan against the truth."""

    def __init__(self, made: Stage, seen: Scan) -> None:
        """Judge what was SEEN of what was MADE."""
        self.made, self.seen = made, seen
        self.people = people_of(seen)
        self.frames = (0, len(seen.clip))
        self.bare = plan(seen.clip, tracks_of(seen), (), Hiding(KINDS, self.frames))
        self.clear = np.flatnonzero(_clear(made)).tolist()
        """Frames on which all of the person is to be seen, and nobody is beside them."""

    def decided(self, keep: Sequence[Keep]) -> Decided:
        """Decide as the program does."""
        return decide(self.seen.clip, self.people, keep, AT, frames=self.frames)

    def taken(self, keep: Sequence[Keep]) -> bool:
        """Tell whether the program takes the points KEEP, or refuses one of them."""
        try:
            self.decided(keep)
        except UsageProblem:
            return False
        return True

    def planned(self, keep: Sequence[Keep]) -> MaskPlan:
        """Plan as the program does."""
        if not keep:
            return self.bare
        made = self.decided(keep)
        hiding = Hiding(KINDS, self.frames)
        return plan(
            self.seen.clip, made.tracks, released(made.decisions), hiding, visible=made.visible, yielding=made.yielding
        )

    def count(self, keep: Sequence[Keep], questions: int) -> Counts:
        """Say what the points KEEP, and the answers to QUESTIONS, give."""
        kept = self.planned(keep)
        present = int((self.made.xyxy[0, :, 2:] > self.made.xyxy[0, :, :2]).all(axis=1).sum())
        visible = len(self.clear) - len(self.hidden(kept))
        others = list(_others(self.made))
        missed = sum(self.covered(person, frame, self.bare) < COVERED for person, frame in others)
        instead = len(self.instead(kept))
        return Counts(len(keep), questions, present, len(self.clear), visible, len(others), instead, missed)

    def hidden(self, kept: MaskPlan) -> list[int]:
        """Give the clear frames on which the plan KEPT hides the person."""
        return [frame for frame in self.clear if self.covered(0, frame, kept) >= COVERED]

    def instead(self, kept: MaskPlan) -> list[tuple[int, int]]:
        """Give the persons and frames on which the plan KEPT shows somebody else whom the bare one hides."""
        return [
            (person, frame)
            for person, frame in _others(self.made)
            if self.covered(person, frame, kept) < COVERED <= self.covered(person, frame, self.bare)
        ]

    def covered(self, person: int, frame: int, with_plan: MaskPlan) -> float:
        """Share of PERSON on FRAME that is under covers."""
        return covered_share(self.made.xyxy[person, frame], with_plan.boxes(frame))


def one_point(judge: Judge) -> tuple[list[Keep], int]:
    """Point at the person at the first clear moment at which the program knows whom; no question is answered."""
    for frame in judge.clear:
        keep = [_at(judge.made, frame)]
        if frame >= EARLIEST and judge.taken(keep):
            return keep, 0
    return [], 0


def all_points(judge: Judge) -> tuple[list[Keep], int]:
    """Add the points asked about that are right, then those where the copy hides the person; count what was asked."""
    keep, _ = one_point(judge)
    asked: set[Keep] = set()
    for _ in range(ROUNDS if keep else 0):
        offered = {parse_keep(text): what for what, text in OFFERED.findall(" ".join(judge.decided(keep).warnings))}
        fresh = {seed: what for seed, what in offered.items() if seed not in asked}
        asked |= {*fresh}
        before = len(keep)
        for seed, what in fresh.items():
            if _is(judge.made, seed, what) and judge.taken([*keep, seed]):
                keep = [*keep, seed]
        if len(keep) == before:
            more = _seen_hidden(judge, keep)
            if not more:
                break
            keep = [*keep, *more]
    return keep, len(asked)


ways = {"one point": one_point, "all points": all_points}
"""How the person is named."""


def _at(made: Stage, frame: int) -> Keep:
    x0, y0, x1, y1 = made.xyxy[0, frame].tolist()
    return Keep(at=Fraction(frame, RATE), point=(int((x0 + x1) / 2), int(y0 + (y1 - y0) * 0.4)))


def _seen_hidden(judge: Judge, keep: list[Keep]) -> list[Keep]:
    """Watch the copy, and point at the person where they are hidden although nobody is near, if that helps."""
    hidden = judge.hidden(judge.planned(keep))
    for frame in hidden[::WATCHED]:
        more = [*keep, _at(judge.made, frame)]
        if judge.taken(more) and len(hidden) - len(judge.hidden(judge.planned(more))) >= WATCHED:
            return more[-1:]
    return []


def _is(made: Stage, seed: Keep, what: str) -> bool:
    """Tell whether SEED points at WHAT is asked: what an officer sees in the picture."""
    frame = min(FRAMES - 1, int(seed.at * RATE))
    person, *others = [(box[:2] <= seed.point).all() and (seed.point < box[2:]).all() for box in made.xyxy[:, frame]]
    return not any(others) and (bool(person) or what == "nobody else")


def _clear(made: Stage) -> NDArray[np.bool_]:
    """(FRAMES,) whether all of the person is to be seen, and nobody is beside."""
    others = grow(made.xyxy[1:].reshape(-1, 4), NEIGHBOUR).reshape(-1, FRAMES, 4)
    beside = [bool(overlap_share(made.xyxy[0, f][None], others[:, f]).any()) for f in range(FRAMES)]
    return np.asarray((made.seen[0] >= VISIBLE) & ~np.array(beside))


def _others(made: Stage) -> Iterator[tuple[int, int]]:
    """Persons and frames on which somebody else is all to be seen."""
    for person in range(1, len(made.seen)):
        for frame in np.flatnonzero(made.seen[person] >= VISIBLE).tolist():
            if (made.xyxy[person, frame, 2:] > made.xyxy[person, frame, :2]).all():
                yield person, frame


def clips(data: Path, work: Path, count: int | None, seed: int) -> Iterator[Stage]:
    """Make the scenes that are always the same in WORK, or COUNT at random, each of its number and SEED alone."""
    for number in range(len(SCENES) if count is None else count):
        if count is None:
            scene = SCENES[number]
            yield stage(work, scene, dressed(data, scene, number), np.random.default_rng(number))
        else:
            chance = np.random.default_rng([seed, number])
            scene = random_scene(chance)
            scene = scene._replace(name=f"{number}: {scene.name}")
            yield stage(work, scene, dressed_at_random(data, scene, chance), chance)


def line(name: str, counts: Counts) -> str:
    """Write COUNTS as a row of a table."""
    share = f"{counts.visible / counts.clear:.1%}" if counts.clear else "none"
    asked = f"{counts.questions} ({5 * RATE * counts.questions / max(counts.present, 1):.2f})"
    numbers = (counts.points, asked, share, counts.clear, counts.others, counts.instead, counts.missed)
    return f"| {name} | {' | '.join(map(str, numbers))} |"


def summed(some: Sequence[Counts]) -> Counts:
    """Put the counts of SOME clips together."""
    return Counts(*(sum(column) for column in zip(*some, strict=True))) if some else Counts(*[0] * len(Counts._fields))


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, help="Where the footage with truth is.")
@click.option("--count", type=click.IntRange(1), help="As many scenes at random, instead of those always the same.")
@click.option(
    "--seed", type=click.IntRange(0), help="What they are drawn from; a fresh one, which is printed, if none."
)
def main(data: Path, count: int | None, seed: int | None) -> None:
    """Measure how well one person is kept visible while others cross."""
    from models.loading import load  # noqa: PLC0415  seconds, and not needed for --help

    detectors = load(KINDS, keeping=True)
    seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
    if count is not None:
        click.echo(f"Seed {seed}.\n")
    click.echo(HEADER)
    sums: dict[str, list[Counts]] = {way: [] for way in ways}
    left_out = 0
    with tempfile.TemporaryDirectory() as work:
        for made in clips(data, Path(work), count, seed):
            if _clear(made).any():
                judge = Judge(made, scan(made.path, detectors, closely=True))
                for name, way in ways.items():
                    sums[name].append(judge.count(*way(judge)))
                    click.echo(line(f"{made.name}, {name}", sums[name][-1]))
            else:
                left_out += 1
            made.path.unlink()
    for name, some in sums.items():
        click.echo(line(f"all, {name}", summed(some)))
    if left_out:
        click.echo(f"\n{left_out} scenes left out, in which the person is never clear of others.")


if __name__ == "__main__":
    main()
