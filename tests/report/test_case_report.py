"""The report of a case: what the file keeps, what goes out, and what never does."""

from __future__ import annotations

import io
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from manifests import manifest_of
from pages import HOSTILE, Page
from pypdf import PdfReader

from redact.document.document import Figure
from redact.document.html import to_html
from redact.document.pdf import to_pdf
from redact.records.plan import Check
from redact.report.case_report import Approval, CaseFacts, Choice, Coverage, Exhibit, Inside, Searched, case_report

if TYPE_CHECKING:
    from pathlib import Path

    from redact.package.manifest import Manifest

APPROVED = "1234567890abcdef" * 4


def canary(number: int) -> str:
    """A word that stands nowhere else."""
    return f"canary{number}x"


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """A redacted copy that passed, in which someone named stays visible."""
    keep = [{"at": "1", "point": [1, 2], "name": canary(90)}]
    return manifest_of(tmp_path_factory.mktemp("copy"), request={"reference": "SAR-1", "kind": "sar", "keep": keep})


@pytest.fixture
def facts(manifest: Manifest) -> CaseFacts:
    """A case in which everything is said, and the inside is full of canaries."""
    output = manifest.output
    return CaseFacts(
        reference="SAR-2026-0142",
        kind="sar",
        requester="A. Example",
        recipient="A. Example",
        recipient_code="R-77",
        copy_number=2,
        release_id="rel-0001",
        made=datetime(2026, 11, 25, 9, 30, tzinfo=UTC),
        basis="UK GDPR, Article 15",
        purpose="To answer the request.",
        fingerprint="f0" * 32,
        approval=Approval(by="approver", at="2026-11-24 10:00 UTC", digest=APPROVED),
        asked="3 November 2026, 14:00 to 15:00",
        coverage=(
            Coverage(camera="Car park", covered="14:00 to 14:40", gaps=("14:40 to 15:00 is missing.",)),
            Coverage(camera="Lobby", covered="all of it"),
        ),
        completeness=("Two of two cameras were exported.",),
        searched=(Searched(where="Recorder 1", window="14:00 to 15:00", by="j.bloggs", at="1 Dec", found="2 clips"),),
        choices=(
            Choice(subject="s001", visible=True, ground="data subject", reason=canary(91), by="reviewer", at="noon"),
            Choice(subject="s002", visible=False, ground="third party", reason=canary(92), by="reviewer", at="one"),
        ),
        exhibits=(
            Exhibit(
                master="cam.mp4", master_sha256="a" * 64, name=output.name, sha256=output.sha256, manifest=manifest
            ),
            Exhibit(master="door.dav", master_sha256="c" * 64, name="door.dav", sha256="c" * 64),
        ),
        clock=("Received on 3 November 2026; due on 3 December 2026.",),
        offsets=("The clock of Car park is 2 minutes fast.",),
        retention=("Masters are kept until 30 January 2027.",),
        warnings=("The gate is seen from outside.",),
        inside=Inside(
            viewings=((canary(1), canary(2), canary(3), canary(4)),),
            events=((canary(5), canary(6), canary(7), canary(8)),),
            native=((canary(9), canary(10), canary(11)),),
            looked=((canary(12), canary(13), canary(14)),),
            drawn=((canary(15), canary(16), canary(17), canary(18), canary(19)),),
        ),
    )


INSIDE = [canary(number) for number in (*range(1, 20), 90, 91, 92)]


def printed(facts: CaseFacts, *, internal: bool) -> str:
    """The words of the PDF, without white space."""
    pages = PdfReader(io.BytesIO(to_pdf(case_report(facts, internal=internal)))).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def test_it_tells_the_case_from_the_request_to_the_release(facts: CaseFacts) -> None:
    """What an officer files is there, as a page and in print."""
    page, print_ = Page(to_html(case_report(facts))).words, printed(facts, internal=False)
    for said in (
        "Release rel-0001: 2 exhibits for A. Example, copy 2. Approved by approver",
        "subject access request",
        "UK GDPR, Article 15",
        "3 November 2026, 14:00 to 15:00",
        "14:40 to 15:00 is missing.",
        "none known",
        "Two of two cameras were exported.",
        "Recorder 1",
        "due on 3 December 2026",
        "The clock of Car park is 2 minutes fast.",
        "third party",
        "the master, bit for bit",
        "redacted copy",
        "What was checked on the finished copy",
        "The gate is seen from outside.",
        "Masters are kept until 30 January 2027.",
        "The signature shows that whoever holds the key released these files",
        "redact verify PACKAGE --key KEY.pem",
        APPROVED,
        "a" * 64,
        "c" * 64,
        "f0" * 32,
        facts.exhibits[0].sha256,
    ):
        assert said in page
        assert "".join(said.split()) in print_
    assert "They are not a signature" not in page


