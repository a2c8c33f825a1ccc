"""How well a photograph finds its person again by the colours of clothes: python -m benchmarks.leakage.likeness.

On clips in which it is known who is who, a frame on which somebody is clear stands for the photograph. They are looked
for among the people whom the program lists, by how they look more than three seconds before or after, as `redact run
--keep photo.jpg` does. That is kinder than any real photograph: the same camera, day and light. So it is done again
with colours changed at random, as another camera and another light would change them. Each is asked once more of a clip
in which the person is not.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import cv2
import numpy as np

from benchmarks.leakage.keeping import CLIPS, Judge
from benchmarks.product import DATA
from redact.detect.colours import colours_of
from redact.detect.scan import scan
from redact.records.boxes import iou
from redact.records.kinds import Kind
from redact.track.likeness import likenesses
from redact.track.sightings import SIGHTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from redact.detect.found import Scan

__all__ = ["Answer", "answers", "tables"]

KINDS = (Kind.PERSON, Kind.FACE)

NAMES = ("pets", "bedroom")
"""Clips in which more than one person is labelled."""

PICTURES = 16
"""Taken of each person, evenly over the frames on which they are clear."""

AWAY_S = 3.0
"""Seconds around the picture in which what people look like is not known."""

SEED = 5

GAIN, EXPOSURE, CONTRAST, SATURATION = 0.1, 0.15, 0.2, 0.25
"""Deviations by which another camera changes each channel, all channels, their curve (logarithms), and saturation."""

BANDS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.01)
"""Certainties that are told apart."""

FIRST = 3
"""Suggestions that are read at a glance."""

SAME = 0.4
"""IoU with a labelled box from which a sighting is of that person."""


class Answer(NamedTuple):
    """What was told for one picture."""

    camera: str
    right: tuple[bool, ...]
    """For each suggestion, the likeliest first, whether it is the person."""
    shares: tuple[float, ...]
    """How likely each is said to be."""

    def without(self) -> Answer:
        """Give what would be told in a clip without the person."""
        left = max(1 - sum(share for share, right in zip(self.shares, self.right, strict=True) if right), 1e-9)
        others = [share / left for share, right in zip(self.shares, self.right, strict=True) if not right]
        return Answer(self.camera, (False,) * len(others), tuple(others))


def answers(judge: Judge) -> Iterator[Answer]:
    """Look for everyone in the clip of JUDGE by their pictures, as they are and as another camera would take them."""
    whose = [_whose(judge, number) for number in range(len(judge.people.subjects))]
    chance = np.random.default_rng(SEED)
    for person, frame, rgb in _pictures(judge):
        seen = _unknown_around(judge.seen, frame)
        box = judge.truth.boxes[person][[frame]].astype(np.float32)
        for camera, shown in (("the same", rgb), ("another", _otherwise(rgb, chance))):
            likely = likenesses(seen, judge.people, colours_of(shown, box)[0])
            right = tuple(whose[one.number] == person for one in likely)
            if any(right):
                yield Answer(camera, right, tuple(one.share for one in likely))


def _pictures(judge: Judge) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
    """Give pictures of everyone: who, on which frame, and the frame, uint8 (h, w, 3) RGB."""
    wanted = [
        (clear[at][0], person)
        for person, clear in judge.clear.items()
        for at in (np.linspace(0, len(clear) - 1, PICTURES).astype(int).tolist() if clear else ())
    ]
    clip, rgb, at = cv2.VideoCapture(str(judge.truth.master)), np.zeros((0, 0, 3), np.uint8), -1
    for frame, person in sorted(wanted):
        while at < frame:
            rgb, at = np.asarray(cv2.cvtColor(clip.read()[1], cv2.COLOR_BGR2RGB), np.uint8), at + 1
        yield person, frame, rgb


def _unknown_around(seen: Scan, frame: int) -> Scan:
    """Forget what people look like around FRAME."""
    assert seen.found.colours is not None
    near = np.abs(seen.clip.times_s(seen.found.frame) - seen.clip.times_s()[frame]) <= AWAY_S
    return replace(seen, found=replace(seen.found, colours=np.where(near[:, None], 0, seen.found.colours)))


def _otherwise(rgb: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    """Change the colours of RGB as another camera and another light might."""
    curve = np.exp(chance.normal(0, CONTRAST))
    gain = np.exp(chance.normal(0, GAIN, 3) + chance.normal(0, EXPOSURE))
    lit = 255 * (rgb / 255.0) ** curve * gain
    grey = lit.mean(axis=2, keepdims=True)
    return np.asarray(np.clip(grey + (lit - grey) * chance.normal(1, SATURATION), 0, 255), np.uint8)


def _whose(judge: Judge, number: int) -> int:
    """Say who most sightings of the subject at NUMBER are of; 0 where nobody who is labelled is."""
    tracks, rows = judge.people.tracks, judge.people.rows(number)
    rows = rows[np.isin(tracks.origin[rows], SIGHTED)]
    votes: Counter[int] = Counter({0: 0})
    for row in rows.tolist():
        here = {name: boxes[[tracks.frame[row]]].astype(np.float32) for name, boxes in judge.truth.boxes.items()}
        alike = {name: float(np.nan_to_num(iou(tracks.xyxy[[row]], box)[0, 0])) for name, box in here.items()}
        best = max(alike, key=lambda name: alike[name])
        votes[best if alike[best] >= SAME else 0] += 1
    return votes.most_common(1)[0][0]


def tables(found: Sequence[Answer]) -> Iterator[str]:
    """Write how often the likeliest is right, and how right the number is that is told with it."""
    yield "| camera | pictures | the likeliest is right | one of the first three | by chance |"
    yield "|---|---:|---:|---:|---:|"
    for camera in dict.fromkeys(one.camera for one in found):
        some = [one.right for one in found if one.camera == camera]
        first, three, luck = ([right[0] for right in some], [any(r[:FIRST]) for r in some], [np.mean(r) for r in some])
        yield f"| {camera} | {len(some)} | {np.mean(first):.0%} | {np.mean(three):.0%} | {np.mean(luck):.0%} |"
    yield ""
    yield "| told of the likeliest | times | right | times, the person not there |"
    yield "|---|---:|---:|---:|"
    there, gone = [one for one in found if one.right], [one.without() for one in found]
    for low, high in pairwise(BANDS):
        within = [one.right[0] for one in there if low <= one.shares[0] < high]
        wrong = sum(bool(one.shares) and low <= one.shares[0] < high for one in gone)
        share = f"{np.mean(within):.0%}" if within else ""
        yield f"| {low:.0%} to {min(high, 1):.0%} | {len(within)} | {share} | {wrong} |"


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, help="Where the footage with truth is.")
def main(data: Path) -> None:
    """Measure how well a photograph finds its person again."""
    from models.loading import load  # noqa: PLC0415  seconds, and not needed for --help

    detectors, found = load(KINDS, keeping=True), list[Answer]()
    with tempfile.TemporaryDirectory() as work:
        for name in NAMES:
            truth = CLIPS[name](data, Path(work))
            found += answers(Judge(scan(truth.master, detectors, closely=True), truth))
    click.echo("\n".join(tables(found)))


if __name__ == "__main__":
    main()
