"""What the second program reads of times and sound: the packets of a file in their order, and what is heard when.

Which stream is the picture, and how long a tick is, comes from the first reading; nothing that decoding a master for a
copy found is used. The program is another build, in another process.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from redact.errors import VerificationFailed
from redact.pipe import prefetch
from redact.video.opening import opened
from redact.video.second import command, running
from redact.video.streams import video_stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["BANDS", "CELL_S", "Cells", "PacketOrder", "cells", "packet_order"]

RATE = 16_000
"""Samples a second that are listened to; voices lie below half of it."""

HOP = 160
"""Samples from one cell to the next."""

CELL_S = HOP / RATE
"""Seconds from one cell to the next."""

LENGTH = 256
"""Samples of a cell; neighbours overlap, so that nothing falls between them."""

BANDS = (50, 200, 400, 700, 1100, 1800, 3000, 5000, 7500)
"""Hz between which the power of sound is told apart."""

BLOCKS_AHEAD = 4096
"""Blocks read ahead of their samples; more than the program holds between its filter and its output."""

UNSAID = -(2**63)
"""Instead of a time of decoding that a packet does not say."""

AT_ONCE = 4096
"""Cells worked out at a time."""

STEADY = round(0.005 * RATE)
"""Samples by which a block may begin elsewhere than where the last one ended: rounding."""

PACKET = re.compile(rb"demuxer -> ist_index:(?:\d+:)?(\d+) type:\w+ .*?pkt_pts:(-?\d+|NOPTS) .*?pkt_dts:(-?\d+|NOPTS) ")
SOUND = re.compile(rb"\bn:\d+ pts:(-?\d+|NOPTS) .*?channels:(\d+) .*?rate:\d+ nb_samples:(\d+)")


@dataclass(frozen=True, slots=True, eq=False)
class PacketOrder:
    """The packets of a picture stream and of one of sound, in the order in which they stand in the file."""

    picture: NDArray[np.int64]
    """(p, 3) place in the file, pts and dts in ticks of the stream.

    For a pts that is not said stands the dts, for a dts that before it.
    """
    sound: NDArray[np.int64]
    """(s, 2) place in the file, and pts."""
    picture_s: float
    """Seconds per tick of the picture,"""
    sound_s: float
    """and of the sound."""
    untimed: int
    """Packets of the picture that do not say when they are shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """What is heard of one track, in cells of some hundredths of a second."""

    time: NDArray[np.float64]
    """(n,) seconds of the file at the middle of each cell, in the order of the file."""
    power: NDArray[np.float32]
    """(n, bands) mean square of the samples in each of BANDS, all channels together; 1 is full scale."""

    def __len__(self) -> int:
        """Count cells."""
        return len(self.time)


def packet_order(path: Path, picture: int | None, sound: int | None = None) -> PacketOrder:
    """List the packets of video stream PICTURE, None for the first, and of sound stream SOUND, of the file at PATH.

    Raises VerificationFailed where the program finds no picture.
    """
    with opened(path) as container:
        chosen = video_stream(container, path, picture)
        picture, bases = chosen.index, [chosen.time_base or 0]
        bases += [] if sound is None else [container.streams[sound].time_base or 0]
    rows: dict[int, list[tuple[int, ...]]] = {index: [] for index in (picture, sound) if index is not None}
    untimed = 0
    with running(_listing(path, rows)) as process:
        for place, (index, pts, dts) in enumerate(_listed(process.stderr)):
            untimed += pts is None and index == picture
            shown = dts if pts is None else pts
            if shown is not None:
                rows[index].append((place, shown, UNSAID if dts is None else dts))
    packets = [_filled(np.array(some, np.int64).reshape(-1, 3)) for some in rows.values()]
    if not len(packets[0]):
        message = f"A second program finds no picture in {path}."
        raise VerificationFailed(message)
    heard = packets[-1][:, :2] if sound is not None else np.zeros((0, 2), np.int64)
    return PacketOrder(packets[0], np.ascontiguousarray(heard), float(bases[0]), float(bases[-1]), untimed)


