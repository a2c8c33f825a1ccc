"""Fees: of whom one may be asked, on what ground, and how it stands.

A person's request for their own data is free, unless it is manifestly unfounded or excessive (UK GDPR Article 12(5)).
Under freedom of information a fees notice may be given (Freedom of Information Act 2000, section 9). An insurer, a
solicitor or another third party is quoted a fee and invoiced. Nobody else is asked for one. Whatever is asked can be
waived.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from redact.advice import Give, Given
from redact.errors import UsageProblem
from redact.governance.ledger.events import EventKind
from redact.governance.rules.working_days import say
from redact.request.choices import RequestKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from redact.governance.ledger.events import Event

__all__ = ["Fee", "FeeGround", "check_fee", "check_settled", "fee_of"]

AMOUNT = re.compile(r"[1-9][0-9]{0,5}(\.[0-9]{2})?|0\.(0[1-9]|[1-9][0-9])")
"""Pounds, with pence or without; no nought."""


class FeeGround(StrEnum):
    """Why a fee may be asked of whoever asks for their own data."""

    UNFOUNDED = "manifestly-unfounded"
    EXCESSIVE = "excessive"


STATES = {
    EventKind.FEE_QUOTED: "quoted",
    EventKind.FEE_INVOICED: "invoiced",
    EventKind.FEE_ASKED: "asked",
    EventKind.FEE_PAID: "paid",
    EventKind.FEE_WAIVED: "waived",
}
ASKING = frozenset({EventKind.FEE_QUOTED, EventKind.FEE_INVOICED, EventKind.FEE_ASKED})
OF = {
    RequestKind.SAR: frozenset({EventKind.FEE_ASKED}),
    RequestKind.FOI: frozenset({EventKind.FEE_ASKED}),
    RequestKind.THIRD_PARTY: frozenset({EventKind.FEE_QUOTED, EventKind.FEE_INVOICED}),
}
"""How a fee is asked for, by who asks."""

WHY_NOT = {
    RequestKind.POLICE: "The police are not charged",
    RequestKind.STATUTORY: "An authority that the law entitles to ask is not charged",
    RequestKind.TENANT: "Of a fee under the access scheme nothing is known here",
    RequestKind.COMPLAINT: "A complaint is free",
}


@dataclass(frozen=True, slots=True)
class Fee:
    """How a fee stands."""

    state: str
    """quoted, invoiced, asked, paid or waived."""
    day: date
    amount: str
    """In pounds; empty where it was not said."""

    @property
    def open(self) -> bool:
        """Whether it is neither paid nor waived."""
        return self.state not in {"paid", "waived"}


def fee_of(events: Iterable[Event]) -> Fee | None:
    """Say how the fee stands of a request to which EVENTS happened; None where there never was one."""
    fees = sorted((event for event in events if event.kind in STATES), key=lambda event: event.day)
    if not fees:
        return None
    amounts = [str(event.data["amount"]) for event in fees if event.data.get("amount")]
    return Fee(STATES[fees[-1].kind], fees[-1].day, amounts[-1] if amounts else "")


def check_fee(reference: str, kind: RequestKind, step: EventKind, data: Mapping[str, str], before: Fee | None) -> None:
    """Raise UsageProblem where STEP, of a fee, cannot be recorded of a request of KIND, given the fee BEFORE.

    On which day it was, `check_settled` looks at.
    """
    if step in ASKING:
        _check_asked(reference, kind, step, data)
    elif before is None or not before.open:
        message = f"No fee of {reference} is open, so none was {STATES[step]}."
        raise UsageProblem(message, "Record first that one was asked for.")
    elif step is EventKind.FEE_PAID and before.state == "quoted":
        message = f"The fee of {reference} was quoted, and not invoiced yet."
        raise UsageProblem(message, "Record the invoice first.")


def check_settled(reference: str, step: EventKind, day: date, before: Fee | None) -> None:
    """Raise UsageProblem where STEP would settle on DAY a fee BEFORE that was asked for only later."""
    if step not in ASKING and before and day < before.day:
        message = (
            f"The fee of {reference} was {before.state} on {say(before.day)}, so it was not {STATES[step]} before."
        )
        raise UsageProblem(message, "Give the day on which it happened with ", Given.ON, ".")


def _check_asked(reference: str, kind: RequestKind, step: EventKind, data: Mapping[str, str]) -> None:
    if kind not in OF:
        message = f"{WHY_NOT[kind]}, so no fee is asked for {reference}. Fees are of third parties."
        raise UsageProblem(message, "Leave it out.")
    if step not in OF[kind]:
        message = f"{step.value} is not how a fee is asked for in a {kind.value} request."
        raise UsageProblem(message, f"Record one of these: {', '.join(sorted(OF[kind]))}.")
    if kind is RequestKind.SAR and (data.get("ground") not in set(FeeGround) or not data.get("note", "").strip()):
        message = (
            f"{reference} is a subject access request, which is free. A fee can be asked only where it is manifestly "
            "unfounded or excessive, and you can show that (UK GDPR Article 12(5))."
        )
        ways = Give(Given.GROUND, FeeGround.EXCESSIVE.value), ", and why with ", Give(Given.NOTE, "…"), "."
        raise UsageProblem(message, "If it is, say which with ", *ways)
    if not AMOUNT.fullmatch(data.get("amount", "")):
        message = "A fee is recorded with its amount in pounds, such as 210 or 42.50."
        raise UsageProblem(message, "Say it with ", Given.AMOUNT, ".")
