"""What a copy says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Mark"]

RELEASE_ID = re.compile(r"[A-Za-z0-9 ./_-]{1,64}")
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a copy says of itself. What has accents, or is not Latin, is written in the strip as near as ASCII comes."""

    reference: str
    recipient: str
    copy_number: int
    released: str
    """ISO date."""
    release_id: str
    """Up to 64 letters, digits, spaces and . / _ -"""
    digest: str
    """64 hex digits."""

    def __post_init__(self) -> None:
        """Check what goes into the code."""
        if not RELEASE_ID.fullmatch(self.release_id) or not DIGEST.fullmatch(self.digest):
            message = f"Mark needs a release id such as SAR-2026-0142/1 and 64 hex digits, but has {self.release_id!r}"
            raise ValueError(message)
