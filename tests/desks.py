"""A page in a test: records that are set up for two people, and browsers of those who sign in."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from people import PASSPHRASE, enrol
from starlette.testclient import TestClient

from redact.governance.founding import set_up
from redact.governance.office import Office
from redact.governance.rules.organisation import FILE
from redact.review.access.persons import Persons
from redact.review.desk import Desk, Settings
from redact.user import user_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from redact.records.kinds import Kind
    from redact.records.tracks import Detector

__all__ = ["ORIGIN", "SECOND", "Browser", "browser", "desk", "new_desk", "red_squares", "second"]

ORIGIN = "http://127.0.0.1:8765"
SECOND = "b.example"
"""Account of the second person, who approves; the first is the DPO, and whoever runs the tests."""

PEOPLE = f'\n[people."{SECOND}"]\nname = "B. Example"\nroles = ["approver", "operator"]\n'


def red_squares(kinds: Iterable[Kind], *, keeping: bool = False) -> tuple[Detector, ...]:
    """Load what finds red squares: a loader, as a function of a module."""
    from corridor import RedSquare  # noqa: PLC0415  loads OpenCV

    del kinds, keeping
    return (RedSquare(),)


def new_desk(home: Path, **settings: Any) -> Desk:
    """Set records up in HOME, with two people whose keys are on record, and give a desk that serves them."""
    path = set_up(home, "Example Housing", "A. Example")
    (home / FILE).write_text(path.read_text().replace("[letters]", '[letters]\ncontact = "dpo@example.org"') + PEOPLE)
    desk = Desk(home, red_squares, Settings(frozenset({ORIGIN}), **settings))
    with Office.open(home) as office:
        enrol(office, desk.persons.make(SECOND, PASSPHRASE.encode()))
    return desk


class Browser(TestClient):
    """Somebody's browser, which does what browsers do."""

    def __init__(self, desk: Desk) -> None:
        """Open it, at the page that DESK serves."""
        from redact.review.app import make_app  # noqa: PLC0415  loads the engine

        super().__init__(make_app(desk), base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=False)
        self.headers |= {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
        self.desk = desk

    def signs_in(self, account: str = "", passphrase: str = PASSPHRASE) -> Browser:
        """Sign ACCOUNT in, by default whoever runs the server, and give the browser."""
        answer = self.post("/api/sign-in", json={"account": account or user_name(), "passphrase": passphrase})
        assert answer.status_code == 200, answer.text
        self.headers["x-csrf-token"] = answer.json()["csrf"]
        return self


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Records of two people, served; workers find what the tests load."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    made = new_desk(tmp_path / "home")
    yield made
    made.close()
    shutil.rmtree(Persons().folder)


@pytest.fixture
def browser(desk: Desk) -> Browser:
    """The browser of whoever runs the server, who is the DPO, signed in."""
    return Browser(desk).signs_in()


@pytest.fixture
def second(desk: Desk) -> Browser:
    """The browser of the second person, signed in."""
    return Browser(desk).signs_in(SECOND)
