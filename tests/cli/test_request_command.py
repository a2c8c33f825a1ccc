"""redact request: the register, as a Data Protection Officer types it."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from clerk import Clerk
from corridor import corridor

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date.today()  # noqa: DTZ011  the day where the organisation is
REF = "SAR-2026-0142"
ASKED = ("--kind", "sar", "--requester", "A. Example", "--recipient", "A. Example")
SEARCH = ("--camera", "Camera 4", "--from", "2026-03-02T14:00:00", "--to", "2026-03-02T15:00")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """Records that are set up, with one request."""
    clerk = Clerk.at_new_desk(tmp_path_factory.mktemp("desk") / "home")
    clerk.does("request", "new", REF, *ASKED)
    return clerk


@pytest.fixture
def clerk(desk: Clerk, tmp_path: Path) -> Clerk:
    """The same, for one test."""
    return desk.moved_to(tmp_path / "home")


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds."""
    return corridor(tmp_path_factory.mktemp("footage") / "cam4.mp4")


def test_a_new_request_is_shown_with_its_day_and_what_comes_next(clerk: Clerk) -> None:
    """In words, and as one document."""
    said = clerk.does("request", "show", REF)
    assert said.startswith(f"{REF}\n  Kind          sar\n  State         open\n")
    assert "What comes next:" in said
    document = clerk.reads("request", "show", REF)
    assert set(document) == {
        "reference", "state", "outcome", "request", "clock", "export", "fee", "complaints", "clips", "releases", "next"
    }  # fmt: skip
    assert document["request"]["received"] == TODAY.isoformat()
    assert document["clock"]["due"] > TODAY.isoformat()


def test_a_request_of_no_kind_is_asked_for_it_in_one_sentence(clerk: Clerk) -> None:
    """With the kinds there are."""
    said = clerk.is_refused(2, "request", "new", "SAR-1")
    assert said == (
        "Error: It is not said what kind of request SAR-1 is.\n"
        "Say it with --kind, which is one of sar, third-party, police, statutory, foi, tenant-access, complaint.\n"
    )


def test_a_request_can_stand_in_a_file(clerk: Clerk, tmp_path: Path) -> None:
    """What is typed goes before it; another reference is refused."""
    file = tmp_path / "asked.toml"
    file.write_text('reference = "SAR-7"\nkind = "third-party"\nreceived = 2026-03-02\nrequester = "An insurer"\n')
    assert "is about SAR-7, not about SAR-8" in clerk.is_refused(2, "request", "new", "SAR-8", "--file", file)
    made = clerk.reads("request", "new", "SAR-7", "--file", file, "--requester", "B. Example")
    assert (made["request"]["kind"], made["request"]["received"]) == ("third-party", "2026-03-02")
    assert made["request"]["requester"] == "B. Example"


def test_a_reference_is_taken_once(clerk: Clerk) -> None:
    """The register is not overwritten."""
    assert REF in clerk.is_refused(2, "request", "new", REF, *ASKED)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("02/03/2026", "2026-03-02"),
        ("2.3.2026", "2026-03-02"),
        ("31/02/2026", "2026-03-02"),
        ("20260302", "2026-03-02"),
        ("25-12-2025", "2025-12-25"),
        ("yesterday", "2026-03-02"),
        ("", "2026-03-02"),
    ],
)
def test_a_day_in_another_order_is_refused_with_the_right_one(clerk: Clerk, given: str, shown: str) -> None:
    """An American means another day by it, so it is not guessed."""
    done = clerk.types("request", "new", "SAR-1", "--kind", "sar", "--received", given)
    assert done.exit_code == 2
    assert f"'{given}' is not a day. Write year, month and day, such as {shown}." in done.stderr


@pytest.mark.parametrize("given", ["02/03/2026 14:05", "2026-03-02", "2026-03-02T14:05:00Z", "2026-03-02T25:00"])
def test_a_time_is_local_and_whole(clerk: Clerk, given: str) -> None:
    """The sentence shows one."""
    done = clerk.types("request", "new", "SAR-1", "--kind", "sar", "--from", given, "--to", "2026-03-02T15:00:00")
    assert done.exit_code == 2
    assert "Write the day, a T and the time, such as 2026-03-02T14:05:00." in done.stderr


def test_half_a_time_is_refused(clerk: Clerk) -> None:
    """From and to go together."""
    said = clerk.is_refused(2, "request", "new", "SAR-1", "--kind", "sar", "--from", "2026-03-02T14:00:00")
    assert "needs both --from and --to" in said


def test_a_correction_keeps_the_rest(clerk: Clerk) -> None:
    """Of nothing, it is refused; of kind and day, too."""
    changed = clerk.reads("request", "change", REF, "--recipient", "A solicitor")
    assert (changed["request"]["recipient"], changed["request"]["requester"]) == ("A solicitor", "A. Example")
    assert "Nothing is said that would change" in clerk.is_refused(2, "request", "change", REF)
    assert "are not changed" in clerk.is_refused(2, "request", "change", REF, "--kind", "police")


