"""What the commands use: the networks of the kinds they need, ready to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import store
from models.catalogue import catalogue
from models.detector import NetworkDetector
from models.heads import HEADS
from models.proof import WrongNetwork, prove
from models.store import folder, read, weight_file
from redact.errors import ModelUnavailable, UsageProblem
from redact.progress import silent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.catalogue import Network
    from models.store import Record
    from redact.progress import Progress
    from redact.records.kinds import Kind
    from redact.records.tracks import Detector

__all__ = ["catalogue", "check", "detector", "digests", "load", "pull"]


def load(kinds: Iterable[Kind], *, keeping: bool = False, progress: Progress = silent) -> tuple[Detector, ...]:
    """Every network of the catalogue that finds one of KINDS, from the store, ready to run.

    KEEPING: those for where somebody is to stay visible, else those for where nobody is. Raises ModelUnavailable where
    one is missing, damaged or another than it is taken for; it fetches nothing.
    """
    entries = _wanted(kinds, keeping=keeping)
    loaded = []
    for done, entry in enumerate(entries):
        progress("load networks", done, len(entries))
        loaded.append(detector(entry))
    progress("load networks", len(entries), len(entries))
    return tuple(loaded)


def digests(kinds: Iterable[Kind], *, keeping: bool = False) -> dict[str, str]:
    """Give the digest of every network that `load` would load, by its name, without loading it.

    Raises ModelUnavailable where one has not been fetched.
    """
    return {entry.name: store.digest(entry) for entry in _wanted(kinds, keeping=keeping)}


def _wanted(kinds: Iterable[Kind], *, keeping: bool) -> list[Network]:
    """List the networks of the catalogue that find one of KINDS. Raises UsageProblem where it has none for one."""
    wanted = set(kinds)
    unfit = "hiding" if keeping else "keeping"
    entries = [entry for entry in catalogue() if wanted.intersection(entry.kinds) and entry.when != unfit]
    if missing := wanted.difference(*(entry.kinds for entry in entries)):
        message = f"The catalogue has no network that finds a {min(missing).name.lower()}."
        raise UsageProblem(message, "Add one to the catalogue.")
    return entries


def pull(names: Iterable[str] | None = None, *, progress: Progress = silent) -> tuple[Record, ...]:
    """Fetch and convert what is missing, damaged or another network than it is taken for of NAMES, by default all.

    Raises ModelUnavailable where one cannot be had.
    """
    wanted = None if names is None else tuple(names)
    for name, problem in store.check(wanted).items():
        if problem is None and _wrong(_entries()[name]):
            store.forget(name)
    records = store.pull(wanted, progress=progress)
    for record in records:
        _tried(_entries()[record.name])
    return records


def check(names: Iterable[str] | None = None, *, anew: bool = False) -> dict[str, str | None]:
    """Say what is wrong with each of the networks NAMES in one sentence, or None: its files, or what it finds.

    ANEW: try them whatever is noted of an earlier trial.
    """
    problems = store.check(names)
    return {name: problem or _problem(_entries()[name], anew=anew) for name, problem in problems.items()}


def detector(entry: Network, *, anew: bool = False) -> Detector:
    """Load the network of ENTRY. Raises ModelUnavailable where it does not find what it must, tried ANEW or before."""
    loaded = _loaded(entry)
    prove(entry, loaded, folder() / "proved", anew=anew)
    return loaded


def _tried(entry: Network, *, anew: bool = False) -> None:
    """Load the network of ENTRY and see that it finds what it must. Raises ModelUnavailable."""
    if entry.kind == "voice":
        from models.voice import Voice  # noqa: PLC0415  loads OpenVINO

        Voice(entry, weight_file(entry))
    else:
        detector(entry, anew=anew)


def _loaded(entry: Network) -> Detector:
    """Load the network of ENTRY, whatever it finds."""
    levels = HEADS[entry.head].levels
    if entry.engine == "torch":
        from models.torch_engine import Torch  # noqa: PLC0415  torch costs seconds

        return NetworkDetector(entry, Torch(weight_file(entry), levels, folder() / "ultralytics"), entry.sha256)
    from models.engine import OpenVino  # noqa: PLC0415  OpenVINO costs 0.2 s

    network = read(entry)
    return NetworkDetector(entry, OpenVino(network, levels, folder() / "compiled"), network.digest)


def _problem(entry: Network, *, anew: bool = False) -> str | None:
    """Say why the network of ENTRY cannot be used, or None."""
    try:
        _tried(entry, anew=anew)
    except ModelUnavailable as problem:
        return problem.what
    return None


def _wrong(entry: Network) -> bool:
    """Tell whether another network lies in the place of that of ENTRY; one that cannot be run at all may be the one."""
    try:
        _tried(entry)
    except WrongNetwork:
        return True
    except ModelUnavailable:
        return False
    return False


def _entries() -> dict[str, Network]:
    return {entry.name: entry for entry in catalogue()}
