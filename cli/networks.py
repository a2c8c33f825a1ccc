"""The networks, as every command hands them to the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redact.jobs import work
from redact.jobs.work import loaded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from redact.records.kinds import Kind
    from redact.records.tracks import Detector
    from redact.video.hearing import SpeechFinder

__all__ = ["digests", "for_cases", "load", "looks_on", "speech"]


def load(kinds: Iterable[Kind], *, keeping: bool = False) -> tuple[Detector, ...]:
    """Load the networks of the catalogue that find one of KINDS; KEEPING: for where somebody is to stay visible."""
    from models.loading import load as load_all  # noqa: PLC0415  loads OpenVINO

    return load_all(kinds, keeping=keeping)


def digests(kinds: Iterable[Kind], *, keeping: bool = False) -> dict[str, str]:
    """Give the digests of those networks by their names, without loading them. Raises ModelUnavailable."""
    from models.loading import digests as recorded  # noqa: PLC0415  loads OpenCV

    return recorded(kinds, keeping=keeping)


def for_cases() -> tuple[Detector, ...]:
    """Load those for a scan that is kept."""
    return work.for_cases(load)


def speech() -> SpeechFinder:
    """Load the network that hears where somebody speaks. Raises ModelUnavailable where it is not here."""
    from models.voice import load_voice  # noqa: PLC0415  loads OpenVINO

    return load_voice()


def looks_on(photograph: Path) -> NDArray[np.uint8]:
    """Describe the one person on PHOTOGRAPH. Raises InputUnusable where it does not show one from head to foot."""
    from redact.detect import photograph as shown  # noqa: PLC0415  loads OpenCV
    from redact.records.kinds import Kind  # noqa: PLC0415  as above

    return shown.looks_on(photograph, loaded(load, (Kind.PERSON,), keeping=True))
