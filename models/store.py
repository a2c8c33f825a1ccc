"""The weights on this machine: one folder, filled by `pull`, checked on every load.

Where there is no network, copy the folder from a machine that has one.

For each network NAME it holds the weight file as it came (NAME.pt or NAME.onnx), what it was converted to
(NAME-DIGEST.xml and .bin), and a record of all their digests (NAME.json). The record appears last.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from models.catalogue import catalogue
from models.convert import RECIPE, convert, tools
from models.fetch import fetch
from redact.advice import Task
from redact.errors import InputUnusable, ModelUnavailable, UsageProblem
from redact.files import canonical_json, publish, reason_of, scratch_folder, sha256_bytes, sha256_file
from redact.progress import silent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.catalogue import Network
    from redact.progress import Progress

__all__ = [
    "STORE",
    "Converted",
    "Record",
    "check",
    "digest",
    "folder",
    "forget",
    "problem_with",
    "pull",
    "read",
    "weight_file",
]

STORE = "REDACT_MODELS"
"""Names another folder for the weights."""


@dataclass(frozen=True, slots=True)
class Record:
    """What lies in the store for one network, and what it was made from."""

    name: str
    weights: str
    """SHA-256 of the weight file."""
    files: dict[str, str]
    """SHA-256 of every file by its name: the weight file, and the converted .xml and .bin if there are any."""
    digest: str
    """SHA-256 of what is loaded: the .xml and the .bin, or the weight file."""
    recipe: str
    """How it was converted."""
    tools: dict[str, str]
    """Versions of what converted it."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A network as it is loaded, after its digest was checked."""

    xml: bytes
    bin: bytes
    digest: str


def folder() -> Path:
    """Where the weights are kept."""
    own = os.environ.get(STORE)
    return Path(own) if own else platformdirs.user_cache_path("redact", appauthor=False)


def pull(names: Iterable[str] | None = None, *, progress: Progress = silent) -> tuple[Record, ...]:
    """Fetch and convert what is missing or damaged of the networks NAMES, by default all; a full store stays as it is.

    Raises ModelUnavailable where one cannot be had.
    """
    wanted = _chosen(names)
    records = []
    for done, entry in enumerate(wanted):
        progress("pull", done, len(wanted))
        if problem_with(entry) is not None:
            _fill(entry, progress)
        records.append(_record(entry))
    progress("pull", len(wanted), len(wanted))
    return tuple(records)


def check(names: Iterable[str] | None = None) -> dict[str, str | None]:
    """Hash every file of the networks NAMES again: what is wrong with each in one sentence, or None."""
    return {entry.name: problem_with(entry) for entry in _chosen(names)}


def problem_with(entry: Network) -> str | None:
    """Say what is missing, stale or damaged of ENTRY, or None."""
    try:
        record = _record(entry)
    except ModelUnavailable as problem:
        return problem.what
    for name, digest in record.files.items():
        path = folder() / name
        if not path.is_file():
            return f"The network {entry.name} is incomplete: {path} is missing."
        if sha256_file(path) != digest:
            return f"The network {entry.name} is damaged: {path} is not the file that was recorded."
    return None


def forget(name: str) -> None:
    """Remove the record of the network NAME, so that it is fetched or converted again."""
    (folder() / f"{name}.json").unlink(missing_ok=True)


def read(entry: Network) -> Converted:
    """Read the converted network of ENTRY. Raises ModelUnavailable unless its bytes have the recorded digest."""
    record = _record(entry)
    xml, weights = (_bytes(entry, name) for name in _stem(entry, record.digest))
    digest = _digest(xml, weights)
    if digest != record.digest:
        message = (
            f"The network {entry.name} is damaged (sha256 {record.digest[:12]} recorded, {digest[:12]} found "
            f"in {folder()})."
        )
        raise ModelUnavailable(message)
    return Converted(xml, weights, digest)


def digest(entry: Network) -> str:
    """Give the digest of what would be loaded of ENTRY, as it is recorded. Raises ModelUnavailable."""
    record = _record(entry)
    return entry.sha256 if entry.engine == "torch" else record.digest


def weight_file(entry: Network) -> Path:
    """Where the weight file of ENTRY lies, after its digest was checked."""
    path = folder() / f"{entry.name}{entry.suffix}"
    _record(entry)
    if not path.is_file() or sha256_file(path) != entry.sha256:
        message = f"The network {entry.name} is damaged: {path} is not the file that the catalogue names."
        raise ModelUnavailable(message)
    return path


