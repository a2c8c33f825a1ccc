"""Who walks how in the clips of walkers.py: ten scenes that are always the same, and as many at random as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.leakage.footage import RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CANVAS", "FRAMES", "SCENES", "Scene", "Way", "random_scene"]

CANVAS = (1280, 720)
FRAMES = 125
SECONDS = FRAMES / RATE

HEIGHTS = (200.0, 380.0)
"""px: how tall people are in scenes at random."""

COMPANIONS = 0.04
"""Share by which those who meet, or walk together, differ in height: they are about as far away."""

SPEEDS = (0.5, 2.0)
"""Heights a second at which people walk."""

FASTER = 1.35
"""Times as fast, at least, as whoever is overtaken."""

POLES = 0.3
"""Share of scenes at random in which there is a pole."""


class Way(NamedTuple):
    """How one person moves. Seconds, with the middle of the body in widths of the picture."""

    height: float
    """px."""
    times: tuple[float, ...]
    places: tuple[float, ...]


class Scene(NamedTuple):
    """Who walks how, from the back to the front; the first named is the one to stay visible."""

    name: str
    ways: tuple[Way, ...]
    order: tuple[int, ...]
    """Numbers of the ways, from the farthest to the nearest."""
    pole: float | None = None
    """Middle of a pole before everybody, in widths of the picture."""


def _across(height: float, start: float, end: float, first: float = 0.0, last: float = 5.0) -> Way:
    return Way(height, (first, last), (start, end))


SCENES = (
    Scene("pass behind", (_across(300, 0.08, 0.92), _across(300, 0.92, 0.08)), (0, 1)),
    Scene("pass in front", (_across(330, 0.9, 0.1), _across(270, 0.05, 0.95)), (1, 0)),
    Scene(
        "stop while someone passes", (Way(300, (0, 2, 3.5, 5), (0.15, 0.5, 0.5, 0.8)), _across(310, 0.95, 0.1)), (0, 1)
    ),
    Scene(
        "two pass one after the other",
        (_across(300, 0.05, 0.85), _across(320, 0.6, 0.02, 0, 4), _across(290, 1.05, 0.2, 0.5, 5)),
        (0, 2, 1),
    ),
    Scene("be overtaken", (_across(300, 0.3, 0.75), _across(310, 0.05, 0.97)), (0, 1)),
    Scene("walk behind a pole", (_across(300, 0.1, 0.9),), (0,), 0.5),
    Scene("cross at a pole", (_across(300, 0.1, 0.9), _across(300, 0.9, 0.1)), (0, 1), 0.5),
    Scene(
        "meet and turn back",
        (Way(300, (0, 2, 3, 5), (0.1, 0.46, 0.46, 0.1)), Way(300, (0, 2, 3, 5), (0.9, 0.55, 0.55, 0.9))),
        (0, 1),
    ),
    Scene(
        "meet, stop and pass",
        (Way(300, (0, 2, 3, 5), (0.1, 0.46, 0.46, 0.9)), Way(310, (0, 2, 3, 5), (0.9, 0.54, 0.54, 0.1))),
        (0, 1),
    ),
    Scene("walk side by side", (_across(300, 0.08, 0.8), _across(295, 0.2, 0.92)), (0, 1)),
)


def random_scene(chance: np.random.Generator) -> Scene:
    """Draw two or three people who meet, pass and part; all walk at speeds of people, or stand."""
    kinds, ways = ["walk"], [_anyhow(chance)]
    for _ in range(int(chance.integers(1, 3))):
        kind = str(chance.choice([*MEETINGS]))
        kinds.append(kind)
        ways.append(MEETINGS[kind](chance, ways[int(chance.integers(len(ways)))]))
    order = tuple(int(number) for number in np.argsort([way.height for way in ways], kind="stable"))
    pole = float(chance.uniform(0.3, 0.7)) if chance.random() < POLES else None
    name = ", ".join([*kinds[1:], *(["pole"] if pole else [])])
    return Scene(name, tuple(ways), order, pole)


def _walked(height: float, place: float, times: Sequence[float], speeds: Sequence[float]) -> Way:
    """Be at PLACE at both of TIMES, and walk with both SPEEDS before and after: heights a second to the right."""
    (arrives, leaves), (before, after) = times, np.asarray(speeds) * height / CANVAS[0]
    places = (place - before * arrives, place, place, place + after * (SECONDS - leaves))
    return Way(height, (0.0, float(arrives), float(leaves), SECONDS), tuple(float(x) for x in places))


def _anyhow(chance: np.random.Generator) -> Way:
    """Walk on, stop for a while, turn back, set off or stand."""
    height, speed = float(chance.uniform(*HEIGHTS)), _speed(chance) * _side(chance)
    arrives = float(chance.uniform(1.2, 3.2))
    leaves = arrives + float(chance.uniform(0.4, 1.6))
    place = float(chance.uniform(0.25, 0.75))
    on, stand = (arrives, arrives), (0.0, 0.0)
    choices: tuple[tuple[tuple[float, float], tuple[float, float]], ...] = (
        (on, (speed, speed)),
        (on, (speed, speed)),
        ((arrives, leaves), (speed, speed)),
        ((arrives, leaves), (speed, -speed)),
        ((arrives, leaves), (0.0, speed)),
        (on, stand),
    )
    return _walked(height, place, *choices[int(chance.integers(len(choices)))])


def _cross(chance: np.random.Generator, other: Way) -> Way:
    """Walk against OTHER, or past them where they stand."""
    height, (when, place) = float(chance.uniform(*HEIGHTS)), _moment(chance, other)
    speed = _speed(chance) * -(_heading(other, when) or _side(chance))
    return _walked(height, place, (when, when), (speed, speed))


def _overtake(chance: np.random.Generator, other: Way) -> Way:
    """Walk the same way as OTHER, faster or slower."""
    height, (when, place) = float(chance.uniform(*HEIGHTS)), _moment(chance, other)
    theirs = max(map(abs, _speeds(other))) * other.height / height
    speeds = [speed for speed in chance.uniform(*SPEEDS, 64) if not 1 / FASTER < speed / max(theirs, 1e-6) < FASTER]
    speed = float(speeds[0]) * (_heading(other, when) or _side(chance))
    return _walked(height, place, (when, when), (speed, speed))


def _stop(chance: np.random.Generator, other: Way) -> Way:
    """Stop where OTHER is, for a while, and walk on, or back, or stand there all the time."""
    height, (when, place) = float(chance.uniform(*HEIGHTS)), _moment(chance, other)
    speed, stays = _speed(chance) * _side(chance), float(chance.uniform(0.3, 1.2))
    after = speed * float(chance.choice([1.0, 1.0, -1.0, 0.0]))
    times = max(when - stays, 0.2), min(when + stays, SECONDS - 0.2)
    return _walked(height, place, times, (speed if after else 0.0, after))


def _meet(chance: np.random.Generator, other: Way) -> Way:
    """Come towards OTHER, who are as far away, up to a step from them; and turn back after a while."""
    height, (when, place) = _as_tall(chance, other), _moment(chance, other)
    heading = -(_heading(other, when) or _side(chance))
    speed, leaves = _speed(chance) * heading, min(when + float(chance.uniform(0.2, 1.2)), SECONDS - 0.2)
    gap = float(chance.uniform(0.25, 0.7)) * height / CANVAS[0]
    return _walked(height, place - heading * gap, (when, leaves), (speed, -speed))


def _beside(chance: np.random.Generator, other: Way) -> Way:
    """Walk side by side with OTHER until they part: one stops, turns back or goes on as the other does not."""
    height, (when, _) = _as_tall(chance, other), _moment(chance, other)
    before, after = _speeds(other)
    gap = float(chance.uniform(0.2, 0.6)) * _side(chance) * height / CANVAS[0]
    when = min(when, other.times[1])
    place = float(np.interp(when, other.times, other.places))
    speeds = (0.0, _speed(chance), -_speed(chance))
    then = float(chance.choice([s for s in speeds if min(abs(s - before), abs(s - after)) >= SPEEDS[0] / 2]))
    return _walked(height, place + gap, (when, when), (before, then))


MEETINGS = {"cross": _cross, "overtake": _overtake, "stop": _stop, "meet and turn back": _meet, "part": _beside}
"""What people at random do to each other."""


def _speed(chance: np.random.Generator) -> float:
    return float(chance.uniform(*SPEEDS))


def _side(chance: np.random.Generator) -> float:
    return float(chance.choice([-1.0, 1.0]))


def _as_tall(chance: np.random.Generator, other: Way) -> float:
    return float(np.clip(other.height * chance.uniform(1 - COMPANIONS, 1 + COMPANIONS), *HEIGHTS))


def _moment(chance: np.random.Generator, other: Way) -> tuple[float, float]:
    """Draw a time at which OTHER is in the picture, and say where: widths of the picture."""
    times = np.linspace(0.5, SECONDS - 0.5, FRAMES)
    places = np.interp(times, other.times, other.places)
    inside = np.flatnonzero((places > 0.1) & (places < 0.9))
    at = int(chance.choice(inside)) if len(inside) else FRAMES // 2
    return float(times[at]), float(places[at])


def _speeds(way: Way) -> tuple[float, float]:
    """Heights a second to the right, in the first and in the last part of WAY; 0 where that has no length."""
    times, places = np.array(way.times), np.array(way.places) * CANVAS[0] / way.height
    steps = np.diff(places) / np.maximum(np.diff(times), 1e-6)
    return float(steps[0]), float(steps[-1])


def _heading(way: Way, when: float) -> float:
    """Say which way whoever takes WAY goes at the time WHEN: 1 to the right, -1 to the left, 0 where they stand."""
    before, after = np.interp((when - 0.1, when + 0.1), way.times, way.places)
    return float(np.sign(np.round(after - before, 6)))
