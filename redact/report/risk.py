"""Where to look first: the seconds of a clip, by how likely somebody is exposed there or the wrong one is shown.

A rank and no measurement: it says in which order to watch, never that a second is safe. Each thing that has gone
before a leak adds to the score of the seconds it is in: `score = sum of WEIGHT * value`, values from 0 to 1, where 1
is the worst second of the clip. The weights are a judgement, not fitted to anything, and scores of two clips do not
compare.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from redact.decide.decide import released
from redact.files import canonical_json
from redact.records.tracks import Tracks
from redact.report.risk_features import Timeline, signs
from redact.request.model import format_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.plan import Decision, MaskPlan
    from redact.report.risk_features import Sign

__all__ = ["WEIGHT", "Risk", "first_looks", "rank", "to_bytes"]

WEIGHT = {
    "missed": 3.0,
    "overlap": 2.5,
    "motion": 2.0,
    "kept ends": 2.0,
    "ends": 1.5,
    "once": 1.5,
    "weak": 1.0,
    "gap": 1.0,
    "crowd": 1.0,
    "fast": 1.0,
    "damaged": 1.0,
    "cut": 0.5,
    "poses": 0.5,
    "edge": 0.5,
}
"""What one second gets for each, where it is as bad as it is counted."""

SAID = {
    "missed": "The second look found what the first did not: {}.",
    "overlap": "Somebody who is hidden passes close to somebody who is shown: {}. Is the right one shown?",
    "motion": "Something moved that nobody was found in: {}.",
    "kept ends": "Somebody who is shown appears or is lost in the middle of the picture: {}.",
    "ends": "Somebody who is hidden appears or is lost in the middle of the picture: {}.",
    "once": "Found for a moment only: {}.",
    "weak": "Never found with confidence: {}.",
    "gap": "Hidden by estimate, long before or after they were found: {}.",
    "crowd": "Many at the same time: {}.",
    "fast": "Moving fast: {}.",
    "damaged": "The recording is damaged: {}.",
    "cut": "Another scene begins: {}.",
    "poses": "It is in doubt which way up the picture is: {}.",
    "edge": "At the edge of the picture: {}.",
}
"""Each as a sentence; the brace holds how many."""

COUNTED = {
    "missed": ("finding", "findings"),
    "motion": ("place", "places"),
    "kept ends": ("time", "times"),
    "gap": ("hidden area", "hidden areas"),
    "damaged": ("picture", "pictures"),
    "cut": ("cut", "cuts"),
    "poses": ("way", "ways"),
}
"""What is counted, one and several, where it is nobody who is hidden: a face and a body may be of one person."""

HIDDEN = ("hidden person or thing", "hidden people or things")

APART_S = 3
"""Least time between two places to look first at: one look covers what is nearer."""

FORM = "redact-risks/1"


@dataclass(frozen=True, slots=True)
class Risk:
    """One second of a clip."""

    second: int
    """As a player shows it for the master: 12 is from 00:12 on."""
    score: float
    """0 where nothing speaks for a look; larger is worse."""
    reasons: tuple[str, ...] = ()
    """Sentences, what weighs most first."""
    picture: bytes = field(default=b"", repr=False)
    """JPEG of the copy in it, of seconds that are shown; it is in no list."""


def rank(
    clip: Clip,
    tracks: Tracks,
    plan: MaskPlan,
    decisions: Sequence[Decision],
    cuts: NDArray[np.int32],
    *,
    missed: Sequence[int] = (),
    moved: Tracks | None = None,
    poses: int = 1,
) -> tuple[Risk, ...]:
    """Rank the seconds of CLIP in which a frame begins, each once, the one to look at first at the head.

    CUTS are first frames after a cut, MISSED the frames on which a second look found something, MOVED what moved that
    nobody was found in, POSES in how many the pictures were looked at. What the copy does not show, by the frames of
    PLAN, scores 0.
    """
    if not len(clip):
        return ()
    line = Timeline(clip, tracks, plan, released(decisions))
    all_signs = signs(line, cuts, missed, Tracks.none() if moved is None else moved, poses)
    risks = [_risk(second, place, all_signs) for place, second in enumerate(line.seconds.tolist())]
    return tuple(sorted(risks, key=lambda risk: (-risk.score, risk.second)))


def first_looks(risks: Sequence[Risk], most: int = 5) -> tuple[int, ...]:
    """Give the seconds to look first at, MOST or fewer, some time apart, in the order of their rank."""
    chosen: list[int] = []
    for risk in risks:
        if risk.score > 0 and len(chosen) < most and all(abs(risk.second - second) >= APART_S for second in chosen):
            chosen.append(risk.second)
    return tuple(chosen)


def to_bytes(risks: Sequence[Risk], master: str) -> bytes:
    """Spell RISKS of the clip whose SHA-256 is MASTER as the risk list, `redact-risks/1`."""
    seconds = [
        {
            "second": risk.second,
            "time": format_time(Fraction(risk.second)),
            "score": risk.score,
            "reasons": list(risk.reasons),
        }
        for risk in risks
    ]
    note = "The order in which to look, not a measurement: a second that scores 0 is not known to be safe."
    first = [format_time(Fraction(second)) for second in first_looks(risks)]
    facts = {"version": FORM, "master": master, "note": note, "weights": WEIGHT, "look_first": first}
    return canonical_json(facts | {"seconds": seconds})


def _risk(second: int, place: int, all_signs: Sequence[Sign]) -> Risk:
    """Sum up ALL_SIGNS of the second in PLACE as one risk."""
    parts = [(WEIGHT[sign.name] * float(sign.value[place]), sign) for sign in all_signs if sign.value[place] > 0]
    parts.sort(key=lambda part: -part[0])
    score = round(sum(part for part, _ in parts), 3)
    return Risk(second, score, tuple(_sentence(sign.name, int(sign.many[place])) for _, sign in parts))


def _sentence(name: str, count: int) -> str:
    """Say that there are COUNT of what NAME counts."""
    one, several = COUNTED.get(name, HIDDEN)
    return SAID[name].format(f"{count:,} {one if count == 1 else several}")
