"""Whether a copy sounds as its master does at the same pictures, by what a second program hears of both.

The line of time that the copy was written by is not asked. A moment of the copy is looked up at the frame on screen
then, and that frame's time in the file as the second program lists it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.video.clock import file_ticks
from redact.video.second_sound import CELL_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.video.second_sound import Cells, PacketOrder

__all__ = ["FrameTimes", "differences", "frames_of_the_file", "runs_of_cells", "strange_times"]

BACK_S = 0.3
"""Times of decoding, which only ever grow, that go back by more are a clock that started anew."""

AHEAD_S = 290
"""And so are those that leap by more."""

LONGEST_GAP = (2**31 - 1) // 2**14
"""Ticks up to which MP4 carries a gap in any case: a finer clock has to have longer ones closed."""

MAY_LIE_S = 0.025
"""How far sound may be from its picture."""

LAGS = 15
"""Cells to both sides at which sound is looked for."""

BESIDE = 6
"""Cells beside a silence, or an end of sound, into which the encoder may spread it."""

WINDOW, STEP = 100, 25
"""Cells that are compared at a time, and from one such window to the next."""

FLOOR = 1e-8
"""Mean square below which nothing is heard (-80 dB)."""

BELOW = 1e-5
"""Share of the loudest within a window under which all else drowns (-50 dB)."""

NOTHING = 1e-12
"""Mean square of digital silence: it is sound that is there, unlike none."""

QUIET = 3e-7
"""Mean square up to which sound is none (-65 dB)."""

VARIES_DB, STRUCTURE_DB = 1.0, 3.0
"""Sound that varies by less has no moment that could be found again, and none that has to be."""

OUTLINE = 5
"""Cells whose mean is the outline of a sound."""

ALIKE, SURELY = 0.6, 0.7
"""Correlation from which on sound is the same, and from which on it is the same at another time."""

BETTER = 0.05
"""By how much it has to correlate more at another time than at its own."""

UNLIKE, TRACE = 4.0, 0.02
"""Or how many times, and by how much, less may not correlate there: slow sound is much like itself for long."""

LEVEL_DB = 6.0
"""How much a band may be louder or softer than in the master, once the whole track is as loud."""

BANDS_DB = 15.0
"""Bands softer than the loudest by more are not compared: the encoder may leave them out."""

TRACK_DB = 3.0, 12.0
"""How much a whole track may be louder or softer with as many channels as in the master, and with fewer."""

SKIPPED = 64
"""Packets of sound, at most, of which nothing is heard before one of which something is."""

PACKET_S = 0.05
"""How far a packet of sound may be from what is heard of it."""

NEAR_S = 0.5
"""Packets of picture this near in time to one of sound are all as likely its company."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameTimes:
    """The frames of a copy: when it shows each, and where it is in the master's file."""

    copy: NDArray[np.float64]
    """(f,) seconds of the copy."""
    file: NDArray[np.float64]
    """(f,) seconds of the master's own clock."""
    run: NDArray[np.int64]
    """(f,) how often that clock has started anew before, as the second program lists the packets."""


