"""A network so small that it is made on the spot: bright cells of 4 x 4 px are its faces."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from server import REGISTRY

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NPM", "WHEEL", "entry", "npm_answers", "tiny_network", "wheel_of"]

WHEEL, NPM = "tiny-faces==1.0", "@site/tiny-faces@1.0.0"


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


def npm_answers(data: bytes) -> dict[str, bytes]:
    """What a registry of npm's that has one package, which holds DATA as model/tiny.onnx, answers to each path."""
    name, version = "@site/tiny-faces", "1.0.0"
    about = {"name": name, "version": version}
    package = io.BytesIO()
    with tarfile.open(fileobj=package, mode="w:gz") as archive:
        for path, content in (("package.json", json.dumps(about).encode()), ("model/tiny.onnx", data)):
            member = tarfile.TarInfo(f"package/{path}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    packed = package.getvalue()
    integrity = f"sha512-{base64.b64encode(hashlib.sha512(packed).digest()).decode()}"
    one = about | {"dist": {"tarball": f"{REGISTRY}/tiny-faces.tgz", "integrity": integrity}}
    listing = {"name": name, "dist-tags": {"latest": version}, "versions": {version: one}}
    return {"/@site%2ftiny-faces": json.dumps(listing).encode(), "/tiny-faces.tgz": packed}


def entry(data: bytes, source: str, name: str = "tiny") -> str:
    """Write the table of a catalogue for DATA, to be had from SOURCE, lines of TOML."""
    digest = hashlib.sha256(data).hexdigest()
    return f'[{name}]\nkind = "face"\nhead = "centerface"\nsha256 = "{digest}"\nproof = false\n{source}\n'
