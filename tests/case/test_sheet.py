"""What somebody looks at who decides: every look is on record first, and the page is open to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from cases import REF, age, as_user, denied, only

from redact.case.sheet import subject_page, viewed
from redact.case.steps import close_request
from redact.detect.colours import colours_of
from redact.errors import NotPermitted, UsageProblem
from redact.governance.ledger.events import EventKind

if TYPE_CHECKING:
    from redact.governance.office import Office

pytest_plugins = ("stages",)

WHY = "to find the requester"


def looks(office: Office) -> list[tuple[str, str]]:
    """List who looked at what."""
    return [(event.by, event.data["what"]) for event in office.register.events(kinds=(EventKind.VIEWED,))]


def test_everyone_is_shown_with_what_was_decided(ruled: Office) -> None:
    """Two people with a picture each; whoever is not decided on is hidden."""
    page, rows = subject_page(as_user(ruled, "reviewer"), REF, only(ruled), WHY)
    assert sorted(row["verdict"] for row in rows) == ["no: hidden", "visible (data-subject)"]
    assert page.read_text().count("data:image/jpeg;base64,") == 2
    assert "RESTRICTED" in page.read_text()
    assert page.stat().st_mode & 0o077 == 0
    assert looks(ruled) == [("reviewer", "subjects")]


def test_a_photograph_says_how_likely_each_is_they(ruled: Office) -> None:
    """Beside each, never instead of a decision; without one nothing is said of it."""
    clip = only(ruled)
    page, rows = subject_page(ruled, REF, clip, WHY)
    assert all("likely" not in row for row in rows)
    assert "photograph" not in page.read_text()
    red = np.full((120, 60, 3), (180, 60, 60), np.uint8)
    looks = colours_of(red, np.array([[0, 0, 60, 120]], np.float32))[0]
    page, likely = subject_page(ruled, REF, clip, WHY, looks)
    assert [row["verdict"] for row in likely] == [row["verdict"] for row in rows]
    assert all(0 < row["likely"] < 1 for row in likely)
    assert sum(row["likely"] for row in likely) <= 1
    assert page.read_text().count("Clothes as on the photograph:") == len(rows)
    assert "Taken on another day, it says nothing." in page.read_text()


@pytest.mark.parametrize("user", ["stranger"])
def test_whoever_may_not_view_makes_no_page(ruled: Office, user: str) -> None:
    """It is refused before anything is read, once."""
    for look in (
        lambda: subject_page(as_user(ruled, user), REF, only(ruled), WHY),
        lambda: viewed(as_user(ruled, user), REF, only(ruled), "master", WHY),
    ):
        with pytest.raises(NotPermitted, match="may not view footage"):
            look()
    assert len(denied(ruled)) == 2
    assert looks(ruled) == []
    assert not list(ruled.home.rglob("subjects.html"))


def test_a_clip_that_was_not_scanned_has_no_page(taken_in: Office) -> None:
    """No look is recorded that nobody had."""
    with pytest.raises(UsageProblem, match="was not scanned"):
        subject_page(taken_in, REF, only(taken_in), WHY)
    with pytest.raises(UsageProblem, match="There is no subjects of"):
        viewed(taken_in, REF, only(taken_in), "subjects", WHY)
    assert looks(taken_in) == []


def test_a_look_needs_a_reason(ruled: Office) -> None:
    """Without one there is no page."""
    with pytest.raises(UsageProblem, match="justification"):
        subject_page(ruled, REF, only(ruled), "why not")
    assert not list(ruled.home.rglob("subjects.html"))


def test_an_ended_request_has_no_new_page(ruled: Office) -> None:
    """Pictures would come back after the working copies were purged."""
    close_request(ruled, REF, "withdrawn", "", None)
    with pytest.raises(NotPermitted, match="was closed"):
        subject_page(ruled, REF, only(ruled), WHY)
    age(ruled, 40)
    with pytest.raises(NotPermitted, match="may not be used"):
        viewed(ruled, REF, only(ruled), "master", WHY)
    assert len(denied(ruled)) == 2


@pytest.mark.parametrize(
    ("what", "name"),
    [("master", "cam4.mp4"), ("copy", "redacted.mp4"), ("operators-report", "operator.html"), ("subjects", ".html")],
)
def test_a_look_says_where_to_look(made: Office, what: str, name: str) -> None:
    """And each is on record."""
    subject_page(made, REF, only(made), WHY)
    assert viewed(made, REF, only(made), what, WHY).name.endswith(name)
    assert looks(made) == [(made.user, "subjects"), (made.user, what)]