def test_what_is_internal_never_goes_out(facts: CaseFacts) -> None:
    """No viewing, event, native metadata, reviewer's words or name of who is kept: neither as a page nor in print."""
    page, print_ = to_html(case_report(facts)), printed(facts, internal=False)
    assert [word for word in INSIDE if word in page or word in print_] == []
    assert "INTERNAL" not in page
    assert "whoever is at 1, 2 px" in page


def test_the_internal_report_has_all_of_it(facts: CaseFacts) -> None:
    """And says on every sheet that it stays in the house."""
    page, print_ = Page(to_html(case_report(facts, internal=True))).words, printed(facts, internal=True)
    assert [word for word in INSIDE if word not in page or word not in print_] == []
    pages = len(PdfReader(io.BytesIO(to_pdf(case_report(facts, internal=True)))).pages)
    assert print_.count("INTERNAL:notpartoftherelease.") == pages > 2


def test_every_field_of_the_inside_is_guarded(facts: CaseFacts) -> None:
    """Whatever is added there is full in this test, so that it is looked for."""
    assert all(getattr(facts.inside, one.name) for one in fields(Inside))


@pytest.mark.parametrize("internal", [False, True])
def test_there_is_no_picture(facts: CaseFacts, *, internal: bool) -> None:
    """The report shows nobody."""
    blocks = [block for part in case_report(facts, internal=internal).sections for block in part.blocks]
    assert not [block for block in blocks if isinstance(block, Figure)]
    assert "img" not in Page(to_html(case_report(facts, internal=internal))).tags


def test_what_nobody_approved_says_so_first(facts: CaseFacts) -> None:
    """A report without an approval is no release."""
    document = case_report(replace(facts, approval=None))
    assert (document.good, document.outcome[:12]) == (False, "NOT APPROVED")
    assert "nobody yet" in Page(to_html(document)).words


def test_a_copy_that_did_not_pass_is_named_first(facts: CaseFacts, tmp_path: Path) -> None:
    """Even where somebody approved it."""
    failed = manifest_of(tmp_path, checks=[Check("masks", passed=False, found="12 blocks.")])
    document = case_report(replace(facts, exhibits=(replace(facts.exhibits[0], manifest=failed),)))
    assert not document.good
    assert document.outcome.startswith("NOT TO BE RELEASED. cam.redacted.mp4")


def test_a_bare_case_leaves_out_what_is_not_known(manifest: Manifest) -> None:
    """No empty table and no empty heading."""
    bare = CaseFacts(
        reference="R-1",
        kind="police",
        requester="",
        recipient="",
        recipient_code="",
        copy_number=1,
        release_id="",
        made=datetime(2026, 1, 1, tzinfo=UTC),
        basis="",
        purpose="",
        exhibits=(),
        fingerprint="",
    )
    titles = [part.title for part in case_report(bare, internal=True).sections]
    assert titles == ["The request", "Approval", "What this does not prove", "How to check this release"]
    assert "0 exhibits for a recipient not stated" in case_report(bare).outcome
    assert len(to_pdf(case_report(bare))) > 1000
    del manifest


def test_whatever_is_recorded_stays_text(facts: CaseFacts) -> None:
    """Names and reasons are words on the page, never markup."""
    hostile = replace(
        facts,
        requester=HOSTILE,
        warnings=(HOSTILE,),
        choices=(replace(facts.choices[0], reason=HOSTILE, ground=HOSTILE),),
        inside=replace(facts.inside, events=((HOSTILE,) * 4,)),
    )
    page = Page(to_html(case_report(hostile, internal=True)))
    assert page.words.count(HOSTILE) == 8
    assert not {"script", "img"}.intersection(page.tags)
    assert page.open == []
