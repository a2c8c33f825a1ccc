"""Why a request, or the rest of it, may be refused, in plain words."""

from __future__ import annotations

from enum import StrEnum

from redact.request.choices import RequestKind

__all__ = ["Exemption"]


class Exemption(StrEnum):
    """Why a request, or the rest of it, was refused."""

    UNFOUNDED = "manifestly-unfounded-or-excessive"
    THIRD_PARTY = "third-party"
    CRIME = "crime-and-taxation"
    PRIVILEGE = "legal-privilege"
    NO_DATA = "no-data-held"
    IDENTITY = "identity-not-proved"
    NO_BASIS = "no-lawful-basis"
    FEE = "fee-not-paid"
    FOI_PERSONAL = "foi-personal-information"
    FOI_LAW = "foi-law-enforcement"
    FOI_COST = "foi-cost-limit"
    FOI_VEXATIOUS = "foi-vexatious-or-repeated"
    FOI_ELSEWHERE = "foi-available-elsewhere"
    FOI_NOT_HELD = "foi-not-held"
    SCHEME = "tenant-scheme"
    OTHER = "other"

    @property
    def meaning(self) -> str:
        """What it says, in plain words."""
        return MEANINGS[self][0]

    @property
    def kinds(self) -> tuple[RequestKind, ...]:
        """Of which requests it is one."""
        return KINDS[self]

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
    Exemption.NO_BASIS: ("There is no lawful basis on which it could be disclosed.", "UK GDPR Art 6"),
    Exemption.FEE: ("The fee for it was not paid.", "as the quotation says"),
    Exemption.FOI_PERSONAL: (
        "It is personal information, and to give it to the world would break the principles of data protection.",
        "FOIA 2000 s.40; in Scotland FOISA 2002 s.38",
    ),
    Exemption.FOI_LAW: (
        "It is held for investigations, or to give it would be likely to prejudice law enforcement.",
        "FOIA 2000 s.30 or s.31; in Scotland FOISA 2002 s.34 or s.35",
    ),
    Exemption.FOI_COST: ("To answer it would cost more than the limit.", "FOIA 2000 s.12; in Scotland FOISA 2002 s.12"),
    Exemption.FOI_VEXATIOUS: ("It is vexatious or repeated.", "FOIA 2000 s.14; in Scotland FOISA 2002 s.14"),
    Exemption.FOI_ELSEWHERE: (
        "It can be had elsewhere.",
        "FOIA 2000 s.21; in Scotland FOISA 2002 s.25",
    ),
    Exemption.FOI_NOT_HELD: ("It is not held.", "FOIA 2000 s.1(1)(a); in Scotland FOISA 2002 s.17"),
    Exemption.SCHEME: (
        "The access scheme has a ground for it, which the reason names.",
        "as the reason says; to be confirmed against the scheme by the reader",
    ),
    Exemption.OTHER: ("The reason says which rule.", "as the reason says"),
}

ANY = tuple(kind for kind in RequestKind if kind is not RequestKind.COMPLAINT)
PERSON = (RequestKind.SAR,)
THIRD = (RequestKind.THIRD_PARTY, RequestKind.POLICE, RequestKind.STATUTORY)
WORLD = (RequestKind.FOI,)
TENANT = (RequestKind.TENANT,)
KINDS: dict[Exemption, tuple[RequestKind, ...]] = {
    Exemption.UNFOUNDED: PERSON,
    Exemption.THIRD_PARTY: (*PERSON, *THIRD, *TENANT),
    Exemption.CRIME: (*PERSON, *THIRD),
    Exemption.PRIVILEGE: (*PERSON, *THIRD, *TENANT),
    Exemption.NO_DATA: (*PERSON, *THIRD, *TENANT),
    Exemption.IDENTITY: (*PERSON, *THIRD, *TENANT),
    Exemption.NO_BASIS: THIRD,
    Exemption.FEE: (RequestKind.THIRD_PARTY, *WORLD),
    **dict.fromkeys((one for one in Exemption if one.value.startswith("foi-")), WORLD),
    Exemption.SCHEME: TENANT,
    Exemption.OTHER: ANY,
}
"""Of a complaint there is none: it is looked into, and its outcome told."""
