"""What cannot be a person, or a number plate, whatever a network says at a low score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.records.boxes import area, overlap_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["plausible_person", "plausible_plate"]

SURE = 0.3
"""A box that scores more is believed, whatever its shape: people do lie on the ground."""

LARGE, NEEDED = 0.25, 0.1
"""Share of the picture's height from which a box must score more than a small one: whoever is large is found well.

Of 49 people on everyday pictures and 67 on streets, that high or higher, none was lost for it: measured once, by no
command that is kept.
"""

SURE_OF_A_SCENE = 0.4
"""The same, for a box that spans the scene."""

WIDE = 1.3
"""Width over height; upright people have less than 1.1, bent or sitting ones a little more."""

CLOSE = 0.5
"""Share of the picture's height from which on a person is so close that only a part may show, of any shape."""

MARGIN = 0.01
"""Share of the picture's side within which a box touches the edge, where people are cut off."""

PADDING = 32
"""px at the right and below that may be padding of the letterbox."""

SCENE = 0.4
"""Share of the picture's width that a box spans before it may be a scene."""

WHOLE = 0.9
"""Share of both sides of the picture from which on a box is the picture, not somebody in it."""

UPRIGHT, SURE_OF_A_PLATE = 1.0, 0.6
"""Width over height below which a plate must score more.

Of some 750 boxes around plates of cars, at five scales, the narrowest had 1.2: measured once, as above.
"""

INSIDE, SMALLER, SEVERAL = 0.9, 0.25, 2
"""A scene holds so many boxes that score more, each with that share of itself inside and at most that share of it."""


def plausible_person(
    picture: NDArray[np.int32], xyxy: NDArray[np.float32], score: NDArray[np.float32], width: int, height: int
) -> NDArray[np.bool_]:
    """Tell which boxes may be people: int32 (n,), float32 (n, 4), float32 (n,), px of the batch -> bool (n,).

    The network fires now and then on a stretch of road, on a whole street, or on all there is. Such a box is left out
    where it scores low for its size, is wide in the middle of the picture, has people inside who score more, or is the
    picture. Someone close to the lens, or whom an edge cuts off, is not left out for being wide.
    """
    w, h = xyxy[:, 2] - xyxy[:, 0], xyxy[:, 3] - xyxy[:, 1]
    whole_in_it = ~_at_edge(xyxy, width, height)
    weak = (h > LARGE * height) & (score < NEEDED) & whole_in_it
    wide = (score < SURE) & (w >= WIDE * h) & (h < CLOSE * height) & whole_in_it
    scene = (score < SURE_OF_A_SCENE) & (w > SCENE * width)
    scene[scene] = _held(picture, xyxy, score, np.flatnonzero(scene)) >= SEVERAL
    whole = (score < SURE) & (w > WHOLE * width) & (h > WHOLE * height)
    return ~weak & ~wide & ~scene & ~whole


def plausible_plate(
    xyxy: NDArray[np.float32], score: NDArray[np.float32], width: int, height: int
) -> NDArray[np.bool_]:
    """Tell which boxes may be number plates: float32 (n, 4), float32 (n,), px of the batch -> bool (n,).

    A plate is wider than high, unless the edge of the picture cuts it.
    """
    w, h = xyxy[:, 2] - xyxy[:, 0], xyxy[:, 3] - xyxy[:, 1]
    return (w >= UPRIGHT * h) | (score >= SURE_OF_A_PLATE) | _at_edge(xyxy, width, height)


def _at_edge(xyxy: NDArray[np.float32], width: int, height: int) -> NDArray[np.bool_]:
    """Tell which boxes reach the edge of the picture, or may, under the padding: float32 (n, 4) -> bool (n,)."""
    low = np.array([width, height], np.float32) * MARGIN
    high = np.array([width, height], np.float32) * (1 - MARGIN) - PADDING
    edge: NDArray[np.bool_] = np.any(xyxy[:, :2] <= low, axis=1) | np.any(xyxy[:, 2:] >= high, axis=1)
    return edge


def _held(
    picture: NDArray[np.int32], xyxy: NDArray[np.float32], score: NDArray[np.float32], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Count the stronger, smaller boxes of the same picture inside each of ROWS: int64 (k,)."""
    inside = overlap_share(xyxy, xyxy[rows]).T >= INSIDE
    smaller = area(xyxy)[None] <= SMALLER * area(xyxy[rows])[:, None]
    stronger = score[None] > score[rows, None]
    held: NDArray[np.int64] = np.sum(inside & smaller & stronger & (picture == picture[rows, None]), axis=1)
    return held
