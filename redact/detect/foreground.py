"""What differs from a scene, and is neither noise nor the same scene in another light. Pictures are small and grey.

Every pixel has a background of its own, with its own noise (a running Gaussian, Wren et al. 1997), so that leaves, rain
and a flickering lamp soon belong to it. What differs from it counts only where its structure differs: a shadow or a
light multiplies what is there already. And only where it stirs: where someone stood for long and left, the place itself
differs for a while. OpenCV's own mixture of Gaussians finds much the same before fixed cameras, in six times the time.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.records.numbers import median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Picture = NDArray[np.float32]

__all__ = ["Scene"]

MEMORY = 50
"""Pictures that a pixel's background is the mean of, while it shows nothing else."""

YIELD = 1 / 60
"""Share by which the background follows what differs from it: at five pictures a second, what stops is part of it after
twelve seconds or more."""

NEW = 0.5
"""The same while the background is new, as a share of what one picture counts for in it: leaves are learnt sooner."""

FAR = 16.0
"""Squared distance from a pixel's background, in variances of its noise, from which it differs."""

NOISE = (4.0, 16.0, 400.0)
"""Levels squared: the least variance of a pixel's noise, what it is taken for at first, and the most that one step of
it counts for."""

SETTLE = 3
"""Pictures after the background began anew in which nothing is told of."""

PANNED = 4.0
"""Levels by which the median tile changes from picture to picture where the camera moves.

Five a second, it was 0.3 to 3.1 for fixed cameras, 8 to 20 for hand-held ones: measured once, by no command
that is kept.
"""

UPSET = 0.35
"""Share of the picture that differs where the light changed or the camera was moved: the background begins anew."""

TILE = 16
"""px of a tile."""

SPECK = np.ones((2, 2), np.uint8)
"""What is narrower than this is noise."""

GAP = np.ones((5, 3), np.uint8)
"""Parts no further apart than this are one thing; people are taller than wide."""

LEAST = (0.01, 0.03)
"""Shares of the picture's width and height of the smallest region that may be a person."""

LEAST_PIXELS = 16
"""Pixels that it must have."""

MOST = (0.9, 0.5)
"""Share of the width, and of the picture's area, of the largest that may be a person or a vehicle."""

MANY = 24
"""Regions of that size from which it is not things that move, but the picture."""

ALIKE = 0.8
"""Correlation with the background from which a region shows the same thing in another light."""

PLAIN = 4.0
"""Levels of what the background does not explain, by a factor and an offset, below which nothing new is shown."""

STIRRED = 8.0
"""Levels by which a pixel changes in EARLIER pictures where something moves."""

EARLIER = 3
"""Pictures back, 0.6 s, that one is compared with for that: someone far away moves by little from one to the next."""

STIR = 0.1
"""Share of a region that must."""

ENOUGH = 20
"""Pixels that must be left for the rim of a region, where two things mix, to be left out of that comparison."""

PLENTY = 1000
"""Pixels, about, that are compared at most."""


NOTHING = np.zeros((0, 4), np.float32)
"""No region at all."""


