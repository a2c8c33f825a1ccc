"""How well whoever is named is seen, and how few one has to decide on: python -m benchmarks.leakage.keeping.

On clips in which it is known who is who, each person is the requester in turn, from scan to plan as `redact run` makes
it, without writing the copy. Three ways of naming them: one point, at their clearest frame; a point every two seconds
that they are clear; and one point with every question of the program answered, as an officer would who sees who it is.

A frame is clear for a person where all of them is in the picture and no other labelled box has more than 5 % of theirs.
They are visible on it where at least 80 % of their box, and of its head (the top quarter), is under no cover. Somebody
else is shown instead on a frame where more than half of their head is uncovered that is covered when nobody is kept.
"""

from __future__ import annotations

import csv
import re
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import numpy as np
from scipy.optimize import linear_sum_assignment

from benchmarks.leakage.footage import stills, table
from benchmarks.product import DATA
from redact.decide.decide import Decided, decide, released
from redact.decide.plan import Hiding, plan
from redact.decide.points import moment
from redact.detect.scan import scan
from redact.errors import UsageProblem
from redact.records.boxes import intersection, iou
from redact.records.kinds import Kind, Origin, Standing
from redact.request.model import Keep, parse_keep, parse_time
from redact.track.appearance import Appearance
from redact.track.associate import tracks_of
from redact.track.joins import joins
from redact.track.people import FIRM
from redact.track.people import people as people_of
from redact.track.sightings import sightings_of
from redact.track.takeovers import cut, unbroken
from redact.track.tracklets import chains
from redact.verify.second_look import covered_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from redact.detect.found import Scan
    from redact.records.plan import MaskPlan
    from redact.track.listing import People
    from redact.track.sightings import Sightings

__all__ = ["CLIPS", "Counts", "Judge", "Truth", "certainties", "risks", "ways"]

KINDS = (Kind.PERSON, Kind.FACE)
AT = "2026-01-05T10:00:00+00:00"

OVERLAP = 0.05
"""Share of a person's box that another labelled one may have on a clear frame."""

VISIBLE = 0.8
"""Share of a person, and of their head, that is under no cover where they are visible."""

HEAD = 0.25
"""Share of a box's height, from the top, that is its head."""

BARE = 0.5
"""Share of a head that is uncovered where somebody is shown."""

EVERY_S = 2.0
"""Seconds between points."""

TRIED = 60
"""Clear frames, the clearest first, at which it is tried to point at somebody."""

ROUNDS = 12
"""Times that the officer reads what is asked."""

OFFERED = re.compile(r"If it is (the same person|nobody else)\b[^.]*?(?:\.\d[^.]*?)*add --keep (\S+@\d+,\d+)\.")
"""The points that questions offer: of somebody who may be the same person, and of what may be nobody else."""

ALIKE = 0.4
"""IoU with a labelled box from which a sighting is of that person, where joins are judged."""

BARS = (0, 1, 2, 3, 4, 6, 8, 10)
"""Margins that are tried as the bar of certainty."""

MATCHED = 0.5
"""IoU from which a box is that of a labelled person."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Who is where in a clip."""

    master: Path
    boxes: dict[int, NDArray[np.float64]]
    """For each person (F, 4) xyxy px, NaN where they are not."""


class Counts(NamedTuple):
    """What one way of naming one person gave."""

    points: int
    questions: int
    clear: int
    visible: int
    wrong: int
    """Frames, of each other person, on which they are shown instead."""
    presence_s: float


def pets(data: Path, _: Path) -> Truth:
    """A campus from a high fixed camera: ten people, up to eight at a time."""
    folder = data / "tracks/pets09_s2l1_first"
    return _table(folder / "pets09_s2l1_first.mp4", folder / "truth.csv", 404)


def bedroom(data: Path, _: Path) -> Truth:
    """Two children, one behind the other for seconds."""
    folder = data / "tracks/bedroom_two_children"
    return _table(folder / "bedroom_two_children.mp4", folder / "truth.csv", 200)


def human(data: Path, work: Path) -> Truth:
    """One small pedestrian, behind a pole for a while; others, who are not labelled, are around."""
    folder, out = data / "otb_human3", work / "human.mp4"
    marked = table(folder / "boxes.csv")
    stills(out, [folder / name for name in marked], (480, 640), hold=1)
    boxes = np.array([rows[0][:4] for rows in marked.values()])
    return Truth(out, {1: np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]])})


