"""Plant faulty masks in real copies, and count what `strength` and `masks` say: python -m benchmarks.leakage.strength.

Boxes as large as people, faces and number plates, at random places, still or moving, are hidden in real clips in every
style, and written by the program's own encoder. In one copy of each all is as it should be; in another every mask has
a fault: it is thin on all its frames or on one, in all planes or in luma alone, painted too small, or left out once.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import numpy as np

from benchmarks.leakage.sets import SETS
from benchmarks.product import DATA
from redact.demo.clip import find_photos, make_demo
from redact.files import sha256_file
from redact.paint.compositor import Painter, luma_of
from redact.paint.masker import reach
from redact.paint.render import frames_of
from redact.records.clip import Frame
from redact.records.kinds import Cover, Style
from redact.records.plan import MaskPlan
from redact.verify.frame_checks import SHOWN, cells_shown
from redact.verify.leakage import shown_through
from redact.verify.strength import SHOWS, SHOWS_ALL, SHOWS_PART, SHOWS_TRACK, UNSEEN_ALL, share, tells
from redact.video.audio import Sound
from redact.video.decode import DecodeLog, decode
from redact.video.encode import write
from redact.video.formats import shape
from redact.video.geometry import picture
from redact.video.planes import window
from redact.video.probe import probe
from redact.video.second import second_decode
from redact.watermark.mark import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from redact.records.clip import Clip

    Row = tuple[int, int, int, int, int, int]

__all__ = ["Fault", "Tally", "masks_of", "measured"]

MARK = Mark("STRENGTH", "nobody", 1, "2026-01-05", "STRENGTH/1", "0" * 64)

SIZES = ((40, 420, 0.42), (10, 140, 0.8), (8, 60, 4.0))
"""Least and greatest height, px, and width for a height of 1: of people, faces and number plates."""

UP = 6
"""Masks on a frame, about."""

LASTS = (8, 50)
"""Frames for which a mask is up."""

SPEED = (2.5, 0.8)
"""Standard deviation of how far a mask moves across and down, px a frame."""

STILL = 0.3
"""Share of the masks that stand still."""

JITTER = (0.0, 0.5, 1.5)
"""px by which a mask trembles, as those of networks do."""

FRAMES = 60
"""Frames of a copy, at most."""

THIN = (0.15, 0.6)
"""Share of the master that a thin mask lets through."""

SMALL = (4, 6, 8)
"""px by which a mask is painted too small on every side, where that leaves half of it."""

FAULTS = {"thin": 0.35, "thin once": 0.3, "thin, luma alone": 0.1, "too small": 0.15, "left out once": 0.1}
"""How often each fault is planted."""

LEAST = 6
"""px along the shorter side of a mask."""


class Fault(NamedTuple):
    """What is wrong with a mask."""

    sort: str
    amount: float
    """Share let through, or px."""
    frames: frozenset[int]


@dataclass
class Tally:
    """What the checks said of honest masks, and of those with a fault."""

    honest: Counter[str] = field(default_factory=Counter)
    """Boxes by style."""
    failed: Counter[str] = field(default_factory=Counter)
    """Those of them that `strength` or `masks` fails."""
    most: dict[str, float] = field(default_factory=dict)
    """What shows through the worst honest box, by style; over time, and in all."""
    planted: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Masks by fault, and by who found them."""
    least: dict[str, float] = field(default_factory=dict)
    """What shows through the weakest planted mask that tells, by fault; in a part, as much as fails alike."""

    def worst(self, what: str, through: float) -> None:
        """Note that so much shows THROUGH an honest box, track or clip."""
        self.most[what] = max(self.most.get(what, 0.0), through)

    def weakest(self, what: str, through: float) -> None:
        """Note that so much shows THROUGH a mask with a fault."""
        self.least[what] = min(self.least.get(what, 1.0), through)


@dataclass
class _Mask:
    """What was seen of one mask."""

    through: float = 0.0
    part: float = 0.0
    """The same through a part of it."""
    sums: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    tells: bool = False
    cells: bool = False
    """Whether `masks` fails it."""


def masks_of(clip: Clip, frames: tuple[int, int], style: Style, chance: np.random.Generator) -> MaskPlan:
    """Hide boxes at random places of FRAMES of CLIP."""
    rows: list[Row] = []
    for track in count():
        if len(rows) >= UP * (frames[1] - frames[0]):
            break
        rows += _path(clip, frames, track, chance)
    return _plan(clip, frames, style, rows)


