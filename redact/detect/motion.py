"""What moves before a camera that stands still, whoever or whatever it is. Nothing of it depends on what is found.

Only what persists over some samples and gets away from where it was is kept: what sways or flickers in place does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.detect.foreground import Scene
from redact.detect.letterbox import thumbnail
from redact.records.boxes import area, centre, overlap_share
from redact.records.kinds import Kind, Origin
from redact.records.tracks import Tracks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from fractions import Fraction

    from numpy.typing import NDArray

    from redact.records.clip import Frame

__all__ = ["LEAST_SEEN", "Motion"]

EVERY_S = 0.2
"""Time between two samples: whoever crosses the picture in 0.6 s is on three of them."""

SLACK_S = 0.02
"""How much sooner will do, so that a rate which does not divide EVERY_S loses nothing."""

WIDTH = 320
"""px across, roughly, of what is looked at."""

REACH = 1.5
"""How far a region may be from where it was expected at the next sample, in square roots of its area."""

SIMILAR = 0.25
"""Least ratio of areas of one thing at two samples."""

LOST_S = 0.7
"""Time after which what was not seen again has ended."""

LEAST_SEEN = 3
"""Samples on which a thing must be seen."""

AWAY = 0.5
"""Share of it that must lie where it was not at first, on the first two samples; what shrinks in place gets nowhere."""

STRAIGHT = 0.3
"""How far its middle must get, as a share of its path: what jumps to and fro gets nowhere."""

JUMP = 0.7
"""Largest share of that which may be one step: a part of a thing that goes while another comes is no travel."""

LONGEST = 300
"""Samples, a minute, after which a chain is ended and another begun, so that none grows with the clip."""

LOW = 0.3
"""Score of what persisted long: below that of any sure finding, since no network saw it."""

LONG = 10
"""Samples from which something persisted long."""


class _Sight(NamedTuple):
    """A region on one sample."""

    frame: int
    at: float
    """Seconds."""
    xyxy: NDArray[np.float32]
    """(4,) px of the picture looked at."""


_Rows = tuple["NDArray[np.int32]", "NDArray[np.float32]"]
"""A chain that is kept: (n,) frames, and (n, 4) xyxy px of the picture looked at."""


class Motion:
    """Watches frames go by and keeps what moved. Beside that it holds a few small pictures, however long the clip."""

    def __init__(self, time_base: Fraction) -> None:
        """Measure time in ticks of TIME_BASE."""
        self._time_base = time_base
        self._next_s = -np.inf
        self._scene = Scene()
        self._shape = (1, 1)
        self._live: list[list[_Sight]] = []
        self._kept: list[_Rows] = []

    def watch(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Give FRAMES on as they are, and look at one of them every EVERY_S; never at a damaged one."""
        for frame in frames:
            at = float(frame.pts * self._time_base)
            if at >= self._next_s and not frame.damaged:
                self.see(frame.index, at, thumbnail(frame, WIDTH))
                self._next_s = at + EVERY_S - SLACK_S
            yield frame

    def see(self, index: int, at: float, picture: NDArray[np.float32]) -> None:
        """Look at frame INDEX, at second AT, as PICTURE: float32 (h, w), levels of 255, of one size all through."""
        self._shape = picture.shape
        boxes = self._scene.new(picture)
        if boxes is None:
            self._end(self._live)
            self._live = []
        else:
            self._join(index, at, boxes)

    def moved(self, width: int, height: int) -> Tracks:
        """Give what moved, each thing as a track of SEEN rows, in px of the coded picture of WIDTH x HEIGHT px.

        All are of kind PERSON: who or what they are is not known. The score, up to LOW, says how long one persisted.
        """
        chains = sorted((*self._kept, *map(_rows, filter(_travels, self._live))), key=lambda rows: int(rows[0][0]))
        if not chains:
            return Tracks.none()
        lengths = np.array([len(frame) for frame, _ in chains], np.int64)
        frame, boxes = (np.concatenate(column) for column in zip(*chains, strict=True))
        return Tracks(
            frame=frame,
            xyxy=boxes * np.array([width / self._shape[1], height / self._shape[0]] * 2, np.float32),
            score=np.repeat(LOW * np.minimum(lengths / LONG, 1), lengths).astype(np.float32),
            origin=np.full(len(frame), Origin.SEEN, np.uint8),
            start=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            kind=np.full(len(chains), Kind.PERSON, np.uint8),
        )

    def _end(self, chains: Iterable[list[_Sight]]) -> None:
        """Keep those of CHAINS that travelled."""
        self._kept += map(_rows, filter(_travels, chains))

    def _join(self, index: int, at: float, boxes: NDArray[np.float32]) -> None:
        """Give each live chain its next sighting among BOXES, nearest first; what is left begins a chain."""
        over = [at - chain[-1].at > LOST_S or len(chain) >= LONGEST for chain in self._live]
        self._end(chain for chain, ended in zip(self._live, over, strict=True) if ended)
        self._live = [chain for chain, ended in zip(self._live, over, strict=True) if not ended]
        away = _away(self._live, at, boxes)
        free = np.ones(len(boxes), np.bool_)
        while away.size and np.isfinite(away).any():
            chain, box = divmod(int(away.argmin()), away.shape[1])
            self._live[chain].append(_Sight(index, at, boxes[box]))
            away[chain], away[:, box], free[box] = np.inf, np.inf, False
        self._live += [[_Sight(index, at, box)] for box in boxes[free]]


