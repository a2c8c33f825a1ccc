"""redact scan, subjects, decide, view, render, approve, release: a case, with a detector of a simple thing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from clerk import ROOT, STRANGER, Clerk
from corridor import RedSquare, corridor

from redact.jobs.work import loaded

REF = "SAR-2026-0142"
WHY = ("--why", "to find the requester")
SEEN = ("--visible", "--ground", "data-subject", "--reason", "the requester, known to staff")
SEARCH = ("--camera", "Camera 4", "--from", "2026-03-02T14:00:00", "--to", "2026-03-02T15:00:00", "--note", "one clip")


@pytest.fixture(scope="module", autouse=True)
def _red_squares() -> object:
    """People are red squares here: finding real ones takes half a minute, and is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cli.case.for_cases", lambda: (RedSquare(),))
        yield


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """A request with footage that was scanned, and one of the police."""
    place = tmp_path_factory.mktemp("desk")
    clip = corridor(place / "cam4.mp4")
    clerk = Clerk.at_new_desk(place / "home")
    who = ("--requester", "A. Example", "--recipient", "A. Example", "--identity", "known", "--note", "the stairs")
    clerk.does("request", "new", REF, "--kind", "sar", *who)
    clerk.does("request", "record", REF, "searched", *SEARCH)
    police = ("--requester", "DC 1, Example Police", "--recipient", "DC 1", "--lawful-basis", "x", "--purpose", "y")
    clerk.does("request", "new", "POL-7", "--kind", "police", *police)
    clerk.does("request", "attach", REF, clip)
    said = clerk.does("scan", REF)
    assert said.startswith("cam4.mp4: 2 people or vehicles found in 50 frames.\n")
    return clerk


