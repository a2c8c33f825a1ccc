"""Whose keys are on record: inviting somebody, putting their key on record, and letting it count no more."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from redact.errors import UsageProblem
from redact.governance.enrolment import add_person, enrol, revoke
from redact.governance.office import Office
from redact.governance.rules.authority import Action
from redact.governance.rules.organisation import Role
from redact.package.public_key import fingerprint
from redact.review.access.deps import DeskOf, Records
from redact.review.access.invitations import invite
from redact.review.access.tickets import Purpose
from redact.review.api.sent import Sent
from redact.review.desk import Desk
from redact.review.words import Turned

__all__ = ["router"]

router = APIRouter(prefix="/api/people", tags=["people"])

Account = Annotated[str, Path(max_length=80, description="Account in organisation.toml.")]


class Key(BaseModel):
    """A key that is on record."""

    fingerprint: str
    line: int = Field(description="Of the ledger, that put it on record.")
    by: str = Field(description="Account that put it there.")
    here: bool = Field(description="Whether it is one with which its owner can sign in on this page.")


class Person(BaseModel):
    """Somebody who works with the records."""

    account: str
    name: str
    roles: list[str]
    key: Key | None
    host: bool = Field(description="Whether they run the page.")
    waits: bool = Field(description="Whether they made a key, and wait for it to be put on record.")
    invited_until: float | None = Field(description="Seconds since 1970 until which an invitation works.")


class Invitation(BaseModel):
    """A link with which somebody makes a key."""

    account: str
    path: str = Field(description="What stands after this page's address. It is shown this once.")


class Newcomer(Sent):
    """Somebody who is to work with the records."""

    account: str = Field(max_length=80, description="What they sign in as; one word is best, such as b.example.")
    name: str = Field(max_length=80, description="What they are called.")
    roles: list[Role]


class Enrolment(Sent):
    """What the owner of a key has read out."""

    fingerprint: str = Field(max_length=200, description="The first 16 digits, at least.")


class Revocation(Sent):
    """Why a key is to count no more."""

    reason: str = Field(max_length=1000)


@router.get("", summary="Who works with the records, and whose keys are on record")
def everybody(office: Records, desk: DeskOf) -> list[Person]:
    """List everybody whom the organisation names."""
    office.permit(Action.READ)
    invited = {ticket.account: ticket.until for ticket in desk.tickets.open_for(Purpose.JOIN)}
    return [_person(office, desk, account, invited.get(account)) for account in sorted(office.organisation.people)]


@router.post("", summary="Name somebody who is to work with the records", status_code=201)
def named(sent: Newcomer, office: Records) -> Person:
    """Put them, with their roles, into the organisation's file, and that on record. For the DPO."""
    add_person(office, sent.account, sent.name, sent.roles)
    roles = [role.value for role in sent.roles]
    about: dict[str, Any] = {"key": None, "host": False, "waits": False, "invited_until": None}
    return Person(account=sent.account, name=sent.name, roles=roles, **about)


@router.post("/{account}/invitation", summary="Invite somebody to make a key", status_code=201)
def invitation(account: Account, office: Records, desk: DeskOf) -> Invitation:
    """Make a link that works once, for a week; one made before works no more. For the DPO."""
    return Invitation(account=account, path=invite(office, desk.folder, account))


@router.post("/{account}/enrolment", summary="Put somebody's key on record", status_code=201)
def enrolment(account: Account, sent: Enrolment, office: Records, desk: DeskOf) -> Person:
    """Put the key that ACCOUNT made here on record, by the fingerprint that its owner reads out. For the DPO."""
    office.permit(Action.ENROL)
    claim = desk.persons.claim(account) if office.organisation.user(account) else None
    if claim is None:
        message = f"{account} has not made a key here."
        raise Turned(404, "no-key", message, "Invite them first, and have them read the fingerprint out to you.")
    try:
        enrol(office, account, claim, sent.fingerprint)
    except UsageProblem as problem:
        if office.people().active(account):
            raise
        message = "These are not the letters and digits that their page shows."
        advice = (
            "Ask them to read them out again. If they still differ, do not go on: somebody else may have used the link."
        )
        raise Turned(400, "fingerprint", message, advice, fields={"fingerprint": message}) from problem
    return _person(office, desk, account, None)


@router.post("/{account}/revocation", summary="Let somebody's key count no more", status_code=201)
def revocation(account: Account, sent: Revocation, office: Records, desk: DeskOf) -> Person:
    """Let the key of ACCOUNT count no more from here on, and sign them out. For the DPO, and for one's own key."""
    revoke(office, account, sent.reason)
    desk.sessions.end_all(account)
    if office.organisation.user(account) is None:
        return Person(account=account, name=account, roles=[], key=None, host=False, waits=False, invited_until=None)
    return _person(office, desk, account, None)


def _person(office: Office, desk: Desk, account: str, until: float | None) -> Person:
    person, keyring = office.organisation.people[account], office.people()
    known, claim = keyring.active(account), desk.persons.claim(account)
    made = claim.key.keyid if claim else ""
    key = None
    if known:
        here, digits = made == known.key.keyid, fingerprint(known.key.keyid)
        key = Key(fingerprint=digits, line=known.line, by=known.enrolled_by, here=here)
    return Person(
        account=account,
        name=person.name,
        roles=[role.value for role in person.roles],
        key=key,
        host=account == desk.persons.host,
        waits=bool(claim) and known is None and made not in keyring.keys,
        invited_until=until,
    )
