"""A finding of a second look."""

from __future__ import annotations

from fractions import Fraction

from redact.records.kinds import Kind
from redact.verify.findings import Finding, Standing

PLACE = (100, 80, 140, 180)


def finding(name: str = "F1a2b3c4d", frame: int = 30, standing: Standing = Standing.OPEN) -> Finding:
    """A face in the second second."""
    return Finding(name, Kind.FACE, frame, Fraction(frame, 25), PLACE, 0.7, standing)
