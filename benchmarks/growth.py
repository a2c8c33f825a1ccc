"""How the bookkeeping of a job grows with the length of a clip: python -m benchmarks.growth.

A crowd is made up, as thick in a long clip as in a short one: no picture is decoded and no network looks. The length is
doubled four times, and the power of it by which the processor time of each stage grows is fitted. Exit code 1 where one
grows faster than MOST says.
"""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from benchmarks.figures import write
from redact.decide.decide import decide, released
from redact.decide.plan import Hiding, plan
from redact.detect.colours import COLOURS
from redact.detect.found import Scan
from redact.detect.pose import by_tags
from redact.package.manifest import Account, Asked, Output, describe
from redact.paint.spec import CopySpec
from redact.records.clip import Clip, Color
from redact.records.kinds import Kind
from redact.records.orientation import UPRIGHT
from redact.records.plan import digest
from redact.records.tracks import Detections, Tracks
from redact.report.copy_report import report
from redact.report.risk import rank, to_bytes
from redact.report.subject_sheet import listed
from redact.request.choices import Hide
from redact.request.model import Keep, Request, parse_time
from redact.track.associate import tracks_of
from redact.track.people import people
from redact.verify.findings import find, gathered
from redact.watermark.mark import Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["STAGES", "Made", "crowd", "power", "timed"]

MOST = 1.2
"""Power of the length by which no stage may grow: a line is told from a square, on a machine that does other things."""

SIZE, RATE = (1920, 1080), 25

EVERY = {False: 5, True: 3}
"""Frames from one look to the next, by whether it matters who is who."""

BODY, FACE, STEP, LANES = (110, 280), (30, 36), 7, (60, 300, 540, 780)
"""px across and down of somebody and of their face, what they walk a frame, and where they walk."""

FOUND_EVERY = 50
"""Frames from one finding of the second look to the next."""

MARK = Mark("GROWTH", "nobody", 1, "2026-01-01", "GROWTH/1-0123456789ab", "0123456789abcdef" * 4)


@dataclass
class Made:
    """What there is of one clip, stage by stage."""

    scans: dict[bool, Scan]
    """By whether the networks looked closely."""
    of: dict[str, Any] = field(default_factory=dict)
    """What each stage gave, by its name."""

    @property
    def clip(self) -> Clip:
        """The clip, of which there is no file."""
        return self.scans[False].clip


def crowd(minutes: float, every_s: float) -> Made:
    """Make up a clip so many MINUTES long, into which somebody walks every EVERY_S seconds, and what is found in it."""
    frames = round(minutes * 60 * RATE)
    clip = Clip(
        path=Path("street.mp4"),
        sha256="a" * 64,
        size_bytes=1,
        width=SIZE[0],
        height=SIZE[1],
        orientation=UPRIGHT,
        sample_aspect_ratio=Fraction(1),
        pix_fmt="yuv420p",
        color=Color(),
        time_base=Fraction(1, RATE),
        pts=np.arange(frames, dtype=np.int64),
        rate=Fraction(RATE),
    )
    return Made({closely: _scan(clip, every_s, closely=closely) for closely in (False, True)})


def _scan(clip: Clip, every_s: float, *, closely: bool) -> Scan:
    """Make up what is found in CLIP, and say that everything was looked at."""
    looks = np.arange(0, len(clip), EVERY[closely], dtype=np.int32)
    first = np.arange(-SIZE[0] / STEP, len(clip), every_s * RATE)
    found = Detections.concat(
        part for number, at in enumerate(first) for part in _walker(number, float(at), looks, closely=closely)
    )
    return Scan(clip, found, looks, looks, looks, np.zeros(0, np.int32), closely, Tracks.none(), by_tags(clip))


