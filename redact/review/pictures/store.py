"""Encoded pictures that were asked for lately, or will be soon; a bounded number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Key", "Picture", "Store"]


class Key(NamedTuple):
    """Which picture."""

    of: str
    """Of which file."""
    width: int
    """px across; 0 for as wide as it is."""
    frame: int
    """Frame of the file."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame, encoded."""

    data: bytes
    damaged: bool
    """Whether the frame could not be decoded as it was recorded."""


class Store:
    """Keeps pictures, and lets go of those that were not asked for the longest."""

    def __init__(self, most_bytes: int) -> None:
        """Keep MOST_BYTES of them."""
        self._most, self._bytes = most_bytes, 0
        self._held: OrderedDict[Key, Picture] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> Picture | None:
        """Give the picture of KEY, if it is kept."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def has(self, key: Key) -> bool:
        """Tell whether the picture of KEY is kept."""
        return key in self._held

    def put(self, key: Key, picture: Picture) -> None:
        """Keep PICTURE."""
        with self._lock:
            before = self._held.pop(key, None)
            self._bytes += len(picture.data) - (len(before.data) if before else 0)
            self._held[key] = picture
            while self._bytes > self._most and len(self._held) > 1:
                _, gone = self._held.popitem(last=False)
                self._bytes -= len(gone.data)

    def forget(self, matches: Callable[[str], bool]) -> None:
        """Let go of all pictures of files that MATCHES is true of."""
        with self._lock:
            for key in [key for key in self._held if matches(key.of)]:
                self._bytes -= len(self._held.pop(key).data)

    @property
    def size_bytes(self) -> int:
        """Bytes that are kept."""
        return self._bytes
