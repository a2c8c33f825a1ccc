"""The network that hears where somebody speaks; it marks what is to be listened to, and decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models import quiet
from models.catalogue import catalogue
from models.store import weight_file
from redact.errors import ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from models.catalogue import Network

__all__ = ["Voice", "load_voice"]

CHUNK, CONTEXT, STATE = 512, 64, (1, 1, 128)
"""Samples, at 16 kHz, for each of which it says how likely somebody speaks; those before that it is shown as well; and
the shape of what it remembers."""

TOGETHER = 250
"""Chunks that it is shown at once: 8 s."""

SETTINGS = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}

MOST_ON_NOTHING = 0.3
"""How likely somebody may speak, at most, where nothing is heard."""


class Voice:
    """Finds where somebody speaks."""

    def __init__(self, entry: Network, weights: Path) -> None:
        """Use the WEIGHTS of ENTRY. Raises ModelUnavailable where they are no such network."""
        self.name, self.digest = entry.name, entry.sha256
        core = quiet.openvino().Core()
        try:
            self._network = core.compile_model(core.read_model(weights), "CPU", SETTINGS)
            heard = self.begin()(np.zeros(16_000, np.float32))
        except (RuntimeError, ValueError, LookupError) as problem:
            message = f"The network {entry.name} cannot be run ({_line(problem)})."
            raise ModelUnavailable(message) from problem
        if not len(heard) or not float(heard.max()) <= MOST_ON_NOTHING:
            message = f"The network {entry.name} is not the one it is taken for: it hears what is not there."
            raise ModelUnavailable(message)

    def begin(self) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
        """Give what hears one channel, float32 at 16 kHz, as it comes: how likely somebody speaks in each CHUNK."""
        return _Listener(self._network)


def load_voice() -> Voice:
    """Load the network of the catalogue that hears speech. Raises ModelUnavailable where it is not here."""
    entry = next((entry for entry in catalogue() if entry.kind == "voice"), None)
    if entry is None:
        message = "The catalogue has no network that hears speech."
        raise ModelUnavailable(message, "Add one to the catalogue.")
    return Voice(entry, weight_file(entry))


class _Listener:
    """One channel, from its beginning."""

    def __init__(self, network: Any) -> None:
        self._request = network.create_infer_request()
        self._rest = np.zeros(0, np.float32)
        self._before = np.zeros(CONTEXT, np.float32)
        self._state = np.zeros(STATE, np.float32), np.zeros(STATE, np.float32)

    def __call__(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Hear SAMPLES."""
        held = np.concatenate([self._rest, samples])
        count = len(held) // CHUNK
        self._rest = held[count * CHUNK :]
        chunks = held[: count * CHUNK].reshape(count, CHUNK)
        answers = [self._hear(chunks[at : at + TOGETHER]) for at in range(0, count, TOGETHER)]
        return np.concatenate(answers) if answers else np.zeros(0, np.float32)

    def _hear(self, chunks: NDArray[np.float32]) -> NDArray[np.float32]:
        tails = np.vstack([self._before[None], chunks[:-1, -CONTEXT:]])
        self._before = chunks[-1, -CONTEXT:]
        hidden, cell = self._state
        answer = self._request.infer({"input": np.hstack([tails, chunks]), "h": hidden, "c": cell})
        named = {output.any_name: np.array(value) for output, value in answer.to_dict().items()}
        self._state = named["hn"], named["cn"]
        return np.asarray(named["speech_probs"], np.float32).reshape(-1)


def _line(problem: Exception) -> str:
    return str(problem).strip().rpartition("\n")[2].rstrip(".") or type(problem).__name__
