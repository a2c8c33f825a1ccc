"""Scenes at random are of people as they walk, and what one way of keeping gives is counted as the truth says."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.leakage.crossing import Counts, Judge, line, main, summed, ways
from benchmarks.leakage.scenes import CANVAS, FRAMES, HEIGHTS, SPEEDS, Scene, Way, random_scene
from benchmarks.leakage.walkers import Dress, Stage, picture, places
from benchmarks.product import DATA
from redact.detect.found import Scan
from redact.detect.pose import by_tags
from redact.records.clip import Clip, Color
from redact.records.kinds import Kind
from redact.records.orientation import UPRIGHT
from redact.records.tracks import Detections, Tracks

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEEDS = st.integers(0, 2**32 - 1)

ALL = np.arange(FRAMES)


def made_of(*lefts: NDArray[Any]) -> Stage:
    """People of 100 by 300 px, whose left edges are at LEFTS (FRAMES,), and of whom all is always to be seen."""
    x = np.stack(lefts).astype(np.float32)
    boxes = np.stack([x, np.full_like(x, 300), x + 100, np.full_like(x, 600)], axis=-1)
    return Stage("by hand", Path("hand.mp4"), boxes, np.ones(x.shape, np.float32))


def scan_of(made: Stage, *who: int) -> Scan:
    """Find those of MADE whose numbers are WHO on every second frame, each in clothes of their own."""
    looked = ALL[::2].astype(np.int32)
    rows = [(frame, person) for frame in looked.tolist() for person in who]
    colours = np.random.default_rng(0).integers(0, 255, (len(made.xyxy), 36))
    found = Detections(
        frame=np.array([frame for frame, _ in rows], np.int32),
        xyxy=np.array([made.xyxy[person, frame] for frame, person in rows], np.float32).reshape(-1, 4),
        score=np.full(len(rows), 0.9, np.float32),
        kind=np.full(len(rows), Kind.PERSON, np.uint8),
        colours=np.array([colours[person] for _, person in rows], np.uint8).reshape(-1, 36),
    )
    clip = Clip(
        path=made.path,
        sha256="a" * 64,
        size_bytes=1,
        width=CANVAS[0],
        height=CANVAS[1],
        orientation=UPRIGHT,
        sample_aspect_ratio=Fraction(1),
        pix_fmt="yuv420p",
        color=Color(),
        time_base=Fraction(1, 25),
        pts=np.arange(FRAMES, dtype=np.int64),
        rate=Fraction(25),
    )
    none = np.zeros(0, np.int32)
    return Scan(clip, found, looked, looked, looked, none, True, Tracks.none(), by_tags(clip))


@given(SEEDS)
def test_people_at_random_stand_or_walk_as_people_do(seed: int) -> None:
    """Two or three, of plausible heights, nobody slower or faster than people; the first is in the picture once."""
    scene = random_scene(np.random.default_rng(seed))
    assert 2 <= len(scene.ways) <= 3
    assert [scene.ways[number].height for number in scene.order] == sorted(way.height for way in scene.ways)
    for way in scene.ways:
        assert HEIGHTS[0] <= way.height <= HEIGHTS[1]
        assert (way.times[0], way.times[-1]) == (0, FRAMES / 25)
        times = np.diff(way.times)
        assert (times >= 0).all()
        speeds = np.abs(np.diff(way.places))[times > 0] * CANVAS[0] / way.height / times[times > 0]
        assert all(speed < 1e-6 or SPEEDS[0] - 1e-6 < speed < SPEEDS[1] + 1e-6 for speed in speeds.tolist())
        assert np.allclose(np.diff(way.places)[times == 0], 0)
    first = np.interp(np.linspace(0, 5, FRAMES), scene.ways[0].times, scene.ways[0].places)
    assert ((first > 0) & (first < 1)).any()


@given(SEEDS)
def test_the_same_seed_draws_the_same_scene(seed: int) -> None:
    """What was found once can be made again."""
    first, again = (random_scene(np.random.default_rng(seed)) for _ in range(2))
    assert first == again


def test_who_walks_in_front_hides_who_is_behind_and_a_pole_hides_both() -> None:
    """What is to be seen of each is told of each frame."""
    still = Way(200, (0, 5), (0.5, 0.5))
    scene = Scene("still", (still, Way(300, (0, 5), (0.5, 0.5)), Way(200, (0, 5), (0.1, 0.1))), (0, 2, 1))
    person = np.full((200, 80, 3), 90, np.uint8)
    dress = Dress((person, person, person), np.zeros((CANVAS[1], CANVAS[0], 3), np.uint8))
    boxes = places(scene, dress)[:, 0]
    _, seen = picture(dress, boxes, scene)
    assert seen[0] < 0.2
    assert seen[1:] == pytest.approx([1, 1], abs=0.02)
    _, behind = picture(dress, boxes, scene._replace(pole=0.5))
    assert behind[1] == pytest.approx(1 - 46 / 120, abs=0.02)


def test_where_nobody_is_found_nobody_is_kept_and_all_are_missed() -> None:
    """No point is taken; who is shown is shown in any case, and not instead of anybody."""
    made = made_of(np.full(FRAMES, 100), np.full(FRAMES, 900))
    judge = Judge(made, scan_of(made))
    for way in ways.values():
        assert way(judge) == ([], 0)
    assert judge.count([], 0) == Counts(0, 0, FRAMES, FRAMES, FRAMES, FRAMES, 0, FRAMES)


def test_who_walks_alone_is_visible_and_the_other_is_covered() -> None:
    """Two people who stay apart: one point shows the one on all frames, and never the other."""
    made = made_of(100 + ALL, 900 + ALL)
    judge = Judge(made, scan_of(made, 0, 1))
    keep, questions = ways["one point"](judge)
    counts = judge.count(keep, questions)
    assert counts == Counts(1, 0, FRAMES, FRAMES, FRAMES, FRAMES, 0, 0)
    assert ways["all points"](judge) == (keep, 0)


def test_somebody_who_is_kept_instead_is_counted() -> None:
    """A plan that keeps the other shows them on every frame, and hides the person."""
    made = made_of(100 + ALL, 900 + ALL)
    judge = Judge(made, scan_of(made, 0, 1))
    turned = Judge(Stage(made.name, made.path, made.xyxy[::-1], made.seen[::-1]), judge.seen)
    keep, _ = ways["one point"](judge)
    counts = turned.count(keep, 0)
    assert (counts.visible, counts.instead, counts.missed) == (0, FRAMES, 0)
    assert turned.instead(turned.planned(keep)) == [(1, frame) for frame in range(FRAMES)]


def test_nobody_is_clear_beside_another() -> None:
    """Frames on which somebody is close are not counted as clear, for better or worse."""
    made = made_of(np.full(FRAMES, 400), 300 + 4 * ALL)
    judge = Judge(made, scan_of(made, 0, 1))
    assert judge.clear == [frame for frame in range(FRAMES) if 300 + 4 * frame > 512]


def test_sums_are_over_clips() -> None:
    """Of none, of one, and of many; questions are told for 5 s of the person's presence."""
    assert line("none", summed([])) == "| none | 0 | 0 (0.00) | none | 0 | 0 | 0 | 0 |"
    one = Counts(1, 2, 125, 100, 50, 80, 0, 3)
    assert summed([one]) == one
    assert line("two", summed([one, one])) == "| two | 2 | 4 (2.00) | 50.0% | 200 | 160 | 0 | 6 |"


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the footage with truth is beside the project, not in it")
def test_one_scene_at_random_from_clip_to_sums() -> None:
    """The seed is printed, and each way has its line and its sum."""
    told = CliRunner().invoke(main, ["--count", "1", "--seed", "1"])
    assert told.exit_code == 0, told.output
    assert told.output.startswith("Seed 1.\n")
    assert told.output.count("one point |") == 2
