"""A network is tried before it is used: whatever else lies in its place, with whatever record, is found out."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner
from copies import ScriptedDetector

from cli.main import redact
from models import store
from models.catalogue import CATALOGUE, Network, catalogue
from models.loading import check, load, pull
from models.proof import WrongNetwork, _known, prove
from models.store import STORE, folder
from redact.errors import ModelUnavailable
from redact.records.boxes import grow
from redact.records.kinds import Kind
from redact.records.tracks import Detections

if TYPE_CHECKING:
    from redact.records.tracks import FrameBatch

PERSON, FACE, PLATE = "person-yolov8n", "face-centerface", "plate-yolov8n"


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the store of this machine, to be spoilt."""
    monkeypatch.delenv(CATALOGUE, raising=False)
    if any(store.check().values()):
        pytest.skip("the networks are not here: redact models pull")
    copy = Path(shutil.copytree(folder(), tmp_path / "store", ignore=shutil.ignore_patterns("proved")))
    monkeypatch.setenv(STORE, str(copy))
    return copy


def put_in_place(home: Path, name: str, other: str) -> None:
    """Put what OTHER was converted to in the place of NAME, and make its record agree."""
    mine, theirs = (json.loads((home / f"{one}.json").read_bytes()) for one in (name, other))
    files = {file: digest for file, digest in mine["files"].items() if file.endswith((".pt", ".onnx"))}
    for file, digest in theirs["files"].items():
        if file.endswith((".xml", ".bin")):
            (home / file.replace(other, name)).write_bytes((home / file).read_bytes())
            files[file.replace(other, name)] = digest
    (home / f"{name}.json").write_text(json.dumps(mine | {"files": files, "digest": theirs["digest"]}))


@pytest.mark.parametrize(
    ("name", "other"),
    [(PERSON, PLATE), (PERSON, FACE), ("person-yolov8s", PLATE), (FACE, PERSON), (FACE, PLATE), (PLATE, PERSON)],
)
def test_another_network_in_its_place_is_found_out(filled: Path, name: str, other: str) -> None:
    """Files and record are as good as its own, and still it is not loaded, nor said to be ready."""
    put_in_place(filled, name, other)
    assert store.check([name]) == {name: None}
    (entry,) = (entry for entry in catalogue() if entry.name == name)
    with pytest.raises(ModelUnavailable, match=f"The network {name} is not the one it is taken for"):
        load(entry.kinds, keeping=entry.when == "keeping")
    assert "not the one it is taken for" in str(check([name])[name])


def test_the_commands_say_so(filled: Path) -> None:
    """Both that look after the networks, with exit code 6, and with what to do."""
    put_in_place(filled, PERSON, PLATE)
    for words in (["models", "check"], ["doctor"]):
        done = CliRunner().invoke(redact, words)
        assert done.exit_code == 6, done.output
        assert f"The network {PERSON} is not the one it is taken for: it misses the people on a known picture." in (
            done.output
        )
        assert "redact models pull" in done.output
    rows = json.loads(CliRunner().invoke(redact, ["models", "list", "--json"]).stdout)["networks"]
    assert {row["name"] for row in rows if row["problem"]} == {PERSON}


@pytest.mark.slow
def test_pull_makes_it_again(filled: Path) -> None:
    """From the weights that are still there; the others stay as they are."""
    digest = json.loads((filled / f"{PERSON}.json").read_bytes())["digest"]
    put_in_place(filled, PERSON, PLATE)
    before = {path: path.stat().st_mtime_ns for path in filled.glob("*.json") if path.stem != PERSON}
    (record,) = pull([PERSON])
    assert record.digest == digest
    assert check() == dict.fromkeys(check())
    assert {path: path.stat().st_mtime_ns for path in before} == before


class Counted(ScriptedDetector):
    """Finds what is on the known picture of its kind, or what it is told to, and counts how often it is asked."""

    def __init__(self, kind: Kind, shift: float = 0.0, nothing: int = 0) -> None:
        """Be off by SHIFT px, and find so many things on a black picture."""
        super().__init__()
        self.kinds, self.shift, self.nothing, self.asked = (kind,), shift, nothing, 0

    def __call__(self, batch: FrameBatch) -> Detections:
        """Find what is there."""
        del batch
        self.asked += 1
        known = _known(self.kinds[0]).xyxy
        boxes = np.concatenate([known + self.shift, np.tile(known[:1], (self.nothing, 1))]).astype(np.float32)
        frame = np.repeat(np.arange(2, dtype=np.int32), [len(known), self.nothing])
        return Detections(
            frame, boxes, np.full(len(boxes), 0.9, np.float32), np.full(len(boxes), self.kinds[0], np.uint8)
        )


