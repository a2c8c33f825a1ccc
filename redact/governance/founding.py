"""How records begin: HOME, its first DPO and their key; and how records of before come to be signed."""

from __future__ import annotations

import os
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from redact.advice import Give, Given, Sentence, Step, Task
from redact.errors import NotPermitted, Refusal, UsageProblem
from redact.files import write_whole
from redact.governance.home import (
    ALONE,
    FOUNDING,
    LEDGER,
    OLD_LEDGER,
    OLD_REGISTER,
    REGISTER,
    check_tight,
    founding_of,
    make_folder,
    organisation_of,
    tighten,
    write_founding,
)
from redact.governance.ledger.events import Event, EventKind
from redact.governance.ledger.ledger import Ledger, LedgerBroken
from redact.governance.ledger.lines import Hand
from redact.governance.office import Office
from redact.governance.people.keyring import Founding, Keyring
from redact.governance.people.mine import make_key, own_key
from redact.governance.register.database import renew
from redact.governance.register.legacy import forget_waiting, waiting
from redact.governance.rules.authority import Action
from redact.governance.rules.organisation import FILE, Role, template
from redact.user import require_true_user, user_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from redact.governance.people.own import OwnKey
    from redact.governance.rules.organisation import Organisation

    Choose = Callable[[], bytes | None]

__all__ = ["found", "rebuild", "set_up", "upgrade"]


def set_up(home: Path, name: str, person: str = "", *, own: OwnKey | None = None, choose: Choose | None = None) -> Path:
    """Make HOME for the organisation NAME, with whoever runs this, called PERSON, as its DPO, whose key is OWN.

    Where they have none, one is made under the passphrase that they CHOOSE. Gives the file that says who may do what.
    Raises UsageProblem where there is one already, NotPermitted where there is no passphrase.
    """
    own, path = own or own_key(), home / FILE
    if path.exists():
        message = f"{home} is set up already."
        raise UsageProblem(message, f"Change {path} by hand; every change is recorded.")
    text = template(own.account, name, person)
    require_true_user()
    make_key(own, choose)
    own.signer()
    make_folder(home, 0o700)
    with _alone():
        make_folder((home / LEDGER).parent, 0o700)
        found(home, own)
    write_whole(path, text.encode())
    with Office.open(home, own=own):
        return path


def found(home: Path, own: OwnKey) -> None:
    """Let the ledger in HOME begin to be signed, with OWN, the key of a DPO; what was founded with it stays."""
    claim, ledger, keyring = own.claim(), Ledger(home / LEDGER), Keyring()
    with ledger.locked() as held:
        ledger.show(keyring)
        there = founding_of(home) if (home / FOUNDING).exists() else None
        if keyring.founding and keyring.founding != there:
            first = next(iter(keyring.keys.values()))
            message = f"{ledger.path}: line {first.line} puts a first key on record that HOME does not know."
            raise LedgerBroken(message)
        if keyring.founding is None:
            founding = (
                there if there and there.keyid == claim.key.keyid else Founding(uuid.uuid4().hex, claim.key.keyid)
            )
            write_founding(home, founding)
            data = {"claim": claim.model_dump(mode="json"), "founds": founding.organisation}
            event = Event(kind=EventKind.ENROLLED, by=own.account, data=data)
            held.append(held.prepare([event], Hand(founding.organisation, own.signer())))


def upgrade(home: Path, take: Collection[str] = (), *, own: OwnKey | None = None, choose: Choose | None = None) -> None:
    """Bring records in HOME that were made before people had keys up to date, with OWN, the key of a DPO.

    What waited in the old register for the ledger is taken over if its id is among TAKE, and refused by name otherwise.
    Old lines stay as they are, signed by nobody. What was killed half-way is finished. Raises NotPermitted where
    whoever runs this is no DPO, or not HOME's owner; UsageProblem where there is nothing to do, or something waits.
    """
    own, organisation = own or own_key(), organisation_of(home)
    require_true_user()
    _check_founder(home, own, organisation)
    new = _waiting(home, organisation, take)
    make_key(own, choose)
    own.signer()
    with _alone():
        make_folder((home / LEDGER).parent, 0o700)
        make_folder((home / REGISTER).parent, 0o700)
        _take_over(home, organisation, new)
        found(home, own)
    tighten(home, organisation)
    with Office.open(home, own=own) as office:
        office.note_keys()


