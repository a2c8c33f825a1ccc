"""redact doctor: whether this machine has what the program needs."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.output import example, json_option, say, show_json
from cli.remedies import spelt
from redact.errors import InputUnusable, ModelUnavailable, RedactError
from redact.files import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["doctor"]

PYTHON = (3, 11)

REINSTALL = "Install redact again, as README.md says."

GB = 1_000_000_000

LEAST_DISK = 2 * GB
"""bytes; a copy is about as large as its master, and is written beside its final name first."""

LEAST_MEMORY = 4 * GB
"""bytes."""

CGROUP = Path("/sys/fs/cgroup/memory.max")
"""Where a container says how much memory it may use."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    found: str
    remedy: str = ""
    """What to do; empty where all is well."""
    exit_code: int = 0


@click.command(epilog=example("redact doctor"))
@json_option
def doctor(as_json: bool) -> int:
    """Check whether this machine is ready.

    Looks at everything redact needs, at where the records are and who could change them, and at the keys that sign,
    and says what to do where something is missing. The exit code is 0 if all is well, 3 if something about the machine
    or the records is wrong, 6 if only the networks are missing.
    """
    findings = list(_findings())
    codes = {finding.exit_code for finding in findings if finding.remedy}
    code = InputUnusable.exit_code if InputUnusable.exit_code in codes else max(codes, default=0)
    if as_json:
        show_json({"ok": not code, "exit_code": code, "findings": [asdict(finding) for finding in findings]})
    else:
        say(*(line for finding in findings for line in _lines(finding)))
        say("", "All is well." if not code else f"{sum(bool(f.remedy) for f in findings)} to put right.")
    return code


def _lines(finding: Finding) -> list[str]:
    line = f"{'problem' if finding.remedy else 'ok':<9}{finding.name:<12}{finding.found}"
    return [line, f"{'':<21}{finding.remedy}"] if finding.remedy else [line]


def _findings() -> Iterator[Finding]:
    """Look at everything, in the order in which things need each other."""
    yield _finding("Python", _python)
    yield _finding("PyAV", lambda: str(import_module("av").__version__))
    yield _finding("OpenCV", lambda: str(import_module("cv2").__version__))
    yield _finding("OpenVINO", _openvino)
    yield _finding("ffmpeg", _ffmpeg)
    yield _finding("Cache", _cache)
    yield _finding("Networks", _networks)
    yield _finding("Records", _records)
    yield _finding("Key", _key)
    yield _finding("Own key", _own_key)
    yield _finding("Disk", _disk)
    yield _finding("Memory", _memory)
    yield _finding("Cores", _cores)


def _finding(name: str, look: Callable[[], str]) -> Finding:
    """LOOK at one thing: it tells what it found, or raises what is wrong with it."""
    try:
        return Finding(name, look())
    except RedactError as problem:
        missing = isinstance(problem, ModelUnavailable)
        code = problem.exit_code if missing else InputUnusable.exit_code
        return Finding(name, spelt(problem.problem), spelt(problem.advice) or "See README.md.", code)
    except Exception as problem:  # noqa: BLE001  a broken library may fail in any way; that is what is asked here
        return Finding(name, f"fails ({type(problem).__name__}: {problem})", REINSTALL, InputUnusable.exit_code)


def _python() -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < PYTHON:
        raise InputUnusable(version, f"Install Python {'.'.join(map(str, PYTHON))} or newer.")
    return version


def _openvino() -> str:
    from models.quiet import openvino  # noqa: PLC0415  may be what is broken

    return str(openvino().__version__).split("-")[0]


def _ffmpeg() -> str:
    from redact.video.program import described, intact, program  # noqa: PLC0415  may be what is broken

    if not intact():
        message = f"{program()} is not the program that its package records"
        raise InputUnusable(message, REINSTALL)
    return f"{described().split(' (sha256')[0].removeprefix('ffmpeg ')}, {program()}"


def _cache() -> str:
    from models.store import folder  # noqa: PLC0415  may be what is broken

    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return f"{place} can be written"
    except OSError as problem:
        message = f"{place} cannot be written ({reason_of(problem)})"
        raise InputUnusable(message, "Make room there, or name another folder in REDACT_MODELS.") from problem


def _networks() -> str:
    from models.loading import check  # noqa: PLC0415  may be what is broken

    networks = check(anew=True)
    wrong = [problem for problem in networks.values() if problem]
    if wrong:
        raise ModelUnavailable(" ".join(wrong))
    return f"{', '.join(networks)}: here, intact, and find what they must"


def _records() -> str:
    """Look whether records are kept here. Who redacts single clips needs none."""
    home = _home()
    if home.exists() and not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        message = f"{home} cannot be read and written by you"
        raise InputUnusable(message, "Ask whoever set it up, or name another folder in REDACT_HOME.")
    file = home / "organisation.toml"
    if not file.exists():
        return f"{home}: nothing is set up there yet (redact setup), and only requests on record need it"
    from redact.governance.home import check_tight, founding_of, organisation_of  # noqa: PLC0415  may be what is broken

    organisation = organisation_of(home)
    founding_of(home)
    check_tight(home, organisation)
    return f"{home}, of {organisation.name}, which its owner alone can change"


def _key() -> str:
    """Look at what is public of the key that signs."""
    from cli.key import SOON_DAYS  # noqa: PLC0415  not needed for help
    from redact.case.handing import left  # noqa: PLC0415  as above
    from redact.governance.keys import KeyStore  # noqa: PLC0415  may be what is broken

    keys = KeyStore(_home() / "keys")
    with suppress(PermissionError):
        if keys.folder.exists() and not os.access(keys.folder, os.R_OK | os.X_OK):
            return f"in {keys.folder}, which is closed to you: whoever set up the records signs"
    if not keys.exists:
        return "none yet; one is made when it is first needed"
    known = keys.records()[0]
    days = left(known)
    term = f"signs until {known.end:%d %B %Y}" if days >= 0 else f"expired on {known.end:%d %B %Y}"
    if days < SOON_DAYS:
        raise InputUnusable(term, "Make the next one, and give it to recipients: redact key rotate")
    return term


def _own_key() -> str:
    """Look at the key of whoever asks, and whether they are who they seem."""
    from redact.governance.people.mine import own_key  # noqa: PLC0415  may be what is broken
    from redact.package.public_key import fingerprint  # noqa: PLC0415  as above
    from redact.user import require_true_user  # noqa: PLC0415  as above

    require_true_user()
    own = own_key()
    if not own.exists:
        return "none yet; one is made by redact setup or redact key mine, and only requests on record need it"
    return f"{own.path}, {fingerprint(own.claim().key.keyid[:16])} …"


def _home() -> Path:
    from redact.governance.home import home_folder  # noqa: PLC0415  may be what is broken

    return home_folder()


def _disk() -> str:
    here = Path.cwd()
    free = shutil.disk_usage(here).free
    room = f"{free / GB:.1f} GB free in {here}"
    if free < LEAST_DISK:
        raise InputUnusable(room, "Make room.")
    return room


def _memory() -> str:
    size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError, ValueError):  # no container, or one that says "max"
        size = min(size, int(CGROUP.read_text(encoding="ascii")))
    amount = f"{size / GB:.1f} GB"
    if size < LEAST_MEMORY:
        raise InputUnusable(amount, f"Take a machine with {LEAST_MEMORY // GB} GB or more.")
    return amount


def _cores() -> str:
    """Count the cores this process may use."""
    return str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
