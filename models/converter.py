"""Turn one weight file into OpenVINO's form: `python -m models.converter SETTINGS`. Only `models.convert` starts it."""

from __future__ import annotations

import json
import logging
import re
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models import quiet
from models.calibration import COUNT, SIDE, pictures
from models.checkpoint import let_notes_pass
from models.heads import HEADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["main"]

OPSET = 17
"""ONNX operator set; the newest that torch's exporter writes without translation."""

AS_READ = "int8-as-read"
"""Precision of a network that is quantised in the steps that its file has, not in those that run."""


def main(settings: dict[str, str]) -> None:
    """Convert as SETTINGS say."""
    warnings.simplefilter("ignore")
    ov = quiet.openvino()
    weights = Path(settings["weights"])
    network, precision = _any_size(weights, settings.get("architecture")), settings["precision"]
    # what is quantised is best what runs: each x * sigmoid(x) is one SiLU then, and no step is left between two
    model = ov.Core().read_model(network) if precision == AS_READ else ov.convert_model(network)
    if model.has_rt_info(["framework", "date"]):
        model.set_rt_info("", ["framework", "date"])  # the same bytes whenever it is done
    model.reshape({model.input(0): [1, 3, SIDE, SIDE]})
    if precision in {"int8", AS_READ}:
        model = _quantised(model, settings["head"])
    model.reshape({model.input(0): [-1, 3, -1, -1]})
    ov.save_model(model, Path(settings["out"]) / f"{settings['name']}.xml", compress_to_fp16=False)


def _any_size(weights: Path, architecture: str | None) -> Path:
    """Give WEIGHTS as ONNX that takes pictures of any size: an .onnx without an ARCHITECTURE does already."""
    if weights.suffix == ".pt":
        here = Path.cwd() / "network.pt"
        here.write_bytes(weights.read_bytes())
        let_notes_pass(here)
        return _exported(quiet.ultralytics(Path.cwd()).YOLO(here, task="detect"))
    return _exported(_rebuilt(weights, architecture)) if architecture else weights


def _rebuilt(onnx_file: Path, architecture: str) -> Any:
    """Put the weights of ONNX_FILE, exported for one size, into a network of that Ultralytics ARCHITECTURE.

    Ultralytics exports a network with its batch norms folded into its convolutions, under the names of its layers.
    Raises RuntimeError where the names or shapes are not those of the architecture.
    """
    import onnx  # noqa: PLC0415  seconds, and only here
    import torch  # noqa: PLC0415  the same

    held = onnx.load(onnx_file).graph.initializer
    weights = {tensor.name: torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy()) for tensor in held}
    network = quiet.ultralytics(Path.cwd()).YOLO(f"{architecture}.yaml", task="detect")
    network.model.fuse()
    network.model.load_state_dict({name: value for name, value in weights.items() if name.startswith("model.")})
    network.model.eval()
    return network


def _exported(network: Any) -> Path:
    """Export an Ultralytics NETWORK to ONNX in the current folder, any batch and any size."""
    return Path(network.export(format="onnx", dynamic=True, simplify=False, opset=OPSET, imgsz=SIDE, device="cpu"))


def _quantised(model: Any, head: str) -> Any:
    """Bring the convolutions of MODEL to 8 bits, measured on the calibration pictures.

    Weights take 7 of the 8: a processor without VNNI adds two products in 16 bits, which more would overflow, so that
    it would find other things than one with VNNI does.
    """
    import nncf  # noqa: PLC0415  seconds, and only here

    nncf.set_log_level(logging.ERROR)
    names = [operation.get_friendly_name() for operation in model.get_ops()]
    return nncf.quantize(
        model,
        nncf.Dataset(list(_samples(HEADS[head].levels))),
        subset_size=COUNT,
        preset=nncf.QuantizationPreset.MIXED,  # SiLU is not symmetric about 0
        ignored_scope=nncf.IgnoredScope(names=_in_float(names), validate=False),
        advanced_parameters=nncf.AdvancedQuantizationParameters(overflow_fix=nncf.OverflowFix.ENABLE),
    )


def _samples(levels: float) -> Iterator[NDArray[np.float32]]:
    """Give the calibration pictures as a network takes them: float32 (1, 3, SIDE, SIDE)."""
    for picture in pictures():
        yield np.ascontiguousarray((picture / np.float32(levels)).transpose(2, 0, 1)[None], np.float32)


def _in_float(names: list[str]) -> list[str]:
    """Of a YOLO network's layers, give those that stay in float: the last convolutions of its head, and the decoding.

    256 steps are too few for box sides and scores; the convolutions before them lose nothing, and they cost most.
    """
    numbers = [int(match[1]) for name in names if (match := re.match(r"/model\.(\d+)/", name))]
    if not numbers:
        return []
    head = rf"/model\.{max(numbers)}"
    decoding = re.compile(rf"{head}/(?!cv\d)|{head}/(cv\d\.\d)/\1\.2/")
    return [name for name in names if decoding.match(name)]


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