def entry_of(**changes: object) -> Network:
    """An entry of a catalogue, with CHANGES."""
    facts = {"name": "own", "kind": "person", "path": "own.onnx", "sha256": "a" * 64, "head": "yolo"}
    return Network.model_validate(facts | changes)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_network_is_tried_once_and_again_when_anything_changes(tmp_path: Path, kind: Kind) -> None:
    """What was tried is noted; who asks anew has it tried all the same, and with other settings it is another."""
    one = Counted(kind)
    for _ in range(2):
        prove(entry_of(), one, tmp_path / "proved")
    assert one.asked == 1
    prove(entry_of(), one, tmp_path / "proved", anew=True)
    assert one.asked == 2
    prove(entry_of(score=0.2), one, tmp_path / "proved")
    one.digest = "e" * 64
    prove(entry_of(), one, tmp_path / "proved")
    assert one.asked == 4


class Around(Counted):
    """Finds something larger around every face."""

    def __init__(self, factor: float) -> None:
        """Be larger by FACTOR, across and down."""
        super().__init__(Kind.FACE)
        self.factor = factor

    def __call__(self, batch: FrameBatch) -> Detections:
        """Find it."""
        found = super().__call__(batch)
        return Detections(found.frame, grow(found.xyxy, self.factor), found.score, found.kind)


@pytest.mark.parametrize(("factor", "passes"), [(1.0, True), (1.5, True), (1.7, True), (1.9, False), (3.0, False)])
def test_a_network_for_heads_passes_as_one_for_faces(tmp_path: Path, factor: float, passes: bool) -> None:
    """A head holds its face and is up to three times as large; a body is larger."""
    if passes:
        prove(entry_of(kind="face"), Around(factor), tmp_path / "proved")
        return
    with pytest.raises(ModelUnavailable, match="it misses the faces"):
        prove(entry_of(kind="face"), Around(factor), tmp_path / "proved")


@pytest.mark.parametrize(
    ("detector", "said"),
    [
        (ScriptedDetector(), "it misses the people"),
        (Counted(Kind.FACE, shift=40), "it misses the faces"),
        (Counted(Kind.PLATE, shift=40), "it misses the number plate"),
        (Counted(Kind.PERSON, nothing=6), "it finds much on a black picture"),
    ],
)
def test_what_it_must_find_is_demanded(tmp_path: Path, detector: ScriptedDetector, said: str) -> None:
    """Each of those on the picture, where they are, and little where there is nobody; a failure is not noted."""
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match=said):
            prove(entry_of(), detector, tmp_path / "proved")
    prove(entry_of(proof=False), detector, tmp_path / "proved")
    assert not (tmp_path / "proved").exists()


@pytest.mark.parametrize(
    ("problem", "kind"),
    [(ValueError("not enough values"), WrongNetwork), (RuntimeError("no memory"), ModelUnavailable)],
)
def test_what_goes_wrong_on_trial_is_told_apart(tmp_path: Path, problem: Exception, kind: type[Exception]) -> None:
    """An answer of another form is another network's; a machine that cannot run it says nothing about it."""

    class Failing(ScriptedDetector):
        """Fails."""

        def __call__(self, batch: FrameBatch) -> Detections:
            del batch
            raise problem

    with pytest.raises(ModelUnavailable) as caught:
        prove(entry_of(), Failing(), tmp_path)
    assert caught.type is kind


def test_a_store_that_cannot_be_written_only_starts_slower(tmp_path: Path) -> None:
    """The network is tried every time."""
    (tmp_path / "proved").touch()
    one = Counted(Kind.PERSON)
    for _ in range(2):
        prove(entry_of(), one, tmp_path / "proved")
    assert one.asked == 2


@pytest.mark.parametrize("content", [b"no checkpoint", b"PK\3\4 cut off", b""])
def test_a_checkpoint_that_cannot_be_loaded_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """With the engine that runs it as it came; exit code 6, and the file by name."""
    path, own = tmp_path / "own.pt", tmp_path / "own.toml"
    path.write_bytes(content)
    how = 'kind = "plate"\nhead = "yolo"\nengine = "torch"\nreplaces = "plate-yolov8n"'
    own.write_text(f'[own]\npath = "{path}"\nsha256 = "{hashlib.sha256(content).hexdigest()}"\n{how}\n')
    monkeypatch.setenv(CATALOGUE, str(own))
    monkeypatch.setenv(STORE, str(tmp_path / "store"))
    with pytest.raises(ModelUnavailable, match=r"own\.pt is no checkpoint that Ultralytics can load \("):
        pull(["own"])
    assert "is no checkpoint" in str(check(["own"])["own"])
    with pytest.raises(ModelUnavailable, match="is no checkpoint"):
        load([Kind.PLATE])
