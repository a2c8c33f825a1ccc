"""redact retention: what is kept, what is held, and what is deleted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from clerk import Clerk
from corridor import corridor

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date.today()  # noqa: DTZ011  the day where the organisation is
NEXT_YEAR = TODAY + timedelta(days=365)
LONG_AGO = TODAY - timedelta(days=60)
REF = "SAR-2026-0142"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """A request with footage of two months ago."""
    place = tmp_path_factory.mktemp("desk")
    clip = corridor(place / "cam4.mp4")
    clerk = Clerk.at_new_desk(place / "home")
    clerk.does("request", "new", REF, "--kind", "sar", "--requester", "A. Example")
    clerk.does("request", "attach", REF, clip, "--starts", f"{LONG_AGO}T14:00:00")
    return clerk


@pytest.fixture
def clerk(desk: Clerk, tmp_path: Path) -> Clerk:
    """The same, for one test."""
    return desk.moved_to(tmp_path / "home")


def digest_of(clerk: Clerk) -> str:
    """The clip's SHA-256."""
    return str(clerk.reads("request", "show", REF)["clips"][0]["sha256"])


def masters(clerk: Clerk) -> list[Path]:
    """The masters that are on the disk."""
    return list((clerk.home / "masters").rglob("*.mp4"))


def test_what_an_open_request_needs_is_kept_however_old(clerk: Clerk) -> None:
    """The table says why, within the width of a terminal; the document has the same."""
    table = clerk.does("retention", "list")
    assert f"Kept: the open request {REF}" in " ".join(table.split())
    assert max(map(len, table.splitlines())) <= 100
    document = clerk.reads("retention", "list")
    assert set(document) == {"kept", "holds"}
    assert set(document["kept"][0]) == {"what", "name", "until", "due", "reason", "reference", "sha256"}
    assert clerk.does("retention", "list", "--due") == "Nothing is past its time.\n"
    assert clerk.does("retention", "purge", "--yes") == "Nothing is past its time.\n"
    said = clerk.is_refused(7, "retention", "purge", "--clip", digest_of(clerk)[:12], "--yes")
    assert f"may not be purged: the open request {REF} keeps it." in said
    assert len(masters(clerk)) == 1


def test_a_purge_lists_first_and_deletes_when_told(clerk: Clerk) -> None:
    """What it deleted is gone from the disk, and its digests are on record."""
    digest = digest_of(clerk)
    clerk.does("request", "close", REF, "--outcome", "withdrawn")
    assert "redact retention purge" in clerk.does("retention", "list")
    said = clerk.does("retention", "purge")
    assert said.endswith("Nothing was deleted. Delete it: redact retention purge --yes\n")
    assert clerk.reads("retention", "purge")["deleted"] is False
    assert clerk.reads("retention", "purge", "--what", "release")["items"] == []
    assert len(masters(clerk)) == 1
    document = clerk.reads("retention", "purge", "--yes")
    assert document["deleted"] is True
    (item,) = document["items"]
    assert (item["what"], item["sha256"], item["files"] > 0, item["bytes"] > 0) == ("footage", digest, True, True)
    assert masters(clerk) == []
    assert clerk.reads("log", "verify")["holds"] is True
    (purged,) = (one for one in clerk.reads("log", "show") if one["kind"] == "purged")
    assert purged["data"]["files"]


def test_what_is_held_is_not_purged_until_somebody_lifts_it(clerk: Clerk) -> None:
    """By its name in the request, or by its digest."""
    held = clerk.reads(
        *("retention", "hold", "cam4.mp4", "--request", REF, "--reason", "a fall", "--review", NEXT_YEAR)
    )
    assert set(held) == {"hold", "clip", "sha256", "review"}
    clerk.does("request", "close", REF, "--outcome", "withdrawn")
    said = clerk.is_refused(7, "retention", "purge", "--clip", held["sha256"][:12], "--yes")
    assert "may not be purged: the hold (a fall; " in said
    assert "The DPO lifts a hold that is no longer needed: redact retention lift" in said
    assert clerk.does("retention", "purge", "--yes") == "Nothing is past its time.\n"
    assert held["hold"] in clerk.does("retention", "list")
    assert clerk.reads("retention", "list")["holds"][0]["reason"] == "a fall"
    lifted = clerk.reads("retention", "lift", held["hold"], "--why", "the claim was settled")
    assert lifted == {"hold": held["hold"], "lifted": True}
    assert "There is no hold" in clerk.is_refused(2, "retention", "lift", held["hold"], "--why", "again")
    assert len(clerk.reads("retention", "purge", "--clip", held["sha256"][:12], "--yes")["items"]) == 1


def test_a_hold_says_how_it_ends(clerk: Clerk) -> None:
    """With the command; a review is on a day to come."""
    words = ("retention", "hold", digest_of(clerk)[:12], "--reason", "a fall", "--review")
    said = clerk.does(*words, NEXT_YEAR)
    assert f"cam4.mp4 is held until somebody lifts it; look again on {NEXT_YEAR}.\n" in said
    assert "redact retention lift h" in said
    assert "on a day to come" in clerk.is_refused(7, *words, LONG_AGO)


def test_a_role_that_may_not_purge_is_told_so_before_anything_is_looked_at(clerk: Clerk) -> None:
    """Even where nothing would be deleted."""
    clerk.is_only("operator")
    assert "may not purge footage" in clerk.is_refused(7, "retention", "purge")
    assert "may not lift a hold" in clerk.is_refused(7, "retention", "lift", "h1", "--why", "settled")
