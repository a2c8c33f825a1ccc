"""The nouns of the program: frozen records of arrays. A record that exists has the right shapes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from redact.kinds import Cover, Kind, Origin, Style, Verdict
from redact.shapes import check_array, check_finite

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction
    from pathlib import Path

    from numpy.typing import NDArray

    from redact.orientation import Orientation

__all__ = [
    "AudioTrack",
    "Check",
    "Clip",
    "Color",
    "Cover",
    "Damage",
    "Decision",
    "Detections",
    "Detector",
    "Frame",
    "FrameBatch",
    "Kind",
    "Layout",
    "MaskPlan",
    "Origin",
    "Style",
    "Subject",
    "Tracks",
    "Verdict",
]


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


@dataclass(frozen=True, slots=True, eq=False)
class FrameBatch:
    """Pictures ready for a network: upright, square pixels, all of one size."""

    index: NDArray[np.int32]
    """(n,) index into Clip.pts."""
    rgb: NDArray[np.uint8]
    """(n, h, w, 3) the picture at top left, the rest padding (a letterbox)."""
    scale: tuple[float, float]
    """Upright source px per batch px, along x and y."""

    def __post_init__(self) -> None:
        """Check shapes."""
        check_array(self, "index", np.int32, (None,))
        check_array(self, "rgb", np.uint8, (len(self.index), None, None, 3))

    def __len__(self) -> int:
        """Count pictures."""
        return len(self.index)


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Everything found, one row per finding, in frame order."""

    frame: NDArray[np.int32]
    """(d,) index into Clip.pts."""
    xyxy: NDArray[np.float32]
    """(d, 4) half-open, x right, y down. From a detector: px of the batch; from `detect`: px of the coded picture."""
    score: NDArray[np.float32]
    """(d,) the network's own score, 0 to 1."""
    kind: NDArray[np.uint8]
    """(d,) Kind."""

    def __post_init__(self) -> None:
        """Check shapes."""
        n = len(self.frame)
        check_array(self, "frame", np.int32, (n,))
        check_array(self, "xyxy", np.float32, (n, 4))
        check_array(self, "score", np.float32, (n,))
        check_array(self, "kind", np.uint8, (n,))
        check_finite(self, "xyxy")
        check_finite(self, "score")

    def __len__(self) -> int:
        """Count rows."""
        return len(self.frame)

    def __getitem__(self, rows: NDArray[Any] | slice) -> Detections:
        """Select ROWS by mask, index array or slice."""
        return Detections(self.frame[rows], self.xyxy[rows], self.score[rows], self.kind[rows])

    @classmethod
    def none(cls) -> Detections:
        """Nothing found."""
        return cls(np.zeros(0, np.int32), np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.uint8))

    @classmethod
    def concat(cls, parts: Iterable[Detections]) -> Detections:
        """All PARTS in one record, in frame order (stable)."""
        rows = list(parts) or [cls.none()]
        frame = np.concatenate([p.frame for p in rows])
        order = np.argsort(frame, kind="stable")
        stack = [np.concatenate([getattr(p, name) for p in rows])[order] for name in ("xyxy", "score", "kind")]
        return cls(frame[order], *stack)


