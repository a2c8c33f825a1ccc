"""Whether another computer would make the same copy: the same program, the same libraries, the same networks."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["different", "versions"]

PACKAGES = ("av", "numpy", "opencv-python", "openvino", "scipy", "dask", "distributed")
"""What copies, or what travels, depend on."""

PARTS = ("redact", "models", "cli")


@cache
def versions() -> dict[str, str]:
    """Name the versions of this program, by digest of its own text too, and of what it stands on."""
    known = {"redact": f"{redact.__version__}-{_text()}", "python": ".".join(platform.python_version_tuple()[:2])}
    for package in PACKAGES:
        try:
            known[package] = version(package)
        except PackageNotFoundError:
            known[package] = "not installed"
    return known


def different(mine: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """Say what THEIRS has in another version than MINE; nothing where they are alike."""
    name = next((name for name in mine if mine[name] != theirs.get(name)), None)
    return f"it has {name} {theirs.get(name, 'not at all')}, and not {mine[name]}" if name else ""


def _text() -> str:
    """Digest of the program's own text, so that two states of one version are told apart."""
    root, whole = Path(redact.__file__).parents[1], hashlib.sha256()
    for path in sorted(path for part in PARTS for path in (root / part).rglob("*.py")):
        whole.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:12]