def _walker(number: int, first: float, looks: np.ndarray[Any, Any], *, closely: bool) -> Iterator[Detections]:
    """Body and face of somebody who comes in at one side on frame FIRST and goes out at the other, at every look."""
    chance = np.random.default_rng(number)
    frames = looks[
        (looks >= first) & (looks <= first + (SIZE[0] - BODY[0]) / STEP) & (chance.random(len(looks)) < 0.97)
    ]
    way = STEP * (frames - first)
    left = way if number % 2 else SIZE[0] - BODY[0] - way
    top = LANES[number // 2 % len(LANES)] + chance.normal(0, 2, len(frames))
    clothes = np.clip(chance.integers(0, 200, COLOURS) + chance.normal(0, 12, (len(frames), COLOURS)), 1, 255)
    for kind, (wide, high), (x, y) in ((Kind.PERSON, BODY, (0, 0)), (Kind.FACE, FACE, (40, 12))):
        boxes = np.stack([left + x, top + y, left + x + wide, top + y + high], axis=1).astype(np.float32)
        scores = chance.uniform(0.5, 0.95, len(frames)).astype(np.float32)
        seen = clothes.astype(np.uint8) if closely else None
        yield Detections(frames, boxes, scores, np.full(len(frames), kind, np.uint8), seen)


def _hiding(made: Made) -> Hiding:
    return Hiding((Kind.PERSON, Kind.FACE), (0, len(made.clip)))


def _decided(made: Made) -> Any:
    """Let the first who can be named stay visible."""
    named = next(one for one in made.of["listed"] if one.point)
    keep = [Keep(at=parse_time(named.at), point=named.point)]
    return decide(made.clip, made.of["people"], keep, "2026-01-01", frames=(0, len(made.clip)))


def _plan_kept(made: Made) -> Any:
    """Plan every box, with somebody visible."""
    who = made.of["decide"]
    shown = {"visible": who.visible, "yielding": who.yielding}
    return plan(made.clip, who.tracks, released(who.decisions), _hiding(made), **shown)


def _findings(made: Made) -> Any:
    """Name what three looks found, each somebody every so often, and put it together."""
    found = made.scans[False].found
    _, some = np.unique(found.frame // FOUND_EVERY, return_index=True)
    return gathered([[find(found, int(row) + turn, made.clip)[0] for row in some[:-1]] for turn in range(3)])


def _report(made: Made) -> str:
    """Write the manifest and the report of a copy."""
    spec = CopySpec(made.clip, made.of["plan"], MARK, made.scans[False].looks)
    asked = Asked(Request(reference="GROWTH", hide=(Hide.PEOPLE,)).plain())
    return report(describe(spec, asked, (), Output(name="street.mp4", sha256="b" * 64, size_bytes=1), Account(())))


def _risk(made: Made) -> bytes:
    """Rank the seconds and write the list."""
    cuts = made.scans[False].cuts
    missed = [finding.frame for finding in made.of["findings"]]
    return to_bytes(rank(made.clip, made.of["track"], made.of["plan"], (), cuts, missed=missed), made.clip.sha256)


STAGES: dict[str, Callable[[Made], Any]] = {
    "track": lambda made: tracks_of(made.scans[False]),
    "plan": lambda made: plan(made.clip, made.of["track"], frozenset(), _hiding(made)),
    "digest": lambda made: digest(made.of["plan"]),
    "findings": _findings,
    "report": _report,
    "risk": _risk,
    "people": lambda made: people(made.scans[True]),
    "listed": lambda made: listed(made.clip, made.of["people"]),
    "decide": _decided,
    "plan kept": _plan_kept,
}
"""In the order of a job: without anybody who stays visible, then what is added where somebody does."""


def timed(made: Made, repeats: int) -> dict[str, float]:
    """Processor seconds of every stage of MADE, the least of so many REPEATS."""
    spent = {}
    for name, stage in STAGES.items():
        tries = []
        for _ in range(repeats):
            gc.collect()
            begun = time.process_time()
            made.of[name] = stage(made)
            tries.append(time.process_time() - begun)
        spent[name] = min(tries)
    assert len(made.of["plan"].start) == len(made.clip) + 1, "the plan is not of every frame"
    assert (np.diff(made.of["plan"].start) > 0).mean() > 0.5, "nobody is hidden on most frames"
    return spent


def power(lengths: list[float], seconds: list[float]) -> float:
    """Power of LENGTHS by which SECONDS grow, by least squares of their logarithms."""
    return float(np.polyfit(np.log(lengths), np.log(np.maximum(seconds, 1e-4)), 1)[0])


@click.command()
@click.option("--minutes", default=1.0, show_default=True, help="Length of the shortest clip.")
@click.option("--doublings", default=4, show_default=True, help="How often it is doubled.")
@click.option("--every", default=2.0, show_default=True, help="Seconds from one who comes in to the next.")
@click.option("--repeats", default=2, show_default=True, help="Runs of each stage; the least counts.")
@click.option("--json", "into", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here as well.")
def main(minutes: float, doublings: int, every: float, repeats: int, into: Path | None) -> None:
    """Time every stage on longer and longer clips, and say how fast it grows; exit code 1 where that is too fast."""
    lengths = [minutes * 2**turn for turn in range(doublings + 1)]
    rows = []
    for length in lengths:
        rows.append(timed(crowd(length, every), repeats))
        click.echo(f"{length:g} min: " + ", ".join(f"{name} {spent:.2f} s" for name, spent in rows[-1].items()))
    powers = {name: power(lengths, [row[name] for row in rows]) for name in STAGES}
    powers["all together"] = power(lengths, [sum(row.values()) for row in rows])
    for name, by in powers.items():
        click.echo(f"{name:12} grows with the power {by:.2f} of the length")
    if into:
        seconds = {name: [round(row[name], 4) for row in rows] for name in STAGES}
        rounded = {name: round(by, 3) for name, by in powers.items()}
        asked = {"every_s": every, "repeats": repeats}
        write(into, "growth", asked | {"minutes": lengths, "processor_s": seconds, "powers": rounded})
    if grown := [name for name, by in powers.items() if by > MOST]:
        message = f"Grows faster than the power {MOST} of the length: {', '.join(grown)}."
        raise SystemExit(message)


if __name__ == "__main__":
    main()
