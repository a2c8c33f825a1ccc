"""One clip, one request, one release: real files, with a detector of a simple thing."""

from __future__ import annotations

import errno
import json
import os
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from corridor import FRAMES, SIDE, SIZE, RedSquare, corridor, places
from masters import make

from redact.advice import Given
from redact.detect.scan import scan
from redact.detect.survey import Survey
from redact.errors import InputUnusable, SourceChanged, UsageProblem
from redact.jobs.draft import kinds_to_find
from redact.jobs.leases import Lost
from redact.jobs.options import Options
from redact.jobs.release import make_release
from redact.package.manifest import load_manifest
from redact.package.verify_release import verify_release
from redact.records.boxes import grow
from redact.records.kinds import Kind
from redact.records.tracks import Detections, FrameBatch
from redact.request.choices import Hide, Unexplained
from redact.request.model import Keep, Request
from redact.verify.acceptance import Acceptance
from redact.verify.findings import Standing
from redact.verify.leakage import block_correlation, exposed, kept
from redact.video.decode import decode
from redact.video.probe import probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


RELEASED = [
    f"corridor.{ending}" for ending in ("manifest.json", "operator.html", "redacted.mp4", "report.html", "risks.json")
]
HELD = [f"corridor.withheld.{ending}" for ending in ("mp4", "operator.html", "report.html", "risks.json")]
MARKED = [f"corridor.superseded.{ending}" for ending in ("html", "json", "mp4", "operator.html", "risks.json")]


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds with sound."""
    return corridor(tmp_path_factory.mktemp("master") / "corridor.mp4")


def shares(master: Path, copy: Path) -> tuple[NDArray[np.float32], float]:
    """How much of each square shows on every frame, (frames, 2), and how much of the rest is kept."""
    squares, shown, scene = [], 0, 0
    for before, after in zip(decode(probe(master)), decode(probe(copy)), strict=True):
        luma = np.ascontiguousarray(after.planes[0][: SIZE[1], : SIZE[0]])
        blocks = block_correlation(before.planes[0], luma)
        boxes = np.array([(x, y, x + SIDE, y + SIDE) for x, y in places(before.index)])
        squares.append(exposed(*blocks, boxes)[0])
        some, all_of = kept(*blocks, grow(boxes.astype(np.float32), 1.9))
        shown, scene = shown + some, scene + all_of
    return np.array(squares), shown / scene


def names(folder: Path) -> list[str]:
    """What stands in FOLDER, hidden files too."""
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_everyone_is_hidden_on_every_frame_and_the_scene_is_kept(master: Path, tmp_path: Path) -> None:
    """The whole job: copy, manifest and report appear, every check passed, and the picture shows it."""
    made = make_release(master, tmp_path, Request(reference="SAR-2026-0142"), [RedSquare()])
    assert (made.withheld, made.rounds, made.frames) == (False, 1, FRAMES)
    assert names(tmp_path) == RELEASED
    manifest = load_manifest(tmp_path / "corridor.manifest.json")
    assert manifest.passed
    assert manifest.output.size_bytes == made.copy.stat().st_size
    squares, scene = shares(master, made.copy)
    assert squares.shape == (FRAMES, 2)
    assert squares.max() <= 0.25
    assert scene > 0.8


def test_the_camera_that_was_chosen_is_in_the_copy_and_the_other_is_told_of(master: Path, tmp_path: Path) -> None:
    """Of two cameras everyone in the chosen picture is hidden; command, manifest and report name the other."""
    other = ("-f", "lavfi", "-i", "testsrc2=s=96x64:d=2")
    both = make(tmp_path / "both.mkv", *other, "-i", master, "-map", 0, "-map", "1:v", "-map", "1:a", "-c:v:1", "copy")
    out = tmp_path / "out"
    made = make_release(both, out, Request(), [RedSquare()], Options(stream=1))
    assert not made.withheld
    squares, _ = shares(master, made.copy)
    assert squares.max() <= 0.25
    said = "Only video stream 1 of the file is in the copy; not in it: 0 (h264, 96x64, 50 pictures)."
    manifest = load_manifest(out / "both.manifest.json")
    assert (manifest.source.stream, manifest.source.remarks) == (1, (said,))
    assert said in made.warnings
    assert said in made.report.read_text()


def test_who_is_kept_stays_visible_and_nobody_else_does(master: Path, tmp_path: Path) -> None:
    """The one at the named point is shown on all frames, the other on none."""
    keep = Keep(at=Fraction(1), point=(278, 178))
    made = make_release(master, tmp_path, Request(keep=(keep,)), [RedSquare()])
    assert not made.withheld
    hidden, shown = shares(master, made.copy)[0].T
    assert hidden.max() <= 0.25
    assert shown.min() > 0.9


def test_who_is_kept_stays_visible_where_movement_is_hidden(
    master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A walker whom no network finds is hidden from what moves alone, and the one at the named point is shown.

    Until the walker has left the place of the first pictures, for not quite a second here, movement does not tell all.
    """
    monkeypatch.setattr(Survey, "other_poses", lambda *_: ())  # it is blind by place, which turns with the picture

    class Standing(RedSquare):
        """Sees the one who stands."""

        def __call__(self, batch: FrameBatch) -> Detections:
            found = super().__call__(batch)
            return found[found.xyxy[:, 1] > 100]

    keep = Keep(at=Fraction(1), point=(278, 178))
    made = make_release(master, tmp_path, Request(keep=(keep,), motion=Unexplained.HIDE), [Standing()])
    assert (made.withheld, made.tracks) == (False, 1)
    walker, shown = shares(master, made.copy)[0].T
    assert walker[25:].max() <= 0.25
    assert shown.min() > 0.9
    assert any("1 place" in warning for warning in made.warnings)


