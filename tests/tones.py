"""Masters whose picture says which frame it is and whose sound says which second, and what a copy makes of both."""

from __future__ import annotations

import re
import wave
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from masters import make, reference, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from redact.records.clip import Clip

__all__ = ["CODED", "FPS", "TONE_S", "Take", "joined", "line_time", "numbers", "offsets", "take", "tone_at"]

FPS = 25
RATE = 48_000
SIDE = 16
"""px of one bit of the frame number."""
BITS = 10
TONE_S = 0.2
"""How long each tone is; tone k begins half a second after second k, and has a pitch of its own."""
CODED = ("-c:v", "libx264", "-preset", "ultrafast", "-g", 25, "-bf", 2, "-pix_fmt", "yuv420p", "-c:a", "aac")
BLOCK = re.compile(r"pts:(\d+|-\d+) .*? nb_samples:(\d+)")


@dataclass(frozen=True)
class Take:
    """A part of the scene."""

    first: int
    """Second at which it begins."""
    last: int
    """Second at which it ends."""


def _hertz(tone: Any) -> Any:
    """Pitch of a tone, or of many."""
    return 400 + 150 * tone


def tone_at(tone: int) -> float:
    """Second of the scene at which a tone begins."""
    return tone + 0.5


def take(path: Path, some: Take, *arguments: object, before: Sequence[object] = ()) -> Path:
    """Make a master of SOME of the scene at PATH, written with ffmpeg's ARGUMENTS; BEFORE stands before its sound."""
    raw, sound = path.with_suffix(".raw"), path.with_suffix(".wav")
    raw.write_bytes(b"".join(_picture(n).tobytes() for n in range(some.first * FPS, some.last * FPS)))
    samples = _tones(some.last)[some.first * RATE :]
    with wave.open(str(sound), "wb") as out:
        out.setparams((1, 2, RATE, len(samples), "NONE", ""))
        out.writeframes((samples * 32_000).astype("<i2").tobytes())
    size = f"{SIDE * BITS}x{2 * SIDE}"
    shown = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", size, "-r", FPS, "-i", raw)
    made = make(path, *shown, *before, "-i", sound, *CODED, *arguments)
    raw.unlink()
    sound.unlink()
    return made


def joined(path: Path, *parts: Path) -> Path:
    """Make one file of PARTS, as a recorder does that starts anew, or somebody who joins recordings."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def line_time(clip: Clip, tone: int) -> Fraction:
    """Seconds of CLIP's line of time at which a tone of the whole scene begins."""
    at = Fraction(tone_at(tone)) * FPS
    return int(clip.pts[int(at)]) * clip.time_base + (at - int(at)) / FPS


def _picture(number: int) -> NDArray[np.uint8]:
    """A picture of its NUMBER: a row of blocks, bright for 1, and the same inverted below."""
    bits = np.array([(number >> k) & 1 for k in range(BITS)], np.uint8)
    rows = np.stack([bits, 1 - bits]) * 160 + 40
    return np.kron(rows, np.ones((SIDE, SIDE), np.uint8)).astype(np.uint8)


def _tones(seconds: int) -> NDArray[np.float64]:
    """A tone of its own in every second."""
    time = np.arange(seconds * RATE) / RATE
    within = time % 1
    loud = (within >= 0.5) & (within < 0.5 + TONE_S)
    return np.asarray(0.5 * loud * np.sin(2 * np.pi * _hertz(np.floor(time)) * (within - 0.5)), np.float64)


def numbers(path: Path) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Which frames of the scene PATH shows, and when, in seconds, as the program decodes it."""
    found = reference(path, "gray", (SIDE * BITS, 2 * SIDE))
    luma = np.stack([planes[0] for planes in found.planes]).astype(np.int64)
    middle = luma[:, SIDE // 2, SIDE // 2 :: SIDE] - luma[:, SIDE + SIDE // 2, SIDE // 2 :: SIDE]
    return (middle > 0) @ (1 << np.arange(BITS)), np.array([float(time) for time in found.times])


def _heard(path: Path, track: int) -> tuple[NDArray[np.float32], float]:
    """Decode a sound track of PATH with the program: samples, and the second at which the first is heard."""
    done = run(
        *("-loglevel", "info", "-copyts", "-i", f"file:{path}", "-map", f"0:a:{track}"),
        *("-af", f"aresample={RATE}:async=1,ashowinfo", "-ac", 1, "-f", "f32le", "pipe:1"),
    )
    first = BLOCK.search(done.stderr.decode(errors="replace"))
    return np.frombuffer(done.stdout, np.float32), int(first[1]) / RATE if first else 0.0


def offsets(path: Path, tones: Sequence[int], track: int = 0) -> dict[int, float]:
    """By how many seconds each of TONES that is heard begins after the frame of the scene that it belongs to."""
    frames, times = numbers(path)
    samples, begins = _heard(path, track)
    found = {}
    for tone in tones:
        at = _begin(samples, _hertz(tone))
        shown = times[np.searchsorted(frames, round(tone_at(tone) * FPS))]
        if at is not None:
            found[tone] = begins + at - (shown + tone_at(tone) - round(tone_at(tone) * FPS) / FPS)
    return found


def _begin(samples: NDArray[np.float32], pitch: int) -> float | None:
    """Second at which a tone of PITCH begins, to some ms; None where it is not heard."""
    length = RATE // 50
    time = np.arange(len(samples)) / RATE
    wave_ = samples * np.exp(-2j * np.pi * pitch * time)
    sums = np.concatenate([[0], np.cumsum(wave_)])
    level = np.abs(sums[length:] - sums[:-length]) / length
    loud = level > 0.12
    if loud.sum() < RATE * TONE_S / 4:
        return None
    return float(np.argmax(loud)) / RATE + 0.5 * length / RATE
