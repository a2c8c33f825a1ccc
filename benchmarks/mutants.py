"""Files that are wrong in ways nobody thought of: none may crash the program, hang it, or end it in a traceback.

    python -m benchmarks.mutants --count 10000 --seed 7

Small files of many containers and codecs are made on the spot and changed at random: bytes overwritten, spans cut out,
doubled, moved, or spliced in from another file, the end cut off. Each goes through probe and decode in a process of its
own kind, with a limit of time; one in 50 through the whole job, with the networks. Right is any number of frames, or
one sentence. Offenders are kept, and the same seed makes the same files.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from redact.errors import RedactError
from redact.video.program import program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

__all__ = ["BASES", "Asked", "Outcome", "Tally", "bases", "main", "mutant", "run", "tried"]

LIMIT_S = 20
"""For probe and decode."""
JOB_LIMIT_S = 180
"""For the whole job, networks loaded."""
JOB_EVERY = 50

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "12")
AAC = ("-c:a", "aac")
BASES: dict[str, tuple[str, ...]] = {
    "h264.mp4": (*H264, *AAC),
    "fragmented.mp4": (*H264, *AAC, "-movflags", "frag_keyframe+empty_moov"),
    "hevc.mp4": ("-c:v", "libx265", "-x265-params", "log-level=error:keyint=12", *AAC),
    "mjpeg.mov": ("-c:v", "mjpeg", "-c:a", "pcm_s16le"),
    "prores.mov": ("-c:v", "prores_ks", "-pix_fmt", "yuva444p10le", "-an"),
    "h264.mkv": (*H264, "-c:a", "libopus"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"),
    "mpeg4.avi": ("-c:v", "mpeg4", "-bf", "2", "-c:a", "mp2"),
    "grey.avi": ("-c:v", "rawvideo", "-pix_fmt", "gray", "-an"),
    "h264.ts": (*H264, "-c:a", "mp2"),
    "mpeg2.ts": ("-c:v", "mpeg2video", "-g", "12", "-bf", "2", "-c:a", "mp2"),
    "mpeg2.mpg": ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-bf", "2", "-c:a", "mp2"),
    "flv1.flv": ("-c:v", "flv", "-c:a", "mp2", "-ar", "44100"),
    "wmv2.wmv": ("-c:v", "wmv2", "-c:a", "wmav2"),
    "theora.ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"),
    "mpeg2.mxf": ("-c:v", "mpeg2video", "-c:a", "pcm_s16le", "-ar", "48000"),
    "raw.264": (*H264, "-an"),
    "anim.gif": ("-an",),
    "anim.apng": ("-an", "-plays", "0"),
    "subtitled.mkv": (*H264, "-c:a", "flac", "-map", "0", "-map", "1", "-map", "0"),
}
"""Arguments of every file; the picture is 128x96, one second."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How many files, which, and how."""

    count: int
    seed: int
    jobs: int
    """Processes side by side."""
    keep: Path
    """Folder for the files that fail."""
    job_every: int = JOB_EVERY
    """The whole job with one in so many; 0 for never."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file."""

    number: int
    path: Path
    what: str
    """frames, refused, withheld; or a fault: traceback, crash or hang."""
    detail: str = ""

    @property
    def fault(self) -> bool:
        """Whether it may not be."""
        return self.what in ("traceback", "crash", "hang")


