"""The second opinion: the ffmpeg program, another build in another process, decodes what was written."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
from contextlib import contextmanager, suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import ffmpeg
import numpy as np

from redact.errors import VerificationFailed
from redact.pipe import prefetch
from redact.video.allowed import FORMATS_ALLOWED
from redact.video.formats import shape
from redact.video.program import program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import IO

    from numpy.typing import NDArray

    from redact.records.clip import Clip, Layout

__all__ = ["command", "plain", "running", "second_decode", "transcode"]

TIMES_AHEAD = 1024
"""Times read ahead of the pictures; more than the program holds between its filter and its output."""

PIPE_BYTES = 1 << 20
"""Asked of the system for the pipe that carries pictures."""

SPEAKING = ("-nostdin", "-nostats", "-hide_banner", "-loglevel", "info")
"""How the program is to speak: no more than what is read."""

TIME_BASE = re.compile(rb"config in time_base: (\d+)/(\d+)")
TIME = re.compile(rb"\bn: *\d+ pts: *(-?\d+|NOPTS) ")


def second_decode(path: Path, clip: Clip, layout: Layout) -> Iterator[tuple[Fraction, tuple[NDArray[Any], ...]]]:
    """Decode the copy at PATH: the time in seconds, exactly, and the planes of every frame, LAYOUT px in size.

    Raises VerificationFailed where the program fails or its pictures and times do not match in number.
    """
    form = shape(clip.pix_fmt)
    sizes = [form.size(plane, layout.width, layout.height) for plane in range(len(form.across))]
    with running(_decoding(path, clip)) as process, prefetch(_times(process.stderr), TIMES_AHEAD) as times:
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


def _decoding(path: Path, clip: Clip) -> list[str]:
    """Write the command that sends raw pictures to stdout and their times to stderr."""
    shown = f"showinfo=checksum=0,{_unchanged(clip.pix_fmt)}"
    raw = ("-map", "0:v:0", "-vf", shown, "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1")
    return command(path, raw, before=("-noautorotate",))


def _unchanged(pix_fmt: str) -> str:
    """Write the filter that gives PIX_FMT without its levels being changed, whatever the program calls its range."""
    if pix_fmt.startswith("gray"):  # may be decoded with colour planes, and turning it grey would change its range
        return f"extractplanes=y,format=pix_fmts={pix_fmt}"
    name = pix_fmt.replace("yuvj", "yuv")
    deep = shape(pix_fmt).dtype is not np.uint8
    return f"format=pix_fmts={name}" if deep else f"format=pix_fmts={name}|{name.replace('yuv', 'yuvj')}"


def command(path: Path, wanted: Sequence[str], *, before: Sequence[str] = ()) -> list[str]:
    """Write the command that gives what is WANTED of the file at PATH; nothing that the file names is opened.

    Arguments that are about the input stand BEFORE it.
    """
    allowed = ("-protocol_whitelist", "file", "-format_whitelist", FORMATS_ALLOWED)
    return [program(), *SPEAKING, *allowed, "-copyts", *before, "-i", f"file:{path}", *wanted]


def plain() -> dict[str, str]:
    """Give the environment, such that the program colours none of its words: colours would stand between them."""
    return {**os.environ, "AV_LOG_FORCE_NOCOLOR": "1"}


@contextmanager
def running(command: list[str]) -> Iterator[Any]:
    """Run COMMAND; it has ended, one way or the other, when the block is left."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=plain()
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
