"""Letter and report as they will leave, seen before anything is signed, and covered by what is approved.

In a draft there is no day, no key, no approval and nothing of a release: what is not known yet, or is another every
day, stands in it as a place. So a draft is the same, byte for byte, until something changes that letter or report
tell of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from redact.case.asked import asked
from redact.case.letters import draft_letter, request_letter
from redact.case.paperwork import draft_facts
from redact.case.parcel import LETTER, REPORT, gathered, leaves_native
from redact.document.html import to_html
from redact.errors import RedactError, UsageProblem
from redact.files import sha256_bytes
from redact.governance.rules.authority import Action
from redact.report.case_report import case_report
from redact.request.choices import RequestKind

if TYPE_CHECKING:
    from redact.case.parcel import Parcel
    from redact.governance.office import Office

__all__ = ["Papers", "digests", "draft_of", "drafted"]


@dataclass(frozen=True, slots=True)
class Papers:
    """What goes with a release on paper."""

    letter: str
    report: str
    """As a page."""


def drafted(office: Office, leaving: Parcel) -> Papers:
    """Write letter and report of what is LEAVING. Raises UsageProblem where the letter lacks something."""
    files = {exhibit.name: exhibit.sha256 for exhibit in leaving.exhibits}
    files |= dict.fromkeys((f"{REPORT}.html", f"{REPORT}.pdf"), "")
    return Papers(draft_letter(office, leaving, files), to_html(case_report(draft_facts(office, leaving))))


def draft_of(office: Office, reference: str, *, native: bool | None = None) -> Papers:
    """Write what REFERENCE is told next, as a draft: the letter of its release, NATIVE or not, or another that is due.

    The report is empty where nothing would leave. Raises with what is missing where there is neither.
    """
    office.permit(Action.READ, reference)
    request = asked(office, reference)
    if request.row.state != "open" or request.kind is RequestKind.COMPLAINT:
        return Papers(request_letter(office, request), "")
    try:
        bare = leaves_native(office, reference) if native is None else native
        return drafted(office, gathered(office, reference, native=bare, read=False))
    except RedactError:
        try:
            return Papers(request_letter(office, request), "")
        except UsageProblem:
            pass
        raise


def digests(office: Office, leaving: Parcel) -> dict[str, str]:
    """Give the SHA-256 of letter and report of what is LEAVING, by name."""
    papers = drafted(office, leaving)
    texts = {LETTER: papers.letter, f"{REPORT}.html": papers.report}
    return {name: sha256_bytes(text.encode()) for name, text in texts.items()}
