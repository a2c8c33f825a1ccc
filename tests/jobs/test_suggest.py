"""A photograph suggests whom to point at, and makes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from clothes import BLUE, GREEN, RED, WALL, Clothes, dressed, street

from cli import run as command
from cli.main import redact
from redact.decide.points import named
from redact.detect.scan import scan
from redact.jobs.options import Options
from redact.jobs.suggest import only_suggested, suggestions
from redact.jobs.work import loaded
from redact.request.model import parse_keep
from redact.track.people import people

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redact.records.kinds import Kind

Colour = tuple[int, int, int]

YELLOW = (230, 220, 60)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people, one in red and blue, one in green and red."""
    return street(tmp_path_factory.mktemp("master") / "street.mp4")


def photograph(folder: Path, coat: Colour, trousers: Colour, name: str = "photo.png") -> Path:
    """Write a photograph of somebody in COAT and TROUSERS into FOLDER."""
    rgb = np.full((400, 300, 3), WALL, np.uint8)
    dressed(rgb, (110, 60, 190, 340), coat, trousers)
    cv2.imwrite(str(folder / name), rgb[..., ::-1])
    return folder / name


def find_clothes(kinds: Iterable[Kind], *, keeping: bool = False) -> tuple[Clothes, ...]:
    """Load what finds people by their clothes."""
    del kinds
    assert keeping
    return (Clothes(),)


def keep(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> Result:
    """Call `redact run` with ARGUMENTS, where people are found by their clothes."""
    monkeypatch.setattr(command, "load", find_clothes)
    loaded.cache_clear()
    return CliRunner().invoke(redact, ["run", *map(str, arguments)])


@pytest.mark.parametrize(("coat", "trousers", "left"), [(RED, BLUE, 0), (GREEN, RED, 160)])
def test_the_likeliest_wears_those_clothes_and_the_point_names_them(
    master: Path, tmp_path: Path, coat: Colour, trousers: Colour, left: int
) -> None:
    """The point is read back as the very subject; no other is as likely."""
    photo = photograph(tmp_path, coat, trousers)
    (likely,) = suggestions(master, [photo], [Clothes()], Options()).values()
    assert likely[0].share > 0.5
    assert all(0.01 <= other.share < 0.5 for other in likely[1:])
    seen = scan(master, [Clothes()], closely=True)
    everyone = people(seen)
    assert likely[0].point is not None
    number = named(seen.clip, everyone, parse_keep(likely[0].point))
    assert everyone.subjects[number].id == likely[0].subject
    first = everyone.tracks.xyxy[everyone.rows(number)[0], 0]
    assert left <= first < left + 160


def test_the_command_tells_the_points_and_makes_nothing(
    master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2; the point, given instead, is what the sentence says; the photograph is left where it is."""
    photo = photograph(tmp_path, RED, BLUE)
    before = photo.read_bytes()
    done = keep(monkeypatch, master, "-o", tmp_path / "out", "--keep", photo)
    assert done.exit_code == 2, done.output
    assert "A photograph names nobody: it only suggests whom to point at. Nothing was made." in done.stderr
    assert "photo.png: s001 " in done.stderr
    assert "% --keep 00:" in done.stderr.replace("%, ", "% ")
    assert "taken on another day it says nothing" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]
    assert photo.read_bytes() == before


def test_points_beside_a_photograph_decide_nothing_either(
    master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as a photograph is given, nothing is made; with --json it is one document."""
    photo = photograph(tmp_path, RED, BLUE)
    done = keep(
        monkeypatch, master, "-o", tmp_path / "out", "--keep", "00:01@90,90", "--keep", str(photo).upper(), "--json"
    )
    assert done.exit_code == 3
    done = keep(monkeypatch, master, "-o", tmp_path / "out", "--keep", "00:01@90,90", "--keep", photo, "--json")
    assert done.exit_code == 2
    assert "Nothing was made" in json.loads(done.stdout)["error"]["message"]
    assert not (tmp_path / "out").exists()


def test_every_photograph_has_its_own_suggestions(master: Path, tmp_path: Path) -> None:
    """In the order in which they were given."""
    photos = [photograph(tmp_path, RED, BLUE, "a.png"), photograph(tmp_path, GREEN, RED, "b.png")]
    found = suggestions(master, photos, [Clothes()], Options())
    assert [*found] == photos
    assert len({likely[0].subject for likely in found.values()}) == 2


def test_nobody_like_them_is_said_as_such(master: Path, tmp_path: Path) -> None:
    """Whoever is likeliest is told of with little, and the rest is for somebody else, or nobody."""
    photo = photograph(tmp_path, YELLOW, YELLOW)
    found = suggestions(master, [photo], [Clothes()], Options())
    assert found[photo][0].share < 0.5
    told = only_suggested(found).what
    rest = 1 - sum(one.share for one in found[photo])
    assert f"; somebody else, or nobody in the clip {rest:.0%}." in told


def test_where_nobody_is_found_that_is_said() -> None:
    """And no number is made up."""
    assert "photo.jpg: nobody in the clip has clothes to compare." in only_suggested({Path("photo.jpg"): ()}).what
