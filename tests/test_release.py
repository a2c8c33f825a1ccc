"""One clip, one request, one release: real files, with a detector of a simple thing."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from corridor import FRAMES, SIDE, SIZE, RedSquare, corridor, places

from redact.acceptance import Acceptance
from redact.boxes import grow
from redact.errors import InputUnusable, SourceChanged, UsageProblem
from redact.exposure import block_correlation, exposed, kept
from redact.findings import Standing
from redact.governance.request import Hide, Keep, Request, Unexplained
from redact.manifest import load_manifest
from redact.records import Detections, FrameBatch, Kind
from redact.release import kinds_to_find, make_release
from redact.scan import scan
from redact.video.decode import decode
from redact.video.probe import probe

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds with sound."""
    return corridor(tmp_path_factory.mktemp("master") / "corridor.mp4")


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
    assert names(tmp_path) == [
        "corridor.manifest.json",
        "corridor.operator.html",
        "corridor.redacted.mp4",
        "corridor.report.html",
        "corridor.risks.json",
    ]
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


def test_who_is_kept_stays_visible_where_movement_is_hidden(master: Path, tmp_path: Path) -> None:
    """A walker whom no network finds is hidden from what moves alone, and the one at the named point is shown."""

    class Standing(RedSquare):
        """Sees the one who stands."""

        def __call__(self, batch: FrameBatch) -> Detections:
            found = super().__call__(batch)
            return found[found.xyxy[:, 1] > 100]

    keep = Keep(at=Fraction(1), point=(278, 178))
    made = make_release(master, tmp_path, Request(keep=(keep,), motion=Unexplained.HIDE), [Standing()])
    assert (made.withheld, made.tracks) == (False, 1)
    assert shares(master, made.copy)[0][1] > 0.9
    assert any("1 place" in warning for warning in made.warnings)


def test_what_the_second_look_finds_is_hidden_in_another_round(master: Path, tmp_path: Path) -> None:
    """Someone the first pass never saw is found on the copy, hidden, and the copy made anew."""

    class Blinking(RedSquare):
        """Sees the walker only on frames that the first pass does not look at."""

        def __call__(self, batch: FrameBatch) -> Detections:
            found = super().__call__(batch)
            walker = found.xyxy[:, 1] < 100
            return found[~walker | ~np.isin(found.frame, first)]

    first = scan(master, [RedSquare()]).looked
    made = make_release(master, tmp_path, Request(), [Blinking()])
    assert made.rounds > 1
    assert made.findings
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
    assert names(tmp_path) == [
        "corridor.operator.html",
        "corridor.report.html",
        "corridor.risks.json",
        "corridor.withheld.mp4",
    ]
    assert made.copy.stat().st_mode & 0o777 == 0o600
    assert "WITHHELD" in made.report.read_text()
    assert 'href="corridor.operator.html"' in made.report.read_text()
    assert made.operators is not None
    told = made.operators.read_text()
    still = [finding for finding in made.findings if finding.standing is Standing.OPEN]
    assert still
    assert all(f"--accept {finding.id}" in told for finding in still)
    assert all(finding.picture.startswith(b"\xff\xd8") for finding in made.findings)


class Poster(RedSquare):
    """Takes a poster, which never changes, for a person, but only at the scale of the second look."""

    sides = (320, 160)

    def __call__(self, batch: FrameBatch) -> Detections:
        """Find the poster on every frame that is small."""
        if batch.rgb.shape[2] > 200:
            return super().__call__(batch)
        box = np.tile(np.array([[60, 90, 72, 116]], np.float32), (len(batch.index), 1))
        return Detections(batch.index, box, np.full(len(box), 0.9, np.float32), np.zeros(len(box), np.uint8))


def test_what_the_operator_accepts_is_shown_and_recorded(master: Path, tmp_path: Path) -> None:
    """A poster is hidden at first; accepted by its ids it stays, and who let it stand, and why, is told."""
    first = make_release(master, tmp_path, Request(), [Poster()])
    assert not first.withheld
    assert {finding.standing for finding in first.findings} == {Standing.EARLIER}
    given = Acceptance((*(finding.id for finding in first.findings), "F00000000"), "a poster on the wall", "j.bloggs")
    made = make_release(master, tmp_path, Request(), [Poster()], accept=given)
    assert (made.withheld, made.rounds) == (False, 1)
    assert [one.id for one in made.findings] == [one.id for one in first.findings]
    assert {finding.standing for finding in made.findings} == {Standing.ACCEPTED}
    assert made.tracks < first.tracks
    manifest = load_manifest(tmp_path / "corridor.manifest.json")
    assert {one.id for one in manifest.accepted} == set(given.ids[:-1])
    assert {(one.kind, one.reason, one.by) for one in manifest.accepted} == {("person", given.reason, given.by)}
    assert sum("--accept F00000000 matches no finding" in warning for warning in made.warnings) == 1
    assert sum(given.reason in warning for warning in made.warnings) == len(made.findings)
    page = made.report.read_text()
    assert all(one in page for one in given.ids[:-1])
    assert "data:image" not in page


def test_what_is_for_the_operator_alone_stays_so(master: Path, tmp_path: Path) -> None:
    """The operator's report and the risk list are readable by their owner alone, and a new run replaces them."""
    old = [tmp_path / f"corridor.{ending}" for ending in ("operator.html", "risks.json")]
    for path in old:
        path.write_bytes(b"old")
        path.chmod(0o644)
    made = make_release(master, tmp_path, Request(), [RedSquare()])
    assert [made.operators, made.risks] == old
    assert [path.stat().st_mode & 0o777 for path in old] == [0o600, 0o600]
    assert "RESTRICTED" in old[0].read_text()
    seconds = json.loads(old[1].read_bytes())["seconds"]
    assert sorted(one["second"] for one in seconds) == [0, 1]
    assert [one["score"] > 0 for one in seconds][: len(made.look_first)] == [True] * len(made.look_first)


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
        ({"span": {"from": 1, "to": 31}}, "outside the clip"),
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
