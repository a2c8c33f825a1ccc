"""What can be done with which kind of request: steps, fees, grounds and ends, and what must be on record."""

from __future__ import annotations

from typing import Any

import pytest

from redact.errors import UsageProblem
from redact.governance.ledger.events import STEPS, Event, EventKind
from redact.governance.rules.exemptions import Exemption
from redact.governance.rules.fees import check_fee, fee_of
from redact.governance.rules.grounds import Ground, check_ground
from redact.governance.rules.intake import Intake, problems
from redact.governance.rules.stepping import (
    check_exemption,
    check_outcome,
    check_step,
    exemptions_for,
    outcomes_for,
    steps_for,
)
from redact.records.kinds import Verdict
from redact.request.choices import FOUND, OUTCOMES, RequestKind

QUOTED, INVOICED, ASKED = EventKind.FEE_QUOTED, EventKind.FEE_INVOICED, EventKind.FEE_ASKED
PAID, WAIVED = EventKind.FEE_PAID, EventKind.FEE_WAIVED
MONEY = {"amount": "210"}
EXCESS = {**MONEY, "ground": "excessive", "note": "the ninth this year"}


def event(kind: EventKind, on: str = "2026-03-02", **data: Any) -> Event:
    """Make an event."""
    return Event(kind=kind, by="officer", reference="R-1", on=on, data=data, at=f"{on}T12:00:00.000000+00:00")


@pytest.mark.parametrize(
    ("kind", "step", "said"),
    [
        (RequestKind.SAR, ASKED, "which is free"),
        (RequestKind.SAR, QUOTED, "not how a fee is asked for in a sar request"),
        (RequestKind.POLICE, INVOICED, "not charged"),
        (RequestKind.STATUTORY, QUOTED, "not charged"),
        (RequestKind.COMPLAINT, ASKED, "A complaint is free"),
        (RequestKind.TENANT, ASKED, "nothing is known here"),
        (RequestKind.THIRD_PARTY, ASKED, "not how a fee is asked for in a third-party request"),
        (RequestKind.FOI, INVOICED, "not how a fee is asked for in a foi request"),
    ],
)
def test_a_fee_is_of_third_parties(kind: RequestKind, step: EventKind, said: str) -> None:
    """Whoever asks for their own data is told the rule."""
    with pytest.raises(UsageProblem, match=said):
        check_fee("R-1", kind, step, MONEY, None)


@pytest.mark.parametrize(
    ("data", "right"),
    [
        (EXCESS, True),
        (EXCESS | {"ground": "manifestly-unfounded"}, True),
        (EXCESS | {"ground": "expensive"}, False),
        (EXCESS | {"note": "  "}, False),
        ({**MONEY, "note": "a reason without a ground"}, False),
        (EXCESS | {"amount": "0"}, False),
    ],
)
def test_a_person_pays_only_for_what_is_excessive(data: dict[str, str], right: bool) -> None:
    """With the ground and the reason recorded."""
    if right:
        check_fee("R-1", RequestKind.SAR, ASKED, data, None)
        return
    with pytest.raises(UsageProblem):
        check_fee("R-1", RequestKind.SAR, ASKED, data, None)


@pytest.mark.parametrize("amount", ["", "0", "0.00", "-5", "1.5", "1e3", "£210", "210,00", "1000000"])
def test_an_amount_is_pounds(amount: str) -> None:
    """Nothing else is guessed at."""
    with pytest.raises(UsageProblem, match="amount in pounds"):
        check_fee("R-1", RequestKind.THIRD_PARTY, QUOTED, {"amount": amount}, None)


def test_a_fee_is_quoted_invoiced_and_paid_or_waived() -> None:
    """In that order; what is settled is settled, and what was never asked for is not paid."""
    third = RequestKind.THIRD_PARTY
    with pytest.raises(UsageProblem, match="so none was paid"):
        check_fee("R-1", third, PAID, {}, None)
    quoted = fee_of([event(QUOTED, **MONEY)])
    assert quoted
    assert (quoted.state, quoted.amount, quoted.open) == ("quoted", "210", True)
    with pytest.raises(UsageProblem, match="not invoiced yet"):
        check_fee("R-1", third, PAID, {}, quoted)
    check_fee("R-1", third, WAIVED, {}, quoted)
    paid = fee_of([event(QUOTED, **MONEY), event(INVOICED, "2026-03-03", amount="220"), event(PAID, "2026-03-09")])
    assert paid
    assert (paid.state, paid.amount, paid.open) == ("paid", "220", False)
    with pytest.raises(UsageProblem, match="so none was waived"):
        check_fee("R-1", third, WAIVED, {}, paid)


