"""Where everyone is on every frame, who was lost in the picture, and what hides people while they are behind others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from crowds import RATE, clip_at, scans_at_random
from hypothesis import given, settings
from trails import Box, Trail, stands, tracks_of

from redact.records.boxes import overlap_share
from redact.records.kinds import Origin
from redact.track.bodies import LOST_S, Bodies, Cover, Lost, bodies, covers, lost
from redact.track.people import people

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from redact.detect.found import Scan
    from redact.records.tracks import Tracks

CLIP = clip_at()
HERE: Box = (300, 100, 340, 220)
FRONT: Box = (290, 90, 350, 300)


def own(tracks: Tracks) -> list[NDArray[np.intp]]:
    """The sightings of everyone, a track each."""
    seen = tracks.origin == Origin.SEEN
    return [np.flatnonzero(seen & (tracks.track == number)) for number in range(len(tracks))]


def where(*trails: Trail) -> Bodies:
    """Where those of TRAILS are."""
    tracks = tracks_of(*trails)
    return bodies(CLIP, tracks, own(tracks))


def ends(*trails: Trail) -> list[Lost]:
    """Those of TRAILS who were lost."""
    tracks = tracks_of(*trails)
    return list(lost(CLIP, tracks, own(tracks)))


def hides(*trails: Trail, found: Mapping[tuple[int, int], int] | None = None) -> list[Cover]:
    """What hides those of TRAILS behind others."""
    tracks = tracks_of(*trails)
    return list(covers(CLIP, tracks, own(tracks), bodies(CLIP, tracks, own(tracks)), found or {}))


def longest(*trails: Trail, found: Mapping[tuple[int, int], int] | None = None) -> Cover:
    """The longest cover of the first of TRAILS."""
    return max((cover for cover in hides(*trails, found=found) if cover.person == 0), key=lambda one: len(one.frame))


def test_nobody_is_nowhere() -> None:
    """There are no bodies, nobody was lost, and nothing hides them."""
    assert len(where().frame) == 0
    assert (ends(), hides()) == ([], [])


def test_who_was_seen_is_there_and_in_between_as_well() -> None:
    """Straight from one sighting to the next; missed only where looks do not miss somebody by chance."""
    places: dict[int, Box] = {f: (100.0 + f, 100, 140.0 + f, 220) for f in range(31)}
    there = where(Trail(places, frozenset({0, 4, 10, 30})))
    assert there.frame.tolist() == list(range(31))
    assert np.allclose(there.xyxy, [places[f] for f in range(31)])
    assert there.frame[there.seen].tolist() == [0, 4, 10, 30]
    assert there.frame[there.missed].tolist() == list(range(11, 30))


def test_bodies_are_told_by_frame_and_person() -> None:
    """Each once on each frame."""
    there = where(stands(HERE, range(5, 8)), stands(FRONT, range(6, 9)))
    assert list(zip(there.frame.tolist(), there.person.tolist(), strict=True)) == [
        (5, 0), (6, 0), (6, 1), (7, 0), (7, 1), (8, 1),
    ]  # fmt: skip
    assert there.person[there.at(6)].tolist() == [0, 1]
    assert there.person[there.at(40)].tolist() == []


def test_who_is_not_seen_any_more_in_the_picture_was_lost() -> None:
    """Both ways in time."""
    assert [(end.person, end.time, end.way) for end in ends(stands(HERE, range(20, 50)))] == [(0, 2.0, -1), (0, 4.9, 1)]


@pytest.mark.parametrize(
    "trail",
    [
        Trail({f: (3 * (49 - f), 100, 40 + 3 * (49 - f), 220) for f in range(50)}, frozenset(range(50))),
        Trail({f: (300, 240 - 3 * (49 - f), 340, 360 - 3 * (49 - f)) for f in range(50)}, frozenset(range(50))),
        stands(HERE, range(20, 24)),
        stands(HERE, range(20, 50), score=0.4),
    ],
    ids=["at the side", "at the bottom", "for a moment", "never surely"],
)
def test_who_left_or_was_never_surely_there_was_not_lost(trail: Trail) -> None:
    """Whoever goes over the edge of the picture is out of it; a moment, or a weak box, may be nothing."""
    assert [end for end in ends(trail) if end.way == 1] == []


def test_who_stands_at_the_edge_may_be_behind_somebody() -> None:
    """A counter's edge, or that of the picture, cuts whoever stands there all the time."""
    assert [end.way for end in ends(stands((300, 240, 340, 360), range(20, 50)))] == [-1, 1]


