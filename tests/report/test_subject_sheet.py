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
from redact.records.kinds import Kind, Standing
from redact.records.tracks import Detections
from redact.report.subject_sheet import listed, pictured
from redact.request.model import Keep, parse_time
from redact.track.people import people

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
    assert listed(empty.clip, people(empty)) == ()
    assert pictured(seen.clip, ()) == ()


def test_everyone_is_listed_once(seen: Scan) -> None:
    """Every subject of the scan, in the same order, and each track in one of them."""
    everyone = people(seen)
    assert [one.subject for one in listed(seen.clip, people(seen))] == list(everyone.subjects)
    members = [track for one in listed(seen.clip, people(seen)) for track in one.subject.tracks]
    assert sorted(members) == list(range(len(everyone.tracks)))


def test_the_point_of_each_names_that_one(seen: Scan) -> None:
    """Whoever is asked for by the time and point of the list is whom the list shows there."""
    everyone = people(seen)
    for one in listed(seen.clip, people(seen)):
        assert one.point
        number = named(seen.clip, everyone, Keep(at=parse_time(one.at), point=one.point))
        assert everyone.subjects[number] == one.subject


def doubtful(seen: Scan) -> Scan:
    """What is SEEN, and a weak box that stays where it is, and some that go across the wall."""
    boxes = [(frame, (10, 180, 40, 235)) for frame in range(0, 50, 5)]
    boxes += [(frame, (60 + 10 * frame, 5, 80 + 10 * frame, 50)) for frame in range(10, 15)]
    count = len(boxes)
    weak = Detections(
        np.array([frame for frame, _ in boxes], np.int32),
        np.array([box for _, box in boxes], np.float32),
        np.full(count, 0.3, np.float32),
        np.full(count, Kind.PERSON, np.uint8),
    )
    return replace(seen, found=Detections.concat([seen.found, weak]))


def test_people_come_first_then_things_and_what_is_unclear_last(seen: Scan) -> None:
    """Each tells which it is."""
    standing = [one.subject.standing for one in listed(doubtful(seen).clip, people(doubtful(seen)))]
    assert standing == [Standing.PERSON, Standing.PERSON, Standing.THING, Standing.UNCLEAR]


def test_what_is_unclear_has_no_point_and_a_picture_all_the_same(seen: Scan) -> None:
    """Nobody can let it through; whoever decides sees what it is."""
    unclear = listed(doubtful(seen).clip, people(doubtful(seen)))[-1]
    assert unclear.point is None
    assert unclear.frame in range(10, 15)
    assert unclear.score == pytest.approx(0.3)
    (shown,) = pictured(seen.clip, [unclear])
    assert shown.picture


def test_the_points_of_people_and_things_name_them_whatever_is_unclear(seen: Scan) -> None:
    """A point of the list is taken as it stands."""
    more = doubtful(seen)
    everyone = people(more)
    for one in listed(more.clip, people(more))[:-1]:
        assert one.point
        number = named(more.clip, everyone, Keep(at=parse_time(one.at), point=one.point))
        assert everyone.subjects[number] == one.subject


def test_each_picture_shows_the_one_it_is_of(seen: Scan) -> None:
    """A red square, and a line around it."""
    for one in pictured(seen.clip, listed(seen.clip, people(seen))):
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
        pictured(moved, listed(seen.clip, people(seen)))
