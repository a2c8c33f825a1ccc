"""The letters of a request, written from the record: what goes with a release, and what is told without one."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from redact.advice import Step, Task
from redact.case.paperwork import asked_for, basis_of, clock_offsets, covered, provided
from redact.case.steps import FEES, clock_of
from redact.errors import UsageProblem
from redact.governance.ledger.events import EventKind
from redact.governance.rules.exemptions import Exemption
from redact.governance.rules.fees import fee_of
from redact.governance.rules.organisation import FILE, Role
from redact.governance.rules.working_days import Nation
from redact.package.public_key import fingerprint
from redact.report.letter import REGULATOR, SCOTTISH, Letter, LetterFacts, complaint_to, letter
from redact.request.choices import FOUND, RequestKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redact.case.asked import Asked
    from redact.case.parcel import Parcel
    from redact.governance.office import Office

__all__ = ["OURS", "draft_letter", "release_letter", "request_letter"]

ANSWERS = {
    RequestKind.SAR: Letter.SAR_ANSWERED,
    RequestKind.THIRD_PARTY: Letter.THIRD_PARTY,
    RequestKind.POLICE: Letter.STATUTORY,
    RequestKind.STATUTORY: Letter.STATUTORY,
    RequestKind.FOI: Letter.FOI_ANSWERED,
    RequestKind.TENANT: Letter.TENANT_ANSWERED,
}
REFUSALS = {
    RequestKind.SAR: Letter.SAR_REFUSED,
    RequestKind.FOI: Letter.FOI_REFUSED,
    RequestKind.TENANT: Letter.TENANT_REFUSED,
}
"""Others are told in the words of `Letter.REFUSED`."""

FOLDER = "letters"
"""Of HOME: the organisation's own templates."""

KEY_LATER = "[of the key that signs it]"
"""What stands in a draft in the place of a fingerprint."""

OURS = frozenset(
    {
        "kind",
        "day",
        "reference",
        "recipient",
        "organisation",
        "received",
        "due",
        "extended_to",
        "asked",
        "provided",
        "gaps",
        "clock",
        "enclosed",
        "fingerprint",
        "exemption",
        "reason",
        "basis",
        "purpose",
        "fee",
        "about",
        "outcome",
    }
)
"""Fields of a letter that the record fills in; the others are the organisation's to say."""


def release_letter(office: Office, parcel: Parcel, files: Mapping[str, str]) -> str:
    """Write the letter that goes with PARCEL; FILES: SHA-256 by name. Raises UsageProblem."""
    return _written(office, _enclosing(office, parcel, files, fingerprint(office.keys.public().keyid)))


def draft_letter(office: Office, parcel: Parcel, files: Mapping[str, str]) -> str:
    """Write the same as it can be read before anything is signed: without its day and the key. Raises UsageProblem."""
    return _written(office, replace(_enclosing(office, parcel, files, KEY_LATER), day=None))


def _enclosing(office: Office, parcel: Parcel, files: Mapping[str, str], key: str) -> LetterFacts:
    request, coverage = parcel.request, covered(office, parcel.request, parcel.exhibits)
    return replace(
        _letter(office, request, ANSWERS[request.kind]),
        provided=tuple(provided(exhibit) for exhibit in parcel.exhibits),
        gaps=coverage.sentences,
        clock=clock_offsets(request.clips),
        enclosed=tuple(files.items()),
        fingerprint=key,
    )


def request_letter(office: Office, request: Asked) -> str:
    """Write the letter that REQUEST is due without a release, as it was recorded: of a refusal, or of what goes on.

    Raises UsageProblem where there is none, or where the letter lacks something.
    """
    kinds = (EventKind.REFUSED, EventKind.EXTENDED, EventKind.CLOSED)
    happened = {event.kind: event.data for event in office.register.events(reference=request.reference, kinds=kinds)}
    if request.kind is RequestKind.COMPLAINT:
        return _complaint(office, request, happened.get(EventKind.CLOSED, {}))
    if data := happened.get(EventKind.REFUSED):
        exemption = Exemption(data["exemption"])
        ground = f"{exemption.meaning.removesuffix('.')} ({exemption.source})"
        kind = REFUSALS.get(request.kind, Letter.REFUSED)
        facts = replace(_letter(office, request, kind), exemption=ground, reason=data["reason"])
        return _written(office, facts)
    if EventKind.EXTENDED in happened and request.kind is RequestKind.SAR:
        _check_extended(office, request)
        facts = replace(_letter(office, request, Letter.SAR_EXTENDED), reason=happened[EventKind.EXTENDED]["reason"])
        return _written(office, facts)
    fee = fee_of(office.register.events(reference=request.reference, kinds=FEES))
    if fee and fee.open and request.kind is RequestKind.THIRD_PARTY:
        said = f"The fee is {fee.amount} pounds. It was {fee.state} on {fee.day.day} {fee.day:%B %Y}."
        return _written(office, replace(_letter(office, request, Letter.FEE), fee=said))
    message = f"{request.reference} was neither refused nor extended, so there is no letter that says so."
    raise UsageProblem(message, "See the letter of a release before it leaves: ", Step(Task.DRAFT, request.reference))


