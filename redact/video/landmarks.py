"""What every picture of a master looks like, and where its file can be entered: found in one pass, from its start.

Decoding that starts in the middle may give other pictures, or other times, than decoding from the start: where a format
leaves times to whoever reads it, where a stream has no key pictures, where a recording is damaged. Of each picture of
the pass a check value is kept, by which a picture that was come by in another way is known to be that one.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from redact.errors import InputUnusable, SourceChanged
from redact.files import reason_of
from redact.records.arrays import check_array, packed, unpacked
from redact.video.demux import packets
from redact.video.opening import opened
from redact.video.streams import video_stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.video.pictures import Decoded

__all__ = ["UNSAID", "Landmarks", "Surveyor", "place_of", "print_of"]

VERSION = 1
"""Of the file; another is made anew."""

UNSAID = -(2**62)
"""Instead of a place or a time that the format does not tell."""

FIELDS = ("prints", "frame", "place", "pts", "dts", "size")


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Check values of all pictures of a clip, and the packets at which its decoding can start."""

    prints: NDArray[np.uint32]
    """(F,) of every frame."""
    frame: NDArray[np.int64]
    """(k,) the frame that each of the packets holds, ascending,"""
    place: NDArray[np.int64]
    """(k,) where it begins in the file, bytes,"""
    pts: NDArray[np.int64]
    """(k,) its time, ticks,"""
    dts: NDArray[np.int64]
    """(k,) and that of its decoding,"""
    size: NDArray[np.int64]
    """(k,) and how long it is, bytes."""

    def __post_init__(self) -> None:
        """Check shapes."""
        check_array(self, "prints", np.uint32, (None,))
        for name in FIELDS[1:]:
            check_array(self, name, np.int64, (len(self.frame),))

    def before(self, index: int) -> Iterator[int]:
        """Give rows of the packets at or before frame INDEX, the nearest first."""
        yield from range(int(np.searchsorted(self.frame, index, "right")) - 1, -1, -1)

    def to_bytes(self, sha256: str) -> bytes:
        """Spell it as a file, for the master of SHA256."""
        arrays: dict[str, Any] = {name: getattr(self, name) for name in FIELDS}
        facts: dict[str, Any] = {"version": np.array(VERSION), "master": np.frombuffer(bytes.fromhex(sha256), np.uint8)}
        return packed(facts | arrays)

    @classmethod
    def load(cls, path: Path, sha256: str, frames: int) -> Landmarks | None:
        """Read those at PATH of the master SHA256, which has so many FRAMES; None where they are of something else.

        Raises InputUnusable where the file cannot be read.
        """
        try:
            held = unpacked(path.read_bytes())
            if int(held["version"]) != VERSION or held["master"].tobytes().hex() != sha256:
                return None
            marks = cls(*(held[name] for name in FIELDS))
        except FileNotFoundError:
            return None
        except OSError as problem:
            message = f"{path} cannot be read ({reason_of(problem)})."
            raise InputUnusable(message, "Check that you may read it.") from problem
        except (KeyError, TypeError, ValueError):
            return None
        return marks if len(marks.prints) == frames else None


class Surveyor:
    """Takes down the landmarks of a clip while it is decoded from its start."""

    def __init__(self, clip: Clip) -> None:
        """Be ready for the pictures of CLIP."""
        self._clip = clip
        self._prints: list[int] = []
        self._entries: list[tuple[int, int]] = []

    def see(self, decoded: Decoded, planes: Sequence[NDArray[Any]]) -> None:
        """Note the next picture, which was DECODED to PLANES."""
        if decoded.number and decoded.key and not decoded.doubted:
            self._entries.append((len(self._prints), decoded.number))
        self._prints.append(print_of(planes))

    def landmarks(self) -> Landmarks:
        """Give what was found. Raises SourceChanged where there were more or fewer pictures than the clip has."""
        if len(self._prints) != len(self._clip):
            message = f"{self._clip.path} has {len(self._prints)} frames now and had {len(self._clip)} when scanned."
            raise SourceChanged(message)
        wanted = {number: frame for frame, number in self._entries}
        rows = sorted((wanted[number], *facts) for number, facts in _facts(self._clip) if number in wanted)
        table = np.array(rows, np.int64).reshape(-1, 5)
        return Landmarks(np.array(self._prints, np.uint32), *(np.ascontiguousarray(column) for column in table.T))


def print_of(planes: Sequence[NDArray[Any]]) -> int:
    """Give the check value of a picture with PLANES: CRC-32 of all its samples."""
    value = 0
    for plane in planes:
        value = zlib.crc32(np.ascontiguousarray(plane).data, value)
    return value


def _facts(clip: Clip) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Give the number of every packet of CLIP that goes to the decoder, with its place, times and size."""
    number = 0
    with opened(clip.path, clip.forced_rate) as container:
        stream = video_stream(container, clip.path, clip.stream)
        for packet in packets(container, [stream]):
            if packet.size:
                number += 1
                said = (place_of(packet), packet.pts, packet.dts)
                yield number, (*(UNSAID if fact is None else fact for fact in said), packet.size)


def place_of(packet: Any) -> int | None:
    """Say where in the file PACKET begins; None where that is not known."""
    return packet.pos if packet.pos is not None and packet.pos >= 0 else None
