"""Run a network with OpenVINO: 8-bit pictures in, the last layer's numbers out."""

from __future__ import annotations

import hashlib
import io
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from models import quiet
from redact.errors import ModelUnavailable, RedactError
from redact.files import sha256_bytes, write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from models.store import Converted

__all__ = ["OpenVino"]

SETTINGS = {
    "PERFORMANCE_HINT": "THROUGHPUT",  # a picture to each core: nobody waits for the decoder's core
    "INFERENCE_PRECISION_HINT": "f32",  # machines with bf16 units would otherwise answer differently
    "ENABLE_CPU_PINNING": False,  # two jobs on one machine would pin the same cores
}

KEPT_PX = 1_450_000
"""px of all sizes together that a network is kept ready for: a whole picture and half of it, and little more."""

DIGEST_BYTES = 32
"""A kept compilation begins with the SHA-256 of the rest."""


class OpenVino:
    """A network compiled once for each size of picture; what was compiled is kept for the next start."""

    def __init__(self, network: Converted, levels: float, kept: Path) -> None:
        """Run NETWORK on pictures whose 8-bit levels are divided by LEVELS; keep compilations in the folder KEPT."""
        self._network = network
        self._levels = levels
        self._kept = kept
        self._core = quiet.openvino().Core()
        self._ready: dict[tuple[int, int], Sequence[Any]] = {}
        self._lock = Lock()

    def __call__(self, rgb: NDArray[np.uint8]) -> Sequence[NDArray[np.float32]]:
        """Run pictures uint8 (n, h, w, 3): every output of the network, float32 (n, ...)."""
        with self._lock:
            requests = self._requests(rgb.shape[1], rgb.shape[2])
            answers: list[list[NDArray[np.float32]]] = []
            # no callbacks: one would run in a thread of OpenVINO's, which must not be the last to let go of a request
            for number in range(len(rgb)):
                request = requests[number % len(requests)]
                if number >= len(requests):
                    answers.append(_answer(request))
                request.start_async(rgb[number : number + 1], share_inputs=True)
            answers += [_answer(requests[number % len(requests)]) for number in range(len(answers), len(rgb))]
        return [np.concatenate(parts) for parts in zip(*answers, strict=True)]

    def rest(self) -> None:
        """Keep the network ready for no size; what was compiled is still on the disk."""
        with self._lock:
            self._ready.clear()

    def _requests(self, height: int, width: int) -> Sequence[Any]:
        """Give the requests for pictures of this size, as many as the processor runs at a time."""
        if (height, width) not in self._ready:
            while self._ready and height * width + sum(h * w for h, w in self._ready) > KEPT_PX:
                self._ready.pop(next(iter(self._ready)))
            try:
                compiled = self._compiled(height, width)
                count = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
                self._ready[height, width] = [compiled.create_infer_request() for _ in range(count)]
            except RuntimeError as problem:
                reason = str(problem).strip().rpartition("\n")[2].rstrip(".")
                where = f"at {width} x {height} px here"
                message = f"OpenVINO cannot run the network {self._network.digest[:12]} {where} ({reason})."
                raise ModelUnavailable(message) from problem
        return self._ready[height, width]

    def _compiled(self, height: int, width: int) -> Any:
        """Load what an earlier start compiled, if its bytes are whole, or compile and keep it."""
        path = self._kept / f"{self._key(height, width)}.blob"
        with suppress(OSError, RuntimeError):
            data = path.read_bytes()
            if hashlib.sha256(data[DIGEST_BYTES:]).digest() == data[:DIGEST_BYTES]:
                return self._core.import_model(io.BytesIO(data[DIGEST_BYTES:]), "CPU", SETTINGS)
        compiled = self._core.compile_model(self._sized(height, width), "CPU", SETTINGS)
        with suppress(OSError, RuntimeError, RedactError):  # a store that cannot be written only starts slower
            out = io.BytesIO()
            compiled.export_model(out)
            write_whole(path, hashlib.sha256(out.getvalue()).digest() + out.getvalue())
        return compiled

    def _key(self, height: int, width: int) -> str:
        """Name a compilation after all it depends on, the processor too."""
        about = [self._network.digest, self._levels, height, width, SETTINGS, quiet.openvino().get_version()]
        about += [self._core.get_property("CPU", name) for name in ("FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES")]
        return sha256_bytes(repr(about).encode())[:32]

    def _sized(self, height: int, width: int) -> Any:
        """Build the network for one size, taking 8-bit RGB as it lies in memory."""
        ov = quiet.openvino()
        model = self._core.read_model(self._network.xml, ov.Tensor(np.frombuffer(self._network.bin, np.uint8)))
        model.reshape({model.input(0): [1, 3, height, width]})
        steps = ov.preprocess.PrePostProcessor(model)
        steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
        steps.input().model().set_layout(ov.Layout("NCHW"))
        steps.input().preprocess().convert_element_type(ov.Type.f32).scale(self._levels)
        return steps.build()


def _answer(request: Any) -> list[NDArray[np.float32]]:
    """Wait for REQUEST and copy what it gave."""
    request.wait()
    return [np.array(output.data) for output in request.output_tensors]
