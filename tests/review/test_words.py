"""What the page says: tasks and problems in its own words, and never in those of commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.advice import Give, Given, Sentence, Step, Task
from redact.case.deciding import Ruling, wording
from redact.errors import (
    InputUnusable,
    ModelUnavailable,
    NotPermitted,
    RedactError,
    Refusal,
    SourceChanged,
    UsageProblem,
)
from redact.governance.register.register import ClipRow
from redact.governance.rules.grounds import Ground
from redact.records.kinds import CheckName, Verdict
from redact.request.model import Keep
from redact.review.words import FIELDS, PHRASES, Turned, facts, linked, of_report, plainly, spelt, status_of
from redact.verify.acceptance import Acceptance, remarks
from redact.verify.remedies import remedy

if TYPE_CHECKING:
    from collections.abc import Callable

CLIP = ClipRow("a" * 64, "hall way.mp4", 1, "", "", "", None, None, "", "", "")


def test_every_task_and_field_has_words() -> None:
    """No two tasks the same, and none is a command."""
    assert set(PHRASES) == set(Task)
    assert set(FIELDS) == set(Given)
    assert len(set(PHRASES.values())) == len(Task)
    assert not [words for words in (*PHRASES.values(), *FIELDS.values()) if "redact " in words or "--" in words]


def test_a_sentence_names_its_task_and_fields() -> None:
    """What is to be done stands in words and by its name, for a link."""
    way = Step(Task.CHANGE_REQUEST, "SAR-1", (Given.RECIPIENT,))
    told = linked(Sentence(("Nobody is named. Say it: ", way)))
    assert (told["text"], told["task"]) == ("Nobody is named. Say it: “Recipient”.", "change-request")
    two = Sentence(("No footage. Add it: ", Task.ATTACH, "; or close the request: ", Step(Task.CLOSE_REQUEST, "SAR-1")))
    assert (linked(two)["text"], linked(two)["task"]) == ("No footage. Add it; or close the request.", "attach")
    assert spelt(Sentence(("Ask, then ", Task.ENROL))) == f"Ask, then {PHRASES[Task.ENROL]}."
    assert spelt(Sentence(("Say it with ", Give(Given.REASON, "…"), "."))) == "Say it with “Reason”."
    assert linked(Sentence(("That is all.",)))["task"] is None
    assert (told["what"], told["given"]) == ("Nobody is named.", [])
    paid = Step(Task.RECORD_STEP, "SAR-1", (Give(Given.STEP, "fee-paid"),))
    assert linked(Sentence(("Record it: ", paid)))["given"] == ["fee-paid"]
    assert spelt(Sentence(("Record it: ", paid))) == "Record it: “They paid”."


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (UsageProblem("x"), 400),
        (NotPermitted("x", code=Refusal.ROLE_LACKING), 403),
        (SourceChanged("x"), 409),
        (InputUnusable("x"), 422),
        (ModelUnavailable("x"), 503),
        (RedactError("x"), 500),
        (Turned(428, "reason-needed", "x"), 428),
    ],
)
def test_every_problem_has_a_status_and_says_what_to_do(problem: RedactError, status: int) -> None:
    """And a code where a program could tell it by one."""
    told = facts(problem)
    assert status_of(problem) == status
    assert told["message"] == "x"
    code = getattr(problem, "code", None)
    assert told.get("code") == (str(code) if code else None)


@pytest.mark.parametrize("error", [error for error in RedactError.__subclasses__() if error.remedy])
def test_no_remedy_of_the_engine_is_a_command_on_the_page(error: Callable[[str], RedactError]) -> None:
    """Whatever goes wrong."""
    assert "redact " not in facts(error("x"))["remedy"]


@given(
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 ./_-]{0,39}", fullmatch=True), st.text(max_size=20).filter(str.isprintable)
)
def test_what_the_record_says_in_commands_is_said_plainly(reference: str, name: str) -> None:
    """Whatever names stand in it: the ledger and the report of a copy have such sentences."""
    seed = Keep.model_validate({"at": "00:01.2", "point": [70, 90], "name": "somebody"})
    ruling = Ruling(
        subject="s001",
        tracks=(1,),
        verdict=Verdict.VISIBLE,
        ground=Ground.DATA_SUBJECT,
        reason="known to staff",
        name=" ".join(name.split()),
        by="b.example",
        at="2026-03-02T14:00:00+00:00",
        points=(seed,),
    )
    add = wording(reference, CLIP, [ruling]).add("00:02.0", (1, 2), "person 1")
    said = plainly(f"Hidden. If it is the same person at 1, 2 at 00:02.0, {add}.")
    assert said == "Hidden. If it is the same person at 1, 2 at 00:02.0, decide so: on this page."


def test_a_finding_that_is_not_there_is_named() -> None:
    """Which was to be accepted, and is none of that copy."""
    (told,) = remarks((), Acceptance(("F1a2b3c4d",), "a poster", "b.example"))
    assert plainly(told).startswith("There is no finding F1a2b3c4d of this run, so nothing was accepted by it.")


@pytest.mark.parametrize("check", list(CheckName))
def test_what_to_do_about_a_check_that_failed_is_no_command(check: CheckName) -> None:
    """Whatever failed."""
    said = of_report(remedy(check))
    assert said
    assert not re.search(r"redact [a-z]+ |--[a-z]|(?<!\S)-o\b", said), said
