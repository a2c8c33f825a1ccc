"""Which way round a coded picture is shown: one of the eight ways in which a sheet can lie on a frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

__all__ = ["EVERY", "UPRIGHT", "Orientation"]

Boxes: TypeAlias = "NDArray[np.float32]"

ONE, LAST = 1 << 16, 1 << 30
"""1 in the 16.16 numbers of a display matrix, and in its last one, which is 2.30."""

SKEW = 0.0175
"""Share of the larger entry up to which the smaller one beside it is nothing: one degree, as players round."""

COSINE, SINE = (1, 0, -1, 0), (0, 1, 0, -1)
"""Of no, one, two and three quarter turns clockwise."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """An element of the dihedral group D4: the coded picture is first mirrored left to right, then turned clockwise."""

    turns: int = 0
    """Quarter turns clockwise, 0 to 3."""
    mirrored: bool = False
    """Whether left and right are exchanged before it is turned."""

    def __post_init__(self) -> None:
        """Check that it is one of eight."""
        if self.turns not in range(4):
            message = f"Orientation.turns must be 0 to 3, not {self.turns}"
            raise ValueError(message)

    @classmethod
    def of_matrix(cls, matrix: Sequence[int]) -> Orientation:
        """Read a display matrix: 9 numbers a b u c d v e f w, by which x' = a x + c y + e and y' = b x + d y + f.

        Scale and shift are left aside, as players do. One that no picture would be left of means no turn. Raises
        ValueError where it is askew: neither upright nor a quarter turn, to within a degree.
        """
        a, b, c, d = (int(matrix[place]) for place in (0, 1, 3, 4))
        if not a * d - b * c:
            return cls()
        straight, across = min(abs(a), abs(d)), min(abs(b), abs(c))
        if straight > across and abs(b) <= SKEW * abs(a) and abs(c) <= SKEW * abs(d):
            b = c = 0
        elif across > straight and abs(a) <= SKEW * abs(b) and abs(d) <= SKEW * abs(c):
            a = d = 0
        else:
            message = f"a display matrix of {a / ONE:.3f}, {b / ONE:.3f}, {c / ONE:.3f}, {d / ONE:.3f} is askew"
            raise ValueError(message)
        mirrored = a * d - b * c < 0
        cosine, sine = (-a, -b) if mirrored else (a, b)
        return cls(next(turn for turn in range(4) if COSINE[turn] * cosine + SINE[turn] * sine > 0), mirrored)

    @property
    def matrix(self) -> tuple[int, ...]:
        """The display matrix that says so, without a shift."""
        cosine, sine = COSINE[self.turns] * ONE, SINE[self.turns] * ONE
        first = (-cosine, -sine) if self.mirrored else (cosine, sine)
        return (*first, 0, -sine, cosine, 0, 0, 0, LAST)

    @property
    def sideways(self) -> bool:
        """Whether width and height change places."""
        return self.turns % 2 == 1

    def __str__(self) -> str:
        """For people: mirrored, and the degrees clockwise."""
        return f"mirrored and turned by {90 * self.turns}°" if self.mirrored else f"turned by {90 * self.turns}°"

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height as seen of a picture of WIDTH x HEIGHT coded px; and the other way about."""
        return (height, width) if self.sideways else (width, height)

    def upright(self, coded: NDArray[Any]) -> NDArray[Any]:
        """View of CODED (rows, columns, ...) as it is seen; writing to it writes to CODED."""
        return np.rot90(np.fliplr(coded) if self.mirrored else coded, -self.turns)

    def coded(self, upright: NDArray[Any]) -> NDArray[Any]:
        """View of UPRIGHT (rows, columns, ...) as it is coded; writing to it writes to UPRIGHT."""
        turned = np.rot90(upright, self.turns)
        return np.fliplr(turned) if self.mirrored else turned

    def top(self, xyxy: Boxes, share: float) -> Boxes:
        """Cut coded boxes to the SHARE of them that is the top as seen. float32 (n, 4) -> float32 (n, 4)."""
        cut: Boxes = xyxy.copy()
        sides = share * (xyxy[:, 2:] - xyxy[:, :2])
        match (self.turns, self.mirrored):
            case (0, _):
                cut[:, 3] = xyxy[:, 1] + sides[:, 1]
            case (2, _):
                cut[:, 1] = xyxy[:, 3] - sides[:, 1]
            case (1, False) | (3, True):
                cut[:, 2] = xyxy[:, 0] + sides[:, 0]
            case _:
                cut[:, 0] = xyxy[:, 2] - sides[:, 0]
        return cut

    def to_coded(self, xyxy: Boxes, width: int, height: int) -> Boxes:
        """Carry boxes of the upright picture to the coded one, WIDTH x HEIGHT px. float32 (n, 4) -> float32 (n, 4)."""
        x0, y0, x1, y1 = xyxy.T
        match self.turns:
            case 1:  # upright x runs along coded -y, upright y along coded x
                x0, y0, x1, y1 = y0, height - x1, y1, height - x0
            case 2:
                x0, y0, x1, y1 = width - x1, height - y1, width - x0, height - y0
            case 3:
                x0, y0, x1, y1 = width - y1, x0, width - y0, x1
        x0, x1 = (width - x1, width - x0) if self.mirrored else (x0, x1)
        return np.stack((x0, y0, x1, y1), axis=1).astype(np.float32)

    def to_upright(self, xyxy: Boxes, width: int, height: int) -> Boxes:
        """Carry boxes of the coded picture, WIDTH x HEIGHT px, to the upright one. float32 (n, 4) -> float32 (n, 4)."""
        x0, y0, x1, y1 = xyxy.T
        x0, x1 = (width - x1, width - x0) if self.mirrored else (x0, x1)
        match self.turns:
            case 1:
                x0, y0, x1, y1 = height - y1, x0, height - y0, x1
            case 2:
                x0, y0, x1, y1 = width - x1, height - y1, width - x0, height - y0
            case 3:
                x0, y0, x1, y1 = y0, width - x1, y1, width - x0
        return np.stack((x0, y0, x1, y1), axis=1).astype(np.float32)


UPRIGHT = Orientation()
"""Shown as it is coded."""

EVERY = tuple(Orientation(turns, mirrored) for mirrored in (False, True) for turns in range(4))
"""All eight."""
