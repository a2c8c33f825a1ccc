"""Why somebody in the picture is shown or hidden: the grounds that a decision can rest on, in plain words.

The questions are those of paragraph 16 of Schedule 2 to the Data Protection Act 2018: whether the person consented to
being shown, and if not whether it is reasonable in all the circumstances to show them without consent.
"""

from __future__ import annotations

from enum import StrEnum

from redact.errors import UsageProblem
from redact.records.kinds import Verdict
from redact.request.choices import RequestKind

__all__ = ["WORDS", "Ground", "check_ground", "grounds_for"]


class Ground(StrEnum):
    """What a decision rests on."""

    DATA_SUBJECT = "data-subject"
    CONSENT = "consent"
    REASONABLE = "reasonable"
    ALREADY_KNOWN = "already-known"
    OFFICIAL = "official"
    NOBODY = "nobody"
    REFUSED_CONSENT = "refused-consent"
    NOT_REASONABLE = "not-reasonable"
    UNKNOWN_PERSON = "unknown-person"
    CONFIDENTIAL = "confidential"


WORDS = {
    Ground.DATA_SUBJECT: "is the person whom the request is about",
    Ground.CONSENT: "has consented to being shown (Sch 2 para 16(2)(a))",
    Ground.REASONABLE: "has not consented, but it is reasonable to show them all the same (Sch 2 para 16(2)(b))",
    Ground.ALREADY_KNOWN: "is known to the requester, who was there with them, and it is reasonable to show them",
    Ground.OFFICIAL: "was there in their work for the organisation or an authority; it is reasonable to show them",
    Ground.NOBODY: "is not a person or a vehicle: the networks took a thing for one",
    Ground.REFUSED_CONSENT: "was asked and does not consent, and it is not reasonable to show them",
    Ground.NOT_REASONABLE: "has not consented, and it is not reasonable to show them (Sch 2 para 16(1))",
    Ground.UNKNOWN_PERSON: "is not known, so that nobody could be asked",
    Ground.CONFIDENTIAL: "is owed confidence by the organisation",
}
"""Each as it stands in a sentence after the subject. Paragraphs are of the Data Protection Act 2018."""

SHOWN = frozenset(
    {
        Ground.DATA_SUBJECT,
        Ground.CONSENT,
        Ground.REASONABLE,
        Ground.ALREADY_KNOWN,
        Ground.OFFICIAL,
        Ground.NOBODY,
    }
)


def grounds_for(verdict: Verdict) -> tuple[Ground, ...]:
    """List the grounds that VERDICT can rest on."""
    return tuple(ground for ground in Ground if (ground in SHOWN) is (verdict is Verdict.VISIBLE))


def check_ground(ground: Ground, verdict: Verdict, kind: RequestKind = RequestKind.SAR) -> None:
    """Raise UsageProblem where VERDICT cannot rest on GROUND in a request of KIND.

    What is given under freedom of information is given to the world: nobody is shown there for being who asks.
    """
    if kind is RequestKind.FOI and ground in {Ground.DATA_SUBJECT, Ground.ALREADY_KNOWN}:
        message = f"The ground {ground.value} is none where footage is given to the world (freedom of information)."
        raise UsageProblem(message, "Hide them; whoever asks for footage of themselves makes a subject access request.")
    if ground not in grounds_for(verdict):
        message = f"The ground {ground.value} is not one for {verdict.name.lower()}."
        raise UsageProblem(message, f"One of these is: {', '.join(grounds_for(verdict))}.")
