"""What every detector is held to: those of the catalogue, two of them also in float, and one that follows a script."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from copies import ScriptedDetector

from models import quiet
from models.calibration import photographs
from models.catalogue import BUILT_IN, CATALOGUE, catalogue, read
from models.detector import NetworkDetector
from models.engine import SETTINGS
from models.heads import HEADS
from models.loading import check, detector, load, pull
from models.store import STORE, weight_file
from redact.demo.car import PLATE_BOX_MM, put
from redact.records.boxes import iou
from redact.records.kinds import Kind
from redact.records.tracks import Detections, FrameBatch, Resting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.catalogue import Network
    from redact.records.tracks import Detector

    Picture = NDArray[np.uint8]

SIZE = (640, 384)
"""w, h px of every picture here."""

TORCH, FLOAT = "plate-torch", "person-float"
KNOWN = {name: table for name, table in read(BUILT_IN).items() if table["kind"] != "voice"}
"""Networks that look at pictures."""

OFF = [name for name, table in KNOWN.items() if table.get("off")]
"""Those that are not used unless a site turns them on."""

RESTING = """
import os
from pathlib import Path
import numpy as np
from models.loading import load
from redact.records.kinds import Kind
from redact.records.tracks import FrameBatch

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

networks = load(Kind)
sizes = (32, 32), (736, 1280)
small, large = (FrameBatch(np.zeros(1, np.int32), np.zeros((1, *size, 3), np.uint8), (1, 1)) for size in sizes)
for network in networks:
    network(small)
    network.rest()
print(held())
for network in networks:
    network(large)
print(held())
for network in networks:
    network.rest()
print(held())
"""
"""Memory that a process holds: before the networks get ready for a large picture, then, and when they rest."""

SCRIPT = dict.fromkeys((3, 5, 8), (40, 50, 80, 150))


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Detector]:
    """Every network of the built-in catalogue, a script, and two of a site's own: one that torch runs, one in float."""
    folder = tmp_path_factory.mktemp("site")
    found: dict[str, Detector] = {"scripted": ScriptedDetector(SCRIPT)}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(CATALOGUE, raising=False)
        pull()
        entries = {entry.name: entry for entry in catalogue() if entry.kinds}
        found |= {name: detector(entry) for name, entry in entries.items()}
        own = folder / "own.toml"
        own.write_text("".join(f"[{name}]\noff = false\n" for name in OFF))
        patch.setenv(CATALOGUE, str(own))
        there = {name for name, problem in check(OFF).items() if problem is None}
        found |= {entry.name: detector(entry) for entry in catalogue() if entry.name in there}
        plates = again(TORCH, entries["plate-yolov8n"], 'engine = "torch"\ngrey = true')
        people = again(FLOAT, entries["person-yolov8n"], 'architecture = "yolov8n"\nclasses = [0]')
        own.write_text(plates + people)
        patch.setenv(STORE, str(folder / "store"))
        pull([TORCH, FLOAT])
        found |= {entry.name: detector(entry) for entry in catalogue() if entry.name in {TORCH, FLOAT}}
    return found


def again(name: str, entry: Network, keys: str) -> str:
    """Write the table NAME of a catalogue: the weights of ENTRY as they came, its scores, and KEYS, lines of TOML."""
    how = f'kind = "{entry.kind}"\nhead = "{entry.head}"\nscore = {entry.score}\noverlap = {entry.overlap}\n{keys}'
    return f'[{name}]\npath = "{weight_file(entry)}"\nsha256 = "{entry.sha256}"\n{how}\n'


@pytest.fixture(scope="session", params=[*KNOWN, TORCH, FLOAT, "scripted"])
def any_detector(request: pytest.FixtureRequest, loaded: dict[str, Detector]) -> Detector:
    """One detector after the other; of those that are off, the ones that were fetched."""
    if request.param in OFF and request.param not in loaded:
        pytest.skip(f"{request.param} is off and not here: turn it on in a catalogue, and redact models pull")
    return loaded[request.param]


@pytest.fixture(scope="session")
def pictures() -> dict[str, Picture]:
    """Plain pictures: a street with people, two men close by, a car on a grey road, and nothing at all."""
    street, men = (laid(photograph) for photograph in photographs())
    road = np.full((SIZE[1], SIZE[0], 3), 110, np.uint8)
    return {"street": street, "men": men, "car": put(road, 0.18, 160, 370), "black": np.zeros_like(road)}