def _path(clip: Clip, frames: tuple[int, int], track: int, chance: np.random.Generator) -> Iterator[Row]:
    """Give the rows of one mask."""
    least, most, wide = SIZES[chance.integers(len(SIZES))]
    height = float(np.exp(chance.uniform(np.log(least), np.log(min(most, clip.height * 0.8)))))
    size = np.array([height * wide, height])
    room = np.array([clip.width, clip.height])
    lasts = int(chance.integers(*LASTS))
    start = int(chance.integers(frames[0] - lasts // 2, frames[1]))
    place = chance.uniform(-size / 3, room - size * 2 / 3)
    speed = chance.normal(0, SPEED) * (chance.random() > STILL)
    jitter = chance.choice(JITTER)
    for step in range(lasts):
        corner = place + speed * step + chance.normal(0, jitter, 2)
        low, high = np.floor(corner / 2) * 2, np.ceil((corner + size) / 2) * 2
        box = np.clip([*low, *high], 0, np.tile(room, 2)).astype(int).tolist()
        if frames[0] <= start + step < frames[1] and min(box[2] - box[0], box[3] - box[1]) >= LEAST:
            yield (start + step, track, *box)


def _plan(clip: Clip, frames: tuple[int, int], style: Style, rows: Sequence[Row]) -> MaskPlan:
    """Make a plan of ROWS: frame, track and box."""
    table = np.array(sorted(rows), np.int32).reshape(-1, 6)
    return MaskPlan(
        master=clip.sha256,
        style=style,
        cover=Cover.BODY,
        frames=frames,
        start=np.searchsorted(table[:, 0], np.arange(len(clip) + 1)).astype(np.int64),
        xyxy=table[:, 2:].copy(),
        track=table[:, 1].copy(),
        origin=np.zeros(len(table), np.uint8),
        kind=np.zeros(len(table), np.uint8),
    )


def _faults(plan: MaskPlan, chance: np.random.Generator) -> dict[int, Fault]:
    """Choose a fault for every track of PLAN."""
    chosen = {}
    frame = np.repeat(np.arange(len(plan.start) - 1), np.diff(plan.start))
    for track in np.unique(plan.track).tolist():
        rows = plan.track == track
        sides = (plan.xyxy[rows, 2:] - plan.xyxy[rows, :2]).min()
        sort = str(chance.choice([*FAULTS], p=[*FAULTS.values()]))
        amount = float(chance.uniform(*THIN))
        if sort == "too small":
            fits = [px for px in SMALL if px * 4 <= sides]
            sort, amount = (sort, float(chance.choice(fits))) if fits else ("thin", amount)
        on = frame[rows].tolist()
        once = frozenset([int(chance.choice(on))])
        chosen[track] = Fault(sort, 1.0 if "left out" in sort else amount, once if "once" in sort else frozenset(on))
    return chosen


def _spoil(frame: Frame, planes: Sequence[NDArray[Any]], box: list[int], fault: Fault, clip: Clip) -> None:
    """Give the mask at BOX of PLANES, as painted, its FAULT; FRAME is the master's."""
    form = shape(clip.pix_fmt)
    for number, plane in enumerate(planes[:1] if "luma" in fault.sort else planes):
        spot = window(form, number, box)
        bare = frame.planes[number][spot]
        mask = plane[spot][: bare.shape[0], : bare.shape[1]]
        if fault.sort == "too small":
            down, across = (int(fault.amount) // step[number] for step in (form.down, form.across))
            inner = np.s_[down : mask.shape[0] - down, across : mask.shape[1] - across]
            kept = mask[inner].copy()
            mask[:] = bare
            mask[inner] = kept
        else:
            mask[:] = np.rint((1 - fault.amount) * mask.astype(np.float32) + fault.amount * bare.astype(np.float32))


def _copy(path: Path, clip: Clip, plan: MaskPlan, faults: dict[int, Fault]) -> None:
    """Write the copy of CLIP after PLAN, with FAULTS, by track."""
    paint = Painter(clip, plan, MARK, overlay=False)

    def frames() -> Iterator[Frame]:
        for frame in frames_of(clip, plan):
            composed = paint(frame)
            rows = zip(reach(plan.boxes(frame.index), clip).tolist(), _tracks(plan, frame.index), strict=True)
            for box, track in rows:
                if track in faults and frame.index in faults[track].frames:
                    _spoil(frame, picture(composed, clip, paint.layout), box, faults[track], clip)
            yield composed

    write(frames(), path, clip, paint.layout, Sound(), span=plan.frames)


def _tracks(plan: MaskPlan, index: int) -> list[int]:
    return [int(track) for track in plan.track[plan.rows(index)]]


def _seen(path: Path, clip: Clip, plan: MaskPlan) -> Iterator[tuple[int, int, _Mask]]:
    """Look at every box of the copy at PATH: frame, track and what is to be seen of it there."""
    paint = Painter(clip, plan, MARK, overlay=False)
    depth = 8 if shape(clip.pix_fmt).dtype is np.uint8 else 10
    for frame, (_, planes) in zip(frames_of(clip, plan), second_decode(path, clip, paint.layout), strict=True):
        wanted = luma_of(paint(frame), clip, paint.layout)
        copy = luma_of(Frame(frame.index, frame.pts, planes, None, damaged=False), clip, paint.layout)
        boxes = plan.boxes(frame.index)
        sums, owner = shown_through(frame.planes[0], wanted, copy, boxes, depth)
        for row, (box, track) in enumerate(zip(boxes.tolist(), _tracks(plan, frame.index), strict=True)):
            own = share(sums[owner == row])
            shown, telling = cells_shown(frame.planes[0], wanted, copy, box, 2.0 ** (8 - depth))
            seen = _Mask(float(own[0]), float(own[1:].max()), sums[row], bool(tells(sums[row])))
            seen.cells = shown > SHOWN * max(telling, 1)
            yield frame.index, track, seen


def measured(path: Path, clip: Clip, plan: MaskPlan, faults: dict[int, Fault], tally: Tally) -> None:
    """Write copies of CLIP after PLAN to PATH, honest and with FAULTS, and count what the checks say in TALLY."""
    _copy(path, clip, plan, {})
    _honest(path, clip, plan, tally)
    _copy(path, clip, plan, faults)
    masks = {track: _Mask() for track in faults}
    for index, track, seen in _seen(path, clip, plan):
        mask, fault = masks[track], faults[track]
        if index in fault.frames:
            mask.through, mask.part = max(mask.through, seen.through), max(mask.part, seen.part)
            mask.tells |= seen.tells
            mask.cells |= seen.cells
        mask.sums += seen.sums
    for track, mask in masks.items():
        _found(faults[track].sort, mask, tally)


def _honest(path: Path, clip: Clip, plan: MaskPlan, tally: Tally) -> None:
    """Count what the checks say of the honest copy at PATH."""
    tracks: dict[int, NDArray[np.float64]] = {}
    style = str(plan.style)
    for _, track, seen in _seen(path, clip, plan):
        tally.honest[style] += 1
        tally.failed[style] += seen.through >= SHOWS or seen.part >= SHOWS_PART or seen.cells
        tally.worst(style, seen.through)
        tally.worst(f"{style}, part", seen.part)
        tracks[track] = tracks.get(track, np.zeros(3)) + seen.sums
    sums = np.array([*tracks.values()])
    tracks_worst, every = float(share(sums).max()), float(share(sums.sum(axis=0), UNSEEN_ALL))
    tally.worst("over the frames of one track", tracks_worst)
    tally.worst("in all of a clip", every)
    tally.failed["tracks"] += int(np.count_nonzero(share(sums) >= SHOWS_TRACK))
    tally.failed["clips"] += every >= SHOWS_ALL


def _found(sort: str, mask: _Mask, tally: Tally) -> None:
    """Count who found MASK, whose fault is of SORT."""
    over_time = float(share(mask.sums))
    by = "masks" if mask.cells else "nobody"
    if mask.through >= SHOWS or mask.part >= SHOWS_PART:
        by = "strength"
    elif over_time >= SHOWS_TRACK:
        by = "strength, over time"
    told = "tells" if mask.tells else "too alike"
    tally.planted[f"{sort}, {told}", by] += 1
    if mask.tells and not mask.cells:
        tally.weakest(sort, max(mask.through, over_time, mask.part * SHOWS / SHOWS_PART))


def _clip(path: Path) -> Clip:
    """Read PATH as the first pass does."""
    source, log = probe(path), DecodeLog()
    for _ in decode(source, log):
        pass
    return source.clip(sha256_file(path), log.pts_array(), log.damage())


def _marked(clip: Clip, truth: Any, frames: tuple[int, int], style: Style) -> MaskPlan:
    """Hide the boxes of TRUTH, a little grown, that are on FRAMES of CLIP."""
    rows: list[Row] = []
    for track, (frame, box) in enumerate(zip(truth.frame.tolist(), truth.xyxy, strict=True)):
        more = np.tile((box[2:] - box[:2]) * 0.12 + 2, 2) * [-1, -1, 1, 1]
        even = np.clip((box + more) // 2 * 2, 0, [clip.width, clip.height] * 2).astype(int).tolist()
        if frames[0] <= frame < frames[1] and min(even[2] - even[0], even[3] - even[1]) >= LEAST:
            rows.append((frame, track, *even))
    return _plan(clip, frames, style, rows)


def _clips(clips: Path | None, names: Sequence[str], data: Path, work: Path) -> Iterator[tuple[Path, Any]]:
    """Give the clips to plant masks in, each with the truth that is hidden there, or None for random places."""
    for name in names:
        for footage in SETS[name][1](data, work):
            yield footage.master, footage.truths[0]
    if clips:
        yield from ((path, None) for path in sorted(clips.iterdir()) if path.suffix in {".mp4", ".avi", ".mkv"})
    elif not names:
        demo = work / "demo.mp4"
        make_demo(demo, find_photos())
        yield demo, None


@click.command()
@click.option("--clips", type=click.Path(path_type=Path), help="Folder of clips, instead of the demo's.")
@click.option("--set", "names", multiple=True, type=click.Choice(list(SETS)), help="Hide what is marked in this set.")
@click.option("--data", type=click.Path(path_type=Path), default=DATA, help="Where the footage with truth is.")
@click.option("--masks", default=500, show_default=True, help="Masks with a fault that tell, at least.")
@click.option("--boxes", default=20_000, show_default=True, help="Honest boxes, at least.")
@click.option("--seed", default=0, show_default=True)
def main(clips: Path | None, names: tuple[str, ...], data: Path, *, masks: int, boxes: int, seed: int) -> None:
    """Plant faulty masks in copies of clips, and say how many are found, and how many honest ones fail."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        every = [(_clip(path), truth) for path, truth in _clips(clips, names, data, work)]
        turns = zip(cycle((clip, truth, style) for style in Style for clip, truth in every), count(seed), strict=False)
        for (clip, truth, style), turn in turns:
            chance = np.random.default_rng(turn)
            first = int(chance.integers(0, max(1, len(clip) - FRAMES)))
            frames = first, min(first + FRAMES, len(clip))
            plan = masks_of(clip, frames, style, chance) if truth is None else _marked(clip, truth, frames, style)
            if len(plan.xyxy):
                measured(work / "copy.mp4", clip, plan, _faults(plan, chance), tally)
            if _telling(tally) >= masks and tally.honest.total() >= boxes:
                break
    click.echo(_told(tally), color=False)


def _telling(tally: Tally) -> int:
    return sum(number for (sort, _), number in tally.planted.items() if sort.endswith("tells"))


def _told(tally: Tally) -> str:
    """Write TALLY as tables in Markdown."""
    lines = ["| honest | boxes | fail | most shows through | through a part |", "|---|---:|---:|---:|---:|"]
    for style in Style:
        most, part = tally.most.get(style, 0.0), tally.most.get(f"{style}, part", 0.0)
        lines.append(f"| {style} | {tally.honest[style]:,} | {tally.failed[style]} | {most:.3f} | {part:.3f} |")
    for what, key in (("over the frames of one track", "tracks"), ("in all of a clip", "clips")):
        lines.append(f"| {what} | | {tally.failed[key]} | {tally.most.get(what, 0.0):.3f} | |")
    by = ("strength", "strength, over time", "masks", "nobody")
    lines += ["", f"| planted | masks | {' | '.join(by)} | least that shows |", "|---|" + "---:|" * (len(by) + 2)]
    for told in ("tells", "too alike"):
        for sort in FAULTS:
            found = [tally.planted[f"{sort}, {told}", one] for one in by]
            least = f"{tally.least[sort]:.3f}" if told == "tells" and sort in tally.least else ""
            lines.append(f"| {sort}, {told} | {sum(found)} | {' | '.join(map(str, found))} | {least} |")
    limits = f"{SHOWS} of a mask, {SHOWS_PART} of a part, {SHOWS_TRACK} of a track and {SHOWS_ALL} of a clip"
    return "\n".join([*lines, "", f"{limits} are too much."])


if __name__ == "__main__":
    main()
