"""Hold what a person sees of the copy against what the same person sees of the master, in one player.

That player is the second program: it turns, stretches and colours both as their files say, and knows nothing of how the
master was read to make the copy. So a wrong turn, stream, colour, shape or time is seen here, whatever the other checks
share.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.records.kinds import CheckName
from redact.records.plan import Check
from redact.verify.instants import PICTURES, Line, choose, runs, window
from redact.video.clock import file_ticks
from redact.video.second_reading import shown
from redact.video.shown import LEAST_ASPECT, MOST_ASPECT
from redact.watermark.layout import upright

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.plan import MaskPlan
    from redact.verify.second_reading import Told
    from redact.video.second_reading import StreamRead

__all__ = ["as_shown"]

BASE_PX, SHARE = 20_000_000, 0.08
"""px, and share of a clip's frames, that may be decoded for it, whichever is more."""

WIDE, LEAST_CELL = 320, 4
"""Cells across a picture, about, and px along each side of a cell, at least."""

MARGIN = 8
"""px around a mask that are left out: the encoder lets a mask's colours reach so far."""

TILE = 8
"""Cells along each side of a tile, of which half must lie outside the masks."""

TELLING = 64
"""Cells outside the masks below which a picture does not tell."""

LEVELS = 8.0
"""Most that the mean of a tile may differ, levels of 255, in red, green or blue.

In honest copies of some 45 clips 4.2 at most, in strong noise, and 6.8 over a test picture of pure colours: measured
once (docs/adr/0018-checks-that-share-nothing.md). `python -m benchmarks.faults` counts honest copies that fail.
"""

STRAY, STRAYED = 24.0, 0.02
"""Levels by which a cell may differ, and most share of cells that differ by more: 0.2 % in the same copies."""

NEARER, APART = 0.5, 0.5
"""A picture is out of place where it is less than this share as far from its neighbour as from its own, and by so many
levels nearer."""

PLAIN = 3.0
"""Deviation of the colours of a picture that was hidden whole, levels of 255."""

EXPLAINED = 0.6
"""Another way round explains a difference where it leaves less than this share of it."""

ENOUGH, ENOUGH_DAMAGED = 0.5, 0.25
"""Share of the pictures asked for that have to be seen; of a damaged file, which no two programs show alike, fewer."""

WAYS = ("upright", "turned by 90°", "turned by 180°", "turned by 270°")


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """One picture as shown, in cells."""

    size: tuple[int, int]
    """(width, height) px."""
    aspect: Fraction
    """Shape of a px, width by height."""
    cells: NDArray[np.float32]
    """(h, w, 3) levels of 255, RGB."""


@dataclass(slots=True)
class _Measured:
    """What was found on all pictures together."""

    told: int = 0
    bare: float = 0.0
    """Sum of the shares that lie outside the masks."""
    levels: float = 0.0
    strayed: float = 0.0
    misplaced: int = 0
    worst: int = -1
    """Frame that differs most."""

    def passed(self) -> bool:
        """Tell whether all of it is within the limits."""
        return self.levels <= LEVELS and self.strayed <= STRAYED and not self.misplaced

    def words(self) -> str:
        """Say what was measured."""
        if not self.told:
            return "too little of them lies outside the masks to tell by"
        return (
            f"{self.bare / self.told:.0%} of them lies outside the masks; there the tile that differs most does so by "
            f"{self.levels:.1f} of 255 levels (frame {self.worst}), {self.strayed:.2%} of a picture's cells stray, "
            f"and {self.misplaced} pictures are out of place"
        )


def as_shown(copy: Path, clip: Clip, plan: MaskPlan, readings: Told) -> Check:
    """Tell whether the COPY of CLIP, outside the masks of PLAN, looks as its master does, as players show them."""
    first, end = plan.frames
    lines = _lines(readings, clip)
    end = min(end, first + len(readings.copy_times), *_broken(lines[0], clip, first))
    places = choose([(lines[0], 0), (lines[1], first)], first, end, max(BASE_PX / _px(clip), SHARE * (end - first)))
    master = dict(_looked(clip, readings, lines[0], places))
    if not master:
        return Check(CheckName.AS_SHOWN, passed=False, found="The second program shows no picture of the master.")
    size = next(iter(master.values())).size
    ours = dict(_looks(copy, readings.copied, lines[1], [place - first for place in places], size, None))
    pairs = {index: (picture, ours[index - first]) for index, picture in master.items() if index - first in ours}
    expected = len({place + n for place in places for n in range(PICTURES) if place + n < end})
    return _judged(pairs, expected, clip, plan, readings)


def _px(clip: Clip) -> int:
    return max(clip.width * clip.height, 1)


def _broken(line: Line, clip: Clip, first: int) -> list[int]:
    """Frames after FIRST at which the clock of the file breaks off: a time that comes twice does not tell a picture."""
    breaks = set(clip.breaks[:, 0].tolist()) | set((np.flatnonzero(np.diff(line.times) <= 0) + 1).tolist())
    return [index for index in (*sorted(breaks), len(line.times)) if index > first]


