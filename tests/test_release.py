"""One clip, one request, one release: real files, with a detector of a simple thing."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from redact.boxes import grow
from redact.errors import InputUnusable, SourceChanged, UsageProblem
from redact.exposure import block_correlation, exposed, kept
from redact.governance.request import Hide, Keep, Request
from redact.manifest import load_manifest
from redact.records import Detections, FrameBatch, Kind
from redact.release import kinds_to_find, make_release
from redact.video.decode import decode
from redact.video.demo_clip import write_clip
from redact.video.probe import probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

SIZE = (320, 240)
SIDE = 56
FRAMES = 50


class RedSquare:
    """Finds squares of red cloth."""

    name, digest, sides = "red-square", "c" * 64, (320, 320)
    kinds: tuple[Kind, ...] = (Kind.PERSON,)

    def __init__(self, blind: Callable[[int], bool] = lambda _: False) -> None:
        """See nothing on the frames that BLIND names."""
        self._blind = blind

    def __call__(self, batch: FrameBatch) -> Detections:
        """Find the bounding box of every red region."""
        rows: list[tuple[int, list[int]]] = []
        for index, rgb in zip(batch.index.tolist(), batch.rgb, strict=True):
            red = (rgb[..., 0].astype(int) > rgb[..., 2].astype(int) + 60).astype(np.uint8)
            red = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((9, 9)))
            regions = cv2.connectedComponentsWithStats(red)[2][1:]
            rows += [
                (index, [x, y, x + w, y + h])
                for x, y, w, h, pixels in regions.tolist()
                if pixels > 400 and not self._blind(index)
            ]
        return Detections(
            np.array([index for index, _ in rows], np.int32),
            np.array([box for _, box in rows], np.float32).reshape(-1, 4),
            np.full(len(rows), 0.9, np.float32),
            np.zeros(len(rows), np.uint8),
        )


def cloth(seed: int, height: int, width: int) -> NDArray[np.float64]:
    """A pattern with detail of some px."""
    rng = np.random.default_rng(seed)
    return np.asarray(cv2.resize(rng.normal(0, 40, (height // 4, width // 4)), (width, height)))


def places(index: int) -> list[tuple[int, int]]:
    """Where the red squares are on frame INDEX: one walks right, one stands."""
    return [(20 + 3 * index, 60), (250, 150)]


def pictures() -> Iterator[NDArray[np.uint8]]:
    """A patterned wall, and before it two pieces of patterned red cloth."""
    wall = np.clip(120 + cloth(1, SIZE[1], SIZE[0]), 0, 200)[..., None].repeat(3, axis=2)
    for index in range(FRAMES):
        picture = wall.copy()
        for number, (x, y) in enumerate(places(index)):
            piece = np.clip(110 + cloth(2 + number, SIDE, SIDE), 40, 180)
            picture[y : y + SIDE, x : x + SIDE] = np.stack([piece + 75, piece - 40, piece - 40], axis=2)
        yield np.clip(picture, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds with sound."""
    path = tmp_path_factory.mktemp("master") / "corridor.mp4"
    write_clip(path, pictures(), SIZE, Fraction(25), ((440, 2.0),))
    return path


def shares(master: Path, copy: Path) -> tuple[NDArray[np.float32], float]:
    """How much of each square shows on the worst frame, and how much of the rest is kept."""
    worst, shown, scene = np.zeros(2, np.float32), 0, 0
    for before, after in zip(decode(probe(master)), decode(probe(copy)), strict=True):
        luma = np.ascontiguousarray(after.planes[0][: SIZE[1], : SIZE[0]])
        blocks = block_correlation(before.planes[0], luma)
        boxes = np.array([(x, y, x + SIDE, y + SIDE) for x, y in places(before.index)])
        worst = np.maximum(worst, exposed(*blocks, boxes)[0])
        some, all_of = kept(*blocks, grow(boxes.astype(np.float32), 1.9))
        shown, scene = shown + some, scene + all_of
    return worst, shown / scene


def names(folder: Path) -> list[str]:
    """What stands in FOLDER, hidden files too."""
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_everyone_is_hidden_on_every_frame_and_the_scene_is_kept(master: Path, tmp_path: Path) -> None:
    """The whole job: copy, manifest and report appear, every check passed, and the picture shows it."""
    made = make_release(master, tmp_path, Request(reference="SAR-2026-0142"), [RedSquare()])
    assert (made.withheld, made.rounds, made.frames) == (False, 1, FRAMES)
    assert names(tmp_path) == ["corridor.manifest.json", "corridor.redacted.mp4", "corridor.report.html"]
    manifest = load_manifest(tmp_path / "corridor.manifest.json")
    assert manifest.passed
    assert manifest.output.size_bytes == made.copy.stat().st_size
    worst, scene = shares(master, made.copy)
    assert worst.max() <= 0.25
    assert scene > 0.8


def test_who_is_kept_stays_visible_and_nobody_else_does(master: Path, tmp_path: Path) -> None:
    """The one at the named point is shown on all frames, the other on none."""
    keep = Keep(at=Fraction(1), point=(278, 178))
    made = make_release(master, tmp_path, Request(keep=(keep,)), [RedSquare()])
    assert not made.withheld
    worst, _ = shares(master, made.copy)
    assert worst[0] <= 0.25
    assert worst[1] > 0.9