def _chosen(names: Iterable[str] | None) -> tuple[Network, ...]:
    entries = {entry.name: entry for entry in catalogue()}
    if names is None:
        return tuple(entries.values())
    wanted = tuple(names)
    for name in wanted:
        if name not in entries:
            message = f"There is no network {name} in the catalogue."
            raise UsageProblem(message, f"Known: {', '.join(entries)}.")
    return tuple(entries[name] for name in wanted)


def _record(entry: Network) -> Record:
    """Read the record of ENTRY. Raises ModelUnavailable where there is none, or it is of other weights or settings."""
    path = folder() / f"{entry.name}.json"
    try:
        record = Record(**json.loads(path.read_bytes()))
    except FileNotFoundError as problem:
        message = f"The network {entry.name} has not been fetched yet (there is no {path})."
        raise ModelUnavailable(message, "Fetch it: ", Task.PULL_MODELS) from problem
    except (OSError, ValueError, TypeError) as problem:
        message = f"The network {entry.name} is damaged: {path} cannot be read."
        raise ModelUnavailable(message) from problem
    if record.weights != entry.sha256 or record.recipe != _recipe(entry):
        message = f"The network {entry.name} in {folder()} was made from other weights, or in another way."
        raise ModelUnavailable(message)
    return record


def _recipe(entry: Network) -> str:
    if entry.as_it_came:
        return "as it came"
    return f"{RECIPE}: {entry.head}, {entry.precision}" + (f", {entry.architecture}" if entry.architecture else "")


def _fill(entry: Network, progress: Progress) -> None:
    """Fetch the weight file of ENTRY unless it is there, convert it, and write the record last."""
    home = folder()
    kept = home / f"{entry.name}{entry.suffix}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with scratch_folder(home, "pull-") as work:
            if not kept.is_file() or sha256_file(kept) != entry.sha256:
                progress(f"fetch {entry.name}", 0, None)
                publish(fetch(entry, work, home / f"{entry.name}.part", progress=progress), kept)
            progress(f"convert {entry.name}", 0, None)
            digest, files = _converted(entry, kept, work)
            files = {kept.name: entry.sha256} | files
            record = Record(entry.name, entry.sha256, files, digest, _recipe(entry), tools())
            _write(record, work)
    except OSError as problem:
        message = f"{home} cannot be written ({reason_of(problem)})."
        raise InputUnusable(message, f"Make room, or name another folder in {STORE}.") from problem
    _sweep(entry, record)


def _write(record: Record, work: Path) -> None:
    """Write RECORD, readable by all who may read the folder."""
    part = work / "record.json"
    part.write_bytes(canonical_json(asdict(record)))
    publish(part, folder() / f"{record.name}.json")


def _converted(entry: Network, weights: Path, work: Path) -> tuple[str, dict[str, str]]:
    """Convert WEIGHTS: the digest of what is to be loaded, and that of every file made."""
    if entry.as_it_came:
        return entry.sha256, {}
    files = convert(
        weights, work, name=entry.name, head=entry.head, precision=entry.precision, architecture=entry.architecture
    )
    data = [path.read_bytes() for path in files]
    digest = _digest(*data)
    names = _stem(entry, digest)
    for path, name in zip(files, names, strict=True):
        publish(path, folder() / name)
    return digest, {name: sha256_bytes(content) for name, content in zip(names, data, strict=True)}


def _stem(entry: Network, digest: str) -> tuple[str, str]:
    """Name the converted files after what is in them, so that two who pull at once cannot mix theirs."""
    return f"{entry.name}-{digest[:12]}.xml", f"{entry.name}-{digest[:12]}.bin"


def _digest(xml: bytes, weights: bytes) -> str:
    whole = hashlib.sha256(xml)
    whole.update(weights)
    return whole.hexdigest()


def _bytes(entry: Network, name: str) -> bytes:
    try:
        return (folder() / name).read_bytes()
    except OSError as problem:
        message = f"The network {entry.name} is incomplete: {folder() / name} cannot be read."
        raise ModelUnavailable(message) from problem


def _sweep(entry: Network, record: Record) -> None:
    """Remove what earlier conversions of ENTRY left, and every compilation; those come back by themselves."""
    old = [path for path in folder().glob(f"{entry.name}-????????????.*") if path.name not in record.files]
    for path in [*old, *(folder() / "compiled").glob("*.blob")]:
        with suppress(OSError):
            path.unlink()
