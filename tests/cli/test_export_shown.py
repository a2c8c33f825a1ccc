"""Until when footage can be exported: in what is due, in the list and in a request, as commands show it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from clerk import Clerk
from corridor import corridor

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date.today()  # noqa: DTZ011  the day where the organisation is
CAMERAS = """
[cameras."Camera 1"]
site = "Example House"
retention_days = 7
[cameras."Camera 4"]
owner = "Example Housing"
approvers = ["root"]
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """Records with two cameras."""
    clerk = Clerk.at_new_desk(tmp_path_factory.mktemp("desk") / "home")
    file = clerk.home / "organisation.toml"
    clerk.says(file.read_text() + CAMERAS.replace("root", _account(file)))
    return clerk


def _account(file: Path) -> str:
    """Give the first account of the organisation's FILE."""
    line = next(line for line in file.read_text().splitlines() if line.startswith("[people."))
    return line.removeprefix("[people.").removesuffix("]").strip('"')


@pytest.fixture
def clerk(desk: Clerk, tmp_path: Path) -> Clerk:
    """The same, for one test."""
    return desk.moved_to(tmp_path / "home")


def asked(clerk: Clerk, reference: str, days_ago: int, camera: str = "Camera 4") -> None:
    """Record a request for a minute of an afternoon, so many DAYS_AGO."""
    day = TODAY - timedelta(days_ago)
    window = ("--from", f"{day}T14:00:00", "--to", f"{day}T14:01:00")
    clerk.does("request", "new", reference, "--kind", "sar", "--requester", "A. Example", *window, "--camera", camera)


@pytest.mark.parametrize("days", range(1, 41))
def test_opened_on_any_day_the_last_one_is_right(clerk: Clerk, days: int) -> None:
    """Of thirty: from 14:00 of the thirtieth day it goes, so the day before is the last whole one."""
    asked(clerk, "SAR-1", days)
    [row] = clerk.reads("request", "due")
    last = TODAY - timedelta(days) + timedelta(29)
    assert row["export_by"] == last.isoformat()
    assert row["export_days"] == 29 - days
    assert row["export"] == ("runs" if days <= 29 else "passed")
    [listed] = clerk.reads("request", "list")
    assert (listed["export_by"], listed["export"]) == (row["export_by"], row["export"])


def test_the_sooner_day_decides_what_stands_first(clerk: Clerk) -> None:
    """A camera that keeps a week goes before one that keeps thirty days, and before the law's month."""
    asked(clerk, "SAR-1", 3)
    asked(clerk, "SAR-2", 3, "camera  1")
    assert [row["reference"] for row in clerk.reads("request", "due")] == ["SAR-2", "SAR-1"]
    assert [row["reference"] for row in clerk.reads("request", "due", "--within", "3")] == ["SAR-2"]
    said = clerk.does("request", "due")
    assert "Export by" in said
    assert "runs" in said
    assert "The last whole day to export it is" in clerk.does("request", "show", "SAR-2")


def test_a_shorter_time_in_the_file_counts_at_once(clerk: Clerk) -> None:
    """For requests that are open already: a recorder that is set to less forgets sooner."""
    asked(clerk, "SAR-1", 3)
    file = clerk.home / "organisation.toml"
    clerk.says(file.read_text().replace('owner = "Example Housing"', "retention_days = 2"))
    [row] = clerk.reads("request", "due")
    assert (row["export"], row["export_days"]) == ("passed", -2)


def test_it_is_settled_by_footage_and_by_a_search_in_vain(clerk: Clerk, tmp_path: Path) -> None:
    """Footage of another hour settles nothing, nor does a search that found something."""
    asked(clerk, "SAR-1", 3)
    day = TODAY - timedelta(3)
    search = ("--camera", "Camera 4", "--from", f"{day}T13:00:00", "--to", f"{day}T15:00:00")
    clerk.does("request", "record", "SAR-1", "searched", *search, "--note", "one clip")
    footage = corridor(tmp_path / "cam4.mp4")
    clerk.does("request", "attach", "SAR-1", footage, "--camera", "Camera 4", "--starts", f"{day}T16:00:00")
    assert clerk.reads("request", "due")[0]["export"] == "runs"
    clerk.does("request", "attach", "SAR-1", footage, "--camera", "Camera 4", "--starts", f"{day}T14:00:00")
    shown = clerk.reads("request", "show", "SAR-1")["export"]
    assert shown["standing"] == "runs"
    assert "a part is not here yet" in shown["why"][0]
    clerk.does("request", "record", "SAR-1", "searched", *search, "--nothing")
    [row] = clerk.reads("request", "due")
    assert (row["export"], row["export_by"], row["export_days"]) == ("done", None, None)


def test_nothing_is_of_a_search(clerk: Clerk) -> None:
    """Of anything else it is refused, and not lost."""
    asked(clerk, "SAR-1", 3)
    assert "--nothing are of a search" in clerk.is_refused(2, "request", "record", "SAR-1", "fee-asked", "--nothing")


def test_cameras_are_listed(clerk: Clerk) -> None:
    """With how long each keeps footage, and who may approve it."""
    first, second = clerk.reads("request", "cameras")
    assert (first["name"], first["retention_days"], first["approvers"]) == ("Camera 1", 7, "whoever may approve")
    assert (second["owner"], second["retention_days"], second["approvers"]) == ("Example Housing", 30, "A. Example")
    assert "Example House" in clerk.does("request", "cameras")


def test_two_cameras_that_are_one_are_refused(clerk: Clerk) -> None:
    """So is somebody who may approve nothing."""
    file = clerk.home / "organisation.toml"
    text = file.read_text()
    clerk.says(text + '[cameras."camera  4"]\n')
    assert "are one camera" in clerk.is_refused(2, "request", "list")
    clerk.says(text.replace("approvers = [", 'approvers = ["nobody", '))
    assert "nobody may approve nothing" in clerk.is_refused(2, "request", "list")
