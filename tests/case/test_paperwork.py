"""What goes with a release on paper: times as people read them, nothing from inside, and what is missing named."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from cases import QUICK, REF, TODAY, approved, intake, only, opened
from corridor import RedSquare

from redact.case.approving import approved as approval_of
from redact.case.approving import parcel
from redact.case.asked import asked
from redact.case.copies import How, render_copy
from redact.case.footage import Said, attach, open_footage
from redact.case.letters import release_letter, request_letter
from redact.case.paperwork import case_facts, clock_offsets, covered, draft_facts, utc_now
from redact.case.steps import change_request, clock_of, close_request, open_request, refuse, step
from redact.document.html import to_html
from redact.errors import UsageProblem
from redact.governance.ledger.events import EventKind
from redact.governance.rules.exemptions import Exemption
from redact.report.case_report import case_report
from redact.request.model import Span

if TYPE_CHECKING:
    from pathlib import Path

    from redact.governance.office import Office
    from redact.report.case_report import CaseFacts

pytest_plugins = ("stages",)


def facts(office: Office) -> CaseFacts:
    """Gather the facts of what was approved."""
    office.signing_key()
    there = parcel(office, REF, native=False)
    return case_facts(office, there, approval_of(office, there).approval, "R/1", utc_now())


def test_the_report_for_the_recipient_tells_nothing_from_inside(made: Office) -> None:
    """No reason, no viewing, no name that was given to a subject, no tag of a container."""
    open_footage(made, REF, only(made), "master", "because of a grudge")
    approved(made)
    outside, inside = (to_html(case_report(facts(made), internal=internal)) for internal in (False, True))
    for word in ("known to staff", "because of a grudge", "SoundHandler", "footage-viewed"):
        assert word not in outside, word
        assert word in inside, word
    assert "is the person whom the request is about" in outside


def test_the_report_that_leaves_says_what_the_draft_said(made: Office) -> None:
    """Nothing more than was approved, but for what its places stand for: who signed and approved it, when, as what."""
    approved(made)
    told, draft = facts(made), draft_facts(made, parcel(made, REF, native=False))
    places = ("release_id", "made", "fingerprint", "approval", "inside")
    assert replace(told, **{name: getattr(draft, name) for name in places}) == draft


def test_the_clock_in_the_picture_is_told_either_way(taken_in: Office) -> None:
    """Ahead, behind, right, or not compared."""
    clip = only(taken_in)
    assert "2 s ahead of" in clock_offsets([clip])[0]
    assert "1.5 s behind" in clock_offsets([clip._replace(clock_offset_s=-1.5)])[0]
    assert "and is right" in clock_offsets([clip._replace(clock_offset_s=0.0)])[0]
    assert "nobody compared" in clock_offsets([clip._replace(clock_offset_s=None)])[0]


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("2026-06-30T00:00:00", "30 June 2026, 00:00 to 30 June 2026, 00:30"),
        ("2026-10-25T00:45:00", "25 October 2026, 00:45 to 25 October 2026, 01:15"),
        ("2026-06-30T23:59:30", "30 June 2026, 23:59:30 to 1 July 2026, 00:29:30"),
    ],
)
def test_times_are_told_as_they_were_asked_for(office: Office, clip: Path, start: str, said: str) -> None:
    """At midnight, on the night on which the clocks change, and to the second where that was said."""
    end = (datetime.fromisoformat(start) + timedelta(minutes=30)).isoformat()
    opened(office, received="2026-11-20", window={"from": start, "to": end})
    attach(office, REF, clip, Said("Camera 4"))
    told = facts_asked(office)
    assert told == f"footage from {said} (Camera 4)"
    assert covered(office, asked(office, REF)).sentences


def facts_asked(office: Office) -> str:
    """Give what was asked, as a letter of refusal tells it."""
    refuse(office, REF, Exemption.NO_DATA, "nothing was found", None)
    text = " ".join(request_letter(office, asked(office, REF)).split())
    begins = text.index("footage from")
    return text[begins : text.index(")", begins) + 1]


def test_footage_covers_what_was_asked_for(office: Office, clip: Path) -> None:
    """Where somebody said when it begins; without window or camera nothing is claimed."""
    day = (TODAY - timedelta(3)).isoformat()
    opened(office)
    attach(office, REF, clip, Said("Camera 4", datetime.fromisoformat(f"{day}T14:00:00")))
    (camera,) = covered(office, asked(office, REF)).cameras
    assert camera.camera == "Camera 4"
    bare = asked(office, REF)
    bare = replace(bare, intake=intake(window=None, cameras=[], note="the hall"))
    assert covered(office, bare).cameras == ()


def test_a_request_without_a_window_can_be_released(made: Office) -> None:
    """The cameras are told; the note is the organisation's own, and stays there."""
    change_request(made, intake(window=None, note="when I fell"))
    approved(made)
    assert facts(made).asked == "footage (Camera 4)"


