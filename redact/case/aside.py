"""Who is who in a scan, worked out in a process of its own where that takes minutes, and memory not needed later."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import redact
from redact.detect.scan_file import load_scan
from redact.errors import InputUnusable
from redact.track.associate import tracks_of
from redact.track.people_file import to_bytes

__all__ = ["MANY", "people_of"]

MANY = 20_000
"""Findings from which on it is worth a process: of fewer, who is who is known before one has begun."""


def people_of(file: Path, digest: str, master: Path, sha256: str, many: int) -> bytes:
    """Say who is in the scan at FILE, which has the DIGEST, as a file; MASTER, with SHA256, is what it was made of.

    It has so MANY findings. Raises InputUnusable where the process that works it out comes to nothing.
    """
    if many < MANY:
        return _worked_out(file, digest, master, sha256)
    command = [sys.executable, "-P", "-m", __name__, str(file), digest, str(master), sha256]
    root = str(Path(redact.__file__).parents[1])
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": paths}, check=False
    )
    if done.returncode:
        message = f"Who is who in {master.name} could not be worked out: the process that does it ended early."
        raise InputUnusable(message, "Try again, when the computer has more memory to spare.")
    return done.stdout


def _worked_out(file: Path, digest: str, master: Path, sha256: str) -> bytes:
    from redact.track.people import people  # noqa: PLC0415  loads scipy, which whoever reads what is kept never needs

    scan, _ = load_scan(file, master, sha256)
    return to_bytes(people(scan), tracks_of(scan), digest)


if __name__ == "__main__":
    sys.stdout.buffer.write(_worked_out(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
