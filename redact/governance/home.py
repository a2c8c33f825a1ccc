"""HOME, the folder of the records: what lies where, who may change it, and whether that is still so.

HOME belongs to whoever set it up, and nobody else writes there: neither who may do what nor the keys can be put in the
place of others. Below it lies what a group shares. The ledger's own folder is sticky, so that nobody but its owner
takes the ledger away; the register's and those of footage and cases are not, since what lies there is held against the
ledger whenever it counts.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from redact.advice import Given, Step, Task
from redact.errors import InputUnusable, NotPermitted, Refusal, UsageProblem
from redact.files import canonical_json, reason_of, sync_folder, write_whole
from redact.governance.people.keyring import Founding
from redact.governance.rules.organisation import FILE, Organisation
from redact.user import called, user_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "ALONE",
    "FOUNDING",
    "HOME",
    "KEYS",
    "LEDGER",
    "OLD_LEDGER",
    "OLD_REGISTER",
    "REGISTER",
    "arrange",
    "check_tight",
    "founding_of",
    "home_folder",
    "make_folder",
    "organisation_of",
    "owner_of",
    "tighten",
    "write_founding",
]

ALONE = 0o077
"""Bits of a mode that the group and everyone else have."""

HOME = "REDACT_HOME"
"""Variable of the environment that names the folder of the records."""

LEDGER, REGISTER = "ledger/ledger.jsonl", "register/register.db"
KEYS, FOUNDING, LETTERS = "keys", "founding.json", "letters"
OLD_LEDGER, OLD_REGISTER = "ledger.jsonl", "register.db"
"""Where they were before there were keys of persons."""

STICKY = "ledger"
FOLDERS = (STICKY, "register", "masters", "scans", "cases")
"""What HOME holds that a group writes to, if one shares HOME: records, masters, what was found in them, and cases."""

WRITE = stat.S_IWGRP | stat.S_IWOTH
OTHERS = stat.S_IRWXG | stat.S_IRWXO
IDENTITY = re.compile(r"[0-9a-f]{32}")
KEYID = re.compile(r"[0-9a-f]{64}")


def home_folder() -> Path:
    """Give the folder of the records: what REDACT_HOME names, else the user's own place for data."""
    from pathlib import Path  # noqa: PLC0415  only here

    named = os.environ.get(HOME)
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs  # noqa: PLC0415  only needed where nothing is named

    return platformdirs.user_data_path("redact", appauthor=False)


def organisation_of(home: Path) -> Organisation:
    """Read the organisation's file in HOME. Raises InputUnusable where HOME is closed to whoever is at work."""
    try:
        return Organisation.load(home / FILE)
    except PermissionError as problem:
        message = f"{home} is not open to {user_name()}."
        raise InputUnusable(message, f"Ask whoever set it up to add you to the group that {FILE} names.") from problem


def founding_of(home: Path) -> Founding:
    """Read what HOME's ledger is founded on. Raises NotPermitted where it is of before people had keys."""
    path = home / FOUNDING
    try:
        found: Any = json.loads(path.read_bytes())
        founding = Founding(found["organisation"], found["keyid"])
        good = bool(IDENTITY.fullmatch(founding.organisation) and KEYID.fullmatch(founding.keyid))
    except FileNotFoundError as problem:
        message = f"The records in {home} were made before everybody signed with a key of their own."
        advice = "Whoever owns the folder, and is a DPO, brings them up to date: "
        raise NotPermitted(
            message, advice, Step(Task.SET_UP, gives=(Given.UPGRADE,)), code=Refusal.NOT_ENROLLED
        ) from problem
    except OSError as problem:
        message = f"{path} cannot be read ({reason_of(problem)})."
        raise InputUnusable(message, "Check that you may read it.") from problem
    except (ValueError, KeyError, TypeError):
        good = False
    if not good:
        message = f"{path} does not say on which key the ledger is founded."
        raise InputUnusable(message, "Bring it back from a backup.")
    return founding


