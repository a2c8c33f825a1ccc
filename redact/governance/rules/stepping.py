"""Which steps, and which ends, there are for which kind of request."""

from __future__ import annotations

from redact.advice import Step, Task
from redact.errors import UsageProblem
from redact.governance.ledger.events import STEPS, EventKind
from redact.governance.rules.exemptions import Exemption
from redact.request.choices import FOUND, OUTCOMES, RequestKind

__all__ = ["check_exemption", "check_outcome", "check_step", "exemptions_for", "outcomes_for", "steps_for"]

EVERYWHERE = frozenset(
    {
        EventKind.IDENTITY_ASKED,
        EventKind.IDENTITY_SATISFIED,
        EventKind.CLARIFICATION_ASKED,
        EventKind.CLARIFICATION_ANSWERED,
        EventKind.SEARCHED,
    }
)
FEES = frozenset({EventKind.FEE_ASKED, EventKind.FEE_PAID, EventKind.FEE_WAIVED})
ALSO: dict[RequestKind, frozenset[EventKind]] = {
    RequestKind.SAR: FEES | {EventKind.EXTENDED},
    RequestKind.THIRD_PARTY: FEES | {EventKind.FEE_QUOTED, EventKind.FEE_INVOICED, EventKind.EXTENDED},
    RequestKind.POLICE: frozenset({EventKind.EXTENDED, EventKind.UPLOADED}),
    RequestKind.STATUTORY: frozenset({EventKind.EXTENDED, EventKind.UPLOADED}),
    RequestKind.FOI: FEES,
    RequestKind.TENANT: frozenset(),
    RequestKind.COMPLAINT: frozenset({EventKind.ACKNOWLEDGED, EventKind.LOOKED_INTO}),
}
"""What there is besides, by who asks. A fee that is refused is refused with the rule, by `fees`."""


def steps_for(kind: RequestKind) -> tuple[EventKind, ...]:
    """List the steps of a request of KIND."""
    return tuple(step for step in STEPS if step in EVERYWHERE | ALSO[kind])


def check_step(reference: str, kind: RequestKind, step: EventKind) -> None:
    """Raise UsageProblem where STEP is none of a request of KIND. Whether a fee may be asked is another rule."""
    if step not in steps_for(kind) and not step.value.startswith("fee-"):
        message = f"{step.value} is nothing that is recorded of {reference}, a {kind.value} request."
        raise UsageProblem(message, f"Record one of these: {', '.join(steps_for(kind))}.")


def outcomes_for(kind: RequestKind) -> tuple[str, ...]:
    """List how a request of KIND can end that is not refused."""
    complaint = kind is RequestKind.COMPLAINT
    return tuple(one for one in OUTCOMES if (one in FOUND) is complaint or one in {"withdrawn", "opened-in-error"})


def check_outcome(reference: str, kind: RequestKind, outcome: str) -> None:
    """Raise UsageProblem where a request of KIND cannot end with OUTCOME."""
    if outcome not in outcomes_for(kind):
        message = f"{reference}, a {kind.value} request, cannot end as {outcome}."
        raise UsageProblem(message, f"One of these it can: {', '.join(outcomes_for(kind))}.")


def exemptions_for(kind: RequestKind) -> tuple[Exemption, ...]:
    """List under what a request of KIND can be refused."""
    return tuple(one for one in Exemption if kind in one.kinds)


def check_exemption(reference: str, kind: RequestKind, exemption: Exemption) -> None:
    """Raise UsageProblem where a request of KIND cannot be refused under EXEMPTION."""
    if kind is RequestKind.COMPLAINT:
        message = f"{reference} is a complaint, and is not refused: it is looked into, and its outcome told."
        raise UsageProblem(message, "Close it with the outcome: ", Step(Task.CLOSE_REQUEST, reference))
    if kind not in exemption.kinds:
        message = f"{exemption.value} is no ground on which {reference}, a {kind.value} request, is refused."
        raise UsageProblem(message, f"One of these is: {', '.join(exemptions_for(kind))}.")
