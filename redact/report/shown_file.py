"""What a page shows of a copy that was made, as a file beside it: checks, findings and the worst seconds, in pictures.

It may show third parties, as the operator's report does: it is for whoever made the copy alone, and goes with it.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from redact.files import canonical_json
from redact.request.model import format_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from redact.records.plan import Check
    from redact.verify.evidence import Evidence
    from redact.verify.findings import Finding

__all__ = ["FORM", "ShownCopy"]

FORM = "redact-shown/1"


@dataclass(frozen=True, slots=True)
class ShownCopy:
    """What is shown of one copy."""

    copy: str
    """SHA-256 of it."""
    checks: Sequence[Check]
    findings: Sequence[Finding]
    evidence: Sequence[Evidence]
    warnings: Sequence[str]
    look_first: Sequence[int]
    """Seconds of the master."""
    pictures: Mapping[int, bytes]
    """JPEG of the copy by second."""
    begins: Fraction
    """Time of the master at which the copy begins."""
    rounds: int

    def to_bytes(self) -> bytes:
        """Spell it as `redact-shown/1`."""
        facts: dict[str, Any] = {
            "version": FORM,
            "copy": self.copy,
            "checks": [{"name": str(one.name), "passed": one.passed, "found": one.found} for one in self.checks],
            "findings": [_finding(finding) for finding in self.findings],
            "evidence": [_evidence(proof) for proof in self.evidence],
            "warnings": list(self.warnings),
            "look_first": [_second(second, self.pictures.get(second, b"")) for second in self.look_first],
            "begins": format_time(self.begins),
            "rounds": self.rounds,
        }
        return canonical_json(facts)


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "kind": finding.kind.name.lower(),
        "frame": finding.frame,
        "time": format_time(finding.at),
        "place": list(finding.place),
        "score": finding.score,
        "standing": finding.standing.value,
        "picture": _text(finding.picture),
    }


def _evidence(proof: Evidence) -> dict[str, Any]:
    return {
        "check": str(proof.check),
        "frame": proof.frame,
        "time": format_time(proof.at),
        "place": list(proof.place),
        "said": proof.said,
        "picture": _text(proof.picture),
    }


def _second(second: int, picture: bytes) -> dict[str, Any]:
    return {"second": second, "time": format_time(Fraction(second)), "picture": _text(picture)}


def _text(picture: bytes) -> str:
    return b64encode(picture).decode()