def write_founding(home: Path, founding: Founding) -> None:
    """Put down in HOME what its ledger is founded on."""
    data = {"organisation": founding.organisation, "keyid": founding.keyid}
    write_whole(home / FOUNDING, canonical_json(data))


def check_tight(home: Path, organisation: Organisation) -> None:
    """Raise NotPermitted where somebody else than HOME's owner could change what is its owner's to say.

    The advice is the command that mends it.
    """
    loose = list(_loose(home, organisation))
    if loose:
        message = "\n".join(sentence for sentence, _ in loose)
        command = " && ".join(command for _, command in loose)
        advice = f"Whoever owns it looks at what it says, and then closes it: {command}"
        raise NotPermitted(message, advice, code=Refusal.LOOSE_FOLDER)


def arrange(home: Path, organisation: Organisation) -> None:
    """Make HOME's folders, open to whom the ORGANISATION shares them with, also where that was changed since.

    HOME comes last: as long as it is not as it should be, the rest is looked at again. Only its owner can change it.
    """
    group = organisation.group
    for name in FOLDERS:
        make_folder(home / name, _mode(name, organisation), group)
    facts, mode = home.stat(), _home_mode(organisation)
    wrong = stat.S_IMODE(facts.st_mode) != mode or (group and facts.st_gid != _number(group))
    if wrong and facts.st_uid == os.geteuid():
        tighten(home, organisation)


def tighten(home: Path, organisation: Organisation) -> None:
    """Open what is in HOME, and HOME itself, to whom the ORGANISATION shares it with, and close it to all others."""
    mode, group = _home_mode(organisation), organisation.group
    try:
        for name in FOLDERS:
            make_folder(home / name, _mode(name, organisation), group)
            _hand_over(home / name, organisation)
            _set(home / name, _mode(name, organisation), group)
        _lend(home, organisation)
        _set(home, mode, group)
    except OSError as problem:
        message = f"{home} cannot be closed to others ({reason_of(problem, 'unknown')})."
        raise InputUnusable(
            message, f"Keep it on a disk with owners and rights, and be in the group of {FILE}."
        ) from problem


def make_folder(path: Path, mode: int, group: str = "") -> None:
    """Make the folder PATH if there is none, with MODE and, where one shares it, GROUP; on the disk as well."""
    try:
        if not path.exists():
            path.mkdir(parents=True, exist_ok=True, mode=0o700)  # another process may be quicker
            _set(path, mode, group)
            sync_folder(path.parent)
    except OSError as problem:
        message = f"{path} cannot be made ({problem.strerror})."
        raise InputUnusable(message, f"Name another folder in {HOME}.") from problem


def _loose(home: Path, organisation: Organisation) -> Iterator[tuple[str, str]]:
    """Say what others than HOME's owner could change, and the command that mends each."""
    owner, mode = home.stat().st_uid, _home_mode(organisation)
    parent = home.parent.stat()
    by_group = parent.st_mode & stat.S_IWGRP and parent.st_gid == home.stat().st_gid and organisation.group
    if (parent.st_mode & stat.S_IWOTH or by_group) and not parent.st_mode & stat.S_ISVTX:
        yield f"{home.parent} lets others put another folder in the place of {home.name}.", _chmod("+t", home.parent)
    yield from _wrong(home, owner, WRITE, f"{mode:o}")
    shared = "640" if organisation.group else "600"
    for name in (FILE, FOUNDING):
        yield from _wrong(home / name, owner, WRITE, shared)
    yield from _wrong(home / KEYS, owner, OTHERS, "700")
    yield from _wrong(home / LETTERS, owner, WRITE, f"{mode:o}")
    for name in FOLDERS:
        yield from _wrong(home / name, owner, stat.S_IWOTH, f"{_mode(name, organisation):o}")
    ledger = home / STICKY
    if ledger.exists() and ledger.stat().st_mode & (stat.S_IWGRP | stat.S_ISVTX) == stat.S_IWGRP:
        yield f"{ledger} lets its group take the ledger away.", _chmod("+t", ledger)
    yield from _wrong(home / LEDGER, owner, stat.S_IWOTH, f"{organisation.file_mode:o}")


