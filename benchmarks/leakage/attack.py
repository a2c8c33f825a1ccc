"""Attack the masks as somebody would who wants to know who is behind them: python -m benchmarks.leakage.attack.

Copies are made as the program makes them, from one scan, in every style and cover, and decoded by the ffmpeg program.

Faces. The attacker has clear pictures of everybody in question, from other frames of the master, and knows to the pixel
where each face is: the landmarks are those of the master. They bring the region of the copy into position, on one
frame or on up to 25 of which they take the mean, and name the person whose pictures are nearest. Three things say what
a figure is worth. The master itself, attacked in the same way: does the attack work at all? Chance: how often answers
with the same distribution would be right if they had nothing to do with the truth. And the control: a copy made in the
same way of a master that has noise in place of everything that is hidden. What is right there was told by what is
around the masks, and what is right on the copy beyond that came through them.

The fairest measure, and so the headline, is a choice among the people of the same picture: where someone is tells who
they are not, and a mask whose colours come from beside it tells where it is. The choice among everybody is told too.
Faces that the plan left exposed are failures to find them, not of the masks; they are left out and counted apart.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import numpy as np

from benchmarks.leakage.attacked import COVERED, PlateCount, Plates, Shot
from benchmarks.leakage.attackers import (
    CROP,
    LEAST_FACE,
    Embedder,
    Finder,
    Score,
    can_read,
    found_faces,
    judged,
)
from benchmarks.leakage.footage import table
from benchmarks.leakage.moving import named
from benchmarks.leakage.report import PAGE
from benchmarks.leakage.sets import SETS
from benchmarks.product import DATA
from redact.records.boxes import clip, iou
from redact.records.kinds import Cover, Kind, Style
from redact.verify.second_look import covered_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from benchmarks.leakage.attackers import Faces
    from benchmarks.leakage.footage import Row, Truth
    from redact.records.plan import MaskPlan

__all__ = ["Attack", "FaceTally", "faces_attacked", "heads_outside", "plates_attacked"]

CELLS = 4
"""Mean colours across and down an aligned face, for the attacker who compares nothing else."""

LUCK = 95
"""Percentile of those."""

EVERY_FACE, EVERY_PLATE = 2, 3
"""One still in so many is used."""

LEAST_PLATE = 16
"""px: no plate that is less high can be read."""

LEAST_PERSON = 80
"""px: whose body is less high has a head of a few blocks."""

FOUND, OUTSIDE = 0.5, 0.25
"""Share of a body under masks from which it was found; share of its head outside them from which the head is out."""

OWN = 0.5
"""Intersection over union from which a mask over a body is that body's own."""

NETWORK = "face network"
LOOKS = (NETWORK, "mean colours")
"""What the attacker compares."""

POOLS = ("the people of the same picture", "everybody")
"""Among whom the attacker chooses."""

MASTER, COPY, CONTROL = "master", "copy", "control"

Question = tuple[str, str, int]
"""What is compared, among whom, and 0 for one frame or 1 for the mean of many."""


