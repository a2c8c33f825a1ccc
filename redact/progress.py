"""How a long job tells whoever waits how far it is."""

from __future__ import annotations

from typing import Protocol

__all__ = ["STAGES", "Progress", "silent"]

STAGES = {
    "probe": "Opening the file",
    "examine": "Reading the clip",
    "scan": "Finding people, faces and plates",
    "people": "Putting together who is who",
    "render": "Painting the copy",
    "verify": "Checking the copy",
    "pieces": "Painting and checking the copy, piece by piece",
    "joined": "Putting the pieces together, and checking the whole",
    "proxy": "Making the footage ready to be played",
    "release": "Putting the package together",
    "pull": "Fetching the networks",
}
"""What a job may be at, in plain words."""


class Progress(Protocol):
    """Anything that is told how far a job is. It may be called for every frame, so it must be quick."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """STAGE has DONE of TOTAL steps behind it; TOTAL is None while nobody knows it."""
        ...


def silent(stage: str, done: int, total: int | None) -> None:
    """Tell nobody."""
