"""A network so small that it is made on the spot: bright cells of 4 x 4 px are its faces."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["WHEEL", "entry", "tiny_network", "wheel_of"]

WHEEL = "tiny-faces==1.0"


def tiny_network() -> bytes:
    """Make an ONNX network with CenterFace's outputs: heat is brightness, a face is 2 cells wide and 3 high."""
    convolutions = (("heat", 1, 1 / (48 * 255), 0.0), ("size", 2, 0.0, 0.0), ("offset", 2, 0.0, 0.0))
    nodes, weights = [], []
    for name, channels, gain, _ in convolutions:
        kernel = np.full((channels, 3, 4, 4), gain, np.float32)
        bias = np.log(np.array([3, 2], np.float32)) if name == "size" else np.zeros(channels, np.float32)
        weights += [numpy_helper.from_array(kernel, f"{name}_w"), numpy_helper.from_array(bias, f"{name}_b")]
        nodes.append(helper.make_node("Conv", ["picture", f"{name}_w", f"{name}_b"], [name], strides=[4, 4]))
    taken = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, 32, 32])]
    given = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, 8, 8])
        for name, channels, *_ in convolutions
    ]
    graph = helper.make_graph(nodes, "tiny", taken, given, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def wheel_of(data: bytes, folder: Path) -> Path:
    """Write a wheel into FOLDER that holds DATA as tiny_faces/tiny.onnx."""
    path = folder / "tiny_faces-1.0-py3-none-any.whl"
    about = "tiny_faces-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny_faces/tiny.onnx", data)
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny-faces\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return path


def entry(data: bytes, source: str, name: str = "tiny") -> str:
    """Write the table of a catalogue for DATA, to be had from SOURCE, lines of TOML."""
    digest = hashlib.sha256(data).hexdigest()
    return f'[{name}]\nkind = "face"\nhead = "centerface"\nsha256 = "{digest}"\n{source}\n'
