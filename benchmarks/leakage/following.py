"""How far a box that somebody draws is followed, and how well, on clips with truth.

Every few seconds of everybody's presence their true box is drawn, and followed both ways as the page does. Counted is,
of the frames that it was followed over, on how many it is on the same person, and on how many it holds them; and how
much of the ten seconds either way, as far as they are there, it was followed at all.

    python -m benchmarks.leakage.following
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.leakage.keeping import CLIPS
from benchmarks.product import DATA
from redact.case.tracing import GROWN, LONGEST_S, trace
from redact.decide.drawn import places
from redact.detect.found import Scan
from redact.detect.pose import by_tags
from redact.records.boxes import grow, iou, overlap_share
from redact.records.clip import Damage, Frame
from redact.records.drawn import Drawing, Drawn
from redact.records.tracks import Detections, Tracks
from redact.video.decode import decode
from redact.video.probe import probe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.leakage.keeping import Truth

EVERY_S = 3.0
"""Seconds of somebody's presence between two boxes that are drawn."""

ON, HELD = 0.5, 0.8
"""IoU from which a box, without what it is larger by, is on them; and share of them from which it holds them."""


class Counts(NamedTuple):
    """What following came to."""

    on: int
    held: int
    followed: int
    possible: int
    seconds: float


class Film:
    """All frames of a clip, in memory."""

    def __init__(self, master: Path) -> None:
        """Read MASTER."""
        source = probe(master)
        self.frames = [
            Frame(one.index, one.pts, [np.array(plane) for plane in one.planes], None, damaged=False)
            for one in decode(source)
        ]
        self.clip = source.clip("0" * 64, np.array([one.pts for one in self.frames], np.int64), Damage())

    def wind(self, index: int, keep: int = 1) -> tuple[Frame, ...]:
        """Give the last KEEP frames up to INDEX."""
        return tuple(self.frames[max(index + 1 - keep, 0) : index + 1])


def measured(truth: Truth) -> list[Counts]:
    """Draw and follow everybody of TRUTH."""
    film = Film(truth.master)
    none, empty = np.zeros(0, np.int32), Detections.none()
    seen = Scan(film.clip, empty, none, none, none, none, True, Tracks.none(), by_tags(film.clip))
    rate = float(film.clip.rate)
    return [
        _counted(film, seen, boxes, frame, rate)
        for boxes in truth.boxes.values()
        for frame in np.flatnonzero(~np.isnan(boxes[:, 0]))[:: max(1, round(EVERY_S * rate))].tolist()
    ]


def _counted(film: Film, seen: Scan, boxes: NDArray[np.float64], frame: int, rate: float) -> Counts:
    left, top, right, bottom = np.round(boxes[frame]).astype(int).tolist()
    width, height = film.clip.size_as_seen
    traced = trace(seen, film, frame, (max(left, 0), max(top, 0), min(right, width), min(bottom, height)))
    drawn = Drawn(Drawing.HIDE, (traced.first, traced.last + 1), traced.keys)
    where = places(film.clip, drawn).astype(np.float32)
    true = boxes[traced.first : traced.last + 1].astype(np.float32)
    known = ~np.isnan(true[:, 0])
    known[frame - traced.first] = False
    followed = grow(where[known], 1 / GROWN)
    on = [iou(one[None], other[None])[0, 0] >= ON for one, other in zip(followed, true[known], strict=True)]
    held = [
        overlap_share(other[None], one[None])[0, 0] >= HELD
        for one, other in zip(where[known], true[known], strict=True)
    ]
    reach = round(LONGEST_S * rate)
    around = boxes[max(frame - reach, 0) : frame + reach + 1]
    possible = int((~np.isnan(around[:, 0])).sum()) - 1
    return Counts(sum(on), sum(held), traced.last - traced.first, possible, (traced.last - traced.first) / rate)


def main() -> None:
    """Follow in every clip that is there, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--set", choices=[*CLIPS], action="append", help="one set; by default all")
    options = parser.parse_args()
    print("| clip | boxes drawn | followed, s (median) | of what was possible | on the same person | holds them |")
    print("|---|---:|---:|---:|---:|---:|")
    with TemporaryDirectory() as work:
        for name in options.set or CLIPS:
            every = measured(CLIPS[name](options.data, Path(work)))
            on, held, followed, possible = (sum(column) for column in list(zip(*every, strict=True))[:4])
            seconds = statistics.median(one.seconds for one in every)
            print(
                f"| {name} | {len(every)} | {seconds:.1f} | {followed / possible:.0%} "
                f"| {on / followed:.1%} | {held / followed:.1%} |"
            )


if __name__ == "__main__":
    main()