@pytest.mark.parametrize("kind", RequestKind)
def test_each_kind_has_its_steps_ends_and_grounds(kind: RequestKind) -> None:
    """What it has not is refused in a sentence that says what it has."""
    for step in STEPS:
        if step in steps_for(kind) or step.value.startswith("fee-"):
            check_step("R-1", kind, step)
            continue
        with pytest.raises(UsageProblem, match="nothing that is recorded of R-1"):
            check_step("R-1", kind, step)
    for outcome in OUTCOMES:
        if outcome in outcomes_for(kind):
            check_outcome("R-1", kind, outcome)
            continue
        with pytest.raises(UsageProblem, match="cannot end as"):
            check_outcome("R-1", kind, outcome)
    for exemption in Exemption:
        if exemption in exemptions_for(kind):
            check_exemption("R-1", kind, exemption)
            continue
        with pytest.raises(UsageProblem):
            check_exemption("R-1", kind, exemption)
    assert (set(FOUND) <= set(outcomes_for(kind))) is (kind is RequestKind.COMPLAINT)
    assert bool(exemptions_for(kind)) is (kind is not RequestKind.COMPLAINT)


def test_what_is_given_to_the_world_shows_nobody_for_being_who_asks() -> None:
    """Under freedom of information the requester's own picture is hidden as anybody's; consent counts."""
    for ground in (Ground.DATA_SUBJECT, Ground.ALREADY_KNOWN):
        check_ground(ground, Verdict.VISIBLE)
        with pytest.raises(UsageProblem, match="given to the world"):
            check_ground(ground, Verdict.VISIBLE, RequestKind.FOI)
    check_ground(Ground.CONSENT, Verdict.VISIBLE, RequestKind.FOI)


def asked(kind: str, **more: Any) -> Intake:
    """A request of KIND of which everything is on record that concerns the intake."""
    facts = {"reference": "R-1", "kind": kind, "received": "2027-05-04", "requester": "A. Example", "note": "all of it"}
    return Intake.of(facts | {"recipient": "A. Example", "identity": "tenancy card"} | more)


SEARCHED = event(EventKind.SEARCHED, camera="4", **{"from": "x", "to": "y"}, found="nothing")


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        ("foi", {"requester": ""}, "nobody is named who asks"),
        ("foi", {"note": ""}, "neither which time"),
        ("tenant-access", {"identity": ""}, "is a tenant"),
        ("tenant-access", {"received": "2027-03-31"}, "begins on 2027-04-01"),
        ("tenant-access", {"nation": "scotland"}, "is of England"),
        ("complaint", {}, "no footage is released for it"),
        (
            "police",
            {
                "requester": "DC 1, Example Police",
                "identity": "",
                "lawful_basis": "x",
                "purpose": "y",
                "upload": "https://example.police.uk/upload/1",
            },
            "the upload link is the agency's own",
        ),
    ],
)
def test_new_kinds_have_needs_of_their_own(kind: str, more: dict[str, str], said: str) -> None:
    """One thing is missing, and named."""
    [found] = problems(asked(kind, **more), [SEARCHED])
    assert said in found.what


@pytest.mark.parametrize("step", [QUOTED, INVOICED])
def test_nothing_leaves_while_a_fee_is_open(step: EventKind) -> None:
    """Paid or waived, it does."""
    third = asked("third-party", lawful_basis="Art 6(1)(f)", purpose="a claim")
    fee = event(step, **MONEY)
    [found] = problems(third, [SEARCHED, fee])
    assert "a fee was asked for" in found.what
    for answer in (PAID, WAIVED):
        assert problems(third, [SEARCHED, fee, event(answer, "2026-03-09")]) == ()


@pytest.mark.parametrize("link", ["http://example.police.uk", "https://a@b.example/", "https://x y", "ftp://x"])
def test_an_upload_link_is_encrypted_and_names_nobody(link: str) -> None:
    """Anything else is refused before it is on record."""
    with pytest.raises(UsageProblem, match="upload"):
        asked("police", upload=link)