class Scene:
    """The background of pictures that follow each other, as long as the camera stands still."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._past: deque[Picture] = deque(maxlen=EARLIER)
        self._behind: _Background | None = None

    def new(self, picture: Picture) -> NDArray[np.float32] | None:
        """Find what is new in PICTURE, float32 (h, w), levels of 255: (n, 4) xyxy px of it; None where it begins anew.

        Each region is of a size that a person or a vehicle may have.
        """
        panned = bool(self._past) and _step(self._past[-1], picture) > PANNED
        if self._behind is None or panned:
            self._behind = _Background(picture)
            self._past = deque([picture], EARLIER)
            return None
        differs = self._behind.differs(picture)
        if cv2.countNonZero(differs) > UPSET * differs.size:
            self._behind = None
            return None
        earlier = self._past[0]
        self._past.append(picture)
        return _regions(differs, picture, self._behind.mean, earlier) if self._behind.count > SETTLE else NOTHING


class _Background:
    """What each pixel shows when nothing is before it, and how much it varies."""

    def __init__(self, picture: Picture) -> None:
        """Begin with PICTURE."""
        self.mean = picture.copy()
        self._variance = np.full_like(picture, NOISE[1])
        self.count = 1

    def differs(self, picture: Picture) -> NDArray[np.uint8]:
        """Tell with 255 where PICTURE differs, 0 elsewhere, uint8 (h, w), and learn from it."""
        self.count += 1
        square = cv2.absdiff(picture, self.mean * _gain(self.mean, picture)) ** 2
        far = cv2.compare(square, self._variance * np.float32(FAR), cv2.CMP_GT)
        cv2.min(square, NOISE[2], square)
        for rate, where in (
            (max(1 / self.count, 1 / MEMORY), cv2.bitwise_not(far)),
            (max(NEW / self.count, YIELD), far),
        ):
            cv2.accumulateWeighted(picture, self.mean, rate, where)
            cv2.accumulateWeighted(square, self._variance, rate, where)
        cv2.max(self._variance, NOISE[0], self._variance)
        return np.asarray(far, np.uint8)


def _gain(behind: Picture, picture: Picture) -> np.float32:
    """Factor by which PICTURE is brighter than what is BEHIND, as a camera sets its exposure; 1 in the dark."""
    was, now = (np.maximum(part[::4, ::4], 1) for part in (behind, picture))
    return np.float32(median(np.asarray(now / was, np.float32)))


def _step(before: Picture, picture: Picture) -> float:
    """Levels by which the median tile changes; a change of exposure is none."""
    step = picture - before
    step -= np.float32(median(step[::4, ::4]))
    size = max(1, step.shape[1] // TILE), max(1, step.shape[0] // TILE)
    return median(cv2.resize(np.abs(step), size, interpolation=cv2.INTER_AREA))


def _regions(differs: NDArray[np.uint8], picture: Picture, behind: Picture, earlier: Picture) -> NDArray[np.float32]:
    """Find what is new, stirs since an EARLIER picture, and is of a plausible size, where PICTURE DIFFERS.

    BEHIND is the background; (n, 4).
    """
    opened = cv2.dilate(cv2.erode(differs, SPECK), SPECK, anchor=(0, 0))  # an even kernel has no middle
    solid = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, GAP)
    outlines, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    places = [place for place in map(cv2.boundingRect, outlines) if _plausible(place, picture.shape)]
    if len(places) > MANY:
        return NOTHING
    boxes = []
    for x, y, w, h in places:
        inside = np.s_[y : y + h, x : x + w]
        region = solid[inside] > 0
        pixels = np.count_nonzero(region)
        stirs = np.count_nonzero((cv2.absdiff(picture[inside], earlier[inside]) > STIRRED) & region)
        if pixels >= LEAST_PIXELS and stirs > STIR * pixels and _is_new(picture[inside], behind[inside], region):
            boxes.append((x, y, x + w, y + h))
    return np.array(boxes, np.float32).reshape(-1, 4)


def _plausible(place: Sequence[int], shape: Sequence[int]) -> bool:
    """Tell whether a PLACE (x, y, w, h) may be a person or a vehicle in a picture of SHAPE (h, w)."""
    wide, high = place[2] / shape[1], place[3] / shape[0]
    return wide >= LEAST[0] and high >= LEAST[1] and wide <= MOST[0] and wide * high <= MOST[1]


def _is_new(picture: Picture, behind: Picture, region: NDArray[np.bool_]) -> bool:
    """Tell whether PICTURE shows in REGION something else than what is BEHIND it in another light; all (h, w)."""
    filled = cv2.copyMakeBorder(region.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    inner = cv2.erode(filled, np.ones((3, 3), np.uint8))[1:-1, 1:-1] > 0
    part = np.flatnonzero(inner if np.count_nonzero(inner) >= ENOUGH else region)
    some = part[:: max(1, len(part) // PLENTY)]
    now, was = (side.ravel()[some].astype(np.float64) for side in (picture, behind))
    now, was = now - now.mean(), was - was.mean()
    energy, shared, own = (float((a * b).sum()) for a, b in ((now, now), (now, was), (was, was)))
    common = max(shared, 0.0) ** 2 / max(own, 1e-6)
    rest = np.sqrt(max(energy - common, 0.0) / len(now))
    return bool(common < ALIKE**2 * energy and rest > PLAIN)