def _lines(readings: Told, clip: Clip) -> tuple[Line, Line]:
    """Give the pictures of the master, by the second program's times where it has one for each, and of the copy."""
    start = np.zeros(1, np.intp)
    known = len(readings.times) == len(clip)
    packets = readings.master.packets.get(readings.stream.index)
    timed = clip.forced_rate is None and not readings.master.restamped
    fitting = timed and packets is not None and len(packets.keys) == len(clip)
    keys = np.flatnonzero(packets.keys) if fitting and packets is not None else start
    own = readings.copy.packets[readings.copied.index]
    times = readings.times if known else np.asarray(file_ticks(clip) * float(clip.time_base), np.float64)
    return Line(times, keys), Line(readings.copy_times, np.flatnonzero(own.keys))


def _looked(clip: Clip, readings: Told, line: Line, places: Sequence[int]) -> Iterator[tuple[int, _Picture]]:
    return _looks(clip.path, readings.stream, line, places, None, clip.forced_rate)


def _looks(  # noqa: PLR0917  a file, and what of it to look at
    path: Path,
    stream: StreamRead,
    line: Line,
    places: Sequence[int],
    size: tuple[int, int] | None,
    rate: Fraction | None,
) -> Iterator[tuple[int, _Picture]]:
    """Give the pictures of STREAM of the file at PATH that stand at PLACES of LINE, each with its number there."""
    wanted = {place + n for place in places for n in range(PICTURES)}
    for run in runs(line, places):
        entered = line.entered(run[0])
        seek, last = float(line.times[entered]) if entered else None, -1
        for picture in shown(path, stream, [window(line, place) for place in run], size, rate, seek_s=seek):
            number = int(np.abs(line.times - float(picture.seconds)).argmin())
            if number in wanted and number > last:  # after a break times may come again
                last = number
                height, width = picture.rgb.shape[:2]
                yield number, _Picture((width, height), picture.aspect, _cells(picture.rgb))


