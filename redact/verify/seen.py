"""What was seen of a copy, or of a piece of one, picture by picture; kept in a file until the other pieces are seen."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from redact.records.kinds import Kind
from redact.records.tracks import Detections
from redact.verify.chroma import ChromaTally
from redact.verify.evidence import KEPT
from redact.verify.file_checks import TimesTally
from redact.verify.findings import Finding, Standing
from redact.verify.frame_checks import MasksTally, SceneTally
from redact.verify.second_look import LookTally
from redact.verify.strength import StrengthTally
from redact.verify.strip_check import StripTally
from redact.verify.tally import Least, Most, joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from redact.verify.evidence import Evidence
    from redact.verify.tally import Tally

__all__ = ["Seen", "all_together", "from_plain", "to_plain"]

VERSION = "redact-seen/1"

COUNTED: dict[str, type] = {
    "times": TimesTally,
    "masks": MasksTally,
    "strength": StrengthTally,
    "scene": SceneTally,
    "colours": ChromaTally,
    "strip": StripTally,
}
"""What is written as it is."""

LEVELS: dict[str, type] = {
    "most": Most,
    "part": Most,
    "levels": Most,
    "least": Least,
}
"""Fields of those that hold more than a number or a sentence."""

Arrays = dict[str, Any]
"""Arrays by name; Any, since each has a type of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of every picture."""

    times: TimesTally
    masks: MasksTally
    strength: StrengthTally
    scene: SceneTally
    colours: ChromaTally
    look: LookTally
    strip: StripTally
    broken: str = ""
    """Why the copy did not decode to its end, as a sentence."""
    evidence: tuple[Evidence, ...] = ()
    """Where the checks failed, the worst of each."""

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """What was counted, but for the times, in the order in which it is told."""
        return self.masks, self.strength, self.scene, self.colours, self.look, self.strip

    @property
    def sound(self) -> bool:
        """Whether all is as it should be, whatever the networks found."""
        rest = (tally.result().passed for tally in (self.times, *self.tallies) if tally is not self.look)
        return not self.broken and not self.evidence and all(rest)


def all_together(pieces: Sequence[Seen]) -> Seen:
    """Put together what was seen of PIECES of a copy, in their order; of each check the first KEPT places that failed.

    Raises TypeError where there is none.
    """
    whole = reduce(joined, pieces)
    by_check: dict[str, list[Evidence]] = {}
    for place in whole.evidence:
        by_check.setdefault(place.check, []).append(place)
    return replace(whole, evidence=tuple(place for places in by_check.values() for place in places[:KEPT]))


def to_plain(seen: Seen) -> dict[str, Any]:
    """Put SEEN, which has to be sound, as plain JSON: pictures of what is wrong are not kept."""
    facts: dict[str, Any] = {name: asdict(getattr(seen, name)) for name in COUNTED}
    found = seen.look.found
    rows: Arrays = {"frame": found.frame, "xyxy": found.xyxy, "score": found.score, "kind": found.kind}
    facts["look"] = {
        "looks": seen.look.looks,
        "new": seen.look.new,
        "found": {name: values.tolist() for name, values in rows.items()},
        "told": [_finding_facts(finding) for finding in seen.look.told],
    }
    return {"version": VERSION, **facts}


def from_plain(facts: Mapping[str, Any]) -> Seen:
    """Make what `to_plain` put as FACTS. Raises ValueError where they are anything else."""
    try:
        return _seen(facts)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as problem:
        message = f"this is no {VERSION} record"
        raise ValueError(message) from problem


def _seen(facts: Mapping[str, Any]) -> Seen:
    """Make what FACTS are of; raises whatever comes of it where they are anything else."""
    if facts["version"] != VERSION:
        raise ValueError(facts["version"])
    counted = {name: _tally(kind, facts[name]) for name, kind in COUNTED.items()}
    look = facts["look"]
    rows = look["found"]
    found = Detections(
        frame=np.array(rows["frame"], np.int32),
        xyxy=np.array(rows["xyxy"], np.float32).reshape(-1, 4),
        score=np.array(rows["score"], np.float32),
        kind=np.array(rows["kind"], np.uint8),
    )
    told = tuple(_finding(finding) for finding in look["told"])
    return Seen(**counted, look=LookTally(int(look["looks"]), int(look["new"]), found, told))


def _tally(kind: type, facts: dict[str, Any]) -> Any:
    """Make the tally of KIND that FACTS are of."""
    made = {name: LEVELS[name](**value) if name in LEVELS else value for name, value in facts.items()}
    if "tracks" in made:
        made["tracks"] = {int(track): tuple(map(float, sums)) for track, sums in made["tracks"].items()}
    return kind(**made)


def _finding_facts(finding: Finding) -> dict[str, Any]:
    """Put FINDING as plain JSON."""
    return {
        **asdict(finding),
        "kind": int(finding.kind),
        "at": str(finding.at),
        "standing": finding.standing.value,
        "picture": b64encode(finding.picture).decode(),
    }


def _finding(facts: dict[str, Any]) -> Finding:
    """Make the finding that FACTS are of."""
    left, top, right, bottom = map(int, facts["place"])
    return Finding(
        id=str(facts["id"]),
        kind=Kind(facts["kind"]),
        frame=int(facts["frame"]),
        at=Fraction(facts["at"]),
        place=(left, top, right, bottom),
        score=float(facts["score"]),
        standing=Standing(facts["standing"]),
        picture=b64decode(facts["picture"]),
    )
