"""The second pair of eyes: what exactly would leave, and that somebody else has approved just that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from redact.advice import Given
from redact.case.drafting import digests
from redact.case.folder import locked
from redact.case.parcel import LETTER, REPORT, Exhibit, Parcel, gathered, leaves_native
from redact.errors import ChangedMeanwhile, UsageProblem
from redact.governance.ledger.events import DECIDING, EventKind
from redact.governance.rules.authority import (
    Action,
    Approval,
    allowed,
    camera_approvers,
    check_approval,
    check_cameras,
    four_eyes,
    permit,
)

if TYPE_CHECKING:
    from redact.governance.ledger.lines import Entry
    from redact.governance.office import Office

__all__ = [
    "LETTER",
    "REPORT",
    "Approved",
    "Exhibit",
    "Hands",
    "Parcel",
    "approve",
    "approved",
    "approvers",
    "leaves_native",
    "makers",
    "parcel",
]


@dataclass(frozen=True, slots=True)
class Hands:
    """Who signed something, by account and by key."""

    accounts: frozenset[str]
    keyids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Approved:
    """An approval, its line in the ledger, and whose work it is of."""

    approval: Approval
    line: Entry
    makers: Hands


def parcel(office: Office, reference: str, *, native: bool, read: bool = True) -> Parcel:
    """Put together what would leave for REFERENCE now, with its letter and its report as they would be.

    Without READ no footage is compared with its digest. Raises as `gathered`, and UsageProblem where the letter lacks
    something.
    """
    leaving = gathered(office, reference, native=native, read=read)
    return replace(leaving, papers=digests(office, leaving))


def approve(office: Office, reference: str, *, native: bool, watched: bool, digest: str = "") -> Parcel:
    """Let whoever is at work approve what would leave for REFERENCE, WATCHED from beginning to end.

    DIGEST is of what they were shown, where that is known. Raises NotPermitted where they decided on it or made it
    themselves, ChangedMeanwhile where something else than that would leave by now.
    """
    office.permit(Action.APPROVE, reference)
    if not watched:
        message = "Whoever approves has watched every copy from beginning to end."
        raise UsageProblem(message, "Watch them, and say so with ", Given.WATCHED, ".")
    with office.from_ledger() as sure, locked(sure, reference), sure.refusals(reference):
        leaving = parcel(sure, reference, native=native)
        if digest not in {"", leaving.digest}:
            message = f"What would leave for {reference} is not what you looked at any more."
            raise ChangedMeanwhile(message, "Look at what would leave now, and approve that.")
        check_eyes(Hands(frozenset({sure.user}), frozenset({sure.keyid})), makers(sure, leaving))
        check_cameras(sure.organisation, sure.user, leaving.cameras)
        data = {"digest": leaving.digest, "native": native, "copy_number": leaving.number, "watched": True}
        sure.record(sure.event(EventKind.APPROVED, reference=reference, data=data))
    return leaving


def approved(office: Office, leaving: Parcel) -> Approved:
    """Give the approval of all that is LEAVING, as its line in the ledger says it, whose signature holds.

    Raises NotPermitted without one, or where it is of another.
    """
    lines = office.witnessed(EventKind.APPROVED, reference=leaving.request.reference)
    signed = [line for line in lines if line.keyid]  # one of before people had keys is nobody's word
    last, first = signed[-1] if signed else None, makers(office, leaving)
    if last and first.accounts:  # before the digest: whoever decided since then has changed the report with it
        check_eyes(Hands(frozenset({last.event.by}), frozenset({last.keyid})), first)
    recorded = Approval(last.event.by, last.event.at, last.event.data["digest"]) if last else None
    approval = check_approval(recorded, leaving.digest, what="plan, copy, recipient, letter or report")
    permit(office.organisation, approval.by, Action.APPROVE)  # who gave it may have lost the role since
    check_cameras(office.organisation, approval.by, leaving.cameras)
    line = signed[-1]
    check_eyes(Hands(frozenset({approval.by}), frozenset({line.keyid})), first)
    return Approved(approval, line, first)


def makers(office: Office, leaving: Parcel) -> Hands:
    """Give everyone who decided on what is LEAVING or made it: of masters, whoever attached anything."""
    kinds = (EventKind.ATTACHED, EventKind.COMPANION) if leaving.native else (*DECIDING, EventKind.RENDERED)
    lines = office.witnessed(*kinds, reference=leaving.request.reference)
    return Hands(frozenset(line.event.by for line in lines), frozenset(line.keyid for line in lines if line.keyid))


def approvers(office: Office, leaving: Parcel) -> tuple[str, ...]:
    """Name the accounts that may approve what is LEAVING: whoever may approve, and is none of its makers."""
    hands = makers(office, leaving).accounts
    people = office.organisation.people.items()
    may = camera_approvers(office.organisation, leaving.cameras)
    some = (one for one, person in people if one not in hands and Action.APPROVE in allowed(person.roles))
    return tuple(one for one in some if may is None or one in may)


def check_eyes(second: Hands, first: Hands) -> None:
    """Raise NotPermitted where the SECOND person is among the FIRST, by account or by key."""
    (account,) = second.accounts
    four_eyes(account, {*first.accounts, *([account] if second.keyids & first.keyids else [])})
