"""Checks that records make of their own arrays, and arrays as a file."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

__all__ = ["check_array", "check_finite", "packed", "unpacked"]


def check_finite(record: object, name: str) -> None:
    """Raise ValueError where field NAME of RECORD holds what is not a number: such a box would hide nothing."""
    if not np.isfinite(getattr(record, name)).all():
        message = f"{type(record).__name__}.{name} must be finite numbers"
        raise ValueError(message)


def check_array(record: object, name: str, dtype: type[np.generic], shape: tuple[int | None, ...]) -> None:
    """Replace field NAME of a frozen RECORD by a read-only view, or say which shape and dtype was wanted."""
    value = getattr(record, name)
    ok = isinstance(value, np.ndarray) and value.dtype == dtype and value.ndim == len(shape)
    if not ok or any(want not in (None, size) for want, size in zip(shape, value.shape, strict=True)):
        actual = f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
        message = f"{type(record).__name__}.{name} must be {np.dtype(dtype)} {shape}, but is {actual}"
        raise ValueError(message)
    view = value.view()
    view.flags.writeable = False
    object.__setattr__(record, name, view)


def packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Spell ARRAYS, by name, as a file (NumPy's npz, compressed)."""
    held = io.BytesIO()
    np.savez_compressed(held, allow_pickle=False, **dict(arrays))
    return held.getvalue()


def unpacked(data: bytes, leave: Collection[str] = ()) -> dict[str, NDArray[Any]]:
    """Read what `packed` gives, but for those arrays to LEAVE; nothing in it is ever run.

    Raises ValueError where DATA is none, or is damaged.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            return {name: held[name] for name in held.files if name not in leave}
    except (AttributeError, TypeError, OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as problem:
        message = "no arrays, or damaged"
        raise ValueError(message) from problem
