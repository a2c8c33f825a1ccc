"""What handlers ask for: who is signed in, the records open for them, the case and the clip that the path names."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Path, Request

from redact.case.asked import asked
from redact.errors import NotPermitted, Refusal, UsageProblem
from redact.governance.office import Office
from redact.governance.register.register import ClipRow
from redact.governance.rules.authority import Action
from redact.review.access.sessions import Session
from redact.review.desk import Desk
from redact.review.words import Turned

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Case",
    "ClipOf",
    "DeskOf",
    "Records",
    "Seen",
    "Signed",
    "case",
    "onward",
    "reason_needed",
    "referred",
    "spelt_reference",
]

LOCAL = re.compile(r"/(?!/)(?!.*(%2f|%5c|//))[a-z0-9/%~._-]*", re.IGNORECASE)
"""An address of this page, and of no other, however a browser reads it."""

TRUSTED_S = 5.0
"""Seconds for which a clip that may be looked at is not asked for again."""


def referred(text: str) -> str:
    """Read the reference that TEXT, a part of a path, means: it has ~ for each stroke."""
    return text.replace("~", "/")


def onward(then: str) -> str:
    """Give THEN, where somebody wanted to go, if it is an address of this page; else the first page."""
    return then if LOCAL.fullmatch(then) else "/"


def spelt_reference(reference: str) -> str:
    """Spell REFERENCE as a part of a path, before its other letters are quoted."""
    return reference.replace("/", "~")


def desk(request: Request) -> Desk:
    """Give what the server shares."""
    found: Desk = request.app.state.desk
    return found


DeskOf = Annotated[Desk, Depends(desk)]


def signed(request: Request) -> Session:
    """Give who is signed in. Raises Turned (401) where nobody is."""
    session = getattr(request.state, "session", None)
    if not isinstance(session, Session) or session.locked:
        locked = isinstance(session, Session)
        message = "You were away for a while, so the page is locked." if locked else "You are not signed in."
        raise Turned(401, "locked" if locked else "signed-out", message, "Sign in with your passphrase.")
    return session


Signed = Annotated[Session, Depends(signed)]


def records(session: Signed, desk: DeskOf) -> Iterator[Office]:
    """Give the records, open for who is signed in, as long as the answer takes."""
    with desk.office(session) as office:
        yield office


Records = Annotated[Office, Depends(records)]


def case(office: Records, ref: Annotated[str, Path(max_length=200)]) -> str:
    """Give the reference of the case that the path names. Raises Turned (404) where there is none."""
    office.permit(Action.READ)
    reference = referred(ref)
    try:
        return asked(office, reference).reference
    except UsageProblem as problem:
        raise Turned(404, "no-request", problem.problem, *problem.advice.parts) from problem


Case = Annotated[str, Depends(case)]


def clip_of(office: Records, reference: Case, clip: Annotated[str, Path(max_length=64)]) -> ClipRow:
    """Give the clip that the path names, attached to its case. Raises Turned (404) where it is not."""
    found = next((row for row in asked(office, reference).clips if row.sha256 == clip), None)
    if found is None:
        if any(row.sha256 == clip for row in office.register.clips()):
            denied = NotPermitted(
                f"The footage {clip[:12]} is not attached to {reference}.",
                "Go back to the request, and choose one of its clips.",
                code=Refusal.NO_FOOTAGE,
            )
            office.deny(denied, reference)
        message = f"No such clip is attached to {reference}."
        raise Turned(404, "no-clip", message, "Go back to the request, and choose one of its clips.")
    return found


ClipOf = Annotated[ClipRow, Depends(clip_of)]


def seen(
    session: Signed,
    desk: DeskOf,
    ref: Annotated[str, Path(max_length=200)],
    clip: Annotated[str, Path(max_length=64)],
) -> ClipRow:
    """Give the clip that the path names, of which whoever is signed in has said why they look at it.

    Raises Turned (428) where they have not, (404) where it is not attached to that case. It is asked of the records
    whether they still may, but not for every picture.
    """
    reference = referred(ref)
    sitting = session.sittings.get((reference, clip))
    if sitting and time.monotonic() - sitting.checked < TRUSTED_S:
        return sitting.clip
    with desk.office(session) as office:
        found = clip_of(office, case(office, ref), clip)
        office.permit(Action.VIEW, reference)
    if sitting is None:
        raise reason_needed(found)
    sitting.clip, sitting.checked = found, time.monotonic()
    return found


def reason_needed(clip: ClipRow) -> Turned:
    """Ask why CLIP is looked at."""
    message = f"Say why you look at {clip.name}, before it is shown."
    return Turned(428, "reason-needed", message, "The reason goes on record, with your name and the time.")


Seen = Annotated[ClipRow, Depends(seen)]