def laid(photograph: Picture) -> Picture:
    """Lay PHOTOGRAPH at the top left of a grey picture of SIZE."""
    fit = min(SIZE[0] / photograph.shape[1], SIZE[1] / photograph.shape[0])
    small = cv2.resize(photograph, None, fx=fit, fy=fit, interpolation=cv2.INTER_AREA)
    picture = np.full((SIZE[1], SIZE[0], 3), 114, np.uint8)
    picture[: small.shape[0], : small.shape[1]] = small
    return picture


def batch_of(*pictures: Picture, first: int = 0) -> FrameBatch:
    """PICTURES as one batch, numbered from FIRST."""
    index = np.arange(first, first + len(pictures), dtype=np.int32)
    rgb = np.stack(pictures) if pictures else np.zeros((0, SIZE[1], SIZE[0], 3), np.uint8)
    return FrameBatch(index, rgb, (1.0, 1.0))


def same(one: Detections, other: Detections, tolerance_px: float = 0.5) -> bool:
    """Tell whether two findings are the same but for rounding."""
    close = np.allclose(one.xyxy, other.xyxy, atol=tolerance_px) if len(one) == len(other) else False
    return close and np.array_equal(one.frame, other.frame) and np.array_equal(one.kind, other.kind)


def matched(wanted: NDArray[np.float32], found: Detections) -> float:
    """Give the least overlap, IoU, of any of the WANTED boxes with the best of what was FOUND."""
    return float(iou(wanted, found.xyxy).max(axis=1, initial=0).min())


def test_it_says_what_it_is(any_detector: Detector) -> None:
    """Name and digest go into the manifest; sides tell how to feed it."""
    assert any_detector.name
    assert len(any_detector.digest) == 64
    assert set(any_detector.kinds) <= set(Kind)
    assert len(any_detector.sides) in {2, 3}


def test_no_pictures_have_nothing_on_them(any_detector: Detector) -> None:
    """An empty batch is not an error."""
    assert len(any_detector(batch_of())) == 0


def test_a_black_picture_has_next_to_nothing_on_it(any_detector: Detector, pictures: dict[str, Picture]) -> None:
    """A camera with its cap on hides no crowd."""
    assert len(any_detector(batch_of(pictures["black"]))) <= 1


def test_rows_are_of_the_batch(any_detector: Detector, pictures: dict[str, Picture]) -> None:
    """Every row has a frame of the batch, in order, a kind that was announced, a score, and a box in the picture."""
    found = any_detector(batch_of(*pictures.values(), first=3))
    assert set(found.frame.tolist()) <= {3, 4, 5, 6}
    assert np.all(np.diff(found.frame) >= 0)
    assert set(found.kind.tolist()) <= set(any_detector.kinds)
    assert np.all((found.score > 0) & (found.score <= 1))
    assert np.all(found.xyxy[:, :2] >= 0)
    assert np.all(found.xyxy[:, 2:] <= SIZE)
    assert np.all(found.xyxy[:, :2] < found.xyxy[:, 2:])


def test_the_same_pictures_give_the_same_rows(any_detector: Detector, pictures: dict[str, Picture]) -> None:
    """Bit for bit: a plan can be made again."""
    one, other = (any_detector(batch_of(*pictures.values())) for _ in range(2))
    np.testing.assert_array_equal(one.xyxy, other.xyxy)
    np.testing.assert_array_equal(one.score, other.score)


def test_after_a_rest_the_same_is_found(any_detector: Detector, pictures: dict[str, Picture]) -> None:
    """Bit for bit; whoever can rest may be told so at any time, also twice."""
    before = any_detector(batch_of(pictures["street"]))
    for _ in range(2):
        if isinstance(any_detector, Resting):
            any_detector.rest()
    after = any_detector(batch_of(pictures["street"]))
    np.testing.assert_array_equal(before.xyxy, after.xyxy)
    np.testing.assert_array_equal(before.score, after.score)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux tells what memory a process holds")
@pytest.mark.usefixtures("loaded")
def test_networks_at_rest_hold_less() -> None:
    """Most of what they took to get ready for a large picture is given back to the system, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", RESTING], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    before, ready, resting = map(int, done.stdout.split())
    assert ready - before > 100e6
    assert resting - before < (ready - before) / 2


def test_a_batch_is_its_pictures_one_by_one(any_detector: Detector, pictures: dict[str, Picture]) -> None:
    """No picture changes what is found on another."""
    many = any_detector(batch_of(*pictures.values(), first=2))
    one_by_one = [any_detector(batch_of(picture, first=2 + n)) for n, picture in enumerate(pictures.values())]
    assert same(many, Detections.concat(one_by_one))


def test_any_size_will_do(any_detector: Detector, pictures: dict[str, Picture]) -> None:
    """Sides that are no multiples of the network's stride are padded, not refused."""
    found = any_detector(batch_of(np.ascontiguousarray(pictures["men"][:301, :517])))
    assert np.all(found.xyxy[:, 2:] <= [517, 301])


