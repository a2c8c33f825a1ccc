"""Desks and browsers for the tests of the page."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from desks import Browser, new_desk

from redact.review.access.persons import Persons

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from redact.review.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Records of two people, served."""
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
    return Browser(desk).signs_in("b.example")