def test_lists_show_what_is_asked_for(clerk: Clerk) -> None:
    """By state, kind and text; when it is due only while it is open."""
    clerk.does("request", "new", "POL-7", "--kind", "police", "--requester", "DC 1, Example Police")
    clerk.does("request", "close", "POL-7", "--outcome", "withdrawn")
    assert {row["reference"] for row in clerk.reads("request", "list")} == {REF, "POL-7"}
    (closed,) = clerk.reads("request", "list", "--state", "closed")
    assert (closed["reference"], closed["due"], closed["outcome"]) == ("POL-7", None, "withdrawn")
    (found,) = clerk.reads("request", "list", "--text", "a. exAMPLE")
    assert found["due"] > TODAY.isoformat()
    assert clerk.does("request", "list", "--kind", "statutory") == "No such request.\n"
    assert len(clerk.reads("request", "list", "--limit", "1")) == 1


def test_what_is_due_stands_in_the_order_in_which_it_is(clerk: Clerk) -> None:
    """Overdue at the top; what is not within the days asked for is left out."""
    clerk.does("request", "new", "SAR-OLD", *ASKED, "--received", TODAY - timedelta(days=60))
    clerk.does("request", "new", "POL-7", "--kind", "police")
    assert [row["reference"] for row in clerk.reads("request", "due")] == ["SAR-OLD", REF, "POL-7"]
    assert [row["reference"] for row in clerk.reads("request", "due", "--within", "7")] == ["SAR-OLD"]
    assert clerk.does("request", "due").splitlines()[0].split() == [
        "Reference", "Kind", "Due", "Days", "left", "Target", "Export", "by", "Footage", "Waits", "for"
    ]  # fmt: skip


def test_a_step_moves_the_day(clerk: Clerk) -> None:
    """While identity is waited for there is none."""
    recorded = clerk.reads("request", "record", REF, "identity-asked")
    assert (recorded["step"], recorded["clock"]["waiting_for"], recorded["clock"]["due"]) == (
        "identity-asked",
        "identity",
        None,
    )
    said = clerk.does("request", "record", REF, "identity-satisfied", "--note", "tenancy card seen")
    assert said.startswith(f"Recorded: {REF}, identity-satisfied.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("searched",), "--camera, --from and --to"),
        (("searched", *SEARCH), "what was searched and found"),
        (("searched", *SEARCH[:-1], "2026-03-02T13:00", "--note", "one clip"), "of no time at all"),
        (("identity-asked", *SEARCH), "are of a search, not of identity-asked"),
        (("extended",), "why, as the person was told"),
        (("identity-satisfied", "--note", "seen"), "Nobody was asked"),
    ],
)
def test_a_step_that_says_too_little_is_refused(clerk: Clerk, words: tuple[str, ...], said: str) -> None:
    """Nothing is recorded."""
    assert said in clerk.is_refused(2, "request", "record", REF, *words)
    assert len(clerk.reads("log", "show", "--request", REF)) == 1


def test_clips_are_attached_and_taken_off(clerk: Clerk, footage: Path, tmp_path: Path) -> None:
    """Each is told of as it is taken in, and one that cannot be read stops the rest."""
    said = clerk.types("request", "attach", REF, footage, tmp_path / "nowhere.mp4")
    assert said.exit_code == 3
    assert said.stdout.startswith(f"cam4.mp4 is attached to {REF} (SHA-256 ")
    assert "nowhere.mp4 cannot be read" in said.stderr
    document = clerk.reads("request", "attach", REF, footage, "--camera", "Camera 4")
    assert (document["reference"], document["clips"][0]["duration_s"]) == (REF, 2.0)
    assert clerk.reads("request", "show", REF)["clips"][0]["camera"] == "Camera 4"
    starts = ("--starts", "2026-03-02T14:00:00")
    assert "Attach each on its own" in clerk.is_refused(2, "request", "attach", REF, footage, footage, *starts)
    off = ("request", "detach", REF, "--clip", "cam4.mp4", "--reason", "another staircase")
    assert clerk.reads(*off)["sha256"] == document["clips"][0]["sha256"]
    assert "Attached: none" in clerk.is_refused(2, *off)


def test_a_refusal_is_recorded_and_its_letter_written(clerk: Clerk, tmp_path: Path) -> None:
    """The letter can be had again, and takes no file's place."""
    letter = tmp_path / "letter.txt"
    words = ("request", "refuse", REF, "--exemption", "third-party", "--reason", "a crowd", "-o")
    assert "in a folder that does not exist" in clerk.is_refused(2, *words, tmp_path / "no" / "letter.txt")
    document = clerk.reads(*words, letter)
    assert document == {
        "reference": REF,
        "state": "refused",
        "ended_on": TODAY.isoformat(),
        "outcome": "third-party",
        "letter": str(letter),
    }
    assert "Our reason: a crowd" in letter.read_text()
    assert "is there already" in clerk.is_refused(2, "request", "letter", REF, "-o", letter)
    again = tmp_path / "again.txt"
    assert clerk.reads("request", "letter", REF, "-o", again) == {"reference": REF, "letter": str(again)}
    assert again.read_text() == letter.read_text()


