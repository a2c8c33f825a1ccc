"""The list of everyone found: nobody left out, each with a picture and a point that names them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from corridor import RedSquare, corridor

from redact.decide.points import named
from redact.detect.found import Scan
from redact.detect.scan import scan
from redact.errors import SourceChanged
from redact.records.tracks import Detections
from redact.report.subject_sheet import listed, pictured
from redact.request.model import Keep, parse_time
from redact.track.associate import tracks_of
from redact.track.subjects import subjects

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """A corridor, scanned."""
    return scan(corridor(tmp_path_factory.mktemp("master") / "corridor.mp4"), [RedSquare()], closely=True)


def test_nobody_found_makes_an_empty_list(seen: Scan) -> None:
    """And no picture is looked for."""
    empty = Scan(
        seen.clip,
        Detections.none(),
        seen.looked,
        seen.whole,
        seen.fine,
        seen.cuts,
        closely=True,
        moved=seen.moved,
        poses=seen.poses,
    )
    assert listed(empty) == ()
    assert pictured(seen.clip, ()) == ()


def test_everyone_is_listed_once(seen: Scan) -> None:
    """Every subject of the scan's tracks, in the same order."""
    assert [one.subject for one in listed(seen)] == list(subjects(tracks_of(seen)))


def test_the_point_of_each_names_that_one(seen: Scan) -> None:
    """Whoever is asked for by the time and point of the list is whom the list shows there."""
    tracks = tracks_of(seen)
    people = subjects(tracks)
    for one in listed(seen):
        assert one.point
        track, _ = named(seen.clip, tracks, people, Keep(at=parse_time(one.at), point=one.point))
        assert track in one.subject.tracks


def test_each_picture_shows_the_one_it_is_of(seen: Scan) -> None:
    """A red square, and a line around it."""
    for one in pictured(seen.clip, listed(seen)):
        picture = np.asarray(cv2.imdecode(np.frombuffer(one.picture, np.uint8), cv2.IMREAD_COLOR))
        middle = (
            picture[picture.shape[0] // 2 - 20 :, picture.shape[1] // 2 - 20 :][:40, :40].reshape(-1, 3).mean(axis=0)
        )
        assert middle[2] > middle[0] + 60


def test_a_master_that_changed_gives_no_pictures(seen: Scan, tmp_path: Path) -> None:
    """The frames would be somebody else's."""
    other = corridor(tmp_path / "other.mp4")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(other.read_bytes())

    moved = replace(seen.clip, path=cut, pts=seen.clip.pts + 7)
    with pytest.raises(SourceChanged):
        pictured(moved, listed(seen))
