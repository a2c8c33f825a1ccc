"""Show the demo's street in eight orientations and four containers, and see who is hidden and how it is shown.

python -m benchmarks.orientation
"""

from __future__ import annotations

import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import cv2
import numpy as np

from models.loading import load
from redact.demo.clip import find_photos, make_demo
from redact.jobs.draft import kinds_to_find
from redact.jobs.release import make_release
from redact.records.kinds import Kind
from redact.records.orientation import EVERY, Orientation
from redact.request.model import Keep, Request, Span
from redact.video.program import program

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from redact.demo.clip import Truth

__all__ = ["CONTAINERS", "Case", "Outcome", "main", "turned"]

CONTAINERS = ("mp4", "mov", "mkv", "ts")

SIZE = (640, 360)
"""px of the street as seen."""

SMALLER = 2
"""Times that the demo's clip is larger."""

FRAMES = 30
"""Of the demo's street, at 25 a second."""

AT = 20
"""The frame that is judged."""

SPAN = Span.model_validate({"from": "00:00.4", "to": "00:01.2"})

HIDDEN, SHOWN = 0.3, 0.7
"""Correlation of fine detail with the master's: below, somebody cannot be seen; above, somebody can."""

ALIKE, SAME = 10, 0.2
"""Levels by which a pixel may differ, and share of pixels that must not, for a picture to be the same way round."""


class Case(NamedTuple):
    """One master, and what is asked of it."""

    way: Orientation
    container: str
    asked: str
    """whole, span or keep."""


class Outcome(NamedTuple):
    """What became of it."""

    checked: bool
    """Whether it was released, with all checks passed."""
    upright: bool
    """Whether a player shows the copy the same way round as the master."""
    hidden: int
    people: int
    """Those who should be hidden, and how many are."""
    kept: bool
    """Whether the one who was pointed at is shown, and was asked for."""

    def good(self, asked: str) -> bool:
        """Tell whether all is as it should be."""
        return self.checked and self.upright and self.hidden == self.people and self.kept == (asked == "keep")


def turned(street: Path, out: Path, way: Orientation) -> Path:
    """Write STREET to OUT, coded so that it is upright when it is seen that WAY round."""
    back = {0: "null", 1: "transpose=cclock", 2: "hflip,vflip", 3: "transpose=clock"}[way.turns]
    chain = f"{back},hflip" if way.mirrored else back
    flat = out.with_name("flat.mp4")
    _run("-i", street, "-vf", chain, "-an", "-c:v", "libx264", "-crf", 14, "-g", 10, "-pix_fmt", "yuv420p", flat)
    if out.suffix == ".ts":  # it has no header to say so; the stream does
        said = f"h264_metadata=display_orientation=insert:rotate={-90 * way.turns % 360}"
        said += ":flip=horizontal" if way.mirrored else ""
        return _run("-i", flat, "-c", "copy", "-bsf:v", said, out)
    degrees = 90 * way.turns if way.mirrored else -90 * way.turns  # anticlockwise, before the mirror
    mirror = ("-display_hflip",) if way.mirrored else ()
    return _run("-display_rotation", degrees, *mirror, "-i", flat, "-c", "copy", out)


def _run(*arguments: object) -> Path:
    """Run the ffmpeg program; the last of ARGUMENTS is what it writes."""
    command = [program(), "-v", "error", "-y", "-nostdin", *map(str, arguments)]
    subprocess.run(command, check=True)
    return Path(str(arguments[-1]))


def _seen(path: Path, index: int) -> NDArray[np.uint8]:
    """Frame INDEX of PATH as the program shows it, turned as it does by default: luma."""
    picture = _run("-i", path, "-vf", f"select=eq(n\\,{index})", "-frames:v", 1, path.with_suffix(".png"))
    luma = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    assert luma is not None
    return np.asarray(luma, np.uint8)