def _cells(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Mean colours of the cells of RGB (h, w, 3); what is left at right and below is less than one."""
    side = _side(rgb.shape[1])
    rows, columns = max(rgb.shape[0] // side, 1), max(rgb.shape[1] // side, 1)
    part = rgb[: rows * side, : columns * side]
    return np.asarray(cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _side(width: int) -> int:
    """Px along each side of a cell of a picture WIDTH px wide."""
    return max(LEAST_CELL, round(width / WIDE))


def _judged(
    pairs: Mapping[int, tuple[_Picture, _Picture]], expected: int, clip: Clip, plan: MaskPlan, readings: Told
) -> Check:
    """Sum up PAIRS of pictures, of master and copy, by their frames; EXPECTED were so many."""
    counted = f"{len(pairs)} of {expected} pictures as players show them"
    if len(pairs) < expected * (ENOUGH_DAMAGED if clip.damage.some else ENOUGH):
        return Check(
            CheckName.AS_SHOWN, passed=False, found=f"{counted}: the second program does not show the rest in both."
        )
    for master, copy in pairs.values():
        if master.size != copy.size or _believed(master.aspect) != copy.aspect:
            sentence = (
                f"{counted}: the master is {_form(master)}, the picture of the copy {_form(copy)}; {_turns(readings)}."
            )
            return Check(CheckName.AS_SHOWN, passed=False, found=sentence)
    measured = _measure(pairs, clip, plan)
    passed = measured.passed() and (measured.told > 0 or _turn(readings.stream) == _turn(readings.copied))
    words = measured.words()
    if not measured.passed():
        words += f"; {_explained(*pairs[measured.worst])}"
    if not passed or not measured.told:
        words += f"; {_turns(readings)}"
    return Check(CheckName.AS_SHOWN, passed, f"{counted}: {words}.")


def _believed(aspect: Fraction) -> Fraction:
    """Give ASPECT, or square where no camera's px have it: a wrong tag, of which the report tells."""
    return aspect if LEAST_ASPECT <= aspect <= MOST_ASPECT else Fraction(1)


def _form(picture: _Picture) -> str:
    shape = f", of which each is {picture.aspect} as wide as high" if picture.aspect != 1 else ""
    return f"{picture.size[0]} x {picture.size[1]} px{shape}"


def _turn(stream: StreamRead) -> float:
    """Degrees by which the program's words say that STREAM is turned; a singular matrix turns nothing."""
    return float(stream.turn) % 360 if stream.turn and "nan" not in stream.turn else 0.0


def _turns(readings: Told) -> str:
    master, copy = _turn(readings.stream), _turn(readings.copied)
    return f"the second program reads a turn of {master:g}° in the master, of {copy:g}° in the copy"


def _measure(pairs: Mapping[int, tuple[_Picture, _Picture]], clip: Clip, plan: MaskPlan) -> _Measured:
    """Compare PAIRS outside the masks."""
    measured = _Measured()
    before: tuple[int, NDArray[Any], NDArray[Any], NDArray[np.bool_]] | None = None
    damaged = len(clip.damage.hidden) > 0
    for index, (master, copy) in sorted(pairs.items()):
        bare = _bare(clip, plan, index, master)
        if np.count_nonzero(bare) < TELLING or (damaged and copy.cells.std() < PLAIN):
            continue
        _compare(measured, index, copy.cells - master.cells, bare)
        if before is not None and before[0] == index - 1:
            measured.misplaced += _misplaced(before[1:], (master.cells, copy.cells, bare))
        before = index, master.cells, copy.cells, bare
    return measured


def _compare(measured: _Measured, index: int, apart: NDArray[np.float32], bare: NDArray[np.bool_]) -> None:
    """Add to MEASURED what one picture tells: how far it is APART (h, w, 3) where it is BARE."""
    levels = _worst_tile(apart, bare)
    strayed = float(np.mean(np.abs(apart).max(axis=2)[bare] > STRAY))
    if levels / LEVELS + strayed / STRAYED >= measured.levels / LEVELS + measured.strayed / STRAYED:
        measured.worst = index
    measured.levels, measured.strayed = max(measured.levels, levels), max(measured.strayed, strayed)
    measured.told += 1
    measured.bare += float(bare.mean())


def _worst_tile(apart: NDArray[np.float32], bare: NDArray[np.bool_]) -> float:
    """Largest mean difference of a tile, in red, green or blue; noise evens out in it."""
    rows, columns = (max(side // TILE, 1) for side in bare.shape)
    cut = np.s_[: rows * min(TILE, bare.shape[0]), : columns * min(TILE, bare.shape[1])]
    size = (columns, rows)
    share = cv2.resize(bare[cut].astype(np.float32), size, interpolation=cv2.INTER_AREA)
    mean = cv2.resize(apart[cut] * bare[cut][..., None], size, interpolation=cv2.INTER_AREA).reshape(rows, columns, 3)
    enough = share.reshape(rows, columns) >= 1 / 2
    levels = np.abs(mean) / np.maximum(share.reshape(rows, columns), 1e-6)[..., None]
    return float(levels[enough].max(initial=0.0))


def _misplaced(before: Sequence[NDArray[Any]], now: Sequence[NDArray[Any]]) -> bool:
    """Tell whether one of two pictures that follow each other looks in the copy as the other one does in the master."""
    (master, copy, bare), (next_master, next_copy, next_bare) = before, now
    both = bare & next_bare
    if np.count_nonzero(both) < TELLING:
        return False
    own, next_own = _mean(copy - master, both), _mean(next_copy - next_master, both)
    early, late = _mean(copy - next_master, both), _mean(next_copy - master, both)
    return any(other < NEARER * mine and mine - other > APART for other, mine in ((early, own), (late, next_own)))


def _mean(apart: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    return float(np.abs(apart[where]).mean())


def _bare(clip: Clip, plan: MaskPlan, index: int, picture: _Picture) -> NDArray[np.bool_]:
    """(h, w) which cells of PICTURE, of frame INDEX, no mask of PLAN comes near."""
    height, width = picture.cells.shape[:2]
    canvas = np.zeros((clip.height, clip.width), np.uint8)
    for x0, y0, x1, y1 in plan.boxes(index).tolist():
        canvas[max(y0 - MARGIN, 0) : y1 + MARGIN, max(x0 - MARGIN, 0) : x1 + MARGIN] = 1
    turned = upright(canvas, clip)
    side = _side(picture.size[0])
    if turned.shape[0] < height * side or turned.shape[1] < width * side:  # the scan sees it another way round
        return np.ones((height, width), np.bool_)
    rows = turned[: height * side, : width * side].reshape(height, side, -1).max(axis=1)  # quicker than both at once
    return np.asarray(rows.reshape(height, width, side).max(axis=2) == 0)


def _explained(master: _Picture, copy: _Picture) -> str:
    """Say in which other way round COPY shows MASTER, if that is what is wrong."""
    own = float(np.abs(copy.cells - master.cells).mean())
    left = {}
    for mirrored in (False, True):
        for turns, way in enumerate(WAYS):
            other = np.rot90(master.cells[:, ::-1] if mirrored else master.cells, -turns)
            if other.shape == copy.cells.shape:
                name = f"mirrored{f' and {way}' if turns else ''}" if mirrored else way
                left[name] = float(np.abs(copy.cells - other).mean())
    best = min(left, key=left.__getitem__)
    if left[best] < EXPLAINED * own and best != WAYS[0]:
        return f"against what a player shows of the master, the copy is {best}"
    shift = ", ".join(f"{level:+.0f}" for level in (copy.cells - master.cells).mean(axis=(0, 1)))
    return f"the copy is shown upright, its red, green and blue {shift} levels from the master's"
