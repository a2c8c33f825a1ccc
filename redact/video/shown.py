"""How players show a picture: which way round, and how wide its pixels are."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from av.sidedata.sidedata import SideDataContainer, Type

from redact.errors import InputUnusable
from redact.records.orientation import UPRIGHT, Orientation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["LEAST_ASPECT", "MOST_ASPECT", "check_aspect", "check_orientation", "orientation", "pixel_aspect"]

LEAST_ASPECT, MOST_ASPECT = Fraction(1, 4), Fraction(4)
"""Width over height of a pixel beyond which no camera's lie: a wrong tag."""


def orientation(pictures: Iterable[Any], path: Path) -> Orientation:
    """Read which way round the first of PICTURES that says so is shown, by the container or by itself.

    Raises InputUnusable where that is neither upright nor a quarter turn.
    """
    ways = (_said(picture, path) for picture in pictures)
    return next((way for way in ways if way is not None), UPRIGHT)


def check_orientation(picture: Any, known: Orientation, path: Path) -> None:
    """Raise InputUnusable where PICTURE says that it is shown another way round than the one KNOWN.

    One that says nothing is shown as those before it: many recorders tell only with key pictures.
    """
    way = _said(picture, path)
    if way is not None and way != known:
        message = f"{path} changes on the way how its picture is shown, from {known} to {way}."
        raise InputUnusable(message, "Cut it where the picture turns and work on the parts.")


def check_aspect(aspect: Fraction | None, before: Fraction | None, path: Path) -> Fraction:
    """Give ASPECT, the shape of a pixel that the decoder of the file at PATH gives; square where it says nothing.

    Raises InputUnusable where it is another than BEFORE.
    """
    now = aspect or Fraction(1)
    if before is not None and now != before:
        message = f"{path} changes on the way how wide its pixels are shown, from {_ratio(before)} to {_ratio(now)}."
        raise InputUnusable(message, "Cut it where the picture changes its shape and work on the parts.")
    return now


def _ratio(aspect: Fraction) -> str:
    return f"{aspect.numerator}:{aspect.denominator}"


def pixel_aspect(tagged: Fraction | None) -> tuple[Fraction, tuple[str, ...]]:
    """Give the shape of a pixel, width over height, of one TAGGED so, and a sentence where the tag is not believed."""
    if not tagged or LEAST_ASPECT <= tagged <= MOST_ASPECT:
        return tagged or Fraction(1), ()
    ratio = _ratio(tagged)
    return Fraction(1), (
        f"The file says that its pixels are {ratio}, which no camera makes; they are taken as square.",
    )


def _said(picture: Any, path: Path) -> Orientation | None:
    """Read the display matrix of PICTURE, if it has one; its `rotation` would lose a mirror."""
    try:
        # not `picture.side_data`: the picture would keep that, and be kept by it until Python looks for such circles;
        # its stub leaves out what it is made of
        data = SideDataContainer(picture).get(Type.DISPLAYMATRIX)  # type: ignore[call-arg]
    except ValueError:  # beside it stands something that PyAV has no name for, such as the EXIF of a JPEG
        return Orientation(round(-picture.rotation / 90) % 4) if picture.rotation % 90 == 0 else UPRIGHT
    if data is None:
        return None
    try:
        return Orientation.of_matrix(np.frombuffer(bytes(data), "<i4").tolist())
    except (ValueError, IndexError) as problem:
        message = f"{path} is to be shown at an odd angle or askew; no copy could be shown so."
        remedy = "Export it again upright, or turned by a quarter, a half or three quarters."
        raise InputUnusable(message, remedy) from problem