def _detail(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Correlation of the fine detail of A and B."""
    fine = [cv2.Laplacian(cv2.GaussianBlur(part, (3, 3), 0), cv2.CV_32F).ravel() for part in (a, b)]
    return float(np.corrcoef(*fine)[0, 1])


def _upright(shown: NDArray[np.uint8], street: NDArray[np.uint8]) -> bool:
    """Tell whether SHOWN is STREET the right way round, rather than in any of the other seven."""
    share = {
        way: float((cv2.absdiff(np.ascontiguousarray(way.upright(street)), shown) <= ALIKE).mean())
        for way in EVERY
        if way.upright(street).shape == shown.shape
    }
    return max(share, key=lambda way: share[way]) == Orientation() and share[Orientation()] >= SAME


def _head(box: Iterable[float]) -> tuple[slice, slice]:
    """Window of the head of a body's BOX, px of the demo's clip: its middle third, as the rest may be background."""
    left, top, right, bottom = (round(side / SMALLER) for side in box)
    return slice(top, top + (bottom - top) // 4), slice((2 * left + right) // 3, (left + 2 * right) // 3)


def _trunk(box: Iterable[float]) -> tuple[slice, slice]:
    """Window of what is below the shoulders of a body's BOX; a face found by mistake beside the head covers no more."""
    left, top, right, bottom = (round(side / SMALLER) for side in box)
    return slice(top + (bottom - top) // 3, bottom), slice(left, right)


def judged(case: Case, street: Path, truth: Truth, work: Path) -> Outcome:
    """Make the copy that CASE asks for from STREET, and look at it as a player shows it."""
    master = turned(street, work / f"master.{case.container}", case.way)
    rows = (truth.boxes.frame == AT) & (truth.boxes.kind == Kind.PERSON)
    bodies = sorted(truth.boxes.xyxy[rows].tolist())
    kept = bodies[-1:] if case.asked == "keep" else []
    keep = [Keep(at=Fraction(AT, 25), point=_chest(box)) for box in kept]
    request = Request(keep=tuple(keep), span=SPAN if case.asked == "span" else None)
    made = make_release(master, work, request, load(kinds_to_find(request), keeping=bool(keep)))
    before = round(float(made.begins) * 25)
    shown, seen = _seen(made.copy, AT - before), _seen(street, AT)
    picture = np.ascontiguousarray(shown[: SIZE[1], : SIZE[0]])
    hidden = sum(_detail(picture[_head(box)], seen[_head(box)]) <= HIDDEN for box in bodies if box not in kept)
    visible = [_detail(picture[_trunk(box)], seen[_trunk(box)]) >= SHOWN for box in kept]
    return Outcome(
        not made.withheld, _upright(picture, seen), hidden, len(bodies) - len(kept), bool(visible) and all(visible)
    )


def _chest(box: Iterable[float]) -> tuple[int, int]:
    """Where an officer points at somebody whose BOX is px of the demo's clip."""
    left, top, right, bottom = (side / SMALLER for side in box)
    return round((left + right) / 2), round(top + (bottom - top) / 3)


def table(outcomes: Mapping[Case, Outcome]) -> str:
    """One row for each orientation, a column for each container; a cell tells of whole clip, span and keep."""
    containers = list(dict.fromkeys(case.container for case in outcomes))
    asked = list(dict.fromkeys(case.asked for case in outcomes))
    rows = [f"| seen | {' | '.join(containers)} |", "|---|" + "---|" * len(containers)]
    for way in dict.fromkeys(case.way for case in outcomes):
        cells = [_cell({one: outcomes[Case(way, name, one)] for one in asked}) for name in containers]
        rows.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _cell(outcomes: Mapping[str, Outcome]) -> str:
    bad = [f"{asked}: {tuple(one)}" for asked, one in outcomes.items() if not one.good(asked)]
    return "; ".join(bad) or f"{len(outcomes)} of {len(outcomes)}"


@click.command()
@click.option("--container", "containers", multiple=True, type=click.Choice(CONTAINERS), default=CONTAINERS)
@click.option("--asked", multiple=True, type=click.Choice(["whole", "span", "keep"]), default=("whole", "span", "keep"))
def main(containers: tuple[str, ...], asked: tuple[str, ...]) -> None:
    """Make every copy and print the table; exit 1 unless in all of them all is as it should be."""
    outcomes: dict[Case, Outcome] = {}
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo.mp4"
        truth = make_demo(demo, find_photos())
        scaled = f"scale={SIZE[0]}:{SIZE[1]}"
        street = _run("-i", demo, "-vf", scaled, "-frames:v", FRAMES, "-an", "-crf", 14, demo.with_name("street.mp4"))
        for case in (Case(way, name, one) for way in EVERY for name in containers for one in asked):
            work = Path(folder) / "work"
            work.mkdir(exist_ok=True)
            outcomes[case] = judged(case, street, truth, work)
            click.echo(f"{case.way}, {case.container}, {case.asked}: {tuple(outcomes[case])}", err=True)
    click.echo(table(outcomes))
    good = sum(one.good(case.asked) for case, one in outcomes.items())
    click.echo(f"{good} of {len(outcomes)} as they should be.")
    raise SystemExit(good != len(outcomes))


if __name__ == "__main__":
    main()
