"""Who is who, kept as a file beside a scan: worked out once, since on an hour of a street it takes minutes.

It is believed only for the very scan it was made of, and only by the very code that made it; else it is made anew. No
copy is made from it: whoever makes one works it out again.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from redact.files import canonical_json, sha256_bytes
from redact.records.arrays import packed, unpacked
from redact.records.kinds import Kind, Standing
from redact.records.tracks import Subject, Tracks
from redact.track.bodies import Bodies
from redact.track.listing import Open, People

if TYPE_CHECKING:
    from redact.detect.found import Scan

__all__ = ["from_bytes", "made_by", "to_bytes"]

VERSION = "redact-people/1"
FACTS = "facts"
TRACKS = ("frame", "xyxy", "score", "origin", "start", "kind")
BODIES = ("frame", "person", "xyxy", "seen", "missed")
CODE = ("records", "video", "detect", "track")
"""Folders whose modules decide on who is who."""


@cache
def made_by() -> str:
    """Give the digest of the code that says who is who: with other code it may be others."""
    root = Path(__file__).resolve().parents[1]
    files = sorted(path for folder in CODE for path in (root / folder).glob("*.py"))
    return sha256_bytes(canonical_json([[path.name, sha256_bytes(path.read_bytes())] for path in files]))


def to_bytes(people: People, found: Tracks, scan: str) -> bytes:
    """Spell PEOPLE, who are in SCAN, the digest of its file, and the tracks as FOUND, whose rows are their first."""
    facts = {
        "version": VERSION,
        "scan": scan,
        "code": made_by(),
        "subjects": [
            [one.id, int(one.kind), list(one.tracks), one.first, one.last, one.standing.value]
            for one in people.subjects
        ],
        "open": [[one.before, one.after, one.last, one.first, one.cost] for one in people.open],
    }
    arrays: dict[str, Any] = {FACTS: np.frombuffer(canonical_json(facts), np.uint8)}
    arrays |= {f"tracks.{name}": getattr(people.tracks, name) for name in TRACKS}
    arrays |= {f"where.{name}": getattr(people.where, name) for name in BODIES}
    arrays |= {"owner": people.owner, "why": people.why, "found.start": found.start, "found.kind": found.kind}
    return packed(arrays)


def from_bytes(data: bytes, scan: Scan, sha256: str) -> tuple[People, Tracks] | None:
    """Read who is in SCAN, whose file has the digest SHA256, and the tracks as found.

    None where DATA is of another scan, or of other code.
    """
    try:
        arrays: dict[str, Any] = unpacked(data)
        facts = json.loads(arrays[FACTS].tobytes())
        if (facts["version"], facts["scan"], facts["code"]) != (VERSION, sha256, made_by()):
            return None
        people = People(
            Tracks(*(arrays[f"tracks.{name}"] for name in TRACKS)),
            tuple(
                Subject(name, Kind(kind), tuple(tracks), first, last, Standing(standing))
                for name, kind, tracks, first, last, standing in facts["subjects"]
            ),
            arrays["owner"],
            arrays["why"],
            Bodies(*(arrays[f"where.{name}"] for name in BODIES)),
            tuple(Open(*one) for one in facts["open"]),
        )
        count = int(arrays["found.start"][-1])
        frame, xyxy, score, origin = (getattr(people.tracks, name)[:count] for name in TRACKS[:4])
        found = Tracks(frame, xyxy, score, origin, arrays["found.start"], arrays["found.kind"])
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    fits = len(people.owner) == len(people.why) == len(people.tracks.frame)
    inside = not len(people.tracks.frame) or int(people.tracks.frame.max()) < len(scan.clip)
    return (people, found) if fits and inside else None