def frames_of_the_file(clip: Clip, picture: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Find the frames of CLIP among the packets of its PICTURE, as PacketOrder has them: run, and whether it was found.

    Frames are sought in the order in which they are shown, each after the one before.
    """
    ticks = file_ticks(clip)
    number = _numbered(picture[:, 2], float(clip.time_base))
    tries = []
    for column in (1, 2):  # an AVI has no other times than those of decoding
        order = np.lexsort((picture[:, column], number))
        tries.append(_sought(ticks, picture[order, column], number[order]))
    return max(tries, key=lambda attempt: int(attempt[1].sum()))


def _numbered(ticks: NDArray[np.int64], base: float) -> NDArray[np.int64]:
    """Number the stretches of TICKS of BASE seconds between which the clock started anew."""
    steps = np.diff(ticks) * base
    return np.concatenate([[0], np.cumsum((steps < -BACK_S) | (steps > AHEAD_S))]).astype(np.int64)[: len(ticks)]


def _sought(
    ticks: NDArray[np.int64], there: NDArray[np.int64], number: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Find TICKS among those THERE, one after the other."""
    run, found, at = np.zeros(len(ticks), np.int64), np.zeros(len(ticks), np.bool_), 0
    places: dict[int, list[int]] = {}
    for place in range(len(there) - 1, -1, -1):
        places.setdefault(int(there[place]), []).append(place)
    for index, tick in enumerate(ticks.tolist()):
        some = places.get(tick, [])
        while some and some[-1] < at:
            some.pop()
        found[index] = bool(some)
        at = some[-1] + 1 if some else at
        run[index] = number[min(max(at - 1, 0), len(there) - 1)] if len(there) else 0
    return run, found


def strange_times(clip: Clip, packets: PacketOrder) -> str:
    """Say which times of CLIP are not those of its file, by the PACKETS of its picture; nothing where all are.

    Frames that had no time, or not one of their own, are no fault: they were counted when the master was decoded. Nor
    is a step at which the file's own clock went back or leapt; anywhere else the line has to follow it.
    """
    _, there = frames_of_the_file(clip, packets.picture)
    strange, excused = int(np.count_nonzero(~there)), clip.damage.retimed + packets.untimed
    if strange > excused:
        first = int(np.flatnonzero(~there)[0])
        return (
            f"{strange:,} of them, from frame {first:,} on, at times that a second program does not find in the master"
        )
    ticks, known = file_ticks(clip), {0}
    for frame, shift in clip.breaks.tolist():
        step = int(ticks[frame] - ticks[frame - 1]) * float(clip.time_base)
        if -BACK_S <= step <= min(AHEAD_S, LONGEST_GAP * float(clip.time_base)) and shift not in known:
            return f"time runs on at frame {frame:,} as if the master's clock broke off there, and it does not"
        known.add(shift)
    return ""


def runs_of_cells(packets: PacketOrder, heard: Cells) -> NDArray[np.int64]:
    """(n,) run of the picture that each cell HEARD belongs to, by the packets that it came from."""
    run = _runs_of_sound(packets)
    if not run.any():  # as where no packet of sound is listed
        return np.zeros(len(heard), np.int64)
    time, at = packets.sound[:, 1] * packets.sound_s, 0
    runs = np.zeros(len(heard), np.int64)
    for cell, now in enumerate(heard.time.tolist()):
        apart = np.abs(time[at : at + SKIPPED] - now)
        at += int((apart > PACKET_S).argmin() if apart.min() <= PACKET_S else apart.argmin())
        runs[cell] = run[at]
    return runs


def _runs_of_sound(packets: PacketOrder) -> NDArray[np.int64]:
    """(s,) run of the picture that each packet of sound stands among."""
    picture, sound, picture_s, sound_s = packets.picture, packets.sound, packets.picture_s, packets.sound_s
    run_of = _numbered(picture[:, 2], picture_s)
    nearest = np.full((run_of.max(initial=0) + 1, len(sound)), np.inf)
    places = np.zeros(nearest.shape)
    for run in range(len(nearest)):
        mine = picture[run_of == run]
        mine = mine[np.argsort(mine[:, 1])]
        near = _nearest(np.asarray(mine[:, 1] * picture_s, np.float64), np.asarray(sound[:, 1] * sound_s, np.float64))
        nearest[run] = np.abs(mine[near, 1] * picture_s - sound[:, 1] * sound_s)
        places[run] = np.abs(mine[near, 0] - sound[:, 0])
    likely = nearest <= np.maximum(NEAR_S, nearest.min(axis=0, initial=np.inf))
    chosen = np.zeros(len(sound), np.int64)
    stretch = _numbered(sound[:, 1], sound_s)
    for number in range(stretch.max(initial=-1) + 1):  # a stretch as a whole: programs mix packets in bursts
        mine = stretch == number
        apart = np.where(likely[:, mine], places[:, mine], np.nan)
        usual = [np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.inf for row in apart]
        chosen[mine] = np.where(likely[:, mine], np.array(usual)[:, None], np.inf).argmin(axis=0)
    return chosen


def _nearest(sorted_: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.int64]:
    """Index into SORTED_ of what is nearest to each of WANTED."""
    after = np.clip(np.searchsorted(sorted_, wanted), 1, max(1, len(sorted_) - 1))
    after = np.minimum(after, len(sorted_) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(np.abs(sorted_[before] - wanted) <= np.abs(sorted_[after] - wanted), before, after)


def differences(
    master: Cells,
    run: NDArray[np.int64],
    copy: Cells,
    shown: FrameTimes,
    silent: Sequence[tuple[Fraction, Fraction]],
    *,
    mixed: bool,
) -> list[str]:
    """Say where COPY does not sound as MASTER, whose cells belong to RUN, at the frames SHOWN.

    Spans of the copy, in seconds, that are SILENT are left out; MIXED tells that there are fewer channels in it.
    """
    if not len(copy):  # a track holds sound, if only silence: the program failed, or cannot decode it
        return ["a second program hears nothing"]
    wanted, heard = _side_by_side(master, run, copy, shown)
    compared = _outside([*silent, *_joins(shown)], len(wanted)) & _off_edges(wanted) & _off_edges(heard)
    gain = _gain(wanted[compared], heard[compared])
    most = TRACK_DB[mixed]
    if abs(gain) > most:
        return [f"the track is {abs(gain):.0f} dB {'louder' if gain > 0 else 'softer'} than in the master"]
    heard = heard * 10 ** (-gain / 10)
    wrong = {start: _wrong(wanted, heard, compared, start) for start in range(0, len(wanted), STEP)}
    sentences = []
    for bad, some in groupby(wrong.items(), key=lambda item: bool(item[1])):
        windows = list(some)
        if bad and (len(windows) > 1 or len(wanted) <= WINDOW):
            (first, fault), (last, _) = windows[0], windows[-1]
            until = min(last + WINDOW, len(wanted)) * CELL_S
            sentences.append(f"{fault} from {first * CELL_S:.1f} to {until:.1f} s")
    return sentences


def _joins(shown: FrameTimes) -> list[tuple[Fraction, Fraction]]:
    """Moments of the copy, each from one on to itself, at which sound is joined that is not together in the master."""
    leaps = np.abs(np.diff(shown.file) - np.diff(shown.copy)) > MAY_LIE_S
    at = shown.copy[1:][leaps | (np.diff(shown.run) != 0)]
    return [(Fraction(moment), Fraction(moment)) for moment in at.tolist()]


def _side_by_side(
    master: Cells, run: NDArray[np.int64], copy: Cells, shown: FrameTimes
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lay both on the copy's line of time, a cell each CELL_S: (n, bands) mean squares, 0 where no sound is."""
    ends = max(float(copy.time.max(initial=0)), float(shown.copy[-1]))
    line = np.asarray((np.arange(round(ends / CELL_S)) + 0.5) * CELL_S, np.float64)
    there = _at(copy.time, copy.power, line)
    frame = np.clip(np.searchsorted(shown.copy, line, "right") - 1, 0, len(shown.copy) - 1)
    due = shown.file[frame] + line - shown.copy[frame]
    wanted = np.zeros_like(there)
    for number in np.unique(shown.run):
        here, mine = shown.run[frame] == number, run == number
        wanted[here] = _at(master.time[mine], master.power[mine], due[here])
    return wanted, there


def _at(time: NDArray[np.float64], power: NDArray[np.float32], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the POWER of the cells at TIME that are nearest to those WANTED; 0 where there is none, never elsewhere."""
    if not len(time):
        return np.zeros((len(wanted), power.shape[1]))
    order = np.argsort(time, kind="stable")
    near = order[_nearest(time[order], wanted)]
    return np.where(np.abs(time[near] - wanted)[:, None] <= CELL_S, power[near] + NOTHING, 0).astype(np.float64)


def _outside(silent: Sequence[tuple[Fraction, Fraction]], count: int) -> NDArray[np.bool_]:
    """(n,) cells that no span of SILENT comes near."""
    kept = np.ones(count, np.bool_)
    for start, end in silent:
        kept[max(0, int(float(start) / CELL_S) - BESIDE) : max(0, int(float(end) / CELL_S) + BESIDE)] = False
    return kept


def _off_edges(power: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) cells that are not beside one where sound begins to be there, or ends."""
    there = power.sum(1) > 0
    kept = np.ones(len(power), np.bool_)
    for edge in (0, *(np.flatnonzero(np.diff(there)) + 1), len(power)):
        kept[max(0, edge - BESIDE) : edge + BESIDE] = False
    return kept


def _gain(wanted: NDArray[np.float64], heard: NDArray[np.float64]) -> float:
    """By how many dB HEARD is louder than WANTED where both are."""
    both = (wanted.sum(1) > QUIET) & (heard.sum(1) > QUIET)
    return float(np.median(_db(heard[both].sum(1)) - _db(wanted[both].sum(1)))) if both.any() else 0.0


def _db(power: NDArray[np.float64]) -> NDArray[np.float64]:
    levels: NDArray[np.float64] = 10 * np.log10(power + FLOOR)
    return levels


def _wrong(wanted: NDArray[np.float64], heard: NDArray[np.float64], compared: NDArray[np.bool_], start: int) -> str:
    """Say what is wrong in the window from START on; nothing where it sounds alike."""
    window = slice(start, start + WINDOW)
    rows = np.flatnonzero(compared[window])
    if len(rows) < WINDOW // 4:
        return ""
    due, there = wanted[window][rows], heard[window][rows]
    if max(due.sum(1).max(), there.sum(1).max()) <= QUIET:
        return ""
    levels = np.stack([due.mean(0), there.mean(0)])
    loud = _db(levels).max(0) >= _db(levels.sum(1)).max() - BANDS_DB
    apart = np.abs(np.subtract(*_db(levels)))[loud].max()
    lag, alike = _lag(wanted, heard, start + rows)
    if abs(lag) * CELL_S > MAY_LIE_S:
        return f"it is heard {abs(lag) * CELL_S * 1000:.0f} ms {'late' if lag > 0 else 'early'}"
    if apart > LEVEL_DB or alike < ALIKE:
        return "other sound is heard than in the master"
    return ""


def _lag(wanted: NDArray[np.float64], heard: NDArray[np.float64], rows: NDArray[np.int64]) -> tuple[float, float]:
    """By how many cells HEARD is late at ROWS, and how alike it is at its own time; 0 and 1 where nothing varies."""
    floor = max(FLOOR, BELOW * float(max(heard[rows].max(), wanted[rows].max())))
    there, due = _varied(heard[rows], floor), _varied(wanted[rows], floor)
    varies = max(there.std(), due.std())
    if varies < VARIES_DB:
        return 0.0, 1.0
    lags = np.arange(-LAGS, LAGS + 1)
    values = np.array([_alike(_varied(wanted[np.clip(rows - k, 0, len(wanted) - 1)], floor), there) for k in lags])
    near = np.abs(lags) * CELL_S <= MAY_LIE_S
    own, best = float(values[near].max()), int(values.argmax())
    better = values[best] >= own + BETTER or 1 - own > UNLIKE * (1 - values[best]) + TRACE
    if values[best] < SURELY or not better:
        return 0.0, max(own, _alike_in_outline(wanted[rows], heard[rows], floor))
    return float(lags[best]), own


def _alike_in_outline(wanted: NDArray[np.float64], heard: NDArray[np.float64], floor: float) -> float:
    """How alike WANTED and HEARD are over some cells together; 1 where such an outline has no structure.

    Cell by cell noise is not like itself where the cells of one begin between those of the other.
    """
    kernel = np.ones((OUTLINE, 1)) / OUTLINE
    there, due = (_varied(cv2.filter2D(power, -1, kernel), floor) for power in (heard, wanted))
    return _alike(due, there) if max(there.std(), due.std()) >= STRUCTURE_DB else 1.0


def _varied(power: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    """How many dB each band of POWER is above its mean over time; what is below FLOOR is not heard."""
    levels = 10 * np.log10(power + floor)
    above: NDArray[np.float64] = levels - levels.mean(0)
    return above


def _alike(due: NDArray[np.float64], there: NDArray[np.float64]) -> float:
    """Correlate what is DUE with what is THERE."""
    size = np.sqrt((due**2).sum() * (there**2).sum())
    return float((due * there).sum() / size) if size else 0.0
