"""Networks in 8 bits: nothing but the last layers runs in float, and VNNI makes no difference to what is found."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from models import quiet
from models.catalogue import BUILT_IN, catalogue, read
from models.loading import pull
from models.store import read as stored

BUILT = {name: table for name, table in read(BUILT_IN).items() if not table.get("off")}
USED = [name for name, table in BUILT.items() if table.get("precision", "").startswith("int8")]
AS_THEY_RUN = [name for name in USED if BUILT[name]["precision"] == "int8"]

X86 = platform.machine().lower() in {"x86_64", "amd64"}

LAST_OF_YOLO = 7
"""The last convolutions for sides and for scores at three scales, and the one that sums up the steps of a side."""

BETWEEN = ("Subgraph", "Eltwise", "Sigmoid", "Swish", "FakeQuantize")
DECODING = 4
"""Layers in float that are no convolutions: they turn the last ones into boxes and scores."""

MOST = 30
"""Fewer convolutions in 8 bits no network has."""

ANSWERS = """
import sys
import cv2
from models.calibration import pictures
from models.loading import load
from redact.files import sha256_bytes
from redact.records.kinds import Kind
from redact.records.tracks import FrameBatch
import numpy as np

seen = np.stack([picture for picture, _ in zip(pictures(), range(6))])
kinds = Kind.PERSON, Kind.FACE, Kind.PLATE
for network in (*load(kinds), *load(kinds[:1], keeping=True)):
    found = network(FrameBatch(np.arange(len(seen), dtype=np.int32), seen, (1.0, 1.0)))
    assert len(found) or Kind.PLATE in network.kinds, network
    print(network.name, len(found), sha256_bytes(found.xyxy.tobytes() + found.score.tobytes()))
"""
"""What each network finds on six pictures, to the last bit."""


@pytest.fixture(scope="module", autouse=True)
def _here() -> None:
    pull(USED)


@pytest.mark.skipif(not X86, reason="other processors take other layers in 8 bits")
@pytest.mark.parametrize("name", AS_THEY_RUN)
def test_what_takes_the_time_runs_in_8_bits(name: str) -> None:
    """Every convolution but the last of a head; and no layer is left between two that could be a part of the first."""
    (entry,) = (one for one in catalogue() if one.name == name)
    core, network = quiet.openvino().Core(), stored(entry)
    model = core.read_model(network.xml, quiet.openvino().Tensor(np.frombuffer(network.bin, np.uint8)))
    model.reshape({model.input(0): [1, 3, 384, 640]})
    running = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}).get_runtime_model()
    told = [operation.get_rt_info() for operation in running.get_ops()]
    layers = Counter((str(one["layerType"].value), str(one["runtimePrecision"].value)) for one in told)
    in_float = Counter({layer: count for (layer, precision), count in layers.items() if precision == "f32"})
    assert layers["Convolution", "u8"] > MOST
    assert in_float["Convolution"] <= (LAST_OF_YOLO if entry.head == "yolo" else 0)
    assert in_float["Deconvolution"] == 0
    assert sum(in_float[layer] for layer in BETWEEN) <= DECODING


@pytest.mark.skipif(not X86, reason="the older processor that is asked for is an x86")
def test_with_vnni_and_without_the_answer_is_the_same() -> None:
    """To the last bit: one that adds products in 16 bits, as all did before VNNI, and this one."""
    here, older = (_answers(more) for more in ({}, {"ONEDNN_MAX_CPU_ISA": "AVX2"}))
    assert here == older


def _answers(more: dict[str, str]) -> str:
    """Give what the networks find in a process with MORE in its environment."""
    command = [sys.executable, "-c", ANSWERS]
    done = subprocess.run(command, env=os.environ | more, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
