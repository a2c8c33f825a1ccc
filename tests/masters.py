"""Masters made on the spot with the ffmpeg program, and what that program itself makes of a file."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from redact.files import sha256_file
from redact.records.clip import Layout
from redact.video.audio import Sound
from redact.video.decode import DecodeLog, decode
from redact.video.encode import write
from redact.video.formats import shape
from redact.video.geometry import compose
from redact.video.probe import probe
from redact.video.program import bundled

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from redact.records.clip import Clip

__all__ = ["Reference", "copy_of", "make", "picture", "read", "reference", "run", "sound_of", "tone"]

TIME_BASE = re.compile(r"config in time_base: (\d+)/(\d+)")
TIME = re.compile(r"\bn: *\d+ pts: *(-?\d+) ")


@dataclass(frozen=True)
class Reference:
    """What the ffmpeg program decodes of a file."""

    times: list[Fraction]
    """Seconds."""
    planes: list[tuple[NDArray[Any], ...]]


def run(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Run the ffmpeg program of the package: what a master is made with is not what a copy is checked with."""
    command = [bundled(), "-nostdin", "-nostats", "-hide_banner", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert not done.returncode, done.stderr.decode(errors="replace")
    return done


def picture(size: str = "160x120", rate: str = "25", seconds: float = 2) -> tuple[str, ...]:
    """Arguments for a moving test picture."""
    return ("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}")


def tone(hertz: int = 440, seconds: float = 2, rate: int = 48_000) -> tuple[str, ...]:
    """Arguments for a tone."""
    return ("-f", "lavfi", "-i", f"sine=frequency={hertz}:duration={seconds}:sample_rate={rate}")


def make(path: Path, *arguments: object) -> Path:
    """Make the file at PATH."""
    run("-loglevel", "error", *arguments, path)
    return path


def read(path: Path, fps: Fraction | None = None) -> Clip:
    """Scan PATH as the first pass does."""
    source, log = probe(path, fps), DecodeLog()
    for _ in decode(source, log):
        pass
    return source.clip(sha256_file(path), log.pts_array(), log.damage(), tuple(log.remarks), log.breaks_array())


def copy_of(clip: Clip, path: Path, sound: Sound | None = None, span: tuple[int, int] | None = None) -> Layout:
    """Write an unmasked copy of CLIP to PATH, as large as it."""
    layout = Layout(clip.width + clip.width % 2, clip.height + clip.height % 2, 0, 0)
    first, end = span or (0, len(clip))
    frames = (compose(frame, clip, layout) for frame in decode(clip) if first <= frame.index < end)
    write(frames, path, clip, layout, sound or Sound(), span=span, crf=12)
    return layout


def reference(path: Path, pix_fmt: str, size: tuple[int, int], *before: object) -> Reference:
    """Decode PATH with the program: times, and planes in PIX_FMT of SIZE (w, h) px."""
    done = run(
        *("-loglevel", "info", "-noautorotate", "-copyts", *before, "-i", f"file:{path}", "-map", "0:v:0"),
        *("-vf", "showinfo=checksum=0", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", pix_fmt, "pipe:1"),
    )
    said = done.stderr.decode(errors="replace")
    base = TIME_BASE.search(said)
    times = [int(t) * Fraction(int(base[1]), int(base[2])) for t in TIME.findall(said)] if base else []
    form = shape(pix_fmt)
    flat = np.frombuffer(done.stdout, form.dtype).reshape(len(times), -1)
    sizes = [form.size(plane, *size) for plane in range(len(form.across))]
    ends = np.cumsum([rows * columns for rows, columns in sizes])[:-1]
    cut = [zip(np.split(one, ends), sizes, strict=True) for one in flat]
    return Reference(times, [tuple(part.reshape(size) for part, size in one) for one in cut])


def sound_of(path: Path, track: int = 0, rate: int = 48_000) -> NDArray[np.float32]:
    """Decode a sound track of PATH with the program, from second 0 on, mono: (samples,)."""
    done = run(
        *("-loglevel", "error", "-i", f"file:{path}", "-map", f"0:a:{track}"),
        *("-af", "aresample=async=1:first_pts=0", "-ac", 1, "-ar", rate, "-f", "f32le", "pipe:1"),
    )
    return np.frombuffer(done.stdout, np.float32)
