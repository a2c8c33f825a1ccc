"""Arrays as a file: what was put in comes out, and whatever else is there is said to be none."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.records.arrays import packed, unpacked

ARRAYS: dict[str, np.ndarray] = {
    "facts": np.frombuffer(b'{"version": 1}' * 20, np.uint8),
    "xyxy": np.arange(200, dtype=np.float32).reshape(-1, 4),
    "version": np.array(1),
}
DATA = packed(ARRAYS)


def test_what_was_put_in_comes_out() -> None:
    """With its types and shapes."""
    found = unpacked(DATA)
    assert list(found) == list(ARRAYS)
    for name, value in ARRAYS.items():
        assert (found[name].dtype, found[name].shape) == (value.dtype, value.shape)
        assert np.array_equal(found[name], value)


@pytest.mark.parametrize("data", [b"", b"PK", b"\x93NUMPY", DATA[:-1], DATA[: len(DATA) // 2], b"x" * 100])
def test_what_is_no_such_file_is_said_to_be_none(data: bytes) -> None:
    """As a ValueError, whatever NumPy, zip and zlib make of it."""
    with pytest.raises(ValueError, match=r"no arrays|pickled|magic|header|file"):
        unpacked(data)


@given(st.lists(st.tuples(st.integers(0, len(DATA) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_file_is_read_or_said_to_be_damaged(changes: list[tuple[int, int]]) -> None:
    """No other error leaves it, whichever byte is another."""
    data = bytearray(DATA)
    for place, value in changes:
        data[place] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy warns of odd headers, zip of names that stand twice
        try:
            found = unpacked(bytes(data))
        except ValueError:
            return
    assert all(isinstance(value, np.ndarray) for value in found.values())
