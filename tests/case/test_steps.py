"""What happens to a request from the day it comes to the day it ends: recorded in order, or refused in a sentence."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cases import REF, TODAY, approved, as_user, denied, intake, opened, police, released

from redact.advice import Given
from redact.case.asked import asked
from redact.case.audit import audit
from redact.case.folder import locked
from redact.case.steps import change_request, clock_of, close_request, open_request, refuse, step
from redact.errors import NotPermitted, UsageProblem
from redact.governance.ledger.events import STEPS, EventKind
from redact.governance.rules.clock import Nation
from redact.governance.rules.exemptions import Exemption
from redact.governance.rules.fees import fee_of

if TYPE_CHECKING:
    from redact.governance.office import Office

pytest_plugins = ("stages",)

SEARCH = {"camera": "Camera 4", "from": "2026-03-02T14:00", "to": "2026-03-02T15:00", "found": "one clip"}
DAY = TODAY - timedelta(2)


def test_a_request_is_opened_once(office: Office) -> None:
    """Its reference is taken then; what it says comes back as it was said."""
    assert open_request(office, intake()).intake == intake()
    with pytest.raises(UsageProblem, match="on the register already"):
        open_request(office, intake())
    with pytest.raises(NotPermitted, match="may not record a request"):
        open_request(as_user(office, "approver"), intake("SAR-2"))


def test_a_request_of_tomorrow_is_not_opened_today(office: Office) -> None:
    """Nothing is left of it."""
    late = intake(received=(date.today() + timedelta(4000)).isoformat(), window=None)  # noqa: DTZ011  local day
    try:
        open_request(office, late)
    except UsageProblem:
        assert office.register.requests() == []


def test_what_a_request_says_can_be_corrected(office: Office) -> None:
    """But neither when it came nor of which kind it is; two who correct it at once do not undo each other."""
    opened(office)
    assert change_request(office, intake(requester="G. Example")).row.requester == "G. Example"
    for wrong in ({"kind": "police"}, {"received": "2026-01-02"}):
        with pytest.raises(UsageProblem, match="are not changed"):
            change_request(office, intake(**wrong))
    assert audit(office).wrong == []


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (EventKind.IDENTITY_SATISFIED, {}),
        (EventKind.IDENTITY_SATISFIED, {"how": "card seen"}),  # nobody asked for it
        (EventKind.EXTENDED, {"reason": " "}),
        (EventKind.CLARIFICATION_ANSWERED, {}),
        (EventKind.FEE_PAID, {}),
        *((EventKind.SEARCHED, {**SEARCH, key: wrong}) for key in SEARCH for wrong in ("", " ")),
        (EventKind.SEARCHED, SEARCH | {"from": "2026-03-02T16:00"}),
        (EventKind.SEARCHED, SEARCH | {"from": "yesterday"}),
        (EventKind.SEARCHED, SEARCH | {"to": "2026-03-02T15:00+00:00"}),
    ],
)
def test_a_step_that_says_too_little_or_cannot_be_is_refused(
    office: Office, kind: EventKind, said: dict[str, Any]
) -> None:
    """In a sentence, before anything is recorded that a report would have to tell."""
    opened(office)
    before = len(office.register.events())
    with pytest.raises(UsageProblem):
        step(office, REF, kind, None, said)
    assert len(office.register.events()) == before


def test_steps_move_the_clock(office: Office) -> None:
    """While identity is waited for it does not run; a search does not move it."""
    opened(office)
    assert step(office, REF, EventKind.IDENTITY_ASKED, DAY, {}).due is None
    assert step(office, REF, EventKind.SEARCHED, None, SEARCH).due is None
    clock = step(office, REF, EventKind.IDENTITY_SATISFIED, TODAY, {"how": "card seen"})
    assert clock.due is not None
    assert clock.due > TODAY
    assert clock_of(office, asked(office, REF)) == clock
    assert EventKind.CLOSED not in STEPS


def test_a_fee_that_was_only_quoted_can_be_waived(office: Office) -> None:
    """No clock waits for it; it blocks the release no more. Another can be quoted, invoiced and paid after it."""
    free = {"note": "a tenant's own claim"}
    open_request(office, intake("TP-1", kind="third-party", lawful_basis="a claim", purpose="a claim"))
    step(office, "TP-1", EventKind.FEE_QUOTED, DAY, {"amount": "210"})
    with pytest.raises(UsageProblem, match="so it was not waived before"):
        step(office, "TP-1", EventKind.FEE_WAIVED, DAY - timedelta(1), free)
    assert step(office, "TP-1", EventKind.FEE_WAIVED, DAY, free).waiting_for is None
    fee = fee_of(office.register.events(reference="TP-1"))
    assert fee is not None
    assert fee.state == "waived"
    step(office, "TP-1", EventKind.FEE_QUOTED, TODAY, {"amount": "90"})
    for kind, said in ((EventKind.FEE_INVOICED, {"amount": "90"}), (EventKind.FEE_PAID, {})):
        step(office, "TP-1", kind, TODAY, said)
    with pytest.raises(UsageProblem, match="so none was waived"):
        step(office, "TP-1", EventKind.FEE_WAIVED, None, free)
    assert audit(office).wrong == []


def test_a_step_before_the_request_came_is_refused(office: Office) -> None:
    """The remedy names the option."""
    opened(office)
    with pytest.raises(UsageProblem) as wrong:
        step(office, REF, EventKind.IDENTITY_ASKED, TODAY - timedelta(30), {})
    assert Given.ON in wrong.value.advice.parts


def test_the_dpo_alone_ends_a_request(office: Office) -> None:
    """Whoever else tries is refused, on record, once each."""
    opened(office)
    operator = as_user(office, "operator")
    with pytest.raises(NotPermitted):
        close_request(operator, REF, "withdrawn", "", None)
    with pytest.raises(NotPermitted):
        refuse(operator, REF, Exemption.NO_DATA, "nothing was found", None)
    with pytest.raises(UsageProblem, match="recorded with its reason"):
        refuse(office, REF, Exemption.NO_DATA, " ", None)
    assert refuse(office, REF, Exemption.NO_DATA, "nothing was found", None).row.state == "refused"
    for ended in (
        lambda: step(office, REF, EventKind.SEARCHED, None, SEARCH),
        lambda: close_request(office, REF, "withdrawn", "", None),
        lambda: change_request(office, intake(requester="G. Example")),
    ):
        with pytest.raises(NotPermitted, match="was refused on"):
            ended()
    assert len(denied(office)) == 5
    assert audit(office).wrong == []


def test_a_request_is_answered_by_a_release(made: Office) -> None:
    """Without one it can only end otherwise."""
    with pytest.raises(UsageProblem, match="Nothing was released"):
        close_request(made, REF, "answered", "", None)
    approved(made)
    released(made)
    assert close_request(made, REF, "answered", "sent  by\npost", None).row.outcome == "answered"
    assert made.register.events(kinds=(EventKind.CLOSED,))[0].data["note"] == "sent by post"


def test_a_request_is_not_answered_before_its_release(made: Office) -> None:
    """A day of that kind would make a late answer look in time."""
    approved(made)
    released(made)
    with pytest.raises(UsageProblem, match=r"was released on .*, so it was not answered on"):
        close_request(made, REF, "answered", "", TODAY - timedelta(1))
    assert close_request(made, REF, "answered", "", TODAY).row.ended_on == TODAY.isoformat()


def test_an_extension_that_came_too_late_is_refused(office: Office) -> None:
    """It would give no more time; the person may have been told earlier. Where no law sets a limit it can be noted."""
    opened(office, received=(TODAY - timedelta(60)).isoformat(), window=None)
    due = clock_of(office, asked(office, REF)).due
    with pytest.raises(UsageProblem, match="is too late to extend") as wrong:
        step(office, REF, EventKind.EXTENDED, None, {"reason": "forty cameras"})
    assert due is not None
    assert f"It stays due on {due:%A} {due.day} {due:%B %Y}" in str(wrong.value)
    assert clock_of(office, asked(office, REF)).due == due
    assert step(office, REF, EventKind.EXTENDED, TODAY - timedelta(50), {"reason": "forty cameras"}).extended
    assert step(office, police(office), EventKind.EXTENDED, None, {"reason": "forty cameras"}).told == TODAY


@pytest.mark.usefixtures("impatient")
def test_nothing_of_a_request_changes_while_somebody_is_at_work_on_it(office: Office) -> None:
    """Such as while its release is packed: what is signed would not be what is on record."""
    open_request(office, intake())
    acts = (
        lambda: change_request(office, intake(recipient="G. Example")),
        lambda: step(office, REF, EventKind.SEARCHED, None, SEARCH),
        lambda: refuse(office, REF, Exemption.NO_DATA, "nothing was found", None),
        lambda: close_request(office, REF, "withdrawn", "", None),
    )
    before = len(office.register.events())
    with locked(office, REF):
        for act in acts:
            with pytest.raises(UsageProblem, match=f"Someone is working on {REF}"):
                act()
    assert len(office.register.events()) == before
    for act in (*acts[:2], acts[3]):
        act()


def test_the_day_by_which_it_is_wanted_can_be_corrected(office: Office) -> None:
    """What was said last counts, also where that is no day, and when the request has ended before that was said."""
    reference = police(office)
    plain = asked(office, reference).intake.plain()
    for wanted in ((TODAY + timedelta(9)), (TODAY + timedelta(4)), None):
        change_request(office, intake(**plain | {"wanted_by": wanted.isoformat() if wanted else None}))
        assert clock_of(office, asked(office, reference)).due == wanted
        ((_, happened),) = office.register.open_requests()
        assert EventKind.CHANGED in {event.kind for event in happened}
    close_request(office, reference, "withdrawn", "", DAY)
    assert clock_of(office, asked(office, reference)).ended == DAY


def test_the_nation_is_the_requests_or_the_organisations(office: Office) -> None:
    """Its bank holidays count."""
    assert office.organisation.nation_for(intake().nation) is Nation.ENGLAND_AND_WALES
    assert office.organisation.nation_for(intake(nation="scotland").nation) is Nation.SCOTLAND
