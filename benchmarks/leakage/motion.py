"""What moves and nobody explains, on real footage: python -m benchmarks.leakage.motion.

Each clip is scanned and tracked as `redact run` does it, without writing a copy. Two things are counted. With what the
networks found: at how many places something moves that no track explains, and how much of the picture hiding it takes
in addition. And how far movement alone would go: as if the networks had found nobody, how many of their sure sightings
of people lie at least half under what moved. Whoever stands still does not move, and is counted apart.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import numpy as np

from benchmarks.product import DATA
from redact.decide.plan import Hiding, plan
from redact.detect.scan import scan
from redact.records.boxes import centre
from redact.records.kinds import Kind, Origin
from redact.records.tracks import Tracks
from redact.track.associate import track
from redact.track.unexplained import joined, places, unexplained
from redact.verify.second_look import covered_share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.detect.found import Scan
    from redact.records.clip import Clip
    from redact.records.plan import MaskPlan

KINDS = tuple(Kind)

CLIPS = (
    "intel_one_by_one_person.mp4",
    "intel_car_detection.mp4",
    "bgs_motorway_pedestrian.avi",
    "facenet_royal_opera_house.mp4",
    "facerec_short_hamilton.mp4",
)

SURE = 0.5
"""Score from which a network's sighting is taken for true."""

COVERED = 0.5
"""Share of a sighting under what moved from which movement alone would have hidden it."""

CELL = 4
"""px of a side of the cells in which the hidden area is counted."""

AROUND_S = 1.0
"""Time around a sighting in which the same track is somewhere else if it moves."""

MOVES = 0.5
"""By how many widths, or heights."""


class Counts(NamedTuple):
    """What one clip gave."""

    minutes: float
    places: int
    hidden: float
    """Share of the picture that is hidden for what was found, on average."""
    more: float
    """Share that hiding what moved takes in addition."""
    move: tuple[int, int]
    """Sure sightings of people who move, and those of them that movement alone would have hidden."""
    stand: tuple[int, int]
    """The same of people who stand still."""


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, help="Where the footage is.")
def main(data: Path) -> None:
    """Measure what moves and nobody explains, and how far movement alone would go."""
    from models.loading import load  # noqa: PLC0415  seconds, and not needed for --help

    detectors = load(KINDS)
    click.echo("| clip | minutes | places | hidden | hidden in addition | people who move | who stand |")
    click.echo("|---|---:|---:|---:|---:|---:|---:|")
    for name in CLIPS:
        if (data / "clips" / name).exists():
            click.echo(_line(name, measured(scan(data / "clips" / name, detectors))))
        else:
            click.echo(f"{name}: left out, {data / 'clips'} has none.", err=True)


def measured(seen: Scan) -> Counts:
    """Count what movement there is in what was SEEN, beside what was found and instead of it."""
    clip, tracks = seen.clip, track(seen.found, seen.clip, seen.whole, seen.cuts, seen.fine, closely=seen.closely)
    moved = unexplained(seen.moved, tracks, clip, seen.cuts)
    alone = unexplained(seen.moved, Tracks.none(), clip, seen.cuts)
    area = [np.mean([*_areas(clip, _plan(clip, some))]) for some in (tracks, joined(tracks, moved))]
    sure, moves = _people(clip, tracks)
    hidden = _hidden(tracks, sure, _plan(clip, alone))
    ways = [(int(some.sum()), int((some & hidden).sum())) for some in (moves, ~moves)]
    minutes = (clip.seconds(len(clip) - 1) - clip.seconds(0)) / 60
    count = len(places(moved, clip, (0, len(clip))))
    return Counts(minutes, count, float(area[0]), float(area[1] - area[0]), ways[0], ways[1])


def _plan(clip: Clip, tracks: Tracks) -> MaskPlan:
    return plan(clip, tracks, (), Hiding(KINDS, (0, len(clip))))


def _areas(clip: Clip, made: MaskPlan) -> Iterator[float]:
    """Share of the picture that MADE hides, frame by frame."""
    for index in range(len(clip)):
        cells: NDArray[np.bool_] = np.zeros((-(-clip.height // CELL), -(-clip.width // CELL)), np.bool_)
        for left, top, right, bottom in (made.boxes(index) // CELL).tolist():
            cells[top:bottom, left:right] = True
        yield float(cells.mean())


def _people(clip: Clip, tracks: Tracks) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Rows of TRACKS that are sure sightings of people, and whether each moves."""
    sure = (tracks.origin == Origin.SEEN) & (tracks.score >= SURE) & (tracks.kind[tracks.track] == Kind.PERSON)
    rows = np.flatnonzero(sure)
    moves = np.zeros(len(rows), np.bool_)
    middle, size = centre(tracks.xyxy), tracks.xyxy[:, 2:] - tracks.xyxy[:, :2]
    time = clip.times_s(tracks.frame)
    for place, row in enumerate(rows.tolist()):
        beside = rows[(tracks.track[rows] == tracks.track[row]) & (np.abs(time[rows] - time[row]) <= AROUND_S)]
        moves[place] = (np.ptp(middle[beside], axis=0) > MOVES * size[row]).any()
    return rows, moves


def _hidden(tracks: Tracks, rows: NDArray[np.intp], made: MaskPlan) -> NDArray[np.bool_]:
    """Tell which ROWS of TRACKS lie at least half under what MADE hides."""
    shares = [covered_share(tracks.xyxy[row], made.boxes(int(tracks.frame[row]))) for row in rows]
    return np.array(shares, np.float64) >= COVERED


def _line(name: str, counts: Counts) -> str:
    ways = (f"{hidden} of {seen}" if seen else "none seen" for seen, hidden in (counts.move, counts.stand))
    return (
        f"| {name} | {counts.minutes:.1f} | {counts.places} | {counts.hidden:.1%} | {counts.more:.2%} | "
        f"{' | '.join(ways)} |"
    )


if __name__ == "__main__":
    main()
