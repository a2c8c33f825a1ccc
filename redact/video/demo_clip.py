"""Writes the demo's own clip with the ffmpeg program: pictures from memory, and a tune."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import ffmpeg

from redact.advice import Given
from redact.errors import InputUnusable
from redact.files import whole_file
from redact.video.program import program

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["write_clip"]

SAMPLE_RATE = 48_000

BT709 = {"colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709"}


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
        process = ffmpeg.run_async(command, cmd=program(), pipe_stdin=True, pipe_stderr=True, overwrite_output=True)
        try:
            with suppress(BrokenPipeError):  # it stopped reading; what it said tells why
                for picture in pictures:
                    process.stdin.write(picture.tobytes())
            output = process.communicate()[1].decode(errors="replace").strip()
        finally:
            process.kill()
            process.wait()
            process.stderr.close()
            with suppress(OSError):
                process.stdin.close()
        if process.returncode:
            message = f"{path} cannot be written ({output.rpartition(chr(10))[2] or 'no reason given'})."
            raise InputUnusable(message, "Choose another folder with ", Given.FOLDER, ", or make room on the disk.")


def _command(part: Path, size: tuple[int, int], rate: Fraction, tune: Sequence[tuple[int, float]]) -> ffmpeg.Stream:
    pictures = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="rgb24", s=f"{size[0]}x{size[1]}", r=str(rate))
    sound = ffmpeg.input(_melody(tune), f="lavfi").audio
    return ffmpeg.output(
        pictures.filter("scale", out_color_matrix="bt709").filter("setparams", **BT709),
        sound,
        str(part),
        format="mp4",
        vcodec="libx264",
        preset="veryfast",
        crf=18,
        pix_fmt="yuv420p",
        acodec="aac",
        shortest=None,
        loglevel="error",
    )


def _melody(tune: Sequence[tuple[int, float]]) -> str:
    """TUNE as one graph: ffmpeg-python takes two notes that are alike for one, and refuses to use it twice."""
    notes = [
        f"sine=frequency={hertz}:duration={seconds}:sample_rate={SAMPLE_RATE},afade=t=out:d={seconds}[n{number}]"
        for number, (hertz, seconds) in enumerate(tune)
    ]
    joined = "".join(f"[n{number}]" for number in range(len(tune)))
    return ";".join([*notes, f"{joined}concat=n={len(tune)}:v=0:a=1"])