@pytest.fixture(scope="module")
def rendered(desk: Clerk, tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """The same, with a copy in which one person is visible."""
    clerk = desk.moved_to(tmp_path_factory.mktemp("rendered") / "home")
    said = clerk.does("decide", REF, "s001", *SEEN)
    assert said == f"s001 is to be visible.\nWhen all are decided, make the copy: redact render {REF}\n"
    said = clerk.does("render", REF)
    assert said.endswith(f"Somebody else has to watch and approve it: redact approve {REF} --watched\n")
    return clerk


@pytest.fixture
def clerk(desk: Clerk, tmp_path: Path) -> Clerk:
    """The scanned case, for one test."""
    return desk.moved_to(tmp_path / "home")


@pytest.fixture
def with_copy(rendered: Clerk, tmp_path: Path) -> Clerk:
    """The case with a copy, for one test."""
    return rendered.moved_to(tmp_path / "home")


def test_a_scan_is_kept(clerk: Clerk) -> None:
    """A second one finds the same, without looking again."""
    assert clerk.reads("scan", REF) == {
        "reference": REF,
        "clips": [{"clip": "cam4.mp4", "frames": 50, "subjects": 2, "people": 2}],
    }


def test_subjects_are_listed_with_where_to_point_at(clerk: Clerk) -> None:
    """That is what decide reads; the page is for the user alone, and looking is recorded."""
    document = clerk.reads("subjects", REF, *WHY)
    assert set(document) == {"clip", "page", "subjects"}
    page = Path(document["page"])
    assert page.stat().st_mode & 0o077 == 0
    one = document["subjects"][0]
    assert set(one) == {"id", "kind", "standing", "from", "to", "looks", "at", "point", "verdict", "where"}
    said = clerk.does("subjects", REF, *WHY)
    assert one["where"] in said
    assert clerk.reads("decide", REF, one["where"], *SEEN)["decisions"] == [
        {"subject": one["id"], "verdict": "visible", "ground": "data-subject"}
    ]
    viewed = [row for row in clerk.reads("log", "show", "--request", REF) if row["kind"] == "footage-viewed"]
    assert [row["data"]["why"] for row in viewed] == ["to find the requester"] * 2


def test_a_photograph_is_held_beside_everyone(clerk: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How likely each is they; one that shows nobody is refused before anything is looked at."""
    monkeypatch.setattr("cli.networks.load", lambda kinds, *, keeping: (RedSquare(),) if kinds and keeping else ())
    loaded.cache_clear()
    rgb = np.full((400, 200, 3), 120, np.uint8)
    cv2.imwrite(str(tmp_path / "nobody.png"), rgb)
    done = clerk.types("subjects", REF, *WHY, "--photograph", tmp_path / "nobody.png")
    assert done.exit_code == 3
    assert "Nobody was found on the photograph" in done.stderr
    assert not [row for row in clerk.reads("log", "show", "--request", REF) if row["kind"] == "footage-viewed"]
    rgb[100:300, 60:140] = (70, 70, 185)
    cv2.imwrite(str(tmp_path / "photo.png"), rgb)
    words = ("subjects", REF, *WHY, "--photograph", tmp_path / "photo.png")
    assert all(0 < row["likely"] <= 0.9 for row in clerk.reads(*words)["subjects"])
    assert "As on the photograph" in clerk.does(*words)


def test_who_was_seen_for_a_moment_is_left_out_unless_asked_for(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many is said, and that they stay hidden; whoever is decided on is always there, and --json has everyone."""
    monkeypatch.setattr("cli.case.LOOKS", 1000)
    said = clerk.does("subjects", REF, *WHY)
    assert "Nobody was found for long.\n\n2 more were found at fewer than 1000 looks. They stay hidden" in said
    assert "fewer than" not in clerk.does("subjects", REF, *WHY, "--all")
    assert len(clerk.reads("subjects", REF, *WHY)["subjects"]) == 2
    clerk.does("decide", REF, "s002", *SEEN)
    said = clerk.does("subjects", REF, *WHY)
    assert "s002" in said
    assert "s001" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("s001", "--visible", "--ground", "refused-consent", "--reason", "they said no"), "is not one for visible"),
        (("s001", "--hidden", "--ground", "consent", "--reason", "they said yes"), "is not one for hidden"),
        (("s001", "--visible", "--ground", "consent", "--reason", "yes"), "recorded with its reason"),
        (("s099", *SEEN), "There is no subject s099"),
        (("00:99.0@1,1", *SEEN), "--keep 00:99.0@1,1 cannot be read"),
        (("00:01.0@1,1", *SEEN), "Nobody was found at 1, 1 at 00:01"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(clerk: Clerk, words: tuple[str, ...], said: str) -> None:
    """In a sentence, and nothing is recorded."""
    before = clerk.reads("log", "show")
    assert said in clerk.is_refused(2, "decide", REF, *words)
    assert before
    assert clerk.reads("log", "show") == before


def test_footage_is_viewed_with_a_reason(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said where it is; where this computer has nothing to open it with, that is said too."""
    monkeypatch.setenv("PATH", "/nowhere")
    document = clerk.reads("view", REF, "--why", "to check the time", "--open")
    assert document.keys() == {"clip", "what", "path", "opened"}
    assert document["opened"] is False
    assert Path(document["path"]).is_file()
    done = clerk.types("view", REF, "--why", "to check the time", "--open")
    assert done.stdout == f"{document['path']}\nRecorded: master of cam4.mp4, viewed for {REF}.\n"
    assert "This computer could not open it." in done.stderr
    assert clerk.reads("view", REF, "--why", "to check the time")["opened"] is None
    assert "only with a justification, and this is none" in clerk.is_refused(2, "view", REF, "--why", "x")
    assert "There is no copy of cam4.mp4 yet" in clerk.is_refused(2, "view", REF, "--what", "copy", *WHY)


def test_an_agency_gets_the_master_unless_it_is_said_otherwise(clerk: Clerk, tmp_path: Path) -> None:
    """And nobody else does."""
    assert "No footage is attached to POL-7.\nAttach it: " in clerk.is_refused(2, "render", "POL-7")
    clerk.does("request", "attach", "POL-7", corridor(tmp_path / "cam5.mp4"))
    assert "normally receives the master bit for bit" in clerk.is_refused(7, "render", "POL-7")
    assert "only for the police" in clerk.is_refused(7, "release", REF, "--native")
    assert "only for the police" in clerk.is_refused(7, "approve", REF, "--native", "--watched")


def test_a_copy_is_told_of_as_it_is_made(clerk: Clerk) -> None:
    """As one document too; until it is approved it is not released, and whoever made it does not approve it."""
    document = clerk.reads("render", REF)
    assert set(document) == {"reference", "clips"}
    assert document["clips"][0]["released"] is True
    assert Path(document["clips"][0]["copy"]).is_file()
    assert "Nobody has approved this copy" in clerk.is_refused(7, "release", REF)
    assert "four eyes" in clerk.is_refused(7, "approve", REF, "--watched")
    assert "say so with --watched" in clerk.is_refused(2, "approve", REF)


def test_without_a_copy_nothing_is_approved(clerk: Clerk) -> None:
    """The command that makes one is named."""
    assert "There is no redacted copy of cam4.mp4" in clerk.is_refused(7, "approve", REF, "--watched")


def test_a_decision_after_the_copy_makes_it_stale(with_copy: Clerk) -> None:
    """It is neither approved nor released."""
    with_copy.does("decide", REF, "s002", "--visible", "--ground", "consent", "--reason", "signed the form")
    assert "out of date" in with_copy.is_refused(7, "approve", REF, "--watched")


def test_what_a_second_person_approved_is_released(with_copy: Clerk, tmp_path: Path) -> None:
    """Whole and signed; then the request is closed, and nothing more is done for it."""
    done = with_copy.asks_another("approve", REF, "--watched", "--json")
    assert done.returncode == 0, done.stderr
    approved = json.loads(done.stdout)
    assert set(approved) == {"reference", "copy_number", "recipient", "exhibits", "digest", "warnings"}
    document = with_copy.reads("release", REF, "--zip", "-o", tmp_path / "out")
    assert set(document) == {
        *("release", "package", "envelope_sha256", "files", "recipient_code", "internal_report", "warnings")
    }
    shown = with_copy.does("request", "show", REF)
    assert "Copy 1 for A. Example: released 20" in shown
    assert document["package"] in shown
    key = tmp_path / "key.pem"
    with_copy.does("key", "export", key)
    assert with_copy.reads("verify", document["package"], "--key", key)["holds"] is True
    with_copy.does("request", "close", REF)
    for words in (("scan", REF), ("decide", REF, "s002", *SEEN), ("render", REF), ("release", REF)):
        assert "nothing more is done for it" in with_copy.is_refused(7, *words)
    assert with_copy.reads("log", "verify")["holds"] is True


def test_an_approval_is_void_once_the_recipient_changes(with_copy: Clerk) -> None:
    """It was of what would leave, and for whom."""
    assert with_copy.asks_another("approve", REF, "--watched").returncode == 0
    with_copy.does("request", "change", REF, "--recipient", "A solicitor")
    assert "names another copy number or recipient" in with_copy.is_refused(7, "release", REF)


def test_another_user_does_only_what_their_role_may(clerk: Clerk) -> None:
    """The role is that of the user of the operating system who runs the command."""
    done = clerk.asks_another("decide", REF, "s001", *SEEN)
    assert done.returncode == 7
    assert f"B. Example (user user {STRANGER}, approver) may not decide who is visible." in done.stderr


STOP = """
import cli.case, cli.main, signal, os
def stopped():
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()
cli.case.for_cases = stopped
cli.main.main()
"""


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("scan", "Stopped. A scan is kept whole or not at all; the same command goes on with what is missing.\n"),
        ("render", f"Stopped. A copy counts only once it is whole; see what is missing: redact request show {REF}\n"),
    ],
)
def test_whoever_stops_a_command_is_told_how_things_stand(clerk: Clerk, command: str, said: str) -> None:
    """And the log is whole."""
    environment = os.environ | {"REDACT_HOME": str(clerk.home)}
    words = [sys.executable, "-c", STOP, command, REF, "--json"]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.endswith(said)) == (130, True), done.stderr
    assert json.loads(done.stdout)["error"]["message"] == said.strip()
    assert clerk.reads("log", "verify")["holds"] is True
