"""A car from behind with a British number plate, drawn to scale: 2 mm of the car to 1 px of the drawing."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["CAR_MM", "PLATE_BOX_MM", "PLATE_TEXT", "car", "put"]

Picture: TypeAlias = "NDArray[np.uint8]"
Colour: TypeAlias = tuple[int, int, int]
Points: TypeAlias = "Sequence[tuple[int, int]]"

PLATE_TEXT = "AB12 CDE"
CAR_MM = (1800, 1560)
"""Width and height of the drawing; the car stands on its lower edge."""

PLATE_BOX_MM = (640, 800, 1160, 911)
"""The plate in the drawing: 520 x 111 mm, as the regulations have it."""

MM = 2
"""mm to a px."""

PAINT, GLASS, TRIM, RUBBER = (52, 78, 128), (24, 30, 38), (34, 35, 38), (18, 18, 20)
LAMP, LIT, YELLOW, BLACK = (150, 16, 22), (226, 62, 48), (250, 205, 24), (16, 16, 16)
LETTER_MM, STROKE_MM, GAP_MM, SPACE_MM = (50, 79), 14, 11, 33


@lru_cache(maxsize=1)
def car() -> NDArray[np.float32]:
    """Draw the car: float32 (h, w, 4) RGB and opacity, 0 to 255, colours already weighted by opacity."""
    drawing = np.zeros((CAR_MM[1] // MM, CAR_MM[0] // MM, 4), np.uint8)
    _shadow(drawing)
    for x in (130, 1460):
        _fill(drawing, _box(x, 1120, x + 210, 1540), RUBBER)
    _body(drawing)
    shaded = drawing.astype(np.float32)
    shaded[..., :3] *= np.linspace(1.25, 0.7, len(drawing), dtype=np.float32)[:, None, None]
    drawing = np.clip(shaded, 0, 255).astype(np.uint8)
    _details(drawing)
    _plate(drawing)
    return drawing.astype(np.float32)


def put(picture: Picture, scale: float, x: float, y: float) -> Picture:
    """Put the car on PICTURE, SCALE px to the mm, its lower left corner at X, Y px."""
    place = np.array([[scale * MM, 0, x], [0, scale * MM, y - CAR_MM[1] * scale]], np.float32)
    sprite = cv2.resize(car(), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) if scale * MM < 1 / 2 else car()
    place[:, :2] *= len(car()) / len(sprite)
    size = (picture.shape[1], picture.shape[0])
    layer = cv2.warpAffine(sprite, place, size, flags=cv2.INTER_LINEAR)
    shown = picture * (1 - layer[..., 3:] / 255) + layer[..., :3]
    return np.asarray(np.clip(shown, 0, 255), np.uint8)


def _box(x0: int, y0: int, x1: int, y1: int) -> Points:
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


def _fill(drawing: Picture, points: Points, colour: Colour) -> None:
    """Fill the shape of POINTS, mm, with its edge smoothed."""
    shape = np.round(np.array(points) / MM * 16).astype(np.int32)
    cv2.fillPoly(drawing, [shape], (*colour, 255), cv2.LINE_AA, shift=4)


def _both(drawing: Picture, points: Points, colour: Colour) -> None:
    """Fill POINTS and their mirror image."""
    _fill(drawing, points, colour)
    _fill(drawing, [(CAR_MM[0] - x, y) for x, y in points], colour)


def _shadow(drawing: Picture) -> None:
    """Darken the ground under the car, softly."""
    soft = np.zeros(drawing.shape[:2], np.uint8)
    cv2.ellipse(soft, (CAR_MM[0] // 2 // MM, 1500 // MM), (840 // MM, 40 // MM), 0, 0, 360, 220, -1)
    drawing[..., 3] = cv2.GaussianBlur(soft, (0, 0), 12)


def _body(drawing: Picture) -> None:
    roof = [(430, 70), (620, 42), (900, 34), (1180, 42), (1370, 70), (1480, 140), (1680, 720), (120, 720), (320, 140)]
    hull = [(110, 690), (1690, 690), (1770, 800), (1785, 1040), (1750, 1260), (1690, 1400), (110, 1400), (50, 1260)]
    _fill(drawing, roof, PAINT)
    _fill(drawing, [*hull, (15, 1040), (30, 800)], PAINT)
    _fill(drawing, [(60, 1250), (1740, 1250), (1690, 1420), (110, 1420)], TRIM)
    _both(drawing, [(20, 640), (130, 600), (150, 700), (40, 720)], PAINT)


def _details(drawing: Picture) -> None:
    """Window, lamps, seams and reflectors."""
    _fill(drawing, [(430, 170), (900, 150), (1370, 170), (1540, 620), (900, 640), (260, 620)], GLASS)
    _fill(drawing, [(470, 190), (800, 176), (640, 560), (340, 570)], (58, 68, 80))
    _fill(drawing, [(890, 560), (910, 560), (1210, 600), (1210, 612)], BLACK)
    _both(drawing, [(45, 740), (330, 730), (350, 900), (200, 940), (30, 960)], LAMP)
    _both(drawing, [(80, 780), (290, 770), (300, 840), (70, 860)], LIT)
    _both(drawing, [(150, 1180), (340, 1180), (340, 1215), (150, 1215)], LAMP)
    _fill(drawing, _box(90, 1060, 1710, 1068), (20, 32, 58))
    _fill(drawing, _box(600, 770, 1200, 940), (26, 40, 70))
    _fill(drawing, _box(780, 690, 1020, 722), (150, 156, 164))


def _plate(drawing: Picture) -> None:
    """Put the plate where it belongs, letters of the prescribed size."""
    x0, y0, x1, y1 = PLATE_BOX_MM
    plate = np.full((222, 1040, 3), YELLOW, np.uint8)
    cv2.rectangle(plate, (5, 5), (1034, 216), BLACK, 3)
    x = (1040 - 2 * _length()) // 2
    for sign in PLATE_TEXT:
        if sign != " ":
            letter = _letter(sign)
            inside = plate[32 : 32 + letter.shape[0], x : x + letter.shape[1]]
            np.minimum(inside, 255 - letter[..., None], out=inside)
        x += 2 * _advance(sign)
    size = ((x1 - x0) // MM, round((y1 - y0) / MM))
    top, left = y0 // MM, x0 // MM
    drawing[top : top + size[1], left : left + size[0], :3] = cv2.resize(plate, size, interpolation=cv2.INTER_AREA)


def _length() -> int:
    """Mm from the first letter to the end of the last."""
    return sum(_advance(sign) for sign in PLATE_TEXT) - GAP_MM


def _advance(sign: str) -> int:
    """Mm to the next letter."""
    return SPACE_MM - GAP_MM if sign == " " else LETTER_MM[0] + GAP_MM


def _letter(sign: str) -> Picture:
    """Draw SIGN as uint8 (158, 100), 255 where there is ink, 2 px to the mm."""
    wide, high = LETTER_MM[0] * 2, LETTER_MM[1] * 2
    ink = np.zeros((400, 400), np.uint8)
    cv2.putText(ink, sign, (60, 300), cv2.FONT_HERSHEY_SIMPLEX, 6, 255, STROKE_MM * 2, cv2.LINE_AA)
    x, y, w, h = cv2.boundingRect(ink)
    cut = cv2.resize(ink[y : y + h, x : x + w], (min(wide, max(w, wide // 2)), high), interpolation=cv2.INTER_AREA)
    side = wide - cut.shape[1]
    padded: Picture = np.pad(cut, ((0, 0), (side // 2, side - side // 2)))
    return padded