class Detector(Protocol):
    """Anything that finds things in a batch of pictures."""

    name: str
    """Which network, for the manifest."""
    digest: str
    """SHA-256 of the weights as loaded."""
    kinds: tuple[Kind, ...]

    @property
    def sides(self) -> tuple[int, ...]:
        """Px along the longer side of the pictures it is best given, two or three numbers.

        For the first look, for the second, and, where there is a third, for closer looks at what is small.
        """
        ...

    def __call__(self, batch: FrameBatch) -> Detections:
        """Find things: boxes in px of the batch, `frame` taken from `batch.index`. Never drops a picture silently."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """One object through time, many times over."""

    frame: NDArray[np.int32]
    """(r,) index into Clip.pts, increasing within a track."""
    xyxy: NDArray[np.float32]
    """(r, 4) px of the coded picture, half-open."""
    score: NDArray[np.float32]
    """(r,) of the sighting, or of the nearest one where origin is not SEEN."""
    origin: NDArray[np.uint8]
    """(r,) Origin."""
    start: NDArray[np.int64]
    """(t + 1,) rows of track k are start[k]:start[k + 1]."""
    kind: NDArray[np.uint8]
    """(t,) Kind."""

    def __post_init__(self) -> None:
        """Check shapes."""
        n = len(self.frame)
        check_array(self, "frame", np.int32, (n,))
        check_array(self, "xyxy", np.float32, (n, 4))
        check_array(self, "score", np.float32, (n,))
        check_array(self, "origin", np.uint8, (n,))
        check_array(self, "kind", np.uint8, (None,))
        check_array(self, "start", np.int64, (len(self.kind) + 1,))
        check_finite(self, "xyxy")
        if self.start[0] != 0 or self.start[-1] != n or np.any(np.diff(self.start) < 0):
            message = f"Tracks.start must run from 0 to {n} without going back"
            raise ValueError(message)

    def __len__(self) -> int:
        """Count tracks."""
        return len(self.kind)

    @classmethod
    def none(cls) -> Tracks:
        """No track at all."""
        rows, start = Detections.none(), np.zeros(1, np.int64)
        return cls(rows.frame, rows.xyxy, rows.score, np.zeros(0, np.uint8), start, np.zeros(0, np.uint8))

    def rows(self, track: int) -> slice:
        """Where the rows of TRACK stand."""
        return slice(int(self.start[track]), int(self.start[track + 1]))

    @property
    def track(self) -> NDArray[np.int32]:
        """(r,) the track each row belongs to."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.start))


@dataclass(frozen=True, slots=True)
class Subject:
    """The tracks that are one person or vehicle."""

    id: str
    """Such as "s003"."""
    kind: Kind
    tracks: tuple[int, ...]
    first: int
    """Index of the first frame."""
    last: int
    """Index of the last frame."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what of a subject, and why. Append-only; the last word on a track wins."""

    subject: str
    tracks: tuple[int, ...]
    verdict: Verdict
    by: str
    at: str
    """ISO 8601, UTC."""
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class MaskPlan:
    """Every box to hide on every frame, as data, and why each is there."""

    master: str
    """SHA-256 of the clip it was made for."""
    style: Style
    cover: Cover
    frames: tuple[int, int]
    """Half-open range of frames of the clip that the copy shows."""
    start: NDArray[np.int64]
    """(F + 1,) boxes of frame i are start[i]:start[i + 1]; F counts every frame of the clip."""
    xyxy: NDArray[np.int32]
    """(m, 4) px of the coded picture, half-open, rounded outward to even px."""
    track: NDArray[np.int32]
    """(m,) the track each box hides; -1 where the whole frame is hidden for damage."""
    origin: NDArray[np.uint8]
    """(m,) Origin."""
    kind: NDArray[np.uint8]
    """(m,) Kind of the track."""

    def __post_init__(self) -> None:
        """Check shapes."""
        m = len(self.xyxy)
        check_array(self, "start", np.int64, (None,))
        check_array(self, "xyxy", np.int32, (m, 4))
        check_array(self, "track", np.int32, (m,))
        check_array(self, "origin", np.uint8, (m,))
        check_array(self, "kind", np.uint8, (m,))
        if self.start[0] != 0 or self.start[-1] != m or np.any(np.diff(self.start) < 0):
            message = f"MaskPlan.start must run from 0 to {m} without going back"
            raise ValueError(message)

    def rows(self, index: int) -> slice:
        """Where the boxes of frame INDEX stand."""
        return slice(int(self.start[index]), int(self.start[index + 1]))

    def boxes(self, index: int) -> NDArray[np.int32]:
        """(k, 4) boxes to hide on frame INDEX."""
        return self.xyxy[self.rows(index)]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was verified on the finished copy."""

    name: str
    passed: bool
    found: str
    """One sentence with the number measured."""


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