def test_what_the_second_look_finds_is_hidden_in_another_round(
    master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Someone the first pass never saw is found on the copy, hidden, and the copy made anew."""
    monkeypatch.setattr(Survey, "other_poses", lambda *_: ())  # it is blind by place, which turns with the picture

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


class Restless(RedSquare):
    """Finds another thing each time the copy is looked at, and nothing before."""

    sides = (320, 160)

    def __init__(self) -> None:
        """Nothing is found yet."""
        super().__init__()
        self._looks = 0

    def __call__(self, batch: FrameBatch) -> Detections:
        """Find a thing where there was none."""
        if batch.rgb.shape[2] > 200:
            return Detections.none()
        self._looks += 1
        left = 12.0 * (self._looks % 12)
        box = np.array([[left, 20, left + 10, 50]], np.float32)
        return Detections(batch.index[:1], box, np.array([0.9], np.float32), np.zeros(1, np.uint8))


def test_a_copy_that_fails_is_withheld(master: Path, tmp_path: Path) -> None:
    """Someone new found in every round: no release, a withheld copy, and a report that says why."""
    made = make_release(master, tmp_path, Request(), [Restless()])
    assert made.withheld
    assert made.manifest is None
    assert names(tmp_path) == HELD
    assert made.copy.stat().st_mode & 0o777 == 0o600
    assert "WITHHELD" in made.report.read_text()
    assert 'href="corridor.withheld.operator.html"' in made.report.read_text()
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
    made = make_release(master, tmp_path, Request(), [Poster()], Options(accept=given))
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
    make_release(master, tmp_path, Request(), [RedSquare()])
    for path in old:
        path.chmod(0o644)
    made = make_release(master, tmp_path, Request(reference="SAR-2"), [RedSquare()])
    assert [made.operators, made.risks] == old
    assert [path.stat().st_mode & 0o777 for path in old] == [0o600, 0o600]
    assert "RESTRICTED" in old[0].read_text()
    assert "SAR-2" in old[0].read_text()
    seconds = json.loads(old[1].read_bytes())["seconds"]
    assert sorted(one["second"] for one in seconds) == [0, 1]
    assert [one["score"] > 0 for one in seconds][: len(made.look_first)] == [True] * len(made.look_first)


def bytes_of(folder: Path, these: list[str]) -> dict[str, bytes]:
    """What the files that are called THESE hold."""
    return {name: (folder / name).read_bytes() for name in these}


def holds(folder: Path) -> bool:
    """What a recipient finds: whether the release in FOLDER holds. Raises InputUnusable where there is none."""
    return all(check.passed for check in verify_release(folder))


def test_a_copy_that_is_withheld_leaves_the_release_before_it_alone(master: Path, tmp_path: Path) -> None:
    """The release stands as it was and holds, and everybody is told so; the next good copy takes away what was held."""
    first = make_release(master, tmp_path, Request(), [RedSquare()])
    assert first.earlier == ""
    before = bytes_of(tmp_path, RELEASED)
    second = make_release(master, tmp_path, Request(), [Restless()])
    assert second.withheld
    assert names(tmp_path) == sorted([*RELEASED, *HELD])
    assert bytes_of(tmp_path, RELEASED) == before
    assert holds(tmp_path)
    assert "An earlier release stands here, corridor.redacted.mp4, made 20" in second.earlier
    assert "It was left as it is. Is it not to be used any more? Run it again with --supersede." in second.earlier
    assert second.earlier in second.report.read_text()
    assert make_release(master, tmp_path, Request(), [Restless()]).withheld
    assert bytes_of(tmp_path, RELEASED) == before
    last = make_release(master, tmp_path, Request(reference="SAR-2"), [RedSquare()])
    assert names(tmp_path) == RELEASED
    assert "was replaced by this one" in last.earlier
    assert load_manifest(tmp_path / "corridor.manifest.json").request["reference"] == "SAR-2"
    assert holds(tmp_path)


def test_a_release_is_marked_as_superseded_where_that_is_asked(master: Path, tmp_path: Path) -> None:
    """By a copy that is withheld as by one that passes, each time under names of its own; nobody takes it for one."""
    first = make_release(master, tmp_path, Request(), [RedSquare()])
    copy = first.copy.read_bytes()
    second = make_release(master, tmp_path, Request(), [Restless()], Options(supersede=True))
    assert second.withheld
    assert names(tmp_path) == sorted([*MARKED, *HELD])
    assert (tmp_path / "corridor.superseded.mp4").read_bytes() == copy
    assert "is now called corridor.superseded.mp4" in second.earlier
    assert second.earlier in second.report.read_text()
    for path in (tmp_path, tmp_path / "corridor.superseded.mp4", tmp_path / "corridor.superseded.json"):
        with pytest.raises(InputUnusable, match="marked as superseded"):
            holds(path)
    with pytest.raises(InputUnusable, match="was withheld"):
        holds(tmp_path / "corridor.withheld.mp4")
    make_release(master, tmp_path, Request(), [RedSquare()], Options(supersede=True))
    assert names(tmp_path) == sorted([*RELEASED, *MARKED])
    assert holds(tmp_path)
    make_release(master, tmp_path, Request(), [RedSquare()], Options(supersede=True))
    assert names(tmp_path) == sorted([*RELEASED, *MARKED, *(name.replace("ded.", "ded-2.", 1) for name in MARKED)])
    assert (tmp_path / "corridor.superseded.mp4").read_bytes() == copy


def test_a_folder_of_a_withheld_copy_holds_no_release(master: Path, tmp_path: Path) -> None:
    """And whoever checks it is told why."""
    make_release(master, tmp_path, Request(), [Restless()])
    with pytest.raises(InputUnusable, match=r"has no manifest\. The copy there was withheld"):
        holds(tmp_path)


@pytest.mark.parametrize("ending", ["redacted.mp4", "manifest.json", "report.html", "operator.html", "risks.json"])
def test_no_file_of_somebody_else_is_replaced(master: Path, tmp_path: Path, ending: str) -> None:
    """Whatever stands under a name of the results and was not made here stays, and nothing is looked at before."""
    path = tmp_path / f"corridor.{ending}"
    path.write_bytes(b"{}")

    def looked(stage: str, done: int, total: int | None) -> None:
        raise AssertionError(stage, done, total)

    with pytest.raises(InputUnusable, match=f"{path} is not a file that redact made"):
        make_release(master, tmp_path, Request(), [RedSquare()], progress=looked)
    assert (names(tmp_path), path.read_bytes()) == ([path.name], b"{}")


@pytest.mark.parametrize("name", HELD)
def test_no_file_that_looks_withheld_is_replaced(master: Path, tmp_path: Path, name: str) -> None:
    """A name is no proof, nor is a report of another copy beside it."""
    make_release(master, tmp_path, Request(), [Restless()])
    (tmp_path / name).write_bytes(b"another")
    with pytest.raises(InputUnusable, match="is not a file that redact made"):
        make_release(master, tmp_path, Request(), [RedSquare()])
    assert (names(tmp_path), (tmp_path / name).read_bytes()) == (HELD, b"another")


def test_a_copy_that_was_changed_is_no_longer_ours(master: Path, tmp_path: Path) -> None:
    """Not even where only its last byte is another."""
    made = make_release(master, tmp_path, Request(), [RedSquare()])
    made.copy.write_bytes(made.copy.read_bytes()[:-1] + b"x")
    with pytest.raises(
        InputUnusable, match=r"corridor\.redacted\.mp4 is not a file that redact made, or was changed since"
    ):
        make_release(master, tmp_path, Request(), [RedSquare()])


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("nowhere"), os.mkfifo])
def test_what_is_no_file_is_not_replaced(master: Path, tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A folder, a link that leads nowhere, a pipe."""
    make(tmp_path / "corridor.redacted.mp4")
    with pytest.raises(InputUnusable, match="is not a file that redact made"):
        make_release(master, tmp_path, Request(), [RedSquare()])


@pytest.mark.parametrize("link", ["itself", "symbolic", "hard"])
def test_no_master_is_replaced(master: Path, tmp_path: Path, link: str) -> None:
    """A master that lies where the copy goes, by whatever link, is refused before anything is looked at."""
    place = tmp_path / "corridor.redacted.mp4"
    kept = tmp_path / "kept.mp4"
    kept.write_bytes(master.read_bytes())
    match link:
        case "itself":
            place.write_bytes(b"a master")
        case "symbolic":
            place.symlink_to(kept)
        case "hard":
            place.hardlink_to(kept)
    read = place if link == "itself" else kept
    with pytest.raises(UsageProblem, match="would be replaced"):
        make_release(master, tmp_path, Request(), [RedSquare()], Options(inputs=[read]))
    assert kept.read_bytes() == master.read_bytes()
    assert os.path.lexists(place)


def test_a_file_that_appears_during_the_run_is_not_replaced(master: Path, tmp_path: Path) -> None:
    """Hours lie between the first look at the folder and the last."""

    def meddle(stage: str, done: int, total: int | None) -> None:
        del total
        if stage == "verify" and done == 1:
            (tmp_path / "corridor.report.html").write_text("notes of the meeting")

    with pytest.raises(InputUnusable, match=r"corridor\.report\.html is not a file that redact made"):
        make_release(master, tmp_path, Request(), [RedSquare()], progress=meddle)
    assert names(tmp_path) == ["corridor.report.html"]


def test_whoever_lost_the_job_lets_nothing_appear(
    master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they have is asked once all is on the disk, which takes long: the release of whoever has it now stays."""
    make_release(master, tmp_path, Request(), [RedSquare()])
    before = bytes_of(tmp_path, RELEASED)
    written: list[Path] = []
    monkeypatch.setattr("redact.jobs.results.sync", written.append)

    def lost() -> None:
        assert len(written) == len(RELEASED)
        message = "Somebody else has taken over the job."
        raise Lost(message)

    with pytest.raises(Lost):
        make_release(master, tmp_path, Request(), [RedSquare()], claim=lost)
    assert bytes_of(tmp_path, RELEASED) == before
    assert names(tmp_path) == RELEASED


def test_a_full_disk_leaves_the_release_before_it_alone(
    master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is new is on the disk before anything old goes."""
    make_release(master, tmp_path, Request(), [RedSquare()])
    before = bytes_of(tmp_path, RELEASED)

    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path), len(data))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputUnusable, match="no space left"):
        make_release(master, tmp_path, Request(), [RedSquare()])
    assert bytes_of(tmp_path, RELEASED) == before
    assert names(tmp_path) == RELEASED