class Attack:
    """One clip, whose faces are known, under attack."""

    def __init__(self, shot: Shot, faces: Faces, embed: Embedder) -> None:
        """Learn who is who from the master."""
        self.shot, self.faces = shot, faces
        self._looks: dict[str, Callable[[NDArray[np.uint8]], NDArray[np.float32]]]
        self._looks = dict(zip(LOOKS, (embed, _colours), strict=True))
        self._mine = faces.gallery()
        self.clear = faces.crops(shot.pictures())
        known, who = self.clear[self._mine], faces.who[self._mine]
        self._known = {name: _means(look(known), who) for name, look in self._looks.items()}
        self._known[NETWORK] /= np.linalg.norm(self._known[NETWORK], axis=1, keepdims=True)

    def covered(self, made: MaskPlan) -> NDArray[np.bool_]:
        """(n,) which faces are under the masks of MADE."""
        inside = clip(self.faces.xyxy, self.shot.clip.width, self.shot.clip.height)
        rows = zip(inside, self.faces.frame.tolist(), strict=True)
        return np.array([covered_share(box, made.boxes(frame)) >= COVERED for box, frame in rows], np.bool_)

    def asked(self, covered: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
        """(n,) which faces are asked about: all but the gallery's, or those of them that are COVERED."""
        return ~self._mine if covered is None else ~self._mine & covered

    def scores(self, crops: NDArray[np.uint8], rows: NDArray[np.bool_]) -> dict[Question, Score]:
        """Attack CROPS (n, 112, 112, 3) of ROWS (n,) in every way."""
        given = {}
        for many, groups in enumerate(self.faces.asked(rows)):
            mean = [crops[group].mean(axis=0).round().astype(np.uint8) for group in groups]
            shown = np.array(mean, np.uint8).reshape(-1, CROP, CROP, 3)
            truth = np.array([self.faces.who[group[0]] for group in groups], np.int32)
            for name, look in self._looks.items():
                found = look(shown)
                for pool, of in zip(POOLS, (self.faces.scene, np.zeros_like(self.faces.scene)), strict=True):
                    given[name, pool, many] = judged(found, truth, self._known[name], of)
        return given


def _means(found: NDArray[np.float32], who: NDArray[np.int32]) -> NDArray[np.float32]:
    """(k, d) mean of what was FOUND (n, d) of each person."""
    return np.stack([found[who == person].mean(axis=0) for person in range(who.max() + 1)])


def _colours(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Mean colours of 4 x 4 cells: uint8 (n, 112, 112, 3) -> float32 (n, 48)."""
    side = CROP // CELLS
    cells = crops.reshape(-1, CELLS, side, CELLS, side, 3).astype(np.float32).mean(axis=(2, 4))
    return np.asarray(cells.reshape(len(crops), CELLS * CELLS * 3) / 255, np.float32)


@dataclass
class FaceTally:
    """What the attack on faces gave, over all clips."""

    scores: dict[tuple[str, str, Question], Score] = field(default_factory=dict)
    """By style and cover, and copy or control."""
    asked: Counter[str] = field(default_factory=Counter)
    """Faces by cover, under masks or not."""
    exposed: Counter[str] = field(default_factory=Counter)
    """Those of them that are not under masks."""
    copies: Counter[str] = field(default_factory=Counter)
    """Copies by style."""
    same: Counter[str] = field(default_factory=Counter)
    """Those of them that are, byte for byte, their control."""

    def add(self, what: str, sort: str, found: dict[Question, Score]) -> None:
        """Count what was FOUND on the copy or control, SORT, of one clip in style and cover WHAT."""
        for question, score in found.items():
            key = (what, sort, question)
            self.scores[key] = self.scores[key].plus(score) if key in self.scores else score


def faces_attacked(attack: Attack, tally: FaceTally) -> None:
    """Attack the faces of one clip in every style and cover."""
    everyone = attack.asked()
    tally.add(MASTER, COPY, attack.scores(attack.clear, everyone))
    for cover in Cover:
        rows = attack.asked(attack.covered(attack.shot.plan(Style.BLUR, cover)))
        tally.asked[cover] += int(everyone.sum())
        tally.exposed[cover] += int((everyone & ~rows).sum())
        for style in Style:
            _masks_attacked(attack, attack.shot.plan(style, cover), rows, tally)


def _masks_attacked(attack: Attack, made: MaskPlan, rows: NDArray[np.bool_], tally: FaceTally) -> None:
    """Attack the faces in ROWS (n,) on the copy after MADE, and on its control."""
    shot, what = attack.shot, _what(made.style, made.cover)
    copy, control = shot.copy(made), shot.control(made)
    same = copy.read_bytes() == control.read_bytes()
    found = attack.scores(attack.faces.crops(shot.pictures(copy)), rows)
    tally.add(what, COPY, found)
    tally.add(what, CONTROL, found if same else attack.scores(attack.faces.crops(shot.pictures(control)), rows))
    tally.copies[made.style] += 1
    tally.same[made.style] += same
    copy.unlink()
    control.unlink()


def _what(style: Style, cover: Cover) -> str:
    return f"{style} | {cover}"


def _face_clips(data: Path, work: Path) -> Iterator[tuple[Path, Truth | None]]:
    """Give the clips whose faces are attacked, and the truth where each person is marked."""
    stills, out = data / "faces/wider", work / "faces.mp4"
    several = [(stills / name, rows) for name, rows in table(stills / "boxes.csv").items() if _several(rows)]
    yield out, named(out, several[::EVERY_FACE], (640, 416), "face", least=LEAST_FACE / 2)
    opera = work / "opera.mp4"
    opera.symlink_to((data / "clips/facenet_royal_opera_house.mp4").resolve())
    yield opera, None


def _several(rows: Sequence[Row]) -> bool:
    """Tell whether ROWS of a still hold more than one face that is large enough."""
    return sum(row[3] >= LEAST_FACE for row in rows) > 1


def plates_attacked(data: Path, work: Path) -> dict[str, tuple[PlateCount, PlateCount]]:
    """Read the plates of a clip on the master, and on the copies under masks and where there is none."""
    stills, out = data / "plates/openalpr", work / "plates.mp4"
    marked = [*table(stills / "boxes.csv").items()][::EVERY_PLATE]
    truth = named(out, [(stills / name, rows) for name, rows in marked], (1280, 720), "plate", least=LEAST_PLATE)
    shot = Shot.of(out, (Kind.PLATE,))
    text = [row[4].partition(":")[2].upper() for _, rows in marked for row in rows]
    plates = Plates.of(truth, text, shot.clip)
    counts = {MASTER: plates.read(shot.pictures())}
    for style in Style:
        made = shot.plan(style, Cover.BODY)
        copy = shot.copy(made)
        counts[style.value] = plates.under(made, masks=True).read(shot.pictures(copy))
        if style is Style.BLUR:
            counts["on the same copy, not under a mask"] = plates.under(made, masks=False).read(shot.pictures(copy))
    return counts


class HeadCount(NamedTuple):
    """Pedestrians of whom a head looks out of the masks."""

    found: int
    """Those of whose body enough is under masks."""
    out: int
    """Those of them whose head is not."""
    own: int
    """Those of these in turn who have a mask of their own; the others are under somebody else's."""


def heads_outside(data: Path, work: Path) -> dict[str, HeadCount]:
    """Count pedestrians whose body was found and whose head is out of every mask, by cover."""
    found, out, own = Counter[str](), Counter[str](), Counter[str]()
    for footage in SETS["mot17"][1](data, work):
        shot = Shot.of(footage.master, (Kind.PERSON, Kind.FACE))
        plans = {cover: shot.plan(Style.BLUR, cover) for cover in (Cover.BODY, Cover.HEAD)}
        heads, people = (clip(truth.xyxy, shot.clip.width, shot.clip.height) for truth in footage.truths)
        for frame, head, body in zip(footage.truths[1].frame.tolist(), heads, people, strict=True):
            bodies = plans[Cover.BODY].boxes(frame)
            if body[3] - body[1] >= LEAST_PERSON and covered_share(body, bodies) >= FOUND:
                for cover, made in plans.items():
                    outside = covered_share(head, made.boxes(frame)) < 1 - OUTSIDE
                    found[cover] += 1
                    out[cover] += outside
                    own[cover] += outside and iou(body[None], bodies.astype(np.float32)).max() >= OWN
    return {cover: HeadCount(found[cover], out[cover], own[cover]) for cover in found}


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, help="Where the footage with truth is.")
@click.option("--update", is_flag=True, help=f"Write the tables into {PAGE.name}.")
def main(data: Path, update: bool) -> None:
    """Measure what an attacker gets out of a mask: who is behind it, what a plate says, and heads that look out."""
    with tempfile.TemporaryDirectory() as work:
        told = []
        for needs, tell in PARTS.items():
            missing = [need for need in needs if not (data / need).exists()]
            told.append(tell(data, Path(work)) if not missing else f"Left out, without {' and '.join(missing)}.")
            click.echo(f"{told[-1]}\n")
    if update:
        _place("\n\n".join(told))


def _faces_told(data: Path, work: Path) -> str:
    """Attack all faces, and write what came of it as tables."""
    tally, people = FaceTally(), 0
    embed = Embedder(data / "judges/mobilefacenet.onnx")
    for path, marked in _face_clips(data, work):
        shot = Shot.of(path, (Kind.PERSON, Kind.FACE))
        finder = Finder(data / "judges/yunet_n_dynamic.onnx", (shot.clip.width, shot.clip.height))
        faces = found_faces(map(finder, shot.pictures()), marked)
        people += len(faces.scene)
        faces_attacked(Attack(shot, faces, embed), tally)
    ways = [(look, pool) for look in LOOKS for pool in POOLS]
    head = f"**Faces**: {people} people."
    tables = (_face_table(tally, *way) for way in ways)
    return "\n\n".join([head, *tables, _same_told(tally), _exposed_told(tally)])


def _face_table(tally: FaceTally, look: str, pool: str) -> str:
    """Write a table of how often people were named by LOOK in POOL."""
    lines = [
        f"By {look}, among {pool}:",
        "",
        "| style | cover | one frame | named | control | chance | luck | fused | named | control | chance | luck |",
        "|---|---|" + "---:|" * 10,
    ]
    for what in [MASTER, *(_what(style, cover) for style in Style for cover in Cover)]:
        cells = []
        for many in (0, 1):
            score = tally.scores[what, COPY, (look, pool, many)]
            control = tally.scores.get((what, CONTROL, (look, pool, many)))
            shares = [score.right, control.right if control else None, score.chance, np.percentile(score.luck, LUCK)]
            cells += [str(score.asked), *("" if one is None else f"{one / score.asked:.1%}" for one in shares)]
        lines.append(f"| {what if '|' in what else f'{what} |'} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _exposed_told(tally: FaceTally) -> str:
    lines = ["| cover | faces | not under masks |", "|---|---:|---:|"]
    return "\n".join([*lines, *(f"| {cover} | {tally.asked[cover]} | {tally.exposed[cover]} |" for cover in Cover)])


def _same_told(tally: FaceTally) -> str:
    lines = ["| style | copies | the same as their control, byte for byte |", "|---|---:|---:|"]
    return "\n".join([*lines, *(f"| {style} | {tally.copies[style]} | {tally.same[style]} |" for style in Style)])


def _plates_told(data: Path, work: Path) -> str:
    """Attack the plates, where there is a reader, and write a table."""
    if not can_read():
        return "Plates were not read: the program tesseract is not on this machine."
    lines = [
        "**Plates**:",
        "",
        "| plates | one frame | read | all but one character | mean of many | read | all but one character |",
        "|---|" + "---:|" * 6,
    ]
    for what, counts in plates_attacked(data, work).items():
        lines.append(f"| {what} | {' | '.join(str(number) for count in counts for number in count)} |")
    return "\n".join(lines)


def _heads_told(data: Path, work: Path) -> str:
    lines = [
        "**Heads**:",
        "",
        "| cover | pedestrians found | head outside the masks | though they have one of their own |",
        "|---|---:|---:|---:|",
    ]
    counts = heads_outside(data, work)
    return "\n".join([*lines, *(f"| {cover} | {' | '.join(map(str, count))} |" for cover, count in counts.items())])


def _place(text: str) -> None:
    """Put TEXT between its marks on the page."""
    page = PAGE.read_text()
    marks = re.compile(r"(<!-- attack -->\n).*?(<!-- end: attack -->)", re.DOTALL)
    assert marks.search(page), f"{PAGE} has no place for the attack"
    PAGE.write_text(marks.sub(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", page))


PARTS = {
    ("judges", "faces/wider", "clips/facenet_royal_opera_house.mp4"): _faces_told,
    ("plates/openalpr",): _plates_told,
    ("mot17",): _heads_told,
}
"""By what must be there: what is measured."""


if __name__ == "__main__":
    main()
