"""Run an Ultralytics checkpoint with torch, on a CUDA device where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models import quiet
from models.checkpoint import let_notes_pass
from redact.errors import ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Torch"]


class Torch:
    """A checkpoint as it came. It holds layers and arrays and no code of its own; Ultralytics refuses others."""

    def __init__(self, checkpoint: Path, levels: float, settings: Path) -> None:
        """Load CHECKPOINT; levels are divided by LEVELS. Ultralytics writes to the folder SETTINGS."""
        import torch  # noqa: PLC0415  seconds, and only where it is used

        try:
            let_notes_pass(checkpoint)
            network = quiet.ultralytics(settings).YOLO(checkpoint, task="detect").model.fuse(verbose=False)
        except MemoryError:
            raise
        except Exception as problem:  # whatever a file that is no checkpoint makes those who read it raise
            reason = str(problem).strip().partition("\n")[0].rstrip(".") or type(problem).__name__
            message = f"{checkpoint} is no checkpoint that Ultralytics can load ({reason})."
            raise ModelUnavailable(
                message, "Name another file in the catalogue, or the same network as .onnx."
            ) from problem
        self._torch = torch
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._levels = levels
        self._network = network.to(self._device).float().eval()

    def __call__(self, rgb: NDArray[np.uint8]) -> Sequence[NDArray[np.float32]]:
        """Run pictures uint8 (n, h, w, 3): float32 (n, 4 + c, a)."""
        with self._torch.inference_mode():
            picture = self._torch.from_numpy(np.array(rgb)).to(self._device).permute(0, 3, 1, 2)
            output = self._network(picture.float() / self._levels)
        return [
            np.asarray((output[0] if isinstance(output, (tuple, list)) else output).float().cpu().numpy(), np.float32)
        ]