def test_between_two_sightings_somebody_is_hidden_about_where_they_may_be() -> None:
    """On every frame, those two as well; near each of the two also about where they were seen."""
    (cover,) = hides(Trail({20: HERE, 45: (400, 100, 440, 220)}, frozenset({20, 45})))
    assert (cover.person, cover.frame.tolist()) == (0, list(range(20, 46)))
    for place, share in ((0, 0.0), (5, 0.2), (12, 0.48), (25, 1.0)):
        straight = np.array([HERE], np.float32) + 100 * np.array([share, 0, share, 0], np.float32)
        assert overlap_share(straight, cover.xyxy[[place]])[0, 0] == pytest.approx(1)
    assert overlap_share(np.array([HERE], np.float32), cover.xyxy[[10]])[0, 0] == pytest.approx(1)


def test_who_is_missed_by_chance_needs_no_cover() -> None:
    """The track is filled there."""
    assert hides(stands(HERE, range(60), [*range(20), *range(25, 60)])) == []


def test_between_two_tracks_of_one_person_they_are_hidden_however_short_it_is() -> None:
    """Neither track is filled there, and what they are carried on over may be elsewhere."""
    tracks = tracks_of(stands(HERE, range(20, 30)), stands((310, 100, 350, 220), range(34, 44)))
    both = [np.concatenate(own(tracks))]
    (cover,) = covers(CLIP, tracks, both, bodies(CLIP, tracks, both), {})
    assert cover.frame.tolist() == [30, 31, 32, 33]
    assert overlap_share(np.array([(304, 100, 344, 220)], np.float32), cover.xyxy[[1]])[0, 0] == pytest.approx(1)


def test_who_is_seen_only_in_part_is_hidden_whole() -> None:
    """The legs of somebody behind a table are there as well."""
    places: dict[int, Box] = {f: HERE if not 30 <= f < 33 else (300, 100, 340, 150) for f in range(60)}
    (cover,) = hides(Trail(places, frozenset(places)))
    assert cover.frame.tolist() == [30, 31, 32]
    assert (overlap_share(np.array([HERE], np.float32), cover.xyxy) > 0.999).all()


def test_who_was_lost_where_somebody_stands_is_hidden_there_for_a_while() -> None:
    """As long as that other stands there, at most; alone nobody is hidden where they are not."""
    gone = stands(HERE, range(20))
    assert hides(gone) == []
    assert hides(gone, stands((500, 100, 540, 220), range(100))) == []
    cover = longest(gone, stands(FRONT, range(100)))
    assert cover.frame.tolist() == list(range(19, 20 + int(LOST_S * RATE)))
    assert (overlap_share(np.array([HERE], np.float32), cover.xyxy) == 1).all()
    left = longest(gone, stands(FRONT, range(31)))
    assert left.frame.tolist() == list(range(19, 31))


def test_who_comes_out_from_behind_somebody_was_there_before() -> None:
    """The same, back in time."""
    cover = longest(stands(HERE, range(60, 100)), stands(FRONT, range(100)))
    assert cover.frame.tolist() == list(range(60 - int(LOST_S * RATE), 61))


def test_who_is_perhaps_found_again_is_hidden_up_to_there() -> None:
    """From there on somebody is seen, and hidden as such."""
    trails = stands(HERE, range(20)), stands(FRONT, range(100))
    cover = longest(*trails, found={(0, 1): 40})
    assert cover.frame.tolist() == list(range(19, 40))


@given(scans_at_random())
@settings(max_examples=20)
def test_everyone_is_in_one_place_and_covers_only_add(scan: Scan) -> None:
    """Whatever was found: covers are in the picture, and cover every body that was missed."""
    found = people(scan)
    tracks, there = found.tracks, found.where
    assert (np.diff(there.frame) >= 0).all()
    assert not (there.seen & there.missed).any()
    assert (tracks.xyxy >= 0).all()
    assert (tracks.xyxy <= [scan.clip.width, scan.clip.height] * 2).all()
    for frame, person, box in zip(
        there.frame[there.missed].tolist(), there.person[there.missed].tolist(), there.xyxy[there.missed], strict=True
    ):
        mine = (tracks.frame == frame) & (found.owner == person) & (tracks.origin == Origin.EXTENDED)
        assert overlap_share(box[None], tracks.xyxy[mine]).max() > 0.999