def _complaint(office: Office, request: Asked, closed: Mapping[str, Any]) -> str:
    """Write that a complaint is looked into, or what came of it once it is CLOSED."""
    about = f"how we answered the request {request.intake.about}" if request.intake.about else "the use of footage"
    told = closed.get("outcome") in FOUND
    facts = _letter(office, request, Letter.COMPLAINT_OUTCOME if told else Letter.COMPLAINT_ACKNOWLEDGED)
    said = f"Your complaint was {str(closed['outcome']).replace('-', ' ')}. {closed['note']}" if told else ""
    return _written(office, replace(facts, about=about, outcome=said))


def _check_extended(office: Office, request: Asked) -> None:
    """Raise UsageProblem where there is no new day to tell of."""
    clock = clock_of(office, request)
    if not clock.extended or clock.due is None:
        why = "something is waited for" if clock.extended else "it came too late, and gives no more time"
        message = f"There is no letter about the extension of {request.reference} now: {why}."
        raise UsageProblem(message, "See when it is due: ", Step(Task.SHOW_REQUEST, request.reference))


def _written(office: Office, facts: LetterFacts) -> str:
    """Write the letter of FACTS. Raises UsageProblem, which says where the organisation's own texts are."""
    try:
        return letter(facts, office.home / FOLDER)
    except UsageProblem as problem:
        where = f" The organisation's texts stand under [letters] in {office.home / FILE}."
        raise UsageProblem(problem.problem, *problem.advice.parts, where) from problem


def _letter(office: Office, request: Asked, kind: Letter) -> LetterFacts:
    """Put together what any letter about REQUEST says. Raises UsageProblem for a text that none has."""
    texts: dict[str, Any] = dict(office.organisation.letters)
    known = {member.name for member in fields(LetterFacts)} - OURS
    for name in texts:
        if name not in known:
            message = f"organisation.toml: letters.{name} is in no letter."
            raise UsageProblem(message, f"Accepted: {', '.join(sorted(known))}.")
    officers = [person.name for person in office.organisation.people.values() if Role.DPO in person.roles]
    clock = clock_of(office, request)
    facts: dict[str, Any] = {
        "kind": kind,
        "day": date.today(),  # noqa: DTZ011  the day where the organisation is
        "reference": request.reference,
        "recipient": request.intake.recipient or request.intake.requester,
        "organisation": office.organisation.name,
        "signatory": f"{officers[0]}, Data Protection Officer" if officers else "",
        "contact": "",
        "received": request.intake.received,
        "due": clock.extension_notice_by,
        "extended_to": clock.due if clock.extended else None,
        "asked": asked_for(request),
        "basis": basis_of(request),
        "purpose": request.intake.purpose,
    }
    return LetterFacts(**(facts | _regulators(office, request) | texts))


def _regulators(office: Office, request: Asked) -> dict[str, str]:
    """Say whom to complain to: as the organisation's file names them, or those that come with the program."""
    named = office.organisation.regulator
    general = named.name or REGULATOR[0], named.address or REGULATOR[1]
    scots = office.organisation.nation_for(request.intake.nation) is Nation.SCOTLAND
    foi = SCOTTISH if scots else general
    of_foi = complaint_to(named.foi_name or foi[0], named.foi_address or foi[1])
    return {
        "complaint": complaint_to(*general),
        "foi_complaint": f"{of_foi.rstrip('.')}, once we have looked at it again.",
    }
