"""What of a folder is a clip to work on, and where its release goes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redact.advice import Given
from redact.errors import InputUnusable, UsageProblem
from redact.files import reason_of, same_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["VIDEO", "Job", "clips_of", "find_jobs", "order"]

# fmt: off
VIDEO = frozenset({
    ".264", ".265", ".3gp", ".asf", ".avi", ".dav", ".divx", ".dv", ".f4v", ".flv", ".h264", ".h265", ".hevc", ".ifv",
    ".m2t", ".m2ts", ".m4v", ".mjpeg", ".mjpg", ".mkv", ".mod", ".mov", ".mp4", ".mpe", ".mpeg", ".mpg", ".mts",
    ".mxf", ".ogv", ".tod", ".trp", ".ts", ".vob", ".webm", ".wmv", ".xvid",
})
# fmt: on
"""Endings, in lower case, by which a file counts as a video."""

MADE = re.compile(r"\.(redacted|withheld|superseded(-\d+)?)\.mp4$", re.IGNORECASE)
"""Endings of what this program made, which is never a master."""


@dataclass(frozen=True, slots=True)
class Job:
    """One clip of the folder, and where its release goes."""

    master: Path
    folder: Path


def order(path: Path) -> tuple[str, str]:
    """Sort PATH by name, as people do."""
    return path.name.casefold(), path.name


def find_jobs(folder: Path, out: Path) -> tuple[tuple[Job, ...], tuple[tuple[Path, str], ...]]:
    """List the clips of FOLDER, and the files that are none with the reason why, in the order of their names.

    Clips whose names differ only in their endings would write the same files; each gets a folder of its own in OUT.
    Raises InputUnusable where there is no clip, UsageProblem where OUT is FOLDER.
    """
    if out.resolve() == folder.resolve():
        message = f"The results would lie among the masters in {folder}."
        raise UsageProblem(message, "Choose another folder with ", Given.FOLDER, ".")
    names = sorted(_listed(folder), key=order)
    clips = _clips(names)
    if not clips:
        message = f"{folder} holds no video."
        raise InputUnusable(message, "Name the folder that holds the clips, such as .mp4, .avi or .dav files.")
    shared = Counter(map(same_name, clips))
    jobs = tuple(Job(path, out / path.name if shared[same_name(path)] > 1 else out) for path in clips)
    others = [path for path in names if _not_a_clip(path) and path.resolve() != out.resolve()]
    return jobs, tuple((path, _not_a_clip(path)) for path in others)


def clips_of(folder: Path) -> list[Path]:
    """List the clips of FOLDER as they are now, in the order of their names. Raises InputUnusable."""
    return _clips(sorted(_listed(folder), key=order))


def _clips(names: Iterable[Path]) -> list[Path]:
    return [path for path in names if not _not_a_clip(path)]


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as problem:
        message = f"{folder} cannot be read as a folder ({reason_of(problem)})."
        raise InputUnusable(message, "Name the folder that holds the clips.") from problem


def _not_a_clip(path: Path) -> str:
    """Say why the file at PATH is no clip to work on; nothing where it is one."""
    if path.is_dir():
        return "A folder; name it in a batch of its own."
    if MADE.search(path.name):
        return "A copy that redact made, not a master."
    return "" if path.suffix.lower() in VIDEO else "Not a video, by its name."
