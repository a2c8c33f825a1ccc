"""The operator's report: restricted, in pictures, what to do, where to look, and nothing that gets into its HTML."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from findings import finding
from hypothesis import example, given
from hypothesis import strategies as st
from manifests import manifest_of
from pages import HOSTILE, Page, saying

from redact.package.manifest import AcceptedRecord
from redact.records.plan import Check
from redact.report.copy_report import report
from redact.report.operator_report import LISTED, PLACES, operator_report
from redact.report.risk import Risk
from redact.track.unexplained import Place
from redact.verify.evidence import Evidence
from redact.verify.findings import Standing

if TYPE_CHECKING:
    from pathlib import Path

    from redact.package.manifest import Manifest

QUIET = tuple(Risk(second, 0) for second in range(60))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """A manifest of a copy that passed."""
    return manifest_of(tmp_path_factory.mktemp("base"))


def test_a_quiet_release_says_so_and_is_restricted_all_the_same(base: Manifest) -> None:
    """No finding, no second that stands out: two sentences, under the banner."""
    page = Page(operator_report(base, (), QUIET, withheld=False))
    assert "RESTRICTED: may show third parties." in page.words
    assert "found nothing outside the masks" in page.words
    assert "Nothing sets one second apart from another." in page.words
    assert "a second not listed is not known to be safe" in page.words
    assert page.fetched == []


def test_findings_are_shown_by_what_became_of_them(base: Manifest) -> None:
    """Each with its picture inside the page, and the words that accept it where it is not accepted yet."""
    found = [
        replace(finding("F0000000a"), picture=b"\xff\xd8open"),
        replace(finding("F0000000b", standing=Standing.ACCEPTED), picture=b"\xff\xd8poster"),
        finding("F0000000c", standing=Standing.EARLIER),
    ]
    html = operator_report(base, found, QUIET, withheld=True)
    page = Page(html)
    assert "1 finding outside the masks." in page.words
    heads = ["Found outside the masks (1)", "Found and accepted (1)", "Found on an earlier copy of this run (1)"]
    assert [page.words.index(head) for head in heads] == sorted(page.words.index(head) for head in heads)
    assert "face at 00:01.2 of the master (frame 30)" in page.words
    assert page.tags.count("img") == 2
    assert all(link is not None and link.startswith("data:image/jpeg;base64,") for link in page.fetched)
    assert [f"--accept F0000000{letter}" in page.words for letter in "abc"] == [True, False, True]
    assert page.open == []


def test_the_seconds_to_look_first_at_are_shown(base: Manifest) -> None:
    """Each with a picture of the copy and its reasons, above the list; where there is no picture, the words stand."""
    fast = Risk(4, 2.0, ("Moving fast: 1 hidden track.",), b"\xff\xd8four")
    risks = (fast, Risk(9, 1.0, ("Another scene begins: 1 cut.",)), *QUIET[10:])
    page = Page(operator_report(base, (), risks, withheld=False))
    assert page.tags.count("img") == 1
    assert page.fetched == ["data:image/jpeg;base64,/9hmb3Vy"]
    assert page.words.index("Moving fast: 1 hidden track.") < page.words.index("of 52 seconds")


def test_where_to_look_first_stands_at_the_top(base: Manifest) -> None:
    """The worst seconds with their reasons, before the findings; what does not fit is in the file beside it."""
    risks = (
        *(Risk(second, 2.0 - second / 100, ("Moving fast: 1 hidden track.",)) for second in range(40)),
        *QUIET[40:],
    )
    html = operator_report(base, [finding()], risks, withheld=False, begins=Fraction(5), whole="cam.risks.json")
    words = Page(html).words
    assert words.index("00:00, 00:03, 00:06, 00:09, 00:12") < words.index("Found outside the masks")
    assert f"{LISTED} of 60 seconds; the other 10 are in cam.risks.json." in words
    assert "Moving fast: 1 hidden track." in words
    assert "The copy begins at 00:05 of the master." in words


def test_movement_in_which_nobody_was_found_is_listed(base: Manifest) -> None:
    """By time and place, with what to do; of very many those that lasted longest, in order of time."""
    moved = [Place(Fraction(n), Fraction(n + 1 + n % 2, 1), (n, 0, n + 10, 20)) for n in range(2 * PLACES)]
    words = Page(operator_report(base, (), QUIET, withheld=False, moved=moved[:1])).words
    assert "Movement in which nobody was found (1)" in words
    assert "00:00 to 00:01" in words
    assert "from 0, 0 to 10, 20 px" in words
    assert "not hidden" in words
    many = Page(operator_report(base, (), QUIET, withheld=False, moved=moved)).words
    assert f"Movement in which nobody was found ({2 * PLACES})" in many
    assert f"the {PLACES} that lasted longest" in many
    assert "00:01 to 00:03" in many
    assert "00:02 to 00:03" not in many
    assert "Movement" not in Page(operator_report(base, (), QUIET, withheld=False)).words


def test_failed_checks_are_listed(tmp_path: Path) -> None:
    """What failed is told here as well, and what the copy is now called."""
    made = manifest_of(tmp_path, checks=[Check("masks", passed=False, found="12 cells show the master.")])
    words = Page(operator_report(made, (), QUIET, withheld=True)).words
    assert "WITHHELD: cam.redacted.mp4 was not released, and may show third parties." in words
    assert "masks: 12 cells show the master." in words


def test_a_failed_check_is_shown_where_and_when_with_what_to_do(tmp_path: Path) -> None:
    """Before all else: what was measured, what helps, and the worst in pictures; nothing of a check that passed."""
    checks = [
        Check("masks", passed=False, found="1 box shows the master."),
        Check("strength", passed=True, found="Nothing shows through."),
    ]
    seen = Evidence("masks", 80, Fraction(16, 5), (10, 20, 30, 40), "34% of the box shows the master", b"\xff\xd8face")
    other = replace(seen, check="strength", said="it shows through")
    made = manifest_of(tmp_path, checks=checks)
    page = Page(operator_report(made, (), QUIET, withheld=True, evidence=(seen, other)))
    assert page.words.index("Checks that failed") < page.words.index("Where to look first")
    for said in (
        "masks: 1 box shows the master.",
        "What to do: The copy shows what a mask was to hide.",
        "34% of the box shows the master.",
        "At 00:03.2 of the master (frame 80)",
        "from 10, 20 to 30, 40 px",
        "From left to right: the master, what was to be written, the copy.",
        "The same job would give the same copy.",
    ):
        assert said in page.words
    assert "it shows through" not in page.words.lower()
    assert page.tags.count("img") == 1
    assert page.open == []


@given(st.text(max_size=60))
@example(HOSTILE)
def test_whatever_a_file_says_stays_text(base: Manifest, text: str) -> None:
    """Names, reasons and findings are words on the page, never markup."""
    risks = (Risk(0, 1.0, (text,)),)
    page = Page(operator_report(saying(base, text), [finding()], risks, withheld=True, whole=text))
    assert not {"script", "img"}.intersection(page.tags)
    assert page.open == []


def test_the_released_report_names_what_was_accepted_without_a_picture(base: Manifest) -> None:
    """Id, kind, time, reason and by whom; nothing at all where nothing was accepted."""
    record = AcceptedRecord(id="F1a2b3c4d", kind="face", time="00:01.2", reason=HOSTILE, by="j.bloggs")
    page = Page(report(base.model_copy(update={"accepted": (record,)})))
    for said in ("What was found and let stand", "F1a2b3c4d", "face at 00:01.2", HOSTILE, "j.bloggs"):
        assert said in page.words
    assert "img" not in page.tags
    assert page.open == []
    assert "let stand" not in Page(report(base)).words


def test_a_withheld_report_leads_to_the_operator_s(base: Manifest) -> None:
    """And a released one does not: it goes to others."""
    page = Page(report(base, withheld=True, operators='cam "4".operator.html'))
    assert page.fetched == ["cam%20%224%22.operator.html"]
    assert "says what to do" in page.words
    assert Page(report(base, operators="cam.operator.html")).fetched == []
