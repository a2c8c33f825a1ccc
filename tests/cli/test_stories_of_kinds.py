"""A complaint, a freedom of information request and an insurer's, from the day each comes to its end, by commands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from clerk import Clerk
from corridor import RedSquare, corridor

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date.today()  # noqa: DTZ011  the day where the organisation is
DAY = TODAY - timedelta(3)
WINDOW = ("--from", f"{DAY}T14:00:00", "--to", f"{DAY}T14:00:02", "--camera", "Camera 4")
SEARCH = ("--camera", "Camera 4", "--from", f"{DAY}T14:00:00", "--to", f"{DAY}T15:00:00", "--note", "one clip")
FOI, INSURER, ASKED = "FOI-2026-0007", "INS-2026-0012", "SAR-2026-0142"
WHO = ("--requester", "A. Example", "--recipient", "A. Example")


@pytest.fixture(scope="module", autouse=True)
def _red_squares() -> object:
    """People are red squares here: finding real ones takes half a minute, and is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cli.case.for_cases", lambda: (RedSquare(),))
        yield


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """Records with the footage of an afternoon, searched for everyone in it."""
    place = tmp_path_factory.mktemp("desk")
    clerk = Clerk.at_new_desk(place / "home")
    clerk.does("request", "new", FOI, "--kind", "foi", *WHO, *WINDOW)
    clerk.does("request", "attach", FOI, corridor(place / "cam4.mp4"), "--camera", "Camera 4", *("--starts", WINDOW[1]))
    clerk.does("scan", FOI)
    return clerk


@pytest.fixture
def clerk(desk: Clerk, tmp_path: Path) -> Clerk:
    """The same, for one test."""
    return desk.moved_to(tmp_path / "home")


def year(clerk: Clerk, kind: str) -> dict[str, object]:
    """Give the figures of KIND of this year."""
    rows = clerk.reads("request", "statistics", DAY.year)
    return next(row for row in rows if row["kind"] == kind)


def one_line(text: str) -> str:
    """TEXT on one line, as letters are broken anywhere."""
    return " ".join(text.split())


def test_a_complaint(clerk: Clerk, tmp_path: Path) -> None:
    """It names the request, is acknowledged, looked into and answered; letters, clock and figures follow it."""
    clerk.does("request", "new", ASKED, "--kind", "sar", *WHO, *WINDOW, "--received", DAY)
    said = clerk.is_refused(2, "request", "new", "C-1", "--kind", "complaint", *WHO, "--about", "SAR-0")
    assert "There is no request SAR-0" in said
    said = clerk.does("request", "new", "C-1", "--kind", "complaint", *WHO, "--about", ASKED, "--received", DAY)
    assert "Thirty days, counted from the day after, end on" in said
    assert "Acknowledge the complaint, and record that: redact request record C-1 complaint-acknowledged" in said
    [due] = [row for row in clerk.reads("request", "due") if row["reference"] == "C-1"]
    assert due["due"] >= (DAY + timedelta(30)).isoformat()
    assert due["export"] == "none"
    letter = one_line(clerk.does("letter", "C-1"))
    assert f"It is about how we answered the request {ASKED}." in letter
    assert "section 164A" in letter
    assert "is not refused" in clerk.is_refused(2, "request", "refuse", "C-1", "--exemption", "other", "--reason", "no")
    assert "A complaint is free" in clerk.is_refused(2, "request", "record", "C-1", "fee-asked", "--amount", "10")
    clerk.does("request", "record", "C-1", "complaint-acknowledged")
    shown = clerk.reads("request", "show", "C-1")
    assert (shown["clock"]["acknowledged"], shown["clock"]["due"]) == (TODAY.isoformat(), None)
    assert "complaint-looked-into" in shown["next"][0]
    clerk.does("request", "record", "C-1", "complaint-looked-into", "--note", "the clip of Camera 5 was forgotten")
    close = ("request", "close", "C-1", "--outcome", "upheld")
    assert "what the person was told" in clerk.is_refused(2, *close)
    assert "cannot end as answered" in clerk.is_refused(2, "request", "close", "C-1")
    clerk.does(*close, "--note", "You will have that clip by Friday.")
    clerk.does("letter", "C-1", "-o", tmp_path / "outcome.txt")
    told = one_line((tmp_path / "outcome.txt").read_text())
    assert "Your complaint was upheld. You will have that clip by Friday." in told
    [linked] = clerk.reads("request", "show", ASKED)["complaints"]
    assert (linked["reference"], linked["outcome"]) == ("C-1", "upheld")
    assert "The complaint C-1 is about it" in clerk.does("request", "show", ASKED)
    assert (year(clerk, "sar")["complaints"], year(clerk, "complaint")["ended_in_time"]) == (1, 1)


