"""Writes the demo's own clip with the ffmpeg program: pictures from memory, and a tune."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import ffmpeg
import imageio_ffmpeg

from redact.errors import InputUnusable
from redact.files import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["write_clip"]

SAMPLE_RATE = 48_000


def write_clip(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    size: tuple[int, int],
    rate: Fraction,
    tune: Sequence[tuple[int, float]],
) -> None:
    """Write PICTURES, uint8 (h, w, 3) RGB of SIZE (w, h), as H.264 with TUNE, (Hz, seconds) each, as AAC sound.

    Raises InputUnusable where the file cannot be written.
    """
    with whole_file(path) as part:
        command = _command(part, size, rate, tune)
        process = ffmpeg.run_async(command, cmd=_program(), pipe_stdin=True, pipe_stderr=True, overwrite_output=True)
        try:
            for picture in pictures:
                process.stdin.write(picture.tobytes())
            said = process.communicate()[1]
        except BrokenPipeError:  # it stopped reading; what it said tells why
            said = process.stderr.read()
        finally:
            process.kill()
            process.wait()
        if process.returncode:
            message = f"{path} cannot be written ({said.decode(errors='replace').strip().splitlines()[-1:]})."
            raise InputUnusable(message, "Choose another folder with -o, or make room on the disk.")


def _command(part: Path, size: tuple[int, int], rate: Fraction, tune: Sequence[tuple[int, float]]) -> ffmpeg.Stream:
    pictures = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="rgb24", s=f"{size[0]}x{size[1]}", r=str(rate))
    notes = [ffmpeg.input(_note(*note), f="lavfi").audio.filter("afade", t="out", d=note[1]) for note in tune]
    sound = ffmpeg.concat(*notes, v=0, a=1) if len(notes) > 1 else notes[0]
    return ffmpeg.output(
        pictures.filter("scale", out_color_matrix="bt709"),
        sound,
        str(part),
        format="mp4",
        vcodec="libx264",
        preset="veryfast",
        crf=18,
        pix_fmt="yuv420p",
        colorspace="bt709",
        color_primaries="bt709",
        color_trc="bt709",
        acodec="aac",
        shortest=None,
        loglevel="error",
    )


def _note(hertz: int, seconds: float) -> str:
    return f"sine=frequency={hertz}:duration={seconds}:sample_rate={SAMPLE_RATE}"


def _program() -> str:
    """The ffmpeg program: the system's, or else the one that a wheel brings."""
    return shutil.which("ffmpeg") or str(imageio_ffmpeg.get_ffmpeg_exe())
