"""A master as it was found, and one decoded picture of it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from redact.records.arrays import check_array

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction
    from pathlib import Path

    from numpy.typing import NDArray

    from redact.records.orientation import Orientation

__all__ = ["AudioTrack", "Clip", "Color", "Damage", "Frame", "Layout", "Source"]


@dataclass(frozen=True, slots=True)
class Color:
    """Colour tags as the stream carries them (ITU-T H.273 code points), kept in the copy as they are."""

    range: int = 0
    primaries: int = 2
    trc: int = 2
    space: int = 2


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """One sound track of the master."""

    index: int
    """Stream index in the container."""
    codec: str
    rate: int
    """Hz."""
    channels: int
    language: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Damage:
    """What could not be decoded as it was recorded."""

    hidden: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """(k,) indices of frames that decoded damaged; each is hidden whole."""
    lost: int = 0
    """Packets from which no picture came."""
    retimed: int = 0
    """Frames whose time was missing, repeated or ran backwards, and was moved to the next free tick."""
    notes: tuple[str, ...] = ()
    """One sentence for each kind of damage, for the report."""

    def __post_init__(self) -> None:
        """Check shapes."""
        check_array(self, "hidden", np.int32, (None,))

    @property
    def some(self) -> bool:
        """Whether there is any."""
        return bool(len(self.hidden) or self.lost or self.retimed)


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A master as it was found: what its header says, and what decoding it gave."""

    path: Path
    sha256: str
    size_bytes: int
    width: int
    """px of the coded picture."""
    height: int
    """px of the coded picture."""
    orientation: Orientation
    """Which way round the coded picture is seen."""
    sample_aspect_ratio: Fraction
    pix_fmt: str
    """Format as decoded."""
    color: Color
    time_base: Fraction
    """Seconds per tick."""
    pts: NDArray[np.int64]
    """(F,) ticks of every frame, from decoding, strictly increasing."""
    rate: Fraction
    """Nominal frames per second; a hint for people and for raw streams, never used as a clock."""
    interlaced: bool = False
    top_field_first: bool = True
    forced_rate: Fraction | None = None
    """The rate the operator gave for a raw stream, which carries no times."""
    audio: tuple[AudioTrack, ...] = ()
    damage: Damage = field(default_factory=Damage)
    stream: int | None = None
    """Index of the video stream in the file; None for its first."""
    remarks: tuple[str, ...] = ()
    """Sentences on what of the master is not in the copy, or had to be guessed, without being damaged."""
    origin: int = 0
    """Tick of the file's clock that players show as 0, where the format has no zero of its own."""
    breaks: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    """(k, 2) where the file's clock broke off: index of the frame from which on `pts` is so many ticks more than the
    file's own."""

    def __post_init__(self) -> None:
        """Check shapes, and that time runs forwards."""
        check_array(self, "pts", np.int64, (None,))
        check_array(self, "breaks", np.int64, (None, 2))
        if np.any(np.diff(self.pts) <= 0):
            message = "Clip.pts must be strictly increasing"
            raise ValueError(message)

    def __len__(self) -> int:
        """Count frames."""
        return len(self.pts)

    def seconds(self, index: int) -> float:
        """Time of frame INDEX in seconds of the master, for people."""
        return float(int(self.pts[index]) * self.time_base)

    def times_s(self, frames: NDArray[np.integer[Any]] | slice = slice(None)) -> NDArray[np.float64]:
        """Seconds of the master at which FRAMES are, by default all, to reckon with: (k,)."""
        return self.pts[frames].astype(np.float64) * float(self.time_base)

    @property
    def size_as_seen(self) -> tuple[int, int]:
        """Width and height of the picture as it is seen, px."""
        return self.orientation.size(self.width, self.height)


class Frame:
    """One decoded picture on its way from decode to encode. Lives for one frame, never stored.

    `planes` are views of shape (rows, columns), uint8 or uint16 little-endian, in Y, U, V order.
    """

    __slots__ = ("damaged", "index", "planes", "pts", "source")

    def __init__(self, index: int, pts: int, planes: Sequence[NDArray[Any]], source: Any, *, damaged: bool) -> None:
        """Hold the PLANES of picture INDEX; SOURCE is the decoder's own object that owns the memory."""
        self.index = index
        self.pts = pts
        self.planes = tuple(planes)
        self.source = source
        self.damaged = damaged

    def __repr__(self) -> str:
        """Shapes, never pixels."""
        return f"Frame({self.index}, pts={self.pts}, {[p.shape for p in self.planes]}, damaged={self.damaged})"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the picture stands in the copy: the watermark strip takes the rest."""

    width: int
    """px of the copy as coded, even."""
    height: int
    """px of the copy as coded, even."""
    x: int
    """px from the copy's left edge to the picture's, even."""
    y: int
    """px from the copy's top edge to the picture's, even."""


@dataclass(frozen=True, slots=True)
class Source:
    """A master before it was decoded: every field of Clip that needs no more than its header."""

    path: Path
    size_bytes: int
    width: int
    height: int
    orientation: Orientation
    sample_aspect_ratio: Fraction
    pix_fmt: str
    """Format of the frames that `decode` gives, one of formats.FORMATS."""
    color: Color
    time_base: Fraction
    rate: Fraction
    interlaced: bool = False
    top_field_first: bool = True
    forced_rate: Fraction | None = None
    audio: tuple[AudioTrack, ...] = ()
    stream: int | None = None
    """Index of the video stream in the file; None for its first."""
    remarks: tuple[str, ...] = ()
    """Sentences on what of the master is not in the copy, or had to be guessed, without being damaged."""
    origin: int = 0
    """Tick of the file's clock that players show as 0, where the format has no zero of its own."""

    @property
    def size_as_seen(self) -> tuple[int, int]:
        """Width and height of the picture as it is seen, px."""
        return self.orientation.size(self.width, self.height)

    def clip(
        self,
        sha256: str,
        pts: NDArray[np.int64],
        damage: Damage,
        remarks: tuple[str, ...] = (),
        breaks: NDArray[np.int64] | None = None,
    ) -> Clip:
        """Join what decoding gave: the digest, PTS int64 (F,) in ticks, DAMAGE, more REMARKS, BREAKS int64 (k, 2)."""
        header = {f.name: getattr(self, f.name) for f in fields(self)} | {"remarks": (*self.remarks, *remarks)}
        header |= {} if breaks is None else {"breaks": breaks}
        return Clip(**header, sha256=sha256, pts=pts, damage=damage)

    @classmethod
    def of(cls, clip: Clip) -> Source:
        """Give back the header part of CLIP."""
        return cls(**{f.name: getattr(clip, f.name) for f in fields(cls)})
