"""Pictures over HTTP: for whoever said why they look, of that clip alone, and none for anybody else."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import date, timedelta
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from desks import ORIGIN, Browser, new_desk, red_squares
from lookers import REF, address, clip_in, copied, looks_at
from masters import read
from numbered import HEIGHT, MAKES, WIDTH, number_in, number_of, numbered

from redact.case.purging import items, purge
from redact.case.steps import close_request
from redact.governance.office import Office
from redact.request.model import parse_span
from redact.review.access.persons import Persons
from redact.review.desk import Desk, Settings
from redact.review.pictures.pictures import Pictures
from redact.review.pictures.proxy import LANDMARKS, PROXY, proxied
from redact.review.pictures.sound import SOUND
from redact.video.decode import decode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from redact.governance.register.register import ClipRow

FRAMES = 60


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, ClipRow, ClipRow]]:
    """Records with two cases, one with a numbered clip and one with a corridor of which a copy was made."""
    folder = tmp_path_factory.mktemp("case")
    home = folder / "home"
    new_desk(home).close()
    clip = numbered(folder, MAKES[1], FRAMES)
    row = clip_in(home, folder, clip.path)
    hall = clip_in(home, folder, reference="SAR-2")
    copied(home, hall, "SAR-2", span=parse_span("0.4-1.6"))
    yield home, row, hall
    shutil.rmtree(Persons().folder, ignore_errors=True)


@pytest.fixture
def browser(case: tuple[Path, ClipRow, ClipRow]) -> Iterator[Browser]:
    """The browser of whoever runs the server, signed in, who has said why they look at both clips."""
    home, row, hall = case
    with closing(Desk(home, red_squares, Settings(frozenset({ORIGIN})))) as desk:
        browser = Browser(desk).signs_in()
        looks_at(browser, row)
        looks_at(browser, hall, "SAR-2")
        yield browser


def test_every_frame_is_shown_by_its_index(browser: Browser, case: tuple[Path, ClipRow, ClipRow]) -> None:
    """Each is the one that its number says, by the table of times that the page has; it is not to be kept."""
    _, row, _ = case
    facts = browser.get(address(row, "timeline")).json()
    assert (facts["frames"], len(facts["times_us"]), facts["damaged"]) == (FRAMES, FRAMES, [])
    assert facts["times_us"][:3] == [0, 40_000, 80_000]
    for index in (0, 59, 31, 30, 29, 12, 58):
        answer = browser.get(address(row, f"frames/{index}?width=160"))
        assert (answer.status_code, answer.headers["x-frame"]) == (200, str(index))
        assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/jpeg", "no-store")
        assert number_in(answer.content) == index


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        ("frames/60", 404),
        ("frames/-1", 400),
        ("frames/99999999999", 400),
        ("frames/1.5", 400),
        ("frames/1?width=0", 400),
        ("frames/1?width=100000", 400),
        ("frames/1?of=other", 400),
        ("frames/1?of=copy", 404),
        ("proxy", 404),
    ],
)
def test_there_is_no_other_frame(browser: Browser, case: tuple[Path, ClipRow, ClipRow], rest: str, status: int) -> None:
    """What lies outside the clip is refused with a sentence, and nothing shown instead."""
    answer = browser.get(address(case[1], rest))
    assert answer.status_code == status
    assert answer.json()["message"]


@pytest.mark.parametrize("rest", ["timeline", "frames/0", "frames/0?of=copy", "preview/0", "proxy", "proxy/table"])
def test_nobody_is_shown_a_picture_without_a_reason(case: tuple[Path, ClipRow, ClipRow], rest: str) -> None:
    """Nor of a clip of another case, nor without a session."""
    home, row, _ = case
    with closing(Desk(home, red_squares, Settings(frozenset({ORIGIN})))) as desk:
        browser = Browser(desk)
        assert browser.get(address(row, rest)).status_code == 401
        browser.signs_in()
        refused = browser.get(address(row, rest))
        assert (refused.status_code, refused.json()["code"]) == (428, "reason-needed")
        looks_at(browser, row)
        assert browser.get(address(row, rest, "SAR-2")).status_code == 404
        assert browser.get(address(row, rest, "SAR-3")).status_code == 404


def test_the_copy_is_shown_by_the_frames_of_the_master(browser: Browser, case: tuple[Path, ClipRow, ClipRow]) -> None:
    """A frame of the copy stands for that frame of the master, with its strip; outside it there is none."""
    _, _, hall = case
    table = browser.get(address(hall, "proxy/table?of=copy", "SAR-2")).json()
    assert (table["first"], len(table["times_us"]), table["times_us"][0]) == (10, 30, 0)
    assert browser.get(address(hall, "frames/9?of=copy", "SAR-2")).status_code == 404
    assert browser.get(address(hall, "frames/40?of=copy", "SAR-2")).status_code == 404
    for index in (10, 39, 25):
        master, copy = (
            picture_of(browser.get(address(hall, f"frames/{index}?of={of}", "SAR-2")).content)
            for of in ("master", "copy")
        )
        assert copy.shape[0] > master.shape[0]
        wall = np.abs(copy[:50, :240].astype(int) - master[:50, :240].astype(int))
        assert wall.mean() < 6
        cloth = (slice(64, 112), slice(24 + 3 * index, 72 + 3 * index))
        assert redness(master[cloth]) > 60
        assert redness(copy[cloth]) < 10


def test_the_small_copy_has_every_frame(browser: Browser, case: tuple[Path, ClipRow, ClipRow]) -> None:
    """It has the same frames in the same order, is as private as a master, and is served in parts."""
    home, row, _ = case
    with Office.open(home) as office:
        path = proxied(office, REF, row)
        assert proxied(office, REF, row) == path
    assert [path.name, (path.parent / LANDMARKS).is_file()] == [PROXY, True]
    assert path.stat().st_mode & 0o077 == 0
    played = read(path)
    assert [number_in_small(frame.planes[0]) for frame in decode(played)] == list(range(FRAMES))
    table = browser.get(address(row, "proxy/table")).json()["times_us"]
    assert [round(float(played.seconds(index)) * 1e6) for index in range(FRAMES)] == table
    answer = browser.get(address(row, "proxy"), headers={"range": "bytes=0-99"})
    assert (answer.status_code, len(answer.content), answer.headers["content-type"]) == (206, 100, "video/mp4")
    assert answer.content == path.read_bytes()[:100]
    assert [number_in(browser.get(address(row, f"frames/{index}")).content) for index in (44, 7)] == [44, 7]


def test_a_preview_is_painted_as_the_copy_is(browser: Browser, case: tuple[Path, ClipRow, ClipRow]) -> None:
    """What the copy hides is hidden before there is one, in any style; the rest is as in the master, and px are px."""
    _, row, hall = case
    for index, style in ((20, "fill"), (49, "blur"), (3, "pixelate")):
        shown, master, copy = (
            picture_of(browser.get(address(hall, rest, "SAR-2")).content)
            for rest in (f"preview/{index}?style={style}", f"frames/{index}", "frames/20?of=copy")
        )
        cloth = (slice(64, 112), slice(24 + 3 * index, 72 + 3 * index))
        assert shown.shape == master.shape
        assert redness(master[cloth]) > 60
        assert shown[cloth].std(axis=(0, 1)).max() < master[cloth].std(axis=(0, 1)).max() / 2
        assert style == "pixelate" or redness(shown[cloth]) < 10
        assert np.abs(shown[:50, :200].astype(int) - master[:50, :200]).mean() < 1
        if style == "fill":
            assert np.abs(shown.astype(int) - copy[: len(shown)]).mean() < 4
    answer = browser.get(address(row, "preview/11?width=80"))
    assert (answer.status_code, answer.headers["x-frame"], number_in(answer.content)) == (200, "11", 11)
    assert browser.get(address(row, "preview/11?style=clear")).status_code == 400
    assert browser.get(address(row, f"preview/{FRAMES}")).status_code == 404


def redness(part: NDArray[np.uint8]) -> float:
    """How much more red than blue PART is."""
    return float((part[..., 2].astype(int) - part[..., 0]).mean())


def picture_of(data: bytes) -> NDArray[np.uint8]:
    """Decode a JPEG: (h, w, 3) BGR."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def number_in_small(luma: NDArray[np.uint8]) -> int:
    """Read the number in a picture of the small copy."""
    return number_of(np.asarray(cv2.resize(luma, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8))


def test_a_purge_takes_what_shows_people(desk: Desk, tmp_path: Path) -> None:
    """The small copy, the landmarks and the sound go with the footage, and so does what the server has in memory."""
    row, browser = clip_in(desk.home, tmp_path), Browser(desk).signs_in()
    looks_at(browser, row)
    with Office.open(desk.home) as office:
        folder = proxied(office, REF, row).parent
    assert {PROXY, LANDMARKS, SOUND} <= {path.name for path in folder.iterdir()}
    assert browser.get(address(row, "frames/7")).status_code == 200
    frames = desk.part(Pictures).frames
    assert frames.held_bytes > 0
    later = date.today() + timedelta(400)  # noqa: DTZ011  the day where the organisation is
    with Office.open(desk.home) as office:
        close_request(office, REF, "withdrawn", "", None)
        wanted = [item for item in items(office, later) if item.what == "footage"]
        assert len(list(purge(office, wanted, later))) == 1
    assert not folder.exists()
    assert browser.get(address(row, "frames/7")).status_code in {400, 403, 404, 422}
    assert frames.held_bytes == 0
