"""Who stays visible: the seeds of a request, carried to people. Whoever no seed names is hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.decide.absences import absences
from redact.decide.covered import covered
from redact.decide.plan import Yielding
from redact.decide.points import named
from redact.decide.visibility import ending, shown
from redact.decide.vouched import outlines, things_spoken_for, vouched
from redact.decide.wording import REQUEST, Case
from redact.errors import UsageProblem
from redact.records.boxes import intersection
from redact.records.kinds import Origin, Standing, Verdict
from redact.records.plan import Decision
from redact.records.tracks import Detections
from redact.request.model import format_time
from redact.track.belonging import Why
from redact.track.listing import cut_where

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from redact.decide.wording import Doubt, Wording
    from redact.records.clip import Clip
    from redact.records.tracks import Tracks
    from redact.request.model import Keep
    from redact.track.listing import People

__all__ = ["Decided", "check_named", "decide", "released"]

BY = "the request"


class Decided(NamedTuple):
    """Who stays visible, and when it is not known who is who."""

    tracks: Tracks
    """Every row of those given, cut where someone begins or ceases to be visible."""
    decisions: tuple[Decision, ...]
    yielding: Yielding | None
    """Tracks that are nobody's, and those whom they end at: whoever pointed at them there saw who it is."""
    visible: Detections
    """Where those who stay visible were seen, or are between two sightings."""
    doubts: tuple[Doubt, ...]
    """One for each time at which someone who was named is hidden, with what to add if it is they."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """The same as sentences."""
        return tuple(doubt.sentence for doubt in self.doubts)


def released(decisions: Iterable[Decision]) -> frozenset[int]:
    """Give the tracks that were let through; every other stays hidden. The last word on a track wins."""
    verdict = {track: decision.verdict for decision in decisions for track in decision.tracks}
    return frozenset(track for track, last in verdict.items() if last is Verdict.VISIBLE)


def decide(
    clip: Clip,
    people: People,
    keep: Iterable[Keep],
    at: str,
    *,
    frames: tuple[int, int],
    wording: Wording = REQUEST,
) -> Decided:
    """Decide whom of PEOPLE the seeds of KEEP name.

    Seeds of one name, or of none, are one person. AT is when this was decided, ISO 8601; FRAMES are those of the copy;
    WORDING fits whoever is warned. Raises UsageProblem where a seed is outside the clip, names no one, could name two,
    or falls where it is not known who is who; and where the seeds of one person name two.
    """
    groups = _groups(keep)
    kept = {name: _kept(clip, people, seeds) for name, seeds in groups.items()}
    rows = {
        name: shown(people, [*members]) | things_spoken_for(clip, people, members) for name, members in kept.items()
    }
    every = _any(rows.values(), len(people.owner))
    spoken = {name: outlines(clip, people, pointed) for name, pointed in kept.items()}
    yields = {name: vouched(clip, people, mine) & ~every for name, mine in spoken.items()}
    beside = {name: ending(people, [*members]) for name, members in kept.items()}
    cut = _any([*yields.values(), *(some & ~every for some, _ in beside.values())], len(people.owner))
    pieces = cut_where(people.tracks, every + 2 * cut)
    decisions = tuple(
        _decision(pieces, people, groups[name], [*kept[name]], mine, int(yields[name].sum()), at)
        for name, mine in rows.items()
    )
    cases = {name: Case(clip, people, frozenset(members), name, wording) for name, members in kept.items()}
    doubts = [
        doubt for name, case in cases.items() for doubt in (*absences(case, frames), *covered(case, frames, kept[name]))
    ]
    everyone = {member for members in kept.values() for member in members}
    to = Detections.concat(
        [*spoken.values(), *_alone(people, yields, {name: bodies for name, (_, bodies) in beside.items()})]
    )
    yielding = Yielding(frozenset(np.unique(pieces.track[cut]).tolist()), to)
    return Decided(pieces, decisions, yielding, _visible(people, everyone, every), tuple(doubts))


def _alone(
    people: People, yields: Mapping[str | None, NDArray[np.bool_]], bodies: Mapping[str | None, Detections]
) -> Iterator[Detections]:
    """Give the BODIES of each name on frames on which nothing YIELDS, (r,) rows of PEOPLE, to another name.

    What yields to somebody because a point speaks for them says nothing of who else stays visible.
    """
    for name, theirs in bodies.items():
        others = _any([rows for other, rows in yields.items() if other != name], len(people.owner))
        yield theirs[~np.isin(theirs.frame, people.tracks.frame[others])]


def check_named(clip: Clip, people: People, keep: Iterable[Keep]) -> None:
    """Raise UsageProblem where the seeds of KEEP cannot be decided on, as `decide` would."""
    for seeds in _groups(keep).values():
        _kept(clip, people, seeds)


def _groups(keep: Iterable[Keep]) -> dict[str | None, list[Keep]]:
    """Put the seeds of KEEP together by the person they name."""
    groups: dict[str | None, list[Keep]] = {}
    for seed in keep:
        groups.setdefault(seed.name or None, []).append(seed)
    return groups


def _any(some: Iterable[NDArray[np.bool_]], count: int) -> NDArray[np.bool_]:
    """(COUNT,) where any of SOME (COUNT,) is true."""
    return np.asarray(np.logical_or.reduce([np.zeros(count, np.bool_), *some]))


def _kept(clip: Clip, people: People, seeds: Sequence[Keep]) -> dict[int, list[Keep]]:
    """Find the one person whom SEEDS name: positions in the subjects of PEOPLE, each of another part of the clip.

    With each are those of SEEDS that point at it.
    """
    members: dict[int, list[Keep]] = {}
    doubtful = [seed for seed in seeds if not _plain(clip, people, seed)]
    for seed in (*(seed for seed in seeds if seed not in doubtful), *doubtful):
        number = named(clip, people, seed, members)
        for other, earlier in members.items():
            if other != number and _at_once(people, other, number):
                here, there = (f"{point.x}, {point.y} at {format_time(point.at)}" for point in (earlier[0], seed))
                problem = f"Those at {here} and at {there} are two people: both are in the picture at once."
                remedy = (
                    "Point at one of them only, or give them different names in a request file if both stay visible."
                )
                raise UsageProblem(problem, remedy)
        members.setdefault(number, []).append(seed)
    return members


def _plain(clip: Clip, people: People, seed: Keep) -> bool:
    """Tell whether it is known whom SEED points at, whatever the other points say."""
    try:
        named(clip, people, seed)
    except UsageProblem:
        return False
    return True


def _at_once(people: People, first: int, second: int) -> bool:
    """Tell whether two people, subjects FIRST and SECOND, were both seen on a frame at places that share nothing."""
    subjects = people.subjects[first], people.subjects[second]
    if subjects[0].kind != subjects[1].kind or any(subject.standing is Standing.THING for subject in subjects):
        return False
    tracks = people.tracks
    seen = (tracks.origin == Origin.SEEN) & (people.why == Why.SEEN)
    own, others = (np.flatnonzero(seen & (people.owner == number)) for number in (first, second))
    _, mine, theirs = np.intersect1d(tracks.frame[own], tracks.frame[others], return_indices=True)
    shared = intersection(tracks.xyxy[own[mine]][:, None], tracks.xyxy[others[theirs]][:, None])
    return bool((shared == 0).any())


def _decision(  # noqa: PLR0917  who is shown, where, and by which points
    pieces: Tracks,
    people: People,
    seeds: Sequence[Keep],
    members: Sequence[int],
    rows: NDArray[np.bool_],
    ending: int,
    at: str,
) -> Decision:
    """Record that those of PIECES, tracks cut where anyone's visibility changes, are shown that hold ROWS (r,).

    ENDING is how many boxes end where a point speaks for them.
    """
    tracks = tuple(np.unique(pieces.track[rows]).tolist())
    points = "; ".join(f"{seed.x}, {seed.y} at {format_time(seed.at)}" for seed in seeds)
    reason = f"named by the point {points}" if len(seeds) == 1 else f"named by the points {points}"
    reason += _explained(people, members, rows)
    if ending:
        reason += f"; {ending:,} faint boxes of nobody who is known end at them, within a second of a point"
    return Decision(people.subjects[members[0]].id, tracks, Verdict.VISIBLE, BY, at, reason)


def _explained(people: People, members: Sequence[int], rows: NDArray[np.bool_]) -> str:
    """Say how many boxes are shown with a person, of those in ROWS (r,), and why; nothing where none is."""
    mine = np.isin(people.owner, [*members])
    counts = {
        "inside them": (people.why == Why.WITHIN) & mine,
        "them once more, with other edges": (people.why == Why.DOUBLE) & mine,
        "of someone who is seen elsewhere on that frame": ~mine,
    }
    told = [f"{count:,} {what}" for what, which in counts.items() if (count := int((which & rows).sum()))]
    return f", and with them weak boxes that are explained: {', '.join(told)}" if told else ""


def _visible(people: People, members: Collection[int], visible: NDArray[np.bool_]) -> Detections:
    """Boxes of MEMBERS on rows that are VISIBLE (r,), by frame; what is only carried on excuses nobody who is there.

    Nor does what is shown with them because it is somebody else, who is hidden elsewhere.
    """
    tracks = people.tracks
    return tracks.detections(
        np.flatnonzero(visible & np.isin(people.owner, [*members]) & (tracks.origin != Origin.EXTENDED))
    )