CLIPS: dict[str, Callable[[Path, Path], Truth]] = {"pets": pets, "bedroom": bedroom, "human": human}
"""Clips with identities by name."""

COUNTED = {
    "opera": "clips/facenet_royal_opera_house.mp4",
    "one by one": "clips/intel_one_by_one_person.mp4",
}
"""Clips of which only the subjects are counted."""


def _table(master: Path, path: Path, frames: int) -> Truth:
    boxes: dict[int, NDArray[np.float64]] = defaultdict(lambda: np.full((frames, 4), np.nan))
    with path.open(newline="") as stream:
        for row in csv.DictReader(stream):
            left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
            boxes[int(row["id"])][int(row["frame"])] = (left, top, left + width, top + height)
    return Truth(master, dict(sorted(boxes.items())))


class Judge:
    """Holds plans of one clip against its truth."""

    def __init__(self, seen: Scan, truth: Truth) -> None:
        """Judge what was SEEN in the clip of TRUTH."""
        self.seen, self.truth, self.clip = seen, truth, seen.clip
        self.people: People = people_of(seen)
        self.frames = (0, len(seen.clip))
        self.bare = plan(self.clip, tracks_of(seen), (), Hiding(KINDS, self.frames))
        self.clear = {person: self._clear(person) for person in truth.boxes}

    def decided(self, keep: Sequence[Keep]) -> Decided:
        """Decide as the program does."""
        return decide(self.clip, self.people, keep, AT, frames=self.frames)

    def planned(self, keep: Sequence[Keep]) -> MaskPlan:
        """Plan as the program does."""
        made = self.decided(keep)
        hiding = Hiding(KINDS, self.frames)
        return plan(
            self.clip, made.tracks, released(made.decisions), hiding, visible=made.visible, yielding=made.yielding
        )

    def at(self, person: int, frame: int) -> Keep:
        """Point at PERSON on FRAME, a little above the middle."""
        x0, y0, x1, y1 = self.truth.boxes[person][frame].tolist()
        point = int((x0 + x1) / 2), int(y0 + (y1 - y0) * 0.4)
        return Keep(at=parse_time(moment(self.clip, frame)), point=point)

    def count(self, person: int, keep: Sequence[Keep], questions: int) -> Counts:
        """Say what naming PERSON by the points KEEP, and by answering QUESTIONS, gives."""
        made = self.planned(keep) if keep else self.bare
        boxes = self.truth.boxes[person]
        visible = sum(
            self._bare(boxes[f], made, f) >= VISIBLE <= self._bare(_head(boxes[f]), made, f)
            for f, _ in self.clear[person]
        )
        wrong = sum(
            self._bare(head, made, frame) > BARE >= self._bare(head, self.bare, frame)
            for other, theirs in self.truth.boxes.items()
            for frame in np.flatnonzero(~np.isnan(theirs[:, 0])).tolist()
            if other != person and len(head := _head(theirs[frame]))
        )
        present = float((~np.isnan(boxes[:, 0])).sum() / self.clip.rate)
        return Counts(len(keep), questions, len(self.clear[person]), int(visible), int(wrong), present)

    def _bare(self, box: NDArray[np.float64], made: MaskPlan, frame: int) -> float:
        return 1 - covered_share(box.astype(np.float32), made.boxes(frame))

    def _clear(self, person: int) -> list[tuple[int, float]]:
        """Give the frames on which PERSON is clear, each with the distance to the next person, in heights."""
        clear = []
        for frame in range(len(self.clip)):
            box = self.truth.boxes[person][frame]
            others = np.array(
                [b[frame] for other, b in self.truth.boxes.items() if other != person and b[frame][0] == b[frame][0]]
            )
            others = others.reshape(-1, 4)
            if np.isnan(box[0]) or (box[:2] < 0).any() or box[2] > self.clip.width or box[3] > self.clip.height:
                continue
            shared = intersection(box[None].astype(np.float32), others.astype(np.float32))[0]
            if shared.max(initial=0) <= OVERLAP * (box[2] - box[0]) * (box[3] - box[1]):
                gaps = np.maximum(others[:, :2] - box[2:], box[:2] - others[:, 2:]).max(axis=1)
                clear.append((frame, float(gaps.min(initial=np.inf)) / (box[3] - box[1])))
        return clear