def test_a_name_of_ones_own(master: Path, tmp_path: Path) -> None:
    """The results are called what whoever runs it wants."""
    made = make_release(master, tmp_path, Request(), [RedSquare()], Options(name="hall"))
    assert names(tmp_path) == [name.replace("corridor", "hall") for name in RELEASED]
    assert holds(made.copy)


def test_a_name_that_no_file_can_have_is_refused_before_the_work(master: Path, tmp_path: Path) -> None:
    """The longest that fits does, with everything beside it; the next is refused with a remedy that helps."""
    longest = "n" * (255 - len(".withheld.operator.html"))
    made = make_release(master, tmp_path, Request(), [Restless()], Options(name=longest))
    assert made.withheld
    with pytest.raises(InputUnusable, match="is too long for the name of a file in") as caught:
        make_release(master, tmp_path, Request(), [RedSquare()], Options(name=f"{longest}n"))
    assert Given.NAME in caught.value.advice.parts


def test_a_clip_whose_name_is_not_utf_8(master: Path, tmp_path: Path) -> None:
    """Its results can be typed and read by any program, and hold."""
    odd = tmp_path / os.fsdecode(b"caf\xe9.mp4")
    odd.write_bytes(master.read_bytes())
    for detector, withheld in ((RedSquare(), False), (Restless(), True)):
        made = make_release(odd, tmp_path / "out", Request(), [detector])
        assert made.withheld is withheld
    assert names(tmp_path / "out") == [name.replace("corridor", "caf_") for name in sorted([*RELEASED, *HELD])]
    assert load_manifest(tmp_path / "out" / "caf_.manifest.json").source.name == "caf\N{REPLACEMENT CHARACTER}.mp4"
    assert holds(tmp_path / "out")


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