def rebuild(home: Path, *, own: OwnKey | None = None) -> int:
    """Make the register of HOME anew from its ledger, once every line is checked; gives the number of lines.

    What was there is put aside, or in a server dropped. Raises NotPermitted where whoever runs this is no DPO.
    """
    organisation, founding = organisation_of(home), founding_of(home)
    check_tight(home, organisation)
    keyring = Keyring(founding)
    lines = Ledger(home / LEDGER, organisation.file_mode).show(keyring)
    if not keyring.may(user_name(), Action.ENROL):
        message = "Only a DPO makes the register anew."
        raise NotPermitted(message, "Ask one.", code=Refusal.ROLE_LACKING)
    renew(organisation.database or home / REGISTER)
    with Office.open(home, own=own):
        return lines


def _check_founder(home: Path, own: OwnKey, organisation: Organisation) -> None:
    """Raise NotPermitted where OWN is of nobody who can found HOME's ledger, UsageProblem where it was."""
    person = organisation.user(own.account)
    if home.stat().st_uid != os.geteuid() or person is None or Role.DPO not in person.roles:
        message = f"{own.account} does not own {home}, or is no DPO there."
        raise NotPermitted(message, "Whoever does and is brings the records up to date.", code=Refusal.ROLE_LACKING)
    if (home / LEDGER).exists() and (home / FOUNDING).exists() and not (home / OLD_REGISTER).exists():
        keyring = Keyring()
        Ledger(home / LEDGER).show(keyring)
        if keyring.founding:
            message = f"The records in {home} are up to date."
            raise UsageProblem(message, "There is nothing to do.")


def _waiting(home: Path, organisation: Organisation, take: Collection[str]) -> list[Event]:
    """Give what waited in the old register, if all of it is among TAKE. Raises UsageProblem that names the rest."""
    place, there = _old_register(home, organisation), {entry.event.id for entry in _old_ledger(home).entries()}
    new = [event for event in (waiting(place) if place else []) if event.id not in there]
    strange = [one for one in new if one.id not in take]
    if strange:
        named = [f"  {one.kind} by {one.by}, {one.reference or 'none'}, {one.at}: {one.id}" for one in strange]
        message = Sentence.of_lines([f"The old register has {len(strange)} events that the ledger never had:", *named])
        advice = "Take over each that you know to be true, by its id. Nothing was changed: "
        raise UsageProblem(message, advice, Step(Task.SET_UP, gives=(Given.UPGRADE, Give(Given.TAKE, strange[0].id))))
    return new


def _old_register(home: Path, organisation: Organisation) -> str | Path:
    """Say where the old register is; empty where there is none any more."""
    return organisation.database or (home / OLD_REGISTER if (home / OLD_REGISTER).exists() else "")


def _old_ledger(home: Path) -> Ledger:
    """Give the old ledger, moved or not."""
    return Ledger(home / OLD_LEDGER if (home / OLD_LEDGER).exists() else home / LEDGER)


def _take_over(home: Path, organisation: Organisation, new: list[Event]) -> None:
    """Move the old ledger to its place, with the NEW events that waited for it, and put the old register aside."""
    if new:
        with _old_ledger(home).locked() as held:
            held.append(held.prepare(new))
    for path in sorted(home.glob("ledger.*")):
        path.rename((home / LEDGER).with_name(path.name))
    if organisation.database:
        forget_waiting(organisation.database)
    for path in sorted(home.glob(f"{OLD_REGISTER}*")):
        path.rename((home / REGISTER).with_name(f"before-keys.{path.name}"))


@contextmanager
def _alone() -> Iterator[None]:
    """Let new files be of whoever runs this alone."""
    before = os.umask(ALONE)
    try:
        yield
    finally:
        os.umask(before)
