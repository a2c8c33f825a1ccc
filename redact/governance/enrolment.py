"""Who works here, and whose keys are on record: how they get there, and how one counts no more."""

from __future__ import annotations

import stat
from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING

from redact.advice import Give, Given, Step, Task
from redact.errors import NotPermitted, Refusal, UsageProblem
from redact.files import whole_file
from redact.governance.ledger.events import EventKind
from redact.governance.ledger.lines import Hand
from redact.governance.people.keyring import endorsement_payload
from redact.governance.rules.authority import Action
from redact.governance.rules.organisation import FILE, Organisation, Role, with_person
from redact.user import require_true_user

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redact.governance.office import Office
    from redact.governance.people.keyring import PersonKey
    from redact.governance.people.own import Claim

__all__ = ["LEAST", "add_person", "enrol", "recover", "revoke"]

LEAST = 16
"""Digits of a fingerprint that have to be compared, at least."""


def add_person(office: Office, account: str, name: str, roles: Sequence[Role]) -> None:
    """Name ACCOUNT, of somebody called NAME who has ROLES, in the organisation's file, and put that on record.

    Only whoever owns HOME can write that file. Raises NotPermitted where whoever is at work is no DPO, UsageProblem
    where that cannot stand in it, InputUnusable where it cannot be written.
    """
    office.permit(Action.ENROL)
    path = office.home / FILE
    with office.ledger.locked():  # one at a time
        before = path.stat().st_mode
        changed = with_person(path.read_text(encoding="utf-8"), account, name, roles)
        with whole_file(path) as part:
            part.write_bytes(changed.encode())
            part.chmod(stat.S_IMODE(before))
    replace(office, organisation=Organisation.load(path)).note_configuration()


def enrol(office: Office, account: str, claim: Claim, told: str) -> PersonKey:
    """Put the key of CLAIM on record as that of ACCOUNT, whose owner has TOLD the beginning of its fingerprint.

    Raises NotPermitted where whoever is at work is no DPO, UsageProblem where account or fingerprint are others, or
    the account has a key.
    """
    office.permit(Action.ENROL)
    digits = "".join(told.split()).lower()
    if claim.account != account:
        message = f"That key is of {claim.account}, not of {account}."
        raise UsageProblem(message, "Ask for the right file, or name the account whose it is.")
    if len(digits) < LEAST or not claim.key.keyid.startswith(digits):
        message = f"The fingerprint of that key does not begin with {told.strip() or 'nothing'}, or that is too little."
        advice = f"Have its owner read out {LEAST} digits of it to you. If they differ, somebody else made the file."
        raise UsageProblem(message, advice)
    known = office.people().active(account)
    if known:
        message = f"{account} has a key on record already, since line {known.line}."
        again = Step(Task.REVOKE, gives=(Give(Given.NAME, account), Give(Given.REASON, "…")))
        raise UsageProblem(message, "If it is lost, revoke it first: ", again)
    office.record(office.event(EventKind.ENROLLED, data={"claim": claim.model_dump(mode="json")}))
    return office.people().keys[claim.key.keyid]


def revoke(office: Office, account: str, why: str) -> PersonKey:
    """Let the key of ACCOUNT count no more from here on, and record WHY; what it signed before stays signed.

    Raises NotPermitted where whoever is at work is neither a DPO nor that person, UsageProblem where there is no key.
    """
    if account != office.user:
        office.permit(Action.ENROL)
    words, known = " ".join(why.split()), office.people().active(account)
    if known is None:
        message = f"No key of {account} is on record."
        raise UsageProblem(message, "See whose are: ", Task.LIST_PEOPLE)
    if not words:
        message = "A key is revoked with its reason."
        raise UsageProblem(message, "Say it: ", Give(Given.REASON, "…"))
    if _last_dpo(office, account):
        message = f"{account} is the only DPO whose key is on record: nobody could put another on record then."
        raise UsageProblem(
            message,
            "Put a second DPO's key on record first, or take a new key under the organisation's: ",
            Task.RECOVER,
        )
    data = {"keyid": known.key.keyid, "account": account, "why": words}
    office.record(office.event(EventKind.REVOKED, data=data))
    return known


def recover(office: Office) -> PersonKey:
    """Put the new key of a DPO, who lost the old one, on record under the organisation's key, which only its owner has.

    Raises NotPermitted where whoever is at work is no DPO, or cannot sign with the organisation's key.
    """
    require_true_user()
    people = office.people()
    if Role.DPO not in people.roles.get(office.user, ()):
        message = f"{office.user} is no DPO."
        raise NotPermitted(
            message, "Ask the DPO to revoke your old key, and to put the new one on record.", code=Refusal.ROLE_LACKING
        )
    claim = office.own.claim()
    if claim.key.keyid in people.keys:
        message = "The key that you have is on record, or was."
        raise UsageProblem(message, "Move it away, and make another: ", Task.MAKE_OWN_KEY)
    key = office.keys.signing_key() if office.keys.exists and not office.keys_of else None
    if key is None or key.keyid not in people.checkers:
        message = "The organisation's key, under which a lost key is replaced, is not yours to use, or not on record."
        raise NotPermitted(
            message,
            "Ask another DPO to revoke your old key, and to put the new one on record.",
            code=Refusal.KEY_OF_ANOTHER,
        )
    word = key.sign(endorsement_payload(office.founding.organisation, claim))
    data = {"claim": claim.model_dump(mode="json"), "endorsed": b64encode(word).decode()}
    event = office.event(EventKind.ENROLLED, data=data)
    office.write([event], Hand(office.founding.organisation, office.own.signer()))
    return office.people().keys[claim.key.keyid]


def _last_dpo(office: Office, account: str) -> bool:
    """Tell whether nobody but ACCOUNT is a DPO whose key is on record."""
    people = office.people()
    dpos = {name for name, roles in people.roles.items() if Role.DPO in roles and people.active(name)}
    return dpos == {account}
