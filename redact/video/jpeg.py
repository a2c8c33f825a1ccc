"""A picture as JPEG, in one way for all who show one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

from redact.errors import InputUnusable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LARGEST", "jpeg"]

LARGEST = 65_500
"""px of a side, at most: of the encoder, not of the format."""


def jpeg(picture: NDArray[np.uint8], quality: int) -> bytes:
    """Encode PICTURE, (h, w) or (h, w, 3) in BGR, at QUALITY from 0 to 100.

    Raises InputUnusable where it cannot be: whoever is to look at something is never given nothing in its place.
    """
    height, width = picture.shape[:2]
    try:
        done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    except cv2.error:
        done = False
    if not done:
        message = f"A picture of {width} x {height} px cannot be shown: a side may have 1 to {LARGEST:,} px."
        raise InputUnusable(message, "Make a smaller version of the footage, and work on that.")
    return data.tobytes()
