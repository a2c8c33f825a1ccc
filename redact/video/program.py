"""Which ffmpeg program is the second one: that of a package, in one version, unless another is asked for by name."""

from __future__ import annotations

import os
import subprocess
from base64 import urlsafe_b64decode
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, files
from importlib.resources import files as resources
from pathlib import Path

from redact.errors import InputUnusable
from redact.files import sha256_file

__all__ = ["VARIABLE", "bundled", "described", "intact", "program"]

VARIABLE = "REDACT_FFMPEG"
"""Names another program, such as the system's own. What is on the path is never taken unasked."""

PACKAGE = "imageio-ffmpeg"

REINSTALL = f"Install redact again, as README.md says, or name a program yourself: {VARIABLE}=$(which ffmpeg)"


def program() -> str:
    """Where the second program is. Raises InputUnusable where there is none."""
    named = os.environ.get(VARIABLE)
    return _named(named) if named else bundled()


@lru_cache(maxsize=1)
def bundled() -> str:
    """Where the program lies that the package brought. Raises InputUnusable where it brought none."""
    # the package's own search takes what another variable names, or whatever is on the path
    folder = Path(str(resources("imageio_ffmpeg"))) / "binaries"
    programs = sorted(path for path in folder.glob("ffmpeg-*") if os.access(path, os.X_OK))
    if not programs:
        message = f"The package {PACKAGE} brought no ffmpeg program for this machine."
        raise InputUnusable(message, REINSTALL)
    return str(programs[-1])


def described() -> str:
    """Name the second program by its version and digest, for the manifest."""
    return _described(program())


def intact() -> bool:
    """Tell whether the second program is the one that its package records; true of one that was named."""
    path = program()
    return _recorded(path) in {"", sha256_file(Path(path))}


def _named(path: str) -> str:
    if not (os.path.isfile(path) and os.access(path, os.X_OK)):  # noqa: PTH113  bytes that are no UTF-8 stay as they are
        message = f"{VARIABLE} names {path}, which is no program that you may run."
        raise InputUnusable(message, f"Name the ffmpeg program with its folder, or take {VARIABLE} away.")
    return path


@lru_cache(maxsize=4)
def _described(path: str) -> str:
    output = subprocess.run([path, "-version"], capture_output=True, text=True, check=True, timeout=30).stdout
    version = output.split(" Copyright")[0].removeprefix("ffmpeg version ")
    return f"ffmpeg {version} (sha256 {_recorded(path) or sha256_file(Path(path))})"


@lru_cache(maxsize=4)
def _recorded(path: str) -> str:
    """SHA-256 of the program at PATH as its package records it, which takes no time; empty where none does."""
    try:
        listed = files(PACKAGE) or []
    except PackageNotFoundError:
        return ""
    for entry in listed:
        if entry.hash is not None and entry.hash.mode == "sha256" and str(entry.locate()) == path:
            return urlsafe_b64decode(entry.hash.value + "=").hex()
    return ""
