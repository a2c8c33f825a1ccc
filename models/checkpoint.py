"""Let Ultralytics open a checkpoint that carries more than a network: the notes of whoever trained it.

A checkpoint is a pickle. Ultralytics opens it with torch's restricted unpickler, which makes nothing but layers and
arrays, and refuses a file that names anything else. Some files do so in their notes alone: the settings of the
training, as OmegaConf keeps them. What such notes are made of is put on the list as an empty thing that takes whatever
it is given and does nothing, so that nothing of those libraries is imported or run. Anything else stays refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["let_notes_pass"]

LIBRARY = "omegaconf."
"""Everything of it is notes."""

PLAIN = frozenset({"builtins.dict", "collections.defaultdict", "typing.Any"})
"""What its notes name besides: types of which they are made, never called for anything."""


class _Nothing:
    """Stands for whatever notes are made of."""

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Take anything."""
        return object.__new__(cls)

    def __setstate__(self, state: Any) -> None:
        """Keep nothing of it."""


def let_notes_pass(weights: Path) -> None:
    """Have the notes in the checkpoint WEIGHTS opened as empty things, in this process from now on.

    A file that is no checkpoint is left to whoever opens it.
    """
    import torch  # noqa: PLC0415  seconds, and only where a checkpoint is opened

    try:
        named = torch.serialization.get_unsafe_globals_in_checkpoint(str(weights))
    except (OSError, RuntimeError, ValueError, EOFError):
        return
    notes = [name for name in named if name.startswith(LIBRARY) or name in PLAIN]
    if any(name.startswith(LIBRARY) for name in notes):
        torch.serialization.add_safe_globals([(_Nothing, name) for name in notes])