def test_freedom_of_information(clerk: Clerk, tmp_path: Path) -> None:
    """Twenty working days; nobody is shown for being who asks; the letter that was approved is the one that leaves."""
    said = clerk.does("request", "show", FOI)
    assert "The twentieth working day after" in said
    clerk.does("request", "record", FOI, "searched", *SEARCH)
    show = ("--visible", "--reason", "the requester, known to staff")
    assert "given to the world" in clerk.is_refused(2, "decide", FOI, "s001", *show, "--ground", "data-subject")
    clerk.does("render", FOI)
    draft = clerk.does("letter", FOI, "--report", tmp_path / "report.html")
    assert "[the day on which it leaves]" in draft
    assert "What we give to you we give to everyone who asks." in one_line(draft)
    assert "NOT APPROVED" in (tmp_path / "report.html").read_text()
    done = clerk.asks_another("approve", FOI, "--watched")
    assert done.returncode == 0, done.stderr
    assert "given to the world" in done.stdout
    clerk.says((clerk.home / "organisation.toml").read_text().replace("dpo@example.org", "foi@example.org"))
    assert "letter or report has changed since" in clerk.is_refused(7, "release", FOI, "-o", tmp_path / "out")
    assert clerk.asks_another("approve", FOI, "--watched").returncode == 0
    package = clerk.reads("release", FOI, "-o", tmp_path / "out")
    letter = (tmp_path / "out" / f"{FOI}_copy-1" / "letter.txt").read_text()
    assert "foi@example.org" in letter
    assert "[the day" not in letter
    assert one_line(draft).split("WHO IS IN")[1].split("HOW YOU")[0] in one_line(letter)
    clerk.does("key", "export", tmp_path / "key.pem")
    clerk.does("verify", package["package"], "--key", tmp_path / "key.pem")
    clerk.does("request", "close", FOI)
    row = year(clerk, "foi")
    assert (row["closed"], row["ended_in_time"], row["overwritten"]) == (1, 1, 0)


def test_an_insurer(clerk: Clerk, tmp_path: Path) -> None:
    """Quoted, invoiced and paid before anything leaves; a person who asks for themselves is told that it is free."""
    basis = ("--lawful-basis", "UK GDPR Art 6(1)(f)", "--purpose", "a claim", "--identity", "letter of authority")
    clerk.does("request", "new", INSURER, "--kind", "third-party", *WHO, *basis, *WINDOW)
    clerk.does("request", "record", INSURER, "searched", *SEARCH)
    record = ("request", "record", INSURER)
    assert "amount in pounds" in clerk.is_refused(2, *record, "fee-quoted")
    clerk.does(*record, "fee-quoted", "--amount", "210")
    letter = one_line(clerk.does("letter", INSURER))
    assert "The fee is 210 pounds. It was quoted on" in letter
    assert "does not mean that we have decided to disclose anything" in letter
    assert "not invoiced yet" in clerk.is_refused(2, *record, "fee-paid")
    clerk.does(*record, "fee-invoiced", "--amount", "210")
    [clip] = clerk.reads("request", "show", FOI)["clips"]
    master = clerk.home / "masters" / clip["sha256"] / clip["name"]
    clerk.does("request", "attach", INSURER, master, "--camera", "Camera 4", "--starts", WINDOW[1])
    clerk.does("scan", INSURER)
    clerk.does("render", INSURER)
    assert clerk.asks_another("approve", INSURER, "--watched").returncode == 0
    assert "a fee was asked for" in clerk.is_refused(7, "release", INSURER, "-o", tmp_path)
    clerk.does(*record, "fee-paid", "--note", "by transfer")
    assert "A fee of 210 pounds was paid on" in clerk.does("request", "show", INSURER)
    assert "letter or report has changed since" in clerk.is_refused(7, "release", INSURER, "-o", tmp_path)
    assert clerk.asks_another("approve", INSURER, "--watched").returncode == 0
    clerk.does("release", INSURER, "-o", tmp_path)
    assert "UK GDPR Art 6(1)(f)" in (tmp_path / f"{INSURER}_copy-1" / "letter.txt").read_text()
    clerk.does("request", "close", INSURER)
    clerk.does("request", "new", ASKED, "--kind", "sar", *WHO, *WINDOW)
    said = clerk.is_refused(2, "request", "record", ASKED, "fee-asked", "--amount", "10")
    assert "subject access request, which is free" in said
    excess = ("--ground", "excessive", "--note", "the ninth request for the same minute")
    paid = clerk.reads("request", "record", ASKED, "fee-asked", "--amount", "10", *excess)
    assert paid["clock"]["waiting_for"] == "fee"
    waived = clerk.reads("request", "record", ASKED, "fee-waived", "--note", "it was not excessive after all")
    assert waived["clock"]["due"]
    no = ("request", "refuse", ASKED, "--exemption")
    assert "is no ground on which" in clerk.is_refused(2, *no, "foi-cost-limit", "--reason", "dear")
    clerk.does(*no, "no-data-held", "--reason", "nothing was found")
    csv = clerk.does("request", "statistics", DAY.year, "--format", "csv").splitlines()
    assert csv[0].endswith(",refused: no-data-held")
    assert year(clerk, "sar")["refused_by"] == {"no-data-held": 1}
    assert "Refused under" in clerk.does("request", "statistics", DAY.year)
