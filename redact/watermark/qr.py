"""The QR code of a copy: which release it is, and the digest that ties it to master, plan and request.

The code holds capitals and digits, which take the least room; "%" before a letter turns from capitals to small ones
and back, "$" stands for an underscore.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MODULES", "modules", "pack", "read_modules", "unpack"]

VERSION, MODULES = 5, 37
"""Version of the code, always the same, and how many modules it has along each side."""

SMALL, UNDERSCORE, ENDS = "%", "$", ":"

STRONG, LONGEST = 122, 154
"""Characters that fit with correction level M, and at all (level L)."""

SHORTEST = 24
"""Hex digits of the digest that always fit."""

QUIET, FINE = 4, 8
"""Modules of white around the code, and px along each side of a module, where it is drawn to be read."""


def pack(release_id: str, digest: str) -> str:
    """Write RELEASE_ID and as much of DIGEST as fits as one text of capitals and digits."""
    out, small = [], False
    for letter in release_id:
        if letter.isalpha() and letter.islower() is not small:
            out.append(SMALL)
            small = not small
        out.append(UNDERSCORE if letter == "_" else letter.upper())
    return f"{''.join(out)}{ENDS}{digest.upper()}"[:LONGEST]


def unpack(text: str) -> tuple[str, str] | None:
    """Read the release id and the digest, in full or its start, out of TEXT; None where it holds none."""
    packed, ends, digest = text.partition(ENDS)
    if not ends or len(digest) < SHORTEST:
        return None
    out, small = [], False
    for toggles, letters in groupby(packed, lambda letter: letter == SMALL):
        for letter in letters:
            small ^= toggles
            if not toggles:
                out.append("_" if letter == UNDERSCORE else letter.lower() if small else letter)
    return "".join(out), digest.lower()


def modules(text: str) -> NDArray[np.bool_]:
    """(37, 37) the code of TEXT, true where it is dark. Raises ValueError where it would not be read back."""
    settings = cv2.QRCodeEncoder.Params()
    settings.version, settings.mode = VERSION, cv2.QRCODE_ENCODER_MODE_ALPHANUMERIC
    strong = len(text) <= STRONG
    settings.correction_level = cv2.QRCODE_ENCODER_CORRECT_LEVEL_M if strong else cv2.QRCODE_ENCODER_CORRECT_LEVEL_L
    picture = cv2.QRCodeEncoder.create(settings).encode(text)
    edge = (picture.shape[0] - MODULES) // 2
    dark: NDArray[np.bool_] = picture[edge : edge + MODULES, edge : edge + MODULES] == 0
    if read_modules(dark) != text:
        message = f"{text} cannot be written as a QR code"
        raise ValueError(message)
    return dark


def read_modules(dark: NDArray[np.bool_]) -> str:
    """Read the code in DARK (37, 37); empty where there is none."""
    picture = np.pad(np.where(dark, 0, 255).astype(np.uint8), QUIET, constant_values=255)
    large = cv2.resize(picture, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_NEAREST)
    low, high = QUIET * FINE, (QUIET + MODULES) * FINE
    # where it stands is known: to look for it would fail for one code in fifty
    corners = np.array([[[low, low], [high, low], [high, high], [low, high]]], np.float32)
    text, _ = cv2.QRCodeDetector().decode(large, corners)
    return str(text)
