"""The second opinion: the ffmpeg program, another build in another process, decodes what was written."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from contextlib import contextmanager, suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import ffmpeg
import imageio_ffmpeg
import numpy as np

from redact.errors import VerificationFailed
from redact.pipe import prefetch
from redact.video.formats import shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

    from numpy.typing import NDArray

    from redact.records import Clip, Layout

__all__ = ["program", "second_decode", "transcode"]

TIMES_AHEAD = 1024
"""Times read ahead of the pictures; more than the program holds between its filter and its output."""

PIPE_BYTES = 1 << 20
"""Asked of the system for the pipe that carries pictures."""

TIME_BASE = re.compile(rb"config in time_base: (\d+)/(\d+)")
TIME = re.compile(rb"\bn: *\d+ pts: *(-?\d+|NOPTS) ")


def program() -> str:
    """Where the ffmpeg program is: on the path, else the one that a package brought."""
    return shutil.which("ffmpeg") or str(imageio_ffmpeg.get_ffmpeg_exe())


def second_decode(path: Path, clip: Clip, layout: Layout) -> Iterator[tuple[Fraction, tuple[NDArray[Any], ...]]]:
    """Decode the copy at PATH: the time in seconds, exactly, and the planes of every frame, LAYOUT px in size.

    Raises VerificationFailed where the program fails or its pictures and times do not match in number.
    """
    form = shape(clip.pix_fmt)
    sizes = [form.size(plane, layout.width, layout.height) for plane in range(len(form.across))]
    with _running(_command(path, clip)) as process, prefetch(_times(process.stderr), TIMES_AHEAD) as times:
        count = 0
        try:
            for flat in _pictures(process.stdout, form.bytes(layout.width, layout.height)):
                time = next(times, None)
                if time is None:
                    break
                yield time, _split(flat.view(form.dtype), sizes)
                count += 1
            left = sum(1 for _ in times)
            if process.wait() or left or not count:
                message = f"{path} was decoded by a second program to {count} frames, then it failed or lost {left}."
                raise VerificationFailed(message)
        finally:
            process.kill()  # its end wakes the thread that waits for what it says


def transcode(path: Path, out: Path, preset: str, crf: int) -> None:
    """Encode the picture at PATH anew and nothing else: the yardstick that the whole job is measured with."""
    output = ffmpeg.input(f"file:{path}").output(
        f"file:{out}", an=None, vcodec="libx264", preset=preset, crf=crf, format="mp4", fps_mode="passthrough"
    )
    command = output.global_args("-loglevel", "error", "-nostdin", "-y").compile(program())
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def _command(path: Path, clip: Clip) -> list[str]:
    """Write the command that sends raw pictures to stdout and their times to stderr."""
    source = ffmpeg.input(f"file:{path}", noautorotate=None, copyts=None)
    shown = source.video.filter("showinfo", checksum=0)
    raw = shown.output("pipe:1", format="rawvideo", pix_fmt=clip.pix_fmt, fps_mode="passthrough")
    quiet = ("-nostdin", "-nostats", "-hide_banner", "-loglevel", "info")
    command: list[str] = raw.global_args(*quiet).compile(program())
    return command


@contextmanager
def _running(command: list[str]) -> Iterator[Any]:
    """Run COMMAND; it has ended, one way or the other, when the block is left."""
    plain = {**os.environ, "AV_LOG_FORCE_NOCOLOR": "1"}  # colours would stand between the words that are looked for
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=plain
    )
    try:
        with suppress(OSError, AttributeError):
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)  # type: ignore[arg-type]
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]
        process.stderr.close()  # type: ignore[union-attr]


def _times(lines: IO[bytes]) -> Iterator[Fraction]:
    """Read the time of every frame, in seconds, from what the program says.

    Raises VerificationFailed where a frame has none.
    """
    time_base = Fraction(0)
    for line in lines:
        if base := TIME_BASE.search(line):
            time_base = Fraction(int(base[1]), int(base[2]))
        elif time := TIME.search(line):
            if time[1] == b"NOPTS" or not time_base:
                message = "A second program decoded a frame of the copy that has no time."
                raise VerificationFailed(message)
            yield int(time[1]) * time_base


def _pictures(stream: IO[bytes], size: int) -> Iterator[NDArray[np.uint8]]:
    """Read pictures of SIZE bytes; a broken last one is left away."""
    while True:
        flat = np.empty(size, np.uint8)
        if stream.readinto(flat) < size:  # type: ignore[attr-defined]
            return
        yield flat


def _split(flat: NDArray[Any], sizes: list[tuple[int, int]]) -> tuple[NDArray[Any], ...]:
    """Cut FLAT into planes of SIZES (rows, columns)."""
    ends = np.cumsum([rows * columns for rows, columns in sizes])
    return tuple(part.reshape(size) for part, size in zip(np.split(flat, ends[:-1]), sizes, strict=True))
