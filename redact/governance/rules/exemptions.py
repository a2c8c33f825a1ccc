"""Why a request, or the rest of it, may be refused, in plain words."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Exemption"]


class Exemption(StrEnum):
    """Why a request, or the rest of it, was refused."""

    UNFOUNDED = "manifestly-unfounded-or-excessive"
    THIRD_PARTY = "third-party"
    CRIME = "crime-and-taxation"
    PRIVILEGE = "legal-privilege"
    NO_DATA = "no-data-held"
    IDENTITY = "identity-not-proved"
    OTHER = "other"

    @property
    def meaning(self) -> str:
        """What it says, in plain words."""
        return MEANINGS[self][0]

    @property
    def source(self) -> str:
        """Where the law says it."""
        return MEANINGS[self][1]


MEANINGS = {
    Exemption.UNFOUNDED: ("The request is manifestly unfounded or excessive.", "UK GDPR Art 12(5)"),
    Exemption.THIRD_PARTY: (
        "It would identify somebody else who does not consent, and it is not reasonable without consent.",
        "DPA 2018 Sch 2 para 16",
    ),
    Exemption.CRIME: (
        "Disclosure would be likely to prejudice preventing, detecting or prosecuting crime, or assessing tax.",
        "DPA 2018 Sch 2 para 2",
    ),
    Exemption.PRIVILEGE: ("It is protected by legal professional privilege.", "DPA 2018 Sch 2 para 19"),
    Exemption.NO_DATA: (
        "A reasonable and proportionate search found nothing about the requester.",
        "UK GDPR Art 15(1A)",
    ),
    Exemption.IDENTITY: ("It was asked who the requester is, and it was not shown.", "UK GDPR Art 12(6)"),
    Exemption.OTHER: ("The reason says which rule.", "as the reason says"),
}
