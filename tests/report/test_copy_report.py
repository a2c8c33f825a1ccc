"""The report: one page that stands alone, says what was measured, and lets nothing into its HTML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from manifests import clip, manifest_of, plan
from pages import HOSTILE, Page, saying

import redact
from redact.records.clip import Damage
from redact.records.kinds import CheckName
from redact.records.plan import Check
from redact.report.copy_report import report
from redact.request.model import Request
from redact.verify.remedies import REMEDIES

if TYPE_CHECKING:
    from redact.package.manifest import Manifest

REQUEST = {
    "reference": "SAR-2026-0142",
    "kind": "sar",
    "recipient": "The requester",
    "keep": [{"at": "00:12.4", "point": [640, 360], "name": "requester"}],
    "span": {"from": "00:01", "to": "00:30"},
    "audio": "keep",
    "mute": [{"from": "00:02", "to": "00:03"}],
}


@pytest.fixture
def full(tmp_path: Path) -> Manifest:
    """A manifest in which everything is said."""
    damage = Damage(np.zeros(1, np.int32), lost=2, retimed=5, notes=("1 frame decoded damaged.",))
    return manifest_of(
        tmp_path,
        request=Request.model_validate(REQUEST).plain(),
        clip=clip(damage=damage),
        plan=plan((0, 4)),
        checks=[Check("frames", passed=True, found="4 of 4 frames."), Check("mask", passed=True, found="r = 0.02.")],
        warnings=["Sound is kept."],
    )


def test_it_tells_what_was_asked_hidden_and_measured(full: Manifest) -> None:
    """Everything an officer files stands on the page in plain words."""
    words = Page(report(full)).words
    for said in (
        "Redaction report SAR-2026-0142",
        "subject access request",
        "requester: whoever is at 640, 360 px at 00:12.4",
        "00:01 to 00:30",
        "kept, muted from 00:02 to 00:03",
        "3 regions on 4 frames, belonging to 2 tracks",
        "Whole frames, because they decoded damaged",
        "r = 0.02.",
        "2 packets gave no picture",
        "1 frame decoded damaged.",
        "Sound is kept.",
        "What this does not prove",
        "redact verify",
        full.output.sha256,
        full.source.sha256,
        full.models[0].sha256,
    ):
        assert said in words


def test_a_withheld_copy_is_restricted(tmp_path: Path) -> None:
    """A failure is the first thing read, and nobody is told to pass the copy on."""
    checks = [Check("mask", passed=False, found="12 blocks can be seen."), Check("frames", passed=True, found="4.")]
    words = Page(report(manifest_of(tmp_path, checks=checks), withheld=True)).words
    assert "WITHHELD. 1 of 2 checks failed" in words
    assert "Restricted" in words
    assert "FAILED" in words
    assert "12 blocks can be seen." in words
    assert "Released" not in words


def test_a_withheld_report_says_what_helps(tmp_path: Path) -> None:
    """For every check that failed, and for no other; doing the same again is no remedy."""
    checks = [
        Check("strength", passed=False, found="12% shows through."),
        Check("sound", passed=False, found="It is heard."),
        Check("scene", passed=True, found="As it was."),
        Check("unheard of", passed=False, found="Something."),
    ]
    words = Page(report(manifest_of(tmp_path, checks=checks), withheld=True)).words
    assert "What to do now" in words
    assert "The same job would give the same copy." in words
    assert "strength: What a mask hides can be made out through it." in words
    assert "--style fill" in words
    assert "sound: The sound is not as asked." in words
    assert "unheard of: It is a fault of the program" in words
    assert "Something that is not hidden" not in words
    assert "again." not in words.partition("What to do now")[2]


def test_every_check_has_a_remedy() -> None:
    """Whatever `verify` can fail, somebody is told what to do; and every name there is stands for a check it makes."""
    package = Path(redact.__file__).parent
    first = re.compile(r"\bCheck\(\s*(\S+),")
    made = {name for module in (package / "verify").glob("*.py") for name in first.findall(module.read_text())}
    assert made == {f"CheckName.{name.name}" for name in CheckName}
    assert set(REMEDIES) == set(CheckName)


def test_a_clean_clip_says_that_nothing_was_found(tmp_path: Path) -> None:
    """An empty plan is a sentence, not an empty table."""
    made = manifest_of(tmp_path)
    empty = made.model_copy(update={"plan": made.plan.model_copy(update={"boxes": 0})})
    assert "Nothing was found" in Page(report(empty)).words


def test_the_page_needs_nothing_else(full: Manifest) -> None:
    """No script, no picture, nothing fetched, every tag closed, and its language named."""
    html = report(full)
    page = Page(html)
    assert page.fetched == []
    assert not {"script", "img", "link", "iframe", "form"}.intersection(page.tags)
    assert 'lang="en-GB"' in html
    assert page.open == []


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """One manifest for the tests that vary its words."""
    return manifest_of(tmp_path_factory.mktemp("base"))


@given(st.text(max_size=60))
@example(HOSTILE)
def test_whatever_a_file_says_stays_text(base: Manifest, text: str) -> None:
    """Names and findings come from outside: they are words on the page, never markup."""
    page = Page(report(saying(base, text)))
    assert not {"script", "img"}.intersection(page.tags)
    assert page.open == []


def test_hostile_words_are_shown_as_they_are(base: Manifest) -> None:
    """Nothing is dropped either: title, heading, four facts of the request, check, finding and warning."""
    assert Page(report(saying(base, HOSTILE))).words.count(HOSTILE) == 9
