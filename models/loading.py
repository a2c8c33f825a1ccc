"""What the commands use: the networks of the kinds they need, ready to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.catalogue import catalogue
from models.detector import NetworkDetector
from models.heads import HEADS
from models.store import check, folder, pull, read, weight_file
from redact.errors import UsageProblem
from redact.progress import silent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.catalogue import Entry
    from redact.progress import Progress
    from redact.records import Detector, Kind

__all__ = ["catalogue", "check", "detector", "load", "pull"]


def load(kinds: Iterable[Kind], *, keeping: bool = False, progress: Progress = silent) -> tuple[Detector, ...]:
    """Every network of the catalogue that finds one of KINDS, from the store, ready to run.

    KEEPING: those for where somebody is to stay visible, else those for where nobody is. Raises ModelUnavailable where
    one is missing or damaged; it fetches nothing.
    """
    wanted = set(kinds)
    unfit = "hiding" if keeping else "keeping"
    entries = [entry for entry in catalogue() if wanted.intersection(entry.kinds) and entry.when != unfit]
    if missing := wanted.difference(*(entry.kinds for entry in entries)):
        message = f"The catalogue has no network that finds a {min(missing).name.lower()}."
        raise UsageProblem(message, "Add one to the catalogue.")
    loaded = []
    for done, entry in enumerate(entries):
        progress("load networks", done, len(entries))
        loaded.append(detector(entry))
    progress("load networks", len(entries), len(entries))
    return tuple(loaded)


def detector(entry: Entry) -> Detector:
    """Load the network of ENTRY."""
    levels = HEADS[entry.head].levels
    if entry.engine == "torch":
        from models.torch_engine import Torch  # noqa: PLC0415  torch costs seconds

        return NetworkDetector(entry, Torch(weight_file(entry), levels, folder() / "ultralytics"), entry.sha256)
    from models.engine import OpenVino  # noqa: PLC0415  OpenVINO costs 0.2 s

    network = read(entry)
    return NetworkDetector(entry, OpenVino(network, levels, folder() / "compiled"), network.digest)