@pytest.mark.parametrize("name", ["person-yolov8n", "person-yolov8s", FLOAT])
def test_people_are_found(loaded: dict[str, Detector], pictures: dict[str, Picture], name: str) -> None:
    """Those who stand in the street, and two who fill the picture."""
    found = loaded[name](batch_of(pictures["street"], pictures["men"]))
    standing = np.array([[15, 140, 85, 320], [78, 143, 122, 307], [236, 158, 288, 312]], np.float32)
    assert matched(standing, found[found.frame == 0]) > 0.6
    close = np.array([[370, 20, 570, 360], [62, 100, 570, 360]], np.float32)
    assert matched(close, found[found.frame == 1]) > 0.6


def test_faces_are_found(loaded: dict[str, Detector], pictures: dict[str, Picture]) -> None:
    """The two men who look past the camera."""
    found = loaded["face-centerface"](batch_of(pictures["men"]))
    assert matched(np.array([[272, 118, 335, 222], [455, 43, 532, 142]], np.float32), found) > 0.6


@pytest.mark.parametrize("name", ["plate-yolov8n", TORCH])
def test_plates_are_found(loaded: dict[str, Detector], pictures: dict[str, Picture], name: str) -> None:
    """The plate of the car of the demonstration, and nothing else on that picture."""
    found = loaded[name](batch_of(pictures["car"]))
    place = np.array(PLATE_BOX_MM, np.float32) * 0.18 + np.array([160, 370 - 1560 * 0.18] * 2, np.float32)
    assert matched(place[None], found) > 0.4
    assert len(found) == 1


@pytest.mark.parametrize(("quick", "exact", "least"), [("plate-yolov8n", TORCH, 1), ("person-yolov8n", FLOAT, 5)])
def test_eight_bits_find_what_float_finds(
    loaded: dict[str, Detector], pictures: dict[str, Picture], quick: str, exact: str, least: int
) -> None:
    """A network in 8 bits, and its weights as they came, agree on everything that those are halfway sure of."""
    batch = batch_of(pictures["street"], pictures["men"], pictures["car"])
    rough, fine = loaded[quick](batch), loaded[exact](batch)
    sure = fine[fine.score > 0.5]
    assert len(sure) >= least
    for frame in set(sure.frame.tolist()):
        assert matched(sure[sure.frame == frame].xyxy, rough[rough.frame == frame]) > 0.8


@pytest.mark.parametrize(("keeping", "name"), [(False, "person-yolov8n"), (True, "person-yolov8s")])
@pytest.mark.usefixtures("loaded")
def test_who_is_to_stay_visible_is_found_with_the_larger_network(
    monkeypatch: pytest.MonkeyPatch, keeping: bool, name: str
) -> None:
    """Where nobody is, the quick one does; faces and plates have one network either way."""
    monkeypatch.delenv(CATALOGUE, raising=False)
    names = [one.name for one in load(Kind, keeping=keeping)]
    assert names == [name, "face-centerface", "plate-yolov8n"]


def test_a_network_for_one_size_finds_the_same_once_it_takes_any(
    loaded: dict[str, Detector], pictures: dict[str, Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At that size the file as it came and the architecture that its weights were put into give the same boxes."""
    monkeypatch.delenv(CATALOGUE, raising=False)
    (entry,) = (entry for entry in catalogue() if entry.name == "person-yolov8n")
    network = quiet.openvino().Core().compile_model(weight_file(entry), "CPU", SETTINGS)

    def as_it_came(rgb: Picture) -> list[NDArray[np.float32]]:
        return [network(np.ascontiguousarray(rgb.transpose(0, 3, 1, 2) / np.float32(HEADS["yolo"].levels)))[0]]

    for name, least in (("street", 3), ("men", 2)):
        square = batch_of(np.pad(pictures[name], ((0, SIZE[0] - SIZE[1]), (0, 0), (0, 0)), constant_values=114))
        found = NetworkDetector(entry, as_it_came, entry.sha256)(square)
        assert len(found) >= least
        assert same(found, loaded[FLOAT](square))
