"""Where to look first, and who has looked: an order and no measurement, and a record for whoever approves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from cases import REF, SHOW, approved, as_user, denied, only, released, rendered
from corridor import RedSquare

from redact.case.correcting import Wish, correct
from redact.case.deciding import decide
from redact.case.footage import scan_clip
from redact.case.looking import look, looks, spent, worklist
from redact.case.planning import present, risks_now
from redact.case.since import Since
from redact.case.steps import close_request
from redact.errors import NotPermitted, UsageProblem
from redact.governance.ledger.events import EventKind
from redact.records.drawn import Drawing

if TYPE_CHECKING:
    from redact.case.looking import Item
    from redact.governance.office import Office
    from redact.records.tracks import Detections, FrameBatch

pytest_plugins = ("stages",)


class Unsure(RedSquare):
    """Finds squares of red cloth, and is not sure of any."""

    name, digest = "unsure", "e" * 64

    def __call__(self, batch: FrameBatch) -> Detections:
        """The squares, with low scores."""
        found = super().__call__(batch)
        return replace(found, score=np.full(len(found), 0.3, np.float32))


@pytest.fixture
def risky(seen: Office) -> Office:
    """A case in whose clip nobody was found with confidence."""
    scan_clip(seen, REF, only(seen), [Unsure()])
    return seen


def listed(office: Office) -> tuple[Item, ...]:
    """Give the list now."""
    return worklist(office, present(office, REF, only(office)))


def test_the_riskiest_seconds_come_first(risky: Office) -> None:
    """Each with a frame in it, its reasons, and a name that it keeps."""
    items = [item for item in listed(risky) if item.kind == "risk"]
    risks = {risk.second: risk for risk in risks_now(present(risky, REF, only(risky)))}
    assert items
    assert [item.score for item in items] == sorted((item.score for item in items), reverse=True)
    for item in items:
        assert (item.id, item.looked) == (f"risk-{item.second}", ())
        assert (item.score, item.reasons) == (risks[item.second].score, risks[item.second].reasons)
        assert item.second <= item.frame / 25 < item.second + 1


def test_a_look_is_on_record_with_who_and_how_long(risky: Office) -> None:
    """Two people at the same place are both on record; the time of one go is shared among its places."""
    items = [item.id for item in listed(risky)]
    look(risky, REF, only(risky), items, 30.0)
    look(as_user(risky, "approver"), REF, only(risky), items[:1], 12.5)
    (first, *_) = listed(risky)
    assert [(one.by, one.seconds) for one in first.looked] == [
        (risky.user, pytest.approx(30 / len(items))),
        ("approver", 12.5),
    ]
    assert {(one.by, one.seconds, one.items) for one in spent(risky, REF)} == {
        (risky.user, 30.0, len(items)),
        ("approver", 12.5, 1),
    }
    assert spent(risky, REF, only(risky)) == spent(risky, REF)
    assert len(risky.register.events(kinds=(EventKind.LOOKED,))) == 2


def test_what_was_looked_at_stays_so_when_something_is_drawn(risky: Office) -> None:
    """The name of a place is its second, whatever becomes of its score."""
    (first, *_) = listed(risky)
    look(risky, REF, only(risky), [first.id], 5.0)
    correct(risky, REF, only(risky), Wish(Drawing.HIDE, 0, 49, ((0, (0, 0, 40, 40)),)), "a window into a flat")
    assert first.id in looks(risky, REF, only(risky))


def test_nobody_looked_for_longer_than_they_could(risky: Office) -> None:
    """What counts is the time since the clip was opened to them, once: another go has only what is left of it."""
    opened = datetime.now(UTC) - timedelta(seconds=100)
    for seconds in (60.0, 3600.0, 5.0):
        look(risky, REF, only(risky), ["risk-0"], seconds, opened.isoformat())
    (one,) = spent(risky, REF)
    assert 99 < one.seconds <= (datetime.now(UTC) - opened).total_seconds()


def test_a_look_that_is_sent_twice_is_one(risky: Office) -> None:
    """Its answer was lost on the way."""
    since = Since(0, "a" * 32)
    for _ in range(2):
        look(risky, REF, only(risky), ["risk-0"], 3.0, since=since)
    (one,) = spent(risky, REF)
    assert (one.seconds, one.items) == (3.0, 1)


@pytest.mark.parametrize(
    ("items", "seconds"),
    [
        ([], 1.0),
        (["risk-0"], -1.0),
        (["risk-0"], 1e9),
        (["watched-0"], 1.0),
        (["risk-0/../1"], 1.0),
        (["x"] * 501, 1.0),
    ],
)
def test_what_is_no_look_is_not_recorded(risky: Office, items: list[str], seconds: float) -> None:
    """It is said in a sentence."""
    with pytest.raises(UsageProblem, match="A look is at 1 to"):
        look(risky, REF, only(risky), items, seconds)
    assert spent(risky, REF) == ()


def test_whoever_may_not_view_looks_at_nothing(risky: Office) -> None:
    """And nobody does once the request is closed."""
    with pytest.raises(NotPermitted, match="may not view"):
        look(as_user(risky, "stranger"), REF, only(risky), ["risk-0"], 1.0)
    close_request(risky, REF, "withdrawn", "", None)
    with pytest.raises(NotPermitted, match="was closed"):
        look(risky, REF, only(risky), ["risk-0"], 1.0)
    assert len(denied(risky)) == 2


def test_the_internal_report_says_who_looked_and_what_was_drawn(seen: Office) -> None:
    """With names, minutes and reasons; what is sent says neither."""
    scan_clip(seen, REF, only(seen), [RedSquare()])
    decide(seen, REF, only(seen), ["00:00.4@70,90"], SHOW)
    correct(seen, REF, only(seen), Wish(Drawing.HIDE, 0, 9, ((0, (0, 0, 40, 40)),)), "a window into a flat")
    look(as_user(seen, "reviewer"), REF, only(seen), ["risk-0", "risk-1"], 90.0)
    rendered(seen)
    approved(seen)
    left = released(seen, seen.home / "out")
    internal = left.internal.read_text()
    assert "C. Example" in internal
    assert "1.5" in internal
    assert "a window into a flat" in internal
    assert "a region hidden, frames 0 to 9" in internal
    for path in left.package.path.iterdir():
        assert b"a window into a flat" not in path.read_bytes()
