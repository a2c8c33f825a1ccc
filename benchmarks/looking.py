"""How soon a frame of an hour is shown, and in how much memory: `python -m benchmarks.looking`.

Frames are asked for as the page does: one after the other, each some time after the one before was shown, so that what
is made ready meanwhile is made. Every frame is held against the number burned into it, so none counts that is another.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
import cv2
import numpy as np

from benchmarks.memory import looped
from redact.records.clip import Damage
from redact.records.kinds import Cover, Style
from redact.records.plan import MaskPlan
from redact.review.pictures.frames import Frames
from redact.review.pictures.preview import preview
from redact.review.pictures.proxy import make_proxy
from redact.review.pictures.reels import Film
from redact.video.demux import packets
from redact.video.opening import opened
from redact.video.probe import probe
from redact.video.program import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip

__all__ = ["RATE", "SIZE", "made"]

T = TypeVar("T")

SIZE, RATE, LOOP = (1920, 1080), 25, 500
"""px, frames a second, and frames after which the picture begins anew."""

BITS, SIDE = 10, 64

KEYS = 250
"""Frames between key pictures: the longest that encoders choose by themselves."""

MOST_MS, MOST_BYTES = 100, 500e6
"""What a step may take, the median of many; what the process may hold."""


@dataclass(frozen=True)
class Walk:
    """Frames that are asked for one after the other."""

    name: str
    frames: Sequence[int]
    pause_s: float
    """Between a frame that was shown and the next one: somebody holds a key, or looks."""


@click.command()
@click.option("--hours", default=1.0, show_default=True, help="How long the clip is.")
@click.option("--small/--no-small", default=False, help="Make the small copy as well, which takes as long as a scan.")
def main(hours: float, *, small: bool) -> None:
    """Step through a long clip; exit code 1 where a step takes too long, or too much memory."""
    with tempfile.TemporaryDirectory() as work:
        clip = made(Path(work), hours)
        click.echo(f"{len(clip):,} frames of {SIZE[0]}x{SIZE[1]}, {clip.size_bytes / 1e6:,.0f} MB")
        film = Film("clip", clip)
        slow = _walked(film, _walks(len(clip)))
        slow += _previewed(film)
        if small:
            begun = time.perf_counter()
            path = Path(work) / "proxy.mp4"
            marks = _elsewhere(make_proxy, clip, path)  # as the page has it made by another process
            took = time.perf_counter() - begun
            click.echo(
                f"small copy: {path.stat().st_size / 1e6:,.0f} MB in {took:,.0f} s, "
                f"landmarks {len(marks.to_bytes(clip.sha256)) / 1e6:.1f} MB"
            )
            slow += _walked(Film("clip/1", clip, marks), _walks(len(clip)))
    held = _held_bytes()
    click.echo(f"the process holds {held / 1e6:,.0f} MB, and held {_most_bytes() / 1e6:,.0f} MB")
    if slow or held > MOST_BYTES:
        raise SystemExit(1)


def made(folder: Path, hours: float) -> Clip:
    """Make the clip of HOURS hours in FOLDER; its digest is made up."""
    times = max(1, round(hours * 3600 * RATE / LOOP))
    loop = _elsewhere(_loop, folder / "loop.mp4")
    return _table(looped(loop, folder / "long.mp4", times))


def _elsewhere(work: Callable[..., T], *arguments: object) -> T:
    """Do WORK in a process of its own, so that this one holds nothing of it."""
    with ProcessPoolExecutor(1, get_context("spawn")) as worker:
        return worker.submit(work, *arguments).result()


def _walks(count: int) -> tuple[Walk, ...]:
    """Give the walks through a clip of COUNT frames."""
    middle, chance = count // 2, np.random.default_rng(1)
    return (
        Walk("jumps", chance.integers(0, count, 20).tolist(), 0.2),
        Walk("forwards, a key held", range(middle, middle + 300), 0.04),
        Walk("backwards, a key held", range(middle + 300, middle, -1), 0.04),
        Walk("forwards, one by one", range(middle + 700, middle + 760), 0.3),
        Walk("backwards, one by one", range(middle + 1700, middle + 1640, -1), 0.3),
    )


def _walked(film: Film, walks: Sequence[Walk]) -> int:
    """Take WALKS through FILM, and count those that are steps and take too long."""
    slow = 0
    with closing(Frames()) as frames:
        frames.picture(film, 0)
        for walk in walks:
            slow += _report(walk, lambda index: frames.picture(film, index).data)
    return slow


def _previewed(film: Film) -> int:
    """Step through FILM as it will leave, ten people hidden on each frame."""
    boxes = np.array([[180 * k, 300, 180 * k + 80, 540] for k in range(10)], np.int32)
    count = len(film.clip)
    plan = MaskPlan(
        film.clip.sha256,
        Style.BLUR,
        Cover.BODY,
        (0, count),
        np.arange(count + 1, dtype=np.int64) * 10,
        np.tile(boxes, (count, 1)),
        np.tile(np.arange(10, dtype=np.int32), count),
        np.zeros(10 * count, np.uint8),
        np.zeros(10 * count, np.uint8),
    )
    middle = count // 2
    with closing(Frames()) as frames:

        def show(index: int) -> bytes:
            return preview(frames, film, plan, index, version="1", width=None).data

        show(middle - 1)
        forwards, backwards = range(middle, middle + 60), range(middle + 1060, middle + 1000, -1)
        return sum(
            _report(Walk(f"as it will leave, {name}", steps, 0.04), show)
            for name, steps in (("forwards", forwards), ("backwards", backwards))
        )


def _report(walk: Walk, show: Callable[[int], bytes]) -> int:
    """Take WALK by what SHOW gives, and tell how long its steps took; 1 where they are steps and take too long."""
    spent = []
    for index in walk.frames:
        begun = time.perf_counter()
        data = show(index)
        spent.append(1000 * (time.perf_counter() - begun))
        assert _number(data) == index % LOOP, f"frame {index} is not what was shown"
        time.sleep(walk.pause_s)
    spent.sort()
    middle, high = spent[len(spent) // 2], spent[int(len(spent) * 0.95)]
    click.echo(
        f"{walk.name:28} median {middle:6.1f} ms, 95 % within {high:7.1f}, longest {spent[-1]:7.1f}, "
        f"{_held_bytes() / 1e6:4.0f} MB"
    )
    return int(walk.name != "jumps" and middle > MOST_MS)


def _number(data: bytes) -> int:
    """Read the number in a picture."""
    grey = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_2)).astype(int)
    half = SIDE // 2
    upper, lower = (grey[row, half // 2 : half * BITS : half] for row in (half // 2, half + half // 2))
    return int((upper > lower) @ (1 << np.arange(BITS)))


def _loop(path: Path) -> Path:
    """Write LOOP numbered pictures of a textured scene with the noise of a camera to PATH, with sound."""
    command = [program(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{SIZE[0]}x{SIZE[1]}"]
    command += ["-r", str(RATE), "-i", "pipe:", "-f", "lavfi", "-i", f"sine=frequency=440:duration={LOOP / RATE}"]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-g", str(KEYS), "-bf", "2"]
    command += ["-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin
        for picture in _pictures():
            process.stdin.write(picture.tobytes())
        process.stdin.close()
    assert not process.returncode
    return path


def _pictures() -> Iterator[NDArray[np.uint8]]:
    """Give the pictures of the loop."""
    random = np.random.default_rng(3)
    wide = cv2.resize(random.normal(110, 40, (SIZE[1] // 8, SIZE[0] // 4)).astype(np.float32), (SIZE[0] * 2, SIZE[1]))
    noise = random.normal(0, 3, (16, SIZE[1], SIZE[0])).astype(np.float32)
    for number in range(LOOP):
        left = 2 * number
        picture = np.clip(wide[:, left : left + SIZE[0]] + noise[number % 16], 0, 255).astype(np.uint8)
        bits = np.array([(number >> k) & 1 for k in range(BITS)], np.uint8)
        picture[: 2 * SIDE, : SIDE * BITS] = np.kron(np.stack([bits, 1 - bits]) * 160 + 40, np.ones((SIDE, SIDE)))
        yield picture


def _table(path: Path) -> Clip:
    """Give the clip at PATH by the times of its packets: it is whole, so no picture need be decoded for that."""
    source = probe(path)
    with opened(path) as container:
        stream = container.streams.video[0]
        times = [packet.pts for packet in packets(container, [stream]) if packet.size and packet.pts is not None]
    assert source.time_base == Fraction(1, stream.time_base.denominator) if stream.time_base else True
    return source.clip("a" * 64, np.array(sorted(times), np.int64), Damage())


def _held_bytes() -> int:
    return _status("VmRSS")


def _most_bytes() -> int:
    return _status("VmHWM")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    main()
