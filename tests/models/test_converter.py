"""A network that was exported for pictures of one size is put into its architecture, which takes any."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models import quiet
from models.convert import convert
from redact.errors import ModelUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIDE = 64


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A YOLOv8n that knows nothing, exported by Ultralytics for pictures of SIDE x SIDE px alone."""
    folder = tmp_path_factory.mktemp("fixed")
    network = quiet.ultralytics(folder).YOLO("yolov8n.yaml", task="detect")
    network.model.fuse()
    numbers = np.random.default_rng(8)
    for weights in (one for name, one in network.model.named_parameters() if ".dfl." not in name):
        scale = 1.5 / np.sqrt(weights[0].numel()) if weights.dim() > 1 else 0.3
        weights.data.copy_(weights.new_tensor(numbers.normal(0, scale, weights.shape)))
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.chdir(folder)
        warnings.simplefilter("ignore")  # torch says that this exporter is an old one
        network.export(format="onnx", dynamic=False, simplify=False, opset=17, imgsz=SIDE, device="cpu")
    return folder / "yolov8n.onnx"


def said(network: Path, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """What NETWORK says of PICTURES, float32 (n, 3, h, w): float32 (n, 84, anchors)."""
    runs = quiet.openvino().Core().compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.asarray(runs(pictures)[0], np.float32)


def noise(count: int, height: int, width: int) -> NDArray[np.float32]:
    """COUNT pictures of which no two are alike."""
    return np.random.default_rng(5).random((count, 3, height, width), np.float32)


def test_a_network_for_one_size_says_the_same_once_it_takes_any(fixed: Path, tmp_path: Path) -> None:
    """At its own size every box and every score stays; other sizes, and many pictures at a time, are taken too."""
    xml, _ = convert(fixed, tmp_path, name="any", head="yolo", precision="float", architecture="yolov8n")
    before, after = (said(one, noise(1, SIDE, SIDE)) for one in (fixed, xml))
    assert np.ptp(before[:, 4:]) > 0.5
    np.testing.assert_allclose(after, before, atol=2e-3)
    assert said(xml, noise(2, 96, 160)).shape == (2, 84, 12 * 20 + 6 * 10 + 3 * 5)
    with pytest.raises(RuntimeError):
        said(fixed, noise(2, 96, 160))


@pytest.mark.parametrize("architecture", [None, "yolov8s", "yolo99n"])
def test_weights_that_do_not_fit_are_refused(fixed: Path, tmp_path: Path, architecture: str | None) -> None:
    """Of another architecture, of one that is none, or for one size and of none: it is a sentence with a remedy."""
    with pytest.raises(ModelUnavailable, match="The network odd could not be converted") as problem:
        convert(fixed, tmp_path, name="odd", head="yolo", precision="float", architecture=architecture)
    assert problem.value.advice
    assert list(tmp_path.iterdir()) == []