def test_what_the_second_look_finds_is_hidden_in_another_round(master: Path, tmp_path: Path) -> None:
    """Someone the first pass never saw is found on the copy, hidden, and the copy made anew."""

    class Blinking(RedSquare):
        """Sees the walker only on frames that the first pass does not look at."""

        def __call__(self, batch: FrameBatch) -> Detections:
            found = super().__call__(batch)
            walker = found.xyxy[:, 1] < 100
            return found[~walker | ~np.isin(found.frame, first)]

    first: list[int] = []
    probe_run = make_release(master, tmp_path / "a", Request(), [RedSquare()])
    assert probe_run.rounds == 1
    first += [0, 6, 12, 18, 24, 30, 36, 42, 48, 49]
    made = make_release(master, tmp_path / "b", Request(), [Blinking()])
    assert made.rounds > 1
    assert made.withheld or shares(master, made.copy)[0].max() <= 0.25


def test_a_copy_that_fails_is_withheld(master: Path, tmp_path: Path) -> None:
    """Someone new found in every round: no release, a withheld copy, and a report that says why."""
    looks: list[int] = []

    class Restless(RedSquare):
        """Finds another thing each time the copy is looked at, and nothing before."""

        sides = (320, 160)

        def __call__(self, batch: FrameBatch) -> Detections:
            if batch.rgb.shape[2] > 200:
                return Detections.none()
            looks.append(len(looks))
            left = 12.0 * (len(looks) % 12)
            box = np.array([[left, 20, left + 10, 50]], np.float32)
            return Detections(batch.index[:1], box, np.array([0.9], np.float32), np.zeros(1, np.uint8))

    made = make_release(master, tmp_path, Request(), [Restless()])
    assert made.withheld
    assert made.manifest is None
    assert names(tmp_path) == ["corridor.report.html", "corridor.withheld.mp4"]
    assert made.copy.stat().st_mode & 0o777 == 0o600
    assert "WITHHELD" in made.report.read_text()


def test_a_new_run_replaces_what_an_old_one_left(master: Path, tmp_path: Path) -> None:
    """No withheld copy or report of an earlier run stands beside a release."""
    (tmp_path / "corridor.withheld.mp4").write_bytes(b"old")
    make_release(master, tmp_path, Request(), [RedSquare()])
    assert "corridor.withheld.mp4" not in names(tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"keep": (Keep(at=Fraction(1), point=(5, 5)),)}, "Nobody was found at 5, 5"),
        ({"keep": (Keep(at=Fraction(60), point=(278, 178)),)}, "outside the clip"),
        ({"span": {"from": 30, "to": 31}}, "outside the clip"),
    ],
)
def test_a_request_that_cannot_be_met_leaves_nothing(
    master: Path, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    """A seed that names no one, or a time outside the clip, stops the job before anything is written."""
    with pytest.raises(UsageProblem, match=said):
        make_release(master, tmp_path, Request().override(changes), [RedSquare()])
    assert names(tmp_path) == []


def test_a_span_is_all_that_the_copy_shows(master: Path, tmp_path: Path) -> None:
    """From the frame on screen at half a second to the last before one second: 13 of 25 frames a second."""
    request = Request().override({"span": {"from": "00:00.5", "to": "00:01"}})
    made = make_release(master, tmp_path, request, [RedSquare()])
    assert (made.withheld, made.frames) == (False, 13)


def test_a_detector_that_fails_leaves_nothing(master: Path, tmp_path: Path) -> None:
    """An error while looking stops the job; there is no copy under any name."""

    class Broken(RedSquare):
        """Fails on the second batch."""

        def __call__(self, batch: FrameBatch) -> Detections:
            if batch.index[0]:
                message = "the network has gone"
                raise RuntimeError(message)
            return super().__call__(batch)

    with pytest.raises(RuntimeError, match="the network has gone"):
        make_release(master, tmp_path, Request(), [Broken()])
    assert names(tmp_path) == []


def test_a_master_that_changes_during_the_run_is_noticed(master: Path, tmp_path: Path) -> None:
    """Another file under the same name between the passes: nothing is released, whatever it holds."""
    path = tmp_path / "in" / "corridor.mp4"
    path.parent.mkdir()
    path.write_bytes(master.read_bytes())

    def meddle(stage: str, done: int, total: int | None) -> None:
        del total
        if stage == "verify" and done == 1:
            path.write_bytes(master.read_bytes() + b"\0")

    with pytest.raises(SourceChanged):
        make_release(path, tmp_path / "out", Request(), [RedSquare()], progress=meddle)
    assert names(tmp_path / "out") == []


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """A sentence, and nothing written."""
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(InputUnusable, match="is empty"):
        make_release(tmp_path / "empty.mp4", tmp_path / "out", Request(), [RedSquare()])


def test_hiding_people_needs_faces_too() -> None:
    """Someone of whom only the face is found is a person; plates are looked for only when asked for."""
    assert kinds_to_find(Request(hide=(Hide.PEOPLE,))) == (Kind.PERSON, Kind.FACE)
    assert kinds_to_find(Request(hide=(Hide.FACES,))) == (Kind.FACE,)
    assert kinds_to_find(Request()) == tuple(Kind)
