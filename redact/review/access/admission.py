"""Signing in: a passphrase opens a key, and the key is the one on record. What fails is recorded."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from redact.errors import InputUnusable, NotPermitted, RedactError, Refusal
from redact.governance.enrolment import LEAST as DIGITS
from redact.governance.ledger.events import EventKind
from redact.governance.office import Office
from redact.governance.people.own import OwnKey
from redact.package.public_key import fingerprint
from redact.review.words import Turned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redact.review.access.sessions import Session
    from redact.review.desk import Desk

__all__ = ["NOBODY", "admit", "as_nobody", "sign_in"]

NOBODY = "nobody:sign-in"
"""Who caused what is recorded while nobody is signed in; no account is called so, since none has a colon."""


LOST = (
    "If the passphrase is lost, the DPO invites you anew; the only DPO asks whoever looks after the program on this "
    "computer."
)
FEW = 3
"""So many more tries, and fewer, are told of."""


def sign_in(desk: Desk, account: str, passphrase: str, peer: int | None, place: str = "") -> Session:
    """Give a session of ACCOUNT, whose PASSPHRASE opens its key, for PEER, who is at PLACE, an address.

    Raises Turned, and records what was tried.
    """
    left = desk.failures.check(account, (place, peer))
    try:
        session = desk.persons.session(account, passphrase.encode("utf-8", "surrogateescape"), peer)
    except (NotPermitted, InputUnusable) as problem:
        _note(desk, account)
        message = "Account and passphrase do not belong together."
        more = f" After {left} more the page takes none for a quarter of an hour." if left < FEW else ""
        raise Turned(403, Refusal.PASSPHRASE_WRONG, message, f"Try again.{more} {LOST}") from problem
    desk.failures.passed(account, (place, peer))
    admit(desk, session)
    return session


def admit(desk: Desk, session: Session) -> None:
    """Let SESSION in. Raises Turned where its key is not the one on record for its account, or that has no role."""
    with as_nobody(desk) as office:
        known = office.people().active(session.account)
        if known is None or known.key.keyid != session.keyid:
            message = f"Your key is not on record yet. Read this out to the DPO: {fingerprint(session.keyid[:DIGITS])}"
            advice = "They type it on their page. Then sign in again."
            raise Turned(403, Refusal.NOT_ENROLLED, message, advice)
        if office.organisation.user(session.account) is None:
            message = f"The account {session.account} has no role here any more."
            raise Turned(403, Refusal.UNKNOWN_USER, message, "Ask the DPO.")


@contextmanager
def as_nobody(desk: Desk) -> Iterator[Office]:
    """Open the records to look something up before anybody is signed in."""
    nobody = OwnKey(desk.folder / "nobody", NOBODY, lambda: None)
    with Office.open(desk.home, own=nobody, settle=False) as office:
        yield office


def _note(desk: Desk, account: str) -> None:
    """Record that a passphrase did not open the key of ACCOUNT. Nobody signs that, since nobody is signed in."""
    with suppress(RedactError), as_nobody(desk) as office:  # it is turned away all the same
        known = account if office.organisation.user(account) else "no account that is known"
        what = f"A passphrase was given on the page that does not open the key of {known}."
        office.record(office.event(EventKind.DENIED, data={"what": what}))