def _wrong(path: Path, owner: int, forbidden: int, mode: str) -> Iterator[tuple[str, str]]:
    """Say whether PATH, where it is there, is not OWNER's, or has a bit of mode that is FORBIDDEN."""
    try:
        facts = path.stat()
    except FileNotFoundError:
        return
    if facts.st_uid != owner:
        who, whose = called(facts.st_uid), called(owner)
        yield (
            f"{path} belongs to {who}, and the folder to {whose}.",
            f"chown {shlex.quote(whose)} {shlex.quote(str(path))}",
        )
    elif facts.st_mode & forbidden:
        yield (
            f"{path} is open to others than {called(owner)} (mode {stat.S_IMODE(facts.st_mode):o}).",
            _chmod(mode, path),
        )


def _chmod(mode: str, path: Path) -> str:
    return f"chmod {mode} {shlex.quote(str(path))}"


def _home_mode(organisation: Organisation) -> int:
    """Permissions of HOME itself, and of what its owner alone writes in it."""
    return 0o2750 if organisation.group else 0o700


def _mode(name: str, organisation: Organisation) -> int:
    """Permissions of the folder NAME in HOME."""
    return organisation.folder_mode | (stat.S_ISVTX if organisation.group and name == STICKY else 0)


def _lend(home: Path, organisation: Organisation) -> None:
    """Let the group of ORGANISATION read what HOME's owner alone writes."""
    letters = [home / LETTERS, *sorted((home / LETTERS).glob("*"))] if (home / LETTERS).is_dir() else []
    for path in (home / FILE, home / FOUNDING, *letters):
        if path.exists() and not path.is_symlink():
            readable = 0o750 if path.is_dir() else 0o640
            _set(path, readable if organisation.group else readable & ~OTHERS, organisation.group)


def _hand_over(path: Path, organisation: Organisation) -> None:
    """Open PATH, and all that is in it, to the group of ORGANISATION, or close it; what nobody may write stays so."""
    if path.is_symlink():
        return
    if path.is_dir():
        for inner in sorted(path.iterdir()):
            _hand_over(inner, organisation)
        mode = organisation.folder_mode
    else:
        own = stat.S_IMODE(path.stat().st_mode) & (stat.S_IRUSR | stat.S_IWUSR)
        mode = own | (own >> 3 if organisation.group else 0)
    with suppress(PermissionError):  # somebody else's, which only they can change; it was made as it should be
        _set(path, mode, organisation.group)


def _set(path: Path, mode: int, group: str) -> None:
    """Give PATH its MODE and, where one shares it, its GROUP."""
    if group and path.stat().st_gid != _number(group):
        os.chown(path, -1, _number(group))
    if stat.S_IMODE(path.stat().st_mode) != mode:
        path.chmod(mode)


def _number(group: str) -> int:
    """Give the number of GROUP. Raises UsageProblem where the operating system knows none of that name."""
    import grp  # noqa: PLC0415  only where a group shares the records

    try:
        return grp.getgrnam(group).gr_gid
    except KeyError as problem:
        message = f"{FILE}: there is no group {group} on this computer."
        raise UsageProblem(message, "Have it made, or name another, or none.") from problem


def owner_of(folder: Path, home: Path) -> str:
    """Give the user of the operating system who alone can use FOLDER in HOME; empty where whoever is at work can."""
    try:
        os.close(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
    except FileNotFoundError:  # only HOME's owner can make it there
        owner = home.stat().st_uid
        return "" if owner == os.geteuid() else called(owner)
    except PermissionError:
        return called(folder.stat().st_uid)
    return ""