def _filled(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Let every one of ROWS that has no time of decoding have that before it, or of showing where none has one."""
    timed = np.flatnonzero(rows[:, 2] != UNSAID)
    if not len(timed):
        rows[:, 2] = rows[:, 1]
        return rows
    before = np.searchsorted(timed, np.arange(len(rows)), "right") - 1
    rows[:, 2] = rows[timed[np.maximum(before, 0)], 2]
    return rows


def cells(path: Path, index: int) -> Cells:
    """Listen to sound stream INDEX of the file at PATH; no cells where nothing of it decodes."""
    with running(_hearing(path, index)) as process, prefetch(_blocks(process.stderr), BLOCKS_AHEAD) as blocks:
        try:
            parts = list(_cells(_stretches(_read(process.stdout, blocks))))
        finally:
            process.kill()  # its end wakes the thread that waits for what it says
    nothing = np.zeros(0), np.zeros((0, len(BANDS) - 1), np.float32)
    return Cells(*(np.concatenate([none, *(part[k] for part in parts)]) for k, none in enumerate(nothing)))


def _listing(path: Path, streams: Iterable[int]) -> list[str]:
    """Write the command that tells of every packet of STREAMS, and decodes none."""
    taken = (part for index in streams for part in ("-map", f"0:{index}"))
    return command(path, (*taken, "-c", "copy", "-f", "null", "-debug_ts", "pipe:1"))


def _hearing(path: Path, index: int) -> list[str]:
    """Write the command that sends the samples of stream INDEX to stdout and their times to stderr."""
    heard = ("-map", f"0:{index}", "-af", f"aresample={RATE},ashowinfo")
    return command(path, (*heard, "-f", "f32le", "-c:a", "pcm_f32le", "pipe:1"))


def _listed(lines: IO[bytes]) -> Iterator[tuple[int, int | None, int | None]]:
    """Read stream, pts and dts of every packet."""
    for line in lines:
        if match := PACKET.search(line):
            pts, dts = (None if ticks == b"NOPTS" else int(ticks) for ticks in match.groups()[1:])
            yield int(match[1]), pts, dts


def _blocks(lines: IO[bytes]) -> Iterator[tuple[int | None, int, int]]:
    """Read when every block of sound is heard, in samples, how many channels it has and how many samples."""
    for line in lines:
        if match := SOUND.search(line):
            yield None if match[1] == b"NOPTS" else int(match[1]), int(match[2]), int(match[3])


def _read(
    stream: IO[bytes], blocks: Iterator[tuple[int | None, int, int]]
) -> Iterator[tuple[int | None, NDArray[np.float32]]]:
    """Give every block of sound: when it is heard, and its samples (n, channels)."""
    channels = 0
    for time, block_channels, number in blocks:
        channels = channels or block_channels  # what comes later is turned into what came first
        flat = np.frombuffer(stream.read(4 * channels * number), np.float32)
        yield time, flat[: len(flat) // channels * channels].reshape(-1, channels)


def _stretches(
    blocks: Iterator[tuple[int | None, NDArray[np.float32]]],
) -> Iterator[tuple[int, NDArray[np.float32], bool]]:
    """Join BLOCKS that follow each other in time: when they begin, their samples, and whether more follow at once."""
    held: list[NDArray[np.float32]] = []
    begins = count = 0
    for time, samples in blocks:
        if held and time is not None and abs(time - begins - count) > STEADY:
            yield begins, np.concatenate(held), False
            held, count = [], 0
        if not held:
            begins = begins + count if time is None else time
        held.append(samples)
        count += len(samples)
        if count >= AT_ONCE * HOP + LENGTH:
            whole = np.concatenate(held)
            yield begins, whole[: AT_ONCE * HOP + LENGTH - HOP], True
            held, begins, count = [whole[AT_ONCE * HOP :]], begins + AT_ONCE * HOP, count - AT_ONCE * HOP
    if held:
        yield begins, np.concatenate(held), False


def _cells(stretches: Iterator[tuple[int, NDArray[np.float32], bool]]) -> Iterator[tuple[NDArray[Any], ...]]:
    """Give time and power of the cells of every one of STRETCHES."""
    for begins, samples, more in stretches:
        number = AT_ONCE if more else -(-len(samples) // HOP)
        if number:
            yield (begins + np.arange(number) * HOP + LENGTH / 2) / RATE, _heard(samples, number)


def _heard(part: NDArray[np.float32], number: int) -> NDArray[np.float32]:
    """Give the power of NUMBER cells of PART (n, channels), (NUMBER, bands)."""
    padded = np.pad(part, ((0, max(0, (number - 1) * HOP + LENGTH - len(part))), (0, 0)))
    cut = np.lib.stride_tricks.sliding_window_view(padded, LENGTH, axis=0)[: number * HOP : HOP]
    window = np.hanning(LENGTH).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(cut * window)) ** 2 / (LENGTH * (window**2).sum())
    edges = np.ceil(np.array(BANDS) * LENGTH / RATE).astype(int)
    power = 2 * np.stack([spectrum[..., a:b].sum(-1) for a, b in pairwise(edges.tolist())], -1)
    return np.asarray(power.sum(1), np.float32)
