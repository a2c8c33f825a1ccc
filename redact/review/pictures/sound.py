"""What the sound of a clip is like, as a file beside its scans, which is purged with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from redact.errors import InputUnusable
from redact.files import reason_of
from redact.records.arrays import packed, unpacked
from redact.video.hearing import Heard

if TYPE_CHECKING:
    from pathlib import Path

    from redact.video.hearing import SpeechFinder

__all__ = ["SOUND", "is_heard", "load", "to_bytes"]

SOUND = "sound.npz"

VERSION = 1
"""Of the file; another is made anew."""

FIELDS = ("low", "high", "speech")


def to_bytes(heard: Heard, sha256: str) -> bytes:
    """Spell what was HEARD of the master SHA256 as a file."""
    arrays: dict[str, Any] = {name: getattr(heard, name) for name in FIELDS}
    said = {"master": bytes.fromhex(sha256), "finder": heard.finder.encode()}
    arrays |= {name: np.frombuffer(data, np.uint8) for name, data in said.items()} | {"version": np.array(VERSION)}
    return packed(arrays)


def load(path: Path, sha256: str) -> Heard | None:
    """Read what was heard of the master SHA256 at PATH; None where there is nothing of it. Raises InputUnusable."""
    try:
        held = unpacked(path.read_bytes())
        if int(held["version"]) != VERSION or held["master"].tobytes().hex() != sha256:
            return None
        return Heard(**{name: held[name] for name in FIELDS}, finder=held["finder"].tobytes().decode())
    except FileNotFoundError:
        return None
    except OSError as problem:
        message = f"{path} cannot be read ({reason_of(problem)})."
        raise InputUnusable(message, "Check that you may read it.") from problem
    except (KeyError, TypeError, ValueError):
        return None


def is_heard(path: Path, sha256: str, finder: SpeechFinder | None) -> bool:
    """Tell whether the file at PATH says of the master SHA256 all that there is to say with FINDER."""
    heard = load(path, sha256)
    return heard is not None and (finder is None or heard.finder == f"{finder.name} {finder.digest}")
