"""A browser, and the servers that it is before, for tests of the page."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from browsers import Hand, Served, begun, chromium, served
from desks import new_desk
from lookers import clip_in
from sitters import REF, signed_in

from redact.review.access.persons import Persons
from redact.user import user_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from redact.governance.register.register import ClipRow


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    """A browser."""
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, ClipRow]]:
    """A server that finds red cloth in the place of people, and a clip in which that was done."""
    folder = tmp_path_factory.mktemp("served")
    home = folder / "home"
    new_desk(home).close()
    row = clip_in(home, folder, reference=REF)
    one = begun(home, ("-m", "reds"))
    yield one, row
    one.stop()
    shutil.rmtree(Persons().folder, ignore_errors=True)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Served]:
    """A server as the command starts it, of records that were set up just now."""
    with served(tmp_path / "home") as one:
        yield one


@pytest.fixture
def hand(server: tuple[Served, ClipRow], window: Browser) -> Iterator[Hand]:
    """The DPO, before the first page; afterwards nothing went wrong in it."""
    one = signed_in(server[0], window, user_name())
    yield one
    one.page.context.close()
    assert one.problems == []
