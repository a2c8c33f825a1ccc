"""What the networks found on frames, and the same through time. A record that exists has the right shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from redact.records.arrays import check_array, check_finite
from redact.records.kinds import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from redact.records.kinds import Kind

__all__ = ["GREY", "STRIDE", "Detections", "Detector", "FrameBatch", "Resting", "Subject", "Tracks"]

STRIDE = 32
"""px that the sides of a FrameBatch are multiples of; what the networks halve five times."""

GREY = 114
"""What a FrameBatch is padded with, as the YOLO family is trained."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameBatch:
    """Pictures ready for a network: upright, square pixels, all of one size."""

    index: NDArray[np.int32]
    """(n,) index into Clip.pts; where several pictures are parts of one frame, their place among all."""
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
    colours: NDArray[np.uint8] | None = None
    """(d, c) what each looks like, as `redact.detect.colours` tells it; zeros where it was not looked at; None where
    nothing was."""

    def __post_init__(self) -> None:
        """Check shapes."""
        n = len(self.frame)
        check_array(self, "frame", np.int32, (n,))
        check_array(self, "xyxy", np.float32, (n, 4))
        check_array(self, "score", np.float32, (n,))
        check_array(self, "kind", np.uint8, (n,))
        if self.colours is not None:
            check_array(self, "colours", np.uint8, (n, None))
        check_finite(self, "xyxy")
        check_finite(self, "score")

    def spans(self, frame: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """(n,) and (n,) the half-open range of findings on each FRAME (n,)."""
        return np.searchsorted(self.frame, frame, "left"), np.searchsorted(self.frame, frame, "right")

    def __len__(self) -> int:
        """Count rows."""
        return len(self.frame)

    def __getitem__(self, rows: NDArray[Any] | slice) -> Detections:
        """Select ROWS by mask, index array or slice."""
        colours = None if self.colours is None else self.colours[rows]
        return Detections(self.frame[rows], self.xyxy[rows], self.score[rows], self.kind[rows], colours)

    def fingerprints(self) -> list[tuple[int, int, bytes]]:
        """Frame, kind and box of each: what a finding is known by."""
        return [
            (frame, kind, box.tobytes())
            for frame, kind, box in zip(self.frame.tolist(), self.kind.tolist(), self.xyxy, strict=True)
        ]

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
        xyxy, score, kind = stack
        return cls(frame[order], xyxy, score, kind, _colours(rows, order))


def _colours(parts: Sequence[Detections], order: NDArray[np.intp]) -> NDArray[np.uint8] | None:
    """Put the colours of PARTS together, in ORDER; zeros for those of a part that has none."""
    wide = max((part.colours.shape[1] for part in parts if part.colours is not None), default=0)
    if not wide:
        return None
    blank = (np.zeros((len(part), wide), np.uint8) if part.colours is None else part.colours for part in parts)
    return np.asarray(np.concatenate([*blank])[order])


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


@runtime_checkable
class Resting(Protocol):
    """A detector, or what runs its network, that holds memory between looks and can do without."""

    def rest(self) -> None:
        """Let go of what only the next look needs; that one gets ready again by itself."""
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

    def detections(self, rows: NDArray[np.intp]) -> Detections:
        """Give ROWS as detections, by frame (stable)."""
        rows = rows[np.argsort(self.frame[rows], kind="stable")]
        return Detections(self.frame[rows], self.xyxy[rows], self.score[rows], self.kind[self.track[rows]])


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
    standing: Standing = Standing.PERSON