@dataclass(slots=True)
class Tally:
    """What came of all."""

    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count OUTCOME."""
        self.counts[outcome.what] += 1
        if outcome.fault:
            self.faults.append(outcome)


def bases(folder: Path) -> list[Path]:
    """Make the files that are changed, in FOLDER; what this build of the program cannot write is left out."""
    inputs = ("-f", "lavfi", "-i", "testsrc2=s=128x96:r=12:d=1", "-f", "lavfi", "-i", "sine=d=1:sample_rate=44100")
    made = []
    for name, arguments in BASES.items():
        path = folder / name
        command = [program(), "-nostdin", "-v", "error", "-y", *inputs, *arguments, str(path)]
        done = subprocess.run(command, capture_output=True, check=False)
        if not done.returncode and path.stat().st_size:
            made.append(path)
    return made


def mutant(number: int, seed: int, sources: Sequence[Path], folder: Path) -> Path:
    """Write the file of NUMBER and SEED, made of SOURCES, into FOLDER."""
    random = Random(f"{seed}/{number}")  # noqa: S311  the same seed makes the same files
    source, other = random.choice(sources), random.choice(sources).read_bytes()
    data = bytearray(source.read_bytes())
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        random.choice(CHANGES)(data, other, random)
    path = folder / f"{number:06d}-{source.name}"
    path.write_bytes(data)
    return path


def _place(data: bytearray, random: Random) -> int:
    """Choose a place, as often as not near the beginning or the end, where headers and indices are."""
    size = max(1, len(data))
    return random.choice(
        (random.randrange(size), random.randrange(min(size, 600)), size - 1 - random.randrange(min(size, 600)))
    )


def _overwrite(data: bytearray, other: bytes, random: Random) -> None:
    del other
    for _ in range(random.choice((1, 2, 8, 40))):
        at = _place(data, random)
        data[at : at + 1] = bytes([random.choice((0, 1, 127, 128, 255, random.randrange(256)))])


def _number(data: bytearray, other: bytes, random: Random) -> None:
    """Put an unlikely number where some header may have one."""
    del other
    at, width = _place(data, random), random.choice((2, 4, 8))
    value = random.choice((0, 1, (1 << (8 * width - 1)) - 1, (1 << (8 * width)) - 1, random.randrange(1 << 16)))
    data[at : at + width] = value.to_bytes(width, random.choice(("big", "little")))


def _truncate(data: bytearray, other: bytes, random: Random) -> None:
    del other
    del data[_place(data, random) :]


def _remove(data: bytearray, other: bytes, random: Random) -> None:
    del other
    at = _place(data, random)
    del data[at : at + random.choice((1, 4, 188, 2048, random.randrange(1, 20_000)))]


def _double(data: bytearray, other: bytes, random: Random) -> None:
    del other
    at, size = _place(data, random), random.choice((4, 188, 2048, random.randrange(1, 20_000)))
    data[at:at] = data[at : at + size]


def _move(data: bytearray, other: bytes, random: Random) -> None:
    del other
    at, size = _place(data, random), random.randrange(1, 5_000)
    part = bytes(data[at : at + size])
    del data[at : at + size]
    there = _place(data, random)
    data[there:there] = part


def _splice(data: bytearray, other: bytes, random: Random) -> None:
    at, begin = _place(data, random), random.randrange(max(1, len(other)))
    data[at : at + random.choice((0, 5_000))] = other[begin : begin + random.randrange(1, 20_000)]


def _join(data: bytearray, other: bytes, random: Random) -> None:
    del random
    data += other


CHANGES = (_overwrite, _overwrite, _number, _number, _truncate, _remove, _double, _move, _splice, _join)


def tried(path: Path, *, whole: bool) -> tuple[str, str]:
    """Send the file at PATH through probe and decode, or the WHOLE job: what came of it, and more words on that."""
    try:
        return _job(path) if whole else _decoded(path)
    except RedactError as problem:
        one_line = problem.what.strip() and "\n" not in problem.what
        return ("refused", "") if one_line else ("traceback", f"no sentence: {problem!r}")
    except BaseException:  # noqa: BLE001  whatever it is, it is counted
        return "traceback", traceback.format_exc()


def _decoded(path: Path) -> tuple[str, str]:
    from redact.video.decode import DecodeLog, decode  # noqa: PLC0415  the parent needs no codec
    from redact.video.native import native_metadata  # noqa: PLC0415
    from redact.video.probe import probe  # noqa: PLC0415

    native_metadata(path)
    source, log = probe(path, Fraction(12)), DecodeLog()
    frames = sum(1 for _ in decode(source, log))
    log.damage()
    return "frames", str(frames)


def _job(path: Path) -> tuple[str, str]:
    from models.loading import load  # noqa: PLC0415
    from redact.jobs.options import Options  # noqa: PLC0415
    from redact.jobs.work import Work  # noqa: PLC0415
    from redact.progress import silent  # noqa: PLC0415
    from redact.request.model import Request  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as out:
        release = Work(load, Request(), Options(fps=Fraction(12), accept_damage=True))(path, Path(out), silent)
        return ("withheld" if release.withheld else "released"), str(release.frames)


def _serve(line: Connection) -> None:
    """Try what comes over LINE until it is closed."""
    try:
        while True:
            path, whole = line.recv()
            line.send(tried(path, whole=whole))
    except EOFError:
        return


class _Worker:
    """A process that tries one file after another; one that crashes or hangs is replaced."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def _start(self) -> None:
        self._line, there = self._context.Pipe()
        self._process: SpawnProcess = self._context.Process(target=_serve, args=(there,), daemon=True)
        self._process.start()
        there.close()

    def __call__(self, path: Path, *, whole: bool) -> tuple[str, str]:
        """Try PATH."""
        limit = JOB_LIMIT_S if whole else LIMIT_S
        try:
            self._line.send((path, whole))
            if self._line.poll(limit):
                answer: tuple[str, str] = self._line.recv()
                return answer
            what = "hang", f"over {limit} s"
        except (EOFError, OSError):
            self._process.join(5)
            what = "crash", f"exit code {self._process.exitcode}"
        self.close()
        self._start()
        return what

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._line.close()


def run(asked: Asked) -> Tally:
    """Try what is ASKED for."""
    tally = Tally(asked.seed)
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(asked.jobs) as pool:
        sources = bases(Path(scratch))
        for outcomes in pool.map(lambda part: list(_part(part, asked, sources)), range(asked.jobs)):
            for outcome in outcomes:
                tally.add(outcome)
    return tally


def _part(part: int, asked: Asked, sources: Sequence[Path]) -> Iterator[Outcome]:
    """Try every file that falls to PART of the processes."""
    worker = _Worker()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for number in range(part, asked.count, asked.jobs):
                path = mutant(number, asked.seed, sources, Path(folder))
                whole = bool(asked.job_every) and number % asked.job_every == asked.job_every - 1
                outcome = Outcome(number, path, *worker(path, whole=whole))
                if outcome.fault:
                    asked.keep.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, asked.keep)
                    print(f"{outcome.what}: {path.name}: {outcome.detail.strip()[-1500:]}", file=sys.stderr)
                path.unlink()
                yield outcome
    finally:
        worker.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code is 1 where anything went wrong."""
    parser = argparse.ArgumentParser(description="Changed files through probe, decode and the whole job.")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--job-every", type=int, default=JOB_EVERY, help="0 for never")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "redact-mutants")
    asked = parser.parse_args(arguments)
    tally = run(Asked(asked.count, asked.seed, asked.jobs, asked.keep, asked.job_every))
    facts: dict[str, Any] = {"seed": tally.seed, "files": sum(tally.counts.values()), **tally.counts}
    print(json.dumps(facts | {"faults": len(tally.faults)}, indent=2))
    if tally.faults:
        print(f"The files are in {asked.keep}; --seed {asked.seed} makes them again.", file=sys.stderr)
    return int(bool(tally.faults))


if __name__ == "__main__":
    sys.exit(main())