def test_a_letter_has_what_is_enclosed(made: Office) -> None:
    """Every file with its digest, and the fingerprint of the key."""
    approved(made)
    made.signing_key()
    text = " ".join(release_letter(made, parcel(made, REF, native=False), {"a.mp4": "ab" * 32}).split())
    assert f"a.mp4, SHA-256 beginning {'ab' * 4}" in text
    assert "dpo@example.org" in text


def test_a_third_party_is_refused_in_words_of_its_own(office: Office) -> None:
    """It has not the rights of which a person's letter tells."""
    more = {"kind": "third-party", "lawful_basis": "UK GDPR Article 6(1)(f)", "purpose": "a claim"}
    open_request(office, intake("TP-1", **more))
    refuse(office, "TP-1", Exemption.OTHER, "no basis", None)
    text = " ".join(request_letter(office, asked(office, "TP-1")).split())
    assert "Our reason: no basis" in text
    assert "Article 15" not in text
    assert "section 164A" not in text


def test_a_complaint_is_told_nothing_that_was_noted_for_colleagues(office: Office) -> None:
    """Neither when it is acknowledged nor with its outcome: what it is about is told in words of the program."""
    said: dict[str, object] = {"window": None, "cameras": [], "note": "she rings every day"}
    open_request(office, intake("C-1", kind="complaint", **said))
    first = request_letter(office, asked(office, "C-1"))
    step(office, "C-1", EventKind.LOOKED_INTO, None, {"note": "nothing was missing"})
    close_request(office, "C-1", "not-upheld", "You were given all of it.", None)
    for letter in (first, request_letter(office, asked(office, "C-1"))):
        text = " ".join(letter.split())
        assert "rings every day" not in text
        assert "the use of footage" in text


def test_a_refusal_is_told_with_its_ground(office: Office) -> None:
    """In the words that were recorded; one that was not refused has no such letter."""
    opened(office)
    with pytest.raises(UsageProblem, match="neither refused nor extended"):
        request_letter(office, asked(office, REF))
    refuse(office, REF, Exemption.NO_DATA, "the recorder had failed", None)
    text = " ".join(request_letter(office, asked(office, REF)).split())
    assert "the recorder had failed" in text
    assert "UK GDPR Art 15(1A)" in text
    bare = replace(office, organisation=office.organisation.model_copy(update={"letters": {}}))
    with pytest.raises(UsageProblem, match="contact") as missing:
        request_letter(bare, asked(office, REF))
    assert "[letters]" in str(missing.value)


def test_an_extension_is_told_with_its_reason_and_the_new_day(office: Office) -> None:
    """Until the request is refused; then the refusal is told."""
    opened(office)
    step(office, REF, EventKind.EXTENDED, None, {"reason": "forty clips, and many people in each"})
    text = " ".join(request_letter(office, asked(office, REF)).split())
    assert "Why we need it: forty clips, and many people in each" in text
    due = clock_of(office, asked(office, REF)).due
    assert due
    assert f"{due.day} {due:%B %Y}" in text
    refuse(office, REF, Exemption.NO_DATA, "the recorder had failed", None)
    assert "the recorder had failed" in request_letter(office, asked(office, REF))


def test_an_ended_case_keeps_its_facts(made: Office) -> None:
    """What was covered can still be told."""
    close_request(made, REF, "withdrawn", "", None)
    assert covered(made, asked(made, REF)).cameras


def test_a_part_of_the_footage_is_not_told_as_all_of_it(ruled: Office) -> None:
    """What the copy does not show was not provided, in the report and in the letter."""
    day = (TODAY - timedelta(3)).isoformat()
    said = {"starts": f"{day}T14:00:00", "starts_from": "operator"}
    ruled.record(ruled.event(EventKind.DESCRIBED, clip=only(ruled).sha256, data=said))
    span = Span(start=Fraction(1, 2), end=Fraction(1))
    assert not render_copy(ruled, REF, only(ruled), How({**QUICK, "span": span}), [RedSquare()]).withheld
    approved(ruled)
    told = facts(ruled)
    assert "1.5 s missing" in told.coverage[0].covered or "2 s missing" in told.coverage[0].covered
    assert told.coverage[0].gaps
    letter = release_letter(ruled, parcel(ruled, REF, native=False), {"a": "0" * 64})
    assert "nothing is missing" not in letter
    assert "2 seconds" not in letter


def test_what_a_search_found_stays_inside(made: Office) -> None:
    """Whoever searched wrote it for the organisation."""
    said = {
        "camera": "Camera 4",
        "from": "2026-03-02T14:00:00",
        "to": "2026-03-02T15:00:00",
        "found": "the canary sang",
    }
    step(made, REF, EventKind.SEARCHED, None, said)
    approved(made)
    told = facts(made)
    assert "the canary sang" not in to_html(case_report(told))
    assert "the canary sang" in to_html(case_report(told, internal=True))