def _rows(chain: Sequence[_Sight]) -> _Rows:
    """Put CHAIN as it is kept."""
    frames = np.array([sight.frame for sight in chain], np.int32)
    return frames, np.array([sight.xyxy for sight in chain], np.float32)


def _away(live: Sequence[Sequence[_Sight]], at: float, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far each of BOXES is, at second AT, from where each LIVE chain is expected, as a share of how far it may be.

    (chains, boxes), infinite where they cannot be one thing.
    """
    if not live or not len(boxes):
        return np.zeros((0, 0), np.float32)
    expected = np.stack([_expected(chain, at) for chain in live])
    size, new = area(expected)[:, None], area(boxes)[None]
    apart = np.linalg.norm(centre(expected)[:, None] - centre(boxes)[None], axis=2)
    away = apart / np.maximum(REACH * np.sqrt(np.minimum(size, new)), 1e-6)
    same = np.minimum(size, new) > SIMILAR * np.maximum(size, new)
    return np.asarray(np.where(same & (away < 1), away, np.inf), np.float32)


def _expected(chain: Sequence[_Sight], at: float) -> NDArray[np.float32]:
    """Where the thing of CHAIN is at second AT if it goes on as it went."""
    last = chain[-1]
    if len(chain) == 1:
        return last.xyxy
    ahead = (at - last.at) / max(last.at - chain[-2].at, 1e-6)
    step = centre(last.xyxy) - centre(chain[-2].xyxy)
    return np.asarray(last.xyxy + np.tile(step * ahead, 2), np.float32)


def _travels(chain: Sequence[_Sight]) -> bool:
    """Tell whether what CHAIN shows persisted, and got away from where it began."""
    if len(chain) < LEAST_SEEN:
        return False
    boxes = np.stack([sight.xyxy for sight in chain])
    middles = centre(boxes)
    steps = np.linalg.norm(middles[1:] - middles[:-1], axis=1)
    away = float(np.linalg.norm(middles - middles[0], axis=1).max())
    early = boxes[: LEAST_SEEN - 1]
    was = np.concatenate([early[:, :2].min(axis=0), early[:, 2:].max(axis=0)])[None]
    apart = bool((overlap_share(boxes, was) < 1 - AWAY).any())
    return apart and away > STRAIGHT * float(steps.sum()) and float(steps.max()) < JUMP * away
