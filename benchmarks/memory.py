"""Check that memory does not grow with length: python -m benchmarks.memory CLIP."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import click

from benchmarks.product import DATA, EVERYTHING, redact
from redact.video.program import program

__all__ = ["looped"]

CLIP = DATA / "clips" / "facenet_royal_opera_house.mp4"

MOST = 1.5e9
"""Bytes that the largest process may hold at 1080p, whatever the length."""


def looped(clip: Path, out: Path, times: int) -> Path:
    """Write CLIP, TIMES over, to OUT without encoding it anew."""
    command = [program(), "-v", "error", "-y", "-stream_loop", str(times - 1), "-i", str(clip), "-c", "copy", str(out)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return out


@click.command()
@click.argument("clip", type=click.Path(exists=True, path_type=Path), default=CLIP)
@click.option("--hide", default=EVERYTHING, show_default=True, help="What the program is told to hide.")
@click.option("--times", default=15, show_default=True, help="How often CLIP is repeated; 15 make the street a minute.")
def main(clip: Path, hide: str, times: int) -> None:
    """Run the program on CLIP once and TIMES over and compare the memory; exit code 1 where it is too much."""
    with tempfile.TemporaryDirectory() as work:
        for repeats in (1, times):
            long = looped(clip, Path(work) / f"{repeats}.mp4", repeats)
            spent = redact(long, Path(work), hide)
            click.echo(
                f"{repeats:3} times: largest process {spent.largest_bytes / 1e9:.2f} GB, all together "
                f"{spent.tree_bytes / 1e9:.2f} GB, {spent.seconds:.1f} s, exit code {spent.exit_code}"
            )
    if spent.largest_bytes > MOST:
        message = f"{spent.largest_bytes / 1e9:.2f} GB is more than {MOST / 1e9} GB."
        raise SystemExit(message)


if __name__ == "__main__":
    main()