def _head(box: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([box[0], box[1], box[2], box[1] + HEAD * (box[3] - box[1])])


def one_point(judge: Judge, person: int) -> tuple[list[Keep], int]:
    """Point once, at the clearest frame at which the program takes the point."""
    clear = sorted(judge.clear[person], key=lambda pair: (-min(pair[1], 0.5), pair[0]))
    for frame, _ in clear[:: max(1, len(clear) // TRIED)]:
        keep = [judge.at(person, frame)]
        if _taken(judge, keep):
            return keep, 0
    return [], 0


def every_two_seconds(judge: Judge, person: int) -> tuple[list[Keep], int]:
    """Point every two seconds, where the program takes the point."""
    keep, last = list[Keep](), -EVERY_S
    for frame, _ in judge.clear[person]:
        now = judge.clip.seconds(frame)
        if now - last >= EVERY_S and _taken(judge, [*keep, judge.at(person, frame)]):
            keep, last = [*keep, judge.at(person, frame)], now
    return keep, 0


def answered(judge: Judge, person: int) -> tuple[list[Keep], int]:
    """Point once, and answer every question by who it is."""
    keep, _ = one_point(judge, person)
    asked: set[Keep] = set()
    for _ in range(ROUNDS if keep else 0):
        offered = {parse_keep(at): what for what, at in OFFERED.findall(" ".join(judge.decided(keep).warnings))}
        fresh = {seed: what for seed, what in offered.items() if seed not in asked}
        asked |= {*fresh}
        right = [
            seed for seed, what in fresh.items() if _is(judge, person, seed, what) and _taken(judge, [*keep, seed])
        ]
        if not right:
            break
        keep = [*keep, *right]
    return keep, len(asked)


ways = {"one point": one_point, "a point every 2 s": every_two_seconds, "questions answered": answered}
"""How somebody is named."""


def _taken(judge: Judge, keep: Sequence[Keep]) -> bool:
    try:
        judge.decided(keep)
    except UsageProblem:
        return False
    return True


def _is(judge: Judge, person: int, seed: Keep, what: str) -> bool:
    """Tell whether SEED points at PERSON alone, or at nobody where WHAT is asked is whether it is nobody else."""
    frame = int(np.searchsorted(judge.clip.times_s() - judge.clip.times_s()[0], float(seed.at), "right")) - 1
    inside = [
        other
        for other, boxes in judge.truth.boxes.items()
        if (boxes[frame, :2] <= seed.point).all() and (seed.point < boxes[frame, 2:]).all()
    ]
    return inside == [person] or (what == "nobody else" and not inside)


def idf1(judge: Judge) -> float:
    """Share of boxes that carry the right identity all through (IDF1, Ristani et al. 2016), people against truth."""
    tracks, owner = judge.people.tracks, judge.people.owner
    seen = np.isin(tracks.origin, (Origin.SEEN, Origin.FILLED)) & (tracks.kind[tracks.track] == Kind.PERSON)
    sure = np.array([subject.standing is Standing.PERSON for subject in judge.people.subjects])
    rows = np.flatnonzero(seen & sure[owner])
    names = sorted(judge.truth.boxes)
    shared = np.zeros((len(names), len(judge.people.subjects)))
    pairs = {(int(tracks.frame[row]), int(owner[row])): row for row in rows}
    for (frame, whose), row in pairs.items():
        for place, name in enumerate(names):
            box = judge.truth.boxes[name][frame]
            if box[0] == box[0] and iou(tracks.xyxy[[row]], box[None].astype(np.float32))[0, 0] >= MATCHED:
                shared[place, whose] += 1
    right = shared[linear_sum_assignment(-shared)].sum()
    labelled = sum(int((~np.isnan(boxes[:, 0])).sum()) for boxes in judge.truth.boxes.values())
    return float(2 * right / max(labelled + len(pairs), 1))


def certainties(seen: Scan, boxes: Mapping[int, NDArray[np.float64]]) -> list[tuple[float, bool]]:
    """Give the margin of every join in the best explanation of what was SEEN, and whether BOXES say that it is right.

    BOXES (F, 4) are those of each labelled person. Joins of those who are not labelled are left out.
    """
    tracks = tracks_of(seen)
    person = (tracks.kind[tracks.track] == Kind.PERSON) & (tracks.origin == Origin.SEEN) & (tracks.score >= FIRM)
    sightings = sightings_of(seen, tracks, np.flatnonzero(person), Kind.PERSON)
    tracklets = chains(sightings, Appearance(sightings, chains(sightings)).looks)
    appearance = Appearance(sightings, unbroken(sightings, tracklets))
    pieces = cut(sightings, appearance, tracklets).chains
    who = [_whose(sightings, rows, boxes) for rows in pieces]
    return [
        (join.margin, who[join.before] == who[join.after])
        for join in joins(seen.clip, sightings, appearance, pieces)
        if join.margin >= 0 and who[join.before] and who[join.after]
    ]


def _whose(sightings: Sightings, rows: NDArray[np.intp], boxes: Mapping[int, NDArray[np.float64]]) -> int:
    """Say who is in most of ROWS; 0 where nobody who is labelled is."""
    votes: Counter[int] = Counter()
    for row in rows.tolist():
        box, frame = sightings.xyxy[[row]].astype(np.float32), sightings.frame[row]
        alike = {name: iou(box, theirs[[frame]].astype(np.float32))[0, 0] for name, theirs in boxes.items()}
        best = max(alike, key=lambda name: np.nan_to_num(alike[name]))
        votes[best if np.nan_to_num(alike[best]) >= ALIKE else 0] += 1
    return votes.most_common(1)[0][0]


def risks(found: Sequence[tuple[float, bool]]) -> Iterator[str]:
    """Write how many joins are made, and wrong, at every bar of certainty: FOUND are margins, and whether right."""
    yield "| bar | joined | of them wrong | asked about instead |"
    yield "|---:|---:|---:|---:|"
    for bar in BARS:
        made = [right for margin, right in found if margin >= bar]
        yield f"| {bar:g} | {len(made)} | {made.count(False)} | {len(found) - len(made)} |"


def _counted(found: People) -> str:
    kinds = [subject.standing for subject in found.subjects]
    return " | ".join(str(kinds.count(standing)) for standing in Standing)


def measured(judge: Judge) -> Iterator[tuple[str, Counts]]:
    """Name everyone in turn, in every way: the way, and what it gave for all together."""
    for name, way in ways.items():
        every = [judge.count(person, *way(judge, person)) for person in judge.truth.boxes]
        for person, counts in zip(judge.truth.boxes, every, strict=True):
            yield f"{name}, person {person}", counts
        yield f"{name}, all", Counts(*(sum(column) for column in zip(*every, strict=True)))


def line(clip: str, way: str, counts: Counts) -> str:
    """Write COUNTS as a row of a table."""
    share = f"{counts.visible / counts.clear:.1%}" if counts.clear else "none"
    rate = f"{5 * counts.questions / max(counts.presence_s, 1e-9):.2f}"
    asked = f"{counts.questions} ({rate})"
    return f"| {clip} | {way} | {counts.points} | {asked} | {share} | {counts.clear} | {counts.wrong} |"


@click.command()
@click.option(
    "--clip", "names", multiple=True, type=click.Choice([*CLIPS, *COUNTED]), help="Only this; may be repeated."
)
@click.option("--data", type=click.Path(path_type=Path), default=DATA, help="Where the footage with truth is.")
@click.option("--each", is_flag=True, help="Tell of each person too.")
def main(names: tuple[str, ...], data: Path, each: bool) -> None:
    """Measure how well whoever is named is seen, and how many subjects there are to decide on."""
    from models.loading import load  # noqa: PLC0415  seconds, and not needed for --help

    detectors = load(KINDS, keeping=True)
    click.echo("| clip | named by | points | questions (in 5 s) | visible | of clear frames | others shown |")
    click.echo("|---|---|---:|---:|---:|---:|---:|")
    counted, found = [], list[tuple[float, bool]]()
    with tempfile.TemporaryDirectory() as work:
        for name in names or (*CLIPS, *COUNTED):
            if name in COUNTED:
                counted.append(
                    f"| {name} | | {_counted(people_of(scan(data / COUNTED[name], detectors, closely=True)))} | |"
                )
                continue
            truth = CLIPS[name](data, Path(work))
            judge = Judge(scan(truth.master, detectors, closely=True), truth)
            for way, counts in measured(judge):
                if each or way.endswith(", all"):
                    click.echo(line(name, way, counts))
            found += certainties(judge.seen, truth.boxes)
            counted.append(f"| {name} | {len(truth.boxes)} | {_counted(judge.people)} | {idf1(judge):.3f} |")
    click.echo("\n| clip | people | people listed | things | unclear | IDF1 |")
    click.echo("|---|---:|---:|---:|---:|---:|")
    click.echo("\n".join(counted))
    click.echo("\n" + "\n".join(risks(found)))


if __name__ == "__main__":
    main()
