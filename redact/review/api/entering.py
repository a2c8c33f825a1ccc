"""Signing in and out, and joining."""

import os
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from redact.governance.office import Office
from redact.governance.rules.authority import allowed
from redact.package.public_key import fingerprint
from redact.review.access.admission import admit, as_nobody, sign_in
from redact.review.access.deps import DeskOf, Records, Signed, onward
from redact.review.access.sessions import Session, cookie
from redact.review.access.tickets import Purpose
from redact.review.api.sent import Sent
from redact.review.desk import Desk
from redact.review.words import Turned
from redact.review.work.queue import Jobs

__all__ = ["router"]

router = APIRouter(tags=["signing in"])

Account = Annotated[str, Field(min_length=1, max_length=80)]
Passphrase = Annotated[str, Field(min_length=1, max_length=1000)]


class SignIn(Sent):
    """Who signs in."""

    account: Account
    passphrase: Passphrase = Field(repr=False)


class Join(Sent):
    """Who was invited, and chooses a passphrase."""

    token: str = Field(max_length=200, repr=False)
    passphrase: Passphrase = Field(repr=False)


class Me(BaseModel):
    """Who is signed in."""

    account: str
    name: str
    roles: list[str]
    may: list[str] = Field(description="What they may do, such as approve.")
    idle_s: float = Field(description="Seconds without use after which the page is locked.")
    csrf: str = Field(description="What the header X-CSRF-Token has to say.")
    told: list[str] = Field(description="What they should know, such as that organisation.toml was changed; told once.")


class Joined(BaseModel):
    """The key that was made."""

    account: str
    fingerprint: str = Field(description="Of which the first 16 digits are read out to the DPO.")


@router.post("/api/sign-in", response_model=Me, summary="Sign in with a passphrase")
def enter(sent: SignIn, request: Request, desk: DeskOf) -> Response:
    """Open the key of an account; the answer sets the cookie."""
    place = request.client.host if request.client else ""
    session = sign_in(desk, sent.account, sent.passphrase, request.state.peer, place)
    kept = _begun(desk, session, request)
    with desk.office(session) as office:
        return JSONResponse(_me(desk, office, session).model_dump(), headers={"set-cookie": kept})


@router.post("/api/sign-out", status_code=204, summary="Sign out")
def leave(session: Signed, request: Request, desk: DeskOf) -> Response:
    """Forget the key, and have the browser forget the cookie."""
    desk.sessions.end(session)
    gone = {"set-cookie": cookie("", request.state.origin), "clear-site-data": '"cache"'}
    return Response(status_code=204, headers=gone)


@router.get("/api/me", summary="Who is signed in, and what they may do")
def me(session: Signed, office: Records, desk: DeskOf) -> Me:
    """Tell who is signed in."""
    return _me(desk, office, session)


@router.post("/api/join", summary="Choose a passphrase, and have a key made")
def join(sent: Join, desk: DeskOf) -> Joined:
    """Make the key of whoever was invited; the DPO puts it on record."""
    with desk.persons.alone:
        ticket = desk.tickets.look(Purpose.JOIN, sent.token)
        if ticket is None:
            message = "This invitation does not work: it was used, is too old, or there is a newer one."
            raise Turned(404, "no-invitation", message, "Ask the DPO for another.")
        with as_nobody(desk) as office:
            if office.people().active(ticket.account):
                raise Turned(409, "enrolled", f"A key of {ticket.account} is on record already.", "Sign in.")
        claim = desk.persons.make(ticket.account, sent.passphrase.encode("utf-8", "surrogateescape"))
        desk.tickets.take(Purpose.JOIN, sent.token)
    return Joined(account=ticket.account, fingerprint=fingerprint(claim.key.keyid))


@router.get("/enter/{token}", summary="Follow a one-time link", response_class=RedirectResponse, status_code=303)
def follow(token: str, request: Request, desk: DeskOf, then: str = "/") -> RedirectResponse:
    """Sign in whoever runs the server, if the browser is theirs and their key held open; else ask for a passphrase."""
    if {"sec-purpose", "purpose", "x-moz", "x-purpose"} & set(request.headers):
        raise Turned(403, "fetched-ahead", "This link is followed by people alone.", "Open it yourself.")
    ticket, peer = desk.tickets.take(Purpose.ENTER, token), request.state.peer
    theirs = ticket is not None and peer == os.geteuid()
    session = desk.persons.held(peer) if theirs else None
    asks = {"then": onward(then)} | ({"account": desk.persons.host} if theirs else {})
    answer = RedirectResponse(asks["then"] if session else f"/sign-in?{urlencode(asks)}", 303)
    if session:
        admit(desk, session)
        answer.headers["set-cookie"] = _begun(desk, session, request)
    return answer


def _begun(desk: Desk, session: Session, request: Request) -> str:
    """Let SESSION begin, and what was interrupted of theirs go on; give what their browser is to keep."""
    token = desk.sessions.begin(session, request.state.token)
    desk.part(Jobs).signed_in(session.own)
    return cookie(token, request.state.origin)


def _me(desk: Desk, office: Office, session: Session) -> Me:
    person = office.organisation.people[session.account]
    told, session.told = session.told, []
    return Me(
        account=session.account,
        name=person.name,
        roles=[role.value for role in person.roles],
        may=sorted(action.value for action in allowed(person.roles)),
        idle_s=desk.settings.idle_s,
        csrf=session.csrf,
        told=told,
    )
