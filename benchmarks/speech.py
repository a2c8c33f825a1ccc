"""How much of what people say is marked as speech, and how much else: `python -m benchmarks.speech`.

Meetings of several people with the truth by hand beside them (AMI), each made the sound of a clip.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from benchmarks.product import DATA
from cli.networks import speech
from redact.files import sha256_file
from redact.video.decode import DecodeLog, decode
from redact.video.hearing import hear
from redact.video.probe import probe
from redact.video.program import program

if TYPE_CHECKING:
    from redact.records.clip import Clip

LENGTH_S = 30
"""Seconds of a piece."""

LEAST_MARKED, MOST_ELSE = 0.95, 0.12
"""Shares that the last measurement stayed well within."""


@click.command()
@click.option("--folder", type=click.Path(exists=True, path_type=Path), default=DATA / "speech", show_default=True)
def main(folder: Path) -> None:
    """Mark the speech of every piece in FOLDER; exit code 1 where less is marked, or more else, than was before."""
    finder, sums, spent = speech(), np.zeros(4), 0.0
    truth = _truth(folder)
    with tempfile.TemporaryDirectory() as work:
        for sound in sorted(folder.glob("*.flac")):
            clip = _clip(sound, Path(work) / f"{sound.stem}.mp4")
            begun = time.perf_counter()
            heard = hear(clip, finder)
            spent += time.perf_counter() - begun
            marked, said = np.zeros(1000 * LENGTH_S, bool), np.zeros(1000 * LENGTH_S, bool)
            for begins, ends in heard.speech.tolist():
                marked[begins:ends] = True
            for begins, ends in truth.get(sound.stem, ()):
                said[begins:ends] = True
            sums += (marked & said).sum(), said.sum(), (marked & ~said).sum(), (~said).sum()
    share, other = sums[0] / sums[1], sums[2] / sums[3]
    click.echo(
        f"{sums[1] / 1000:.0f} s of speech, {share:.1%} marked; {sums[3] / 1000:.0f} s without, {other:.1%} marked"
    )
    click.echo(f"{60000 * spent / (sums[1] + sums[3]):.2f} s for a minute, decoding and all")
    if share < LEAST_MARKED or other > MOST_ELSE:
        raise SystemExit(1)


def _truth(folder: Path) -> dict[str, list[tuple[int, int]]]:
    """Read when somebody speaks in each piece, ms."""
    found: dict[str, list[tuple[int, int]]] = {}
    for file in sorted(folder.glob("*.rttm")):
        for line in file.read_text().splitlines():
            words = line.split()
            if words and words[0] == "SPEAKER":
                begins, length = (round(1000 * float(number)) for number in words[3:5])
                found.setdefault(words[1], []).append((begins, begins + length))
    return found


def _clip(sound: Path, path: Path) -> Clip:
    """Make SOUND that of a clip at PATH, and read it."""
    command = [program(), "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=s=160x120:r=25:d={LENGTH_S}"]
    command += ["-i", str(sound), "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    source, log = probe(path), DecodeLog()
    for _ in decode(source, log):
        pass
    return source.clip(sha256_file(path), log.pts_array(), log.damage())


if __name__ == "__main__":
    main()