def test_a_letter_that_cannot_be_written_does_not_hide_that_the_refusal_stands(clerk: Clerk, tmp_path: Path) -> None:
    """And the sentence says how to get it."""
    clerk.says((clerk.home / "organisation.toml").read_text().replace('contact = "dpo@example.org"', ""))
    letter = tmp_path / "letter.txt"
    done = clerk.types("request", "refuse", REF, "--exemption", "other", "--reason", "the reason", "-o", letter)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"Error: {REF} is refused, and that is recorded, but there is no letter yet. ")
    assert done.stderr.endswith(f"Then: redact request letter {REF} -o {letter}\n")
    assert clerk.reads("request", "show", REF)["state"] == "refused"


def test_a_request_that_was_not_refused_has_no_such_letter(clerk: Clerk, tmp_path: Path) -> None:
    """The sentence says where the other letter is."""
    assert "neither refused nor extended" in clerk.is_refused(
        2, "request", "letter", REF, "-o", tmp_path / "letter.txt"
    )


@pytest.mark.parametrize("outcome", ["withdrawn", "nothing-held", "opened-in-error"])
def test_a_request_is_closed_with_how_it_ended(clerk: Clerk, outcome: str) -> None:
    """Once; nothing more is done for it."""
    document = clerk.reads("request", "close", REF, "--outcome", outcome)
    assert document == {"reference": REF, "state": "closed", "ended_on": TODAY.isoformat(), "outcome": outcome}
    for words in (
        ("request", "close", REF, "--outcome", outcome),
        ("request", "refuse", REF, "--exemption", "other", "--reason", "late"),
        ("request", "record", REF, "identity-asked"),
        ("request", "change", REF, "--note", "late"),
    ):
        assert f"{REF} was closed on {TODAY}: nothing more is done for it." in clerk.is_refused(7, *words)


def test_what_was_not_released_was_not_answered(clerk: Clerk) -> None:
    """The ways forward are named."""
    assert "another outcome with --outcome" in clerk.is_refused(2, "request", "close", REF)


def test_a_request_that_is_not_there_is_named(clerk: Clerk) -> None:
    """With the command that lists them."""
    said = clerk.is_refused(2, "request", "show", "SAR-NONE")
    assert said.endswith("There is no request SAR-NONE on the register.\nSee which there are: redact request list\n")


@pytest.mark.parametrize(
    "words",
    [
        ("request", "new", "SAR-9", *ASKED),
        ("request", "close", REF, "--outcome", "withdrawn"),
        ("request", "record", REF, "identity-asked"),
        ("request", "attach", REF, "cam4.mp4"),
        ("scan", REF),
        ("retention", "purge"),
        ("key", "rotate"),
        ("log", "checkpoint"),
    ],
    ids=" ".join,
)
def test_a_role_that_may_not_is_told_who_may(clerk: Clerk, footage: Path, words: tuple[str, ...]) -> None:
    """And that it was tried is recorded."""
    if words[0] == "scan":
        clerk.does("request", "attach", REF, footage)
    clerk.is_only("reviewer")
    said = clerk.is_refused(7, *words)
    assert "A. Example (user " in said
    assert ", reviewer) may not " in said
    assert "Ask them, or have the role added to the account." in said
    assert [row["kind"] for row in clerk.reads("log", "show")][-1] == "action-denied"


def test_a_user_who_is_not_known_may_not_even_read(clerk: Clerk) -> None:
    """Whoever runs it is asked of the operating system, and nobody else is."""
    clerk.says((clerk.home / "organisation.toml").read_text().partition('\n[people."user')[0])
    assert "no DPO has put the change on record" in clerk.asks_another("request", "list", "--json").stdout
    clerk.does("request", "list")  # by the DPO, who puts it on record
    done = clerk.asks_another("request", "list", "--json")
    assert done.returncode == 7, done.stderr
    error = json.loads(done.stdout)["error"]
    assert "The user user 20001 is not in organisation.toml" in error["message"]
    assert "have the account added under [people]" in error["remedy"]


def test_a_year_is_counted(clerk: Clerk) -> None:
    """As a table that fits a terminal, as CSV for a spreadsheet, and as JSON, all of the same numbers."""
    clerk.does("request", "new", "POL-7", "--kind", "police")
    table = clerk.does("request", "statistics", TODAY.year)
    assert max(map(len, table.splitlines())) <= 100
    rows = clerk.reads("request", "statistics", TODAY.year)
    assert [row["received"] for row in rows] == [1, 0, 1, 0, 0, 0, 0, 2]
    text = clerk.does("request", "statistics", TODAY.year, "--format", "csv")
    read = list(csv.DictReader(text.splitlines()))
    plain = [{key: value for key, value in row.items() if key != "refused_by"} for row in rows]
    assert read == [{key: "" if value is None else str(value) for key, value in row.items()} for row in plain]
