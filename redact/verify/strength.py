"""Whether what is under the masks can be made out: the copy held against what was to be painted.

A mask may well look like what it hides: frosted glass goes on as the car goes on around the plate. So the question is
not whether the copy resembles the master, but whether it does so more than what was to be painted. And whether what
was to be painted depends on what it hides is asked apart, of the painter.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from redact.records.kinds import CheckName
from redact.records.plan import Check
from redact.verify.leakage import likeness, shown_through
from redact.verify.tally import Most

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.paint.compositor import Independence
    from redact.verify.evidence import Worst
    from redact.verify.pair import Pair

__all__ = [
    "SHOWS",
    "SHOWS_ALL",
    "SHOWS_PART",
    "SHOWS_TRACK",
    "UNSEEN_ALL",
    "Strength",
    "StrengthTally",
    "share",
    "tells",
]

SHOWS = 0.08
"""Share of the master from which it shows through a mask on one frame.

`python -m benchmarks.leakage.strength` measures what is on either side of it.
"""

SHOWS_PART = 0.13
"""The same in one tile of a mask, where a hard edge that moved by a px is more of it."""

SHOWS_TRACK = 0.16
"""The same over all frames of a track, which may be few and small.

The worst honest one came to 0.114 (`python -m benchmarks.leakage.strength --seed 29113`).
"""

SHOWS_ALL = 0.04
"""The same over all masks of a clip."""

UNSEEN = 45_000.0
"""What shows nothing is added to what there is to be seen, as if so much of it were clean: levels² of 255, halved px.

So a few px, or a mask that is much like what it hides, do not decide by chance.
"""

UNSEEN_ALL = 50 * UNSEEN
"""The same over all masks of a clip, where less is enough and has to be surer."""

FAINT = 8.0
"""Levels of 255 that are added so to every px where many are summed up; grain that the encoder drops is less."""

TELLS = 2
"""What there is to be seen, for so much that is unseen, from which a mask that lets 15 % through is sure to be told."""

PAINTED = 0.98
"""Likeness of mask and master from which nothing was painted but the master itself, darker or paler.

Mosaics reach 0.93, where one edge of the scene lies on an edge of theirs: measured once, by no command that is kept.
"""

LARGE = 400
"""Halved px of a box from which likeness says something."""

SAMPLED = 50
"""Every so many frames masks are held against the master for it."""


@dataclass(slots=True)
class StrengthTally:
    """What `Strength` counted."""

    frames: int = 0
    boxes: int = 0
    through: int = 0
    """Masks that let it show through,"""
    plain: int = 0
    """that are too much like what they hide to tell,"""
    alike: int = 0
    """and that are the picture itself, darker or paler."""
    most: Most = Most()  # noqa: RUF009  it cannot be changed
    """Share that shows through a mask,"""
    part: Most = Most()  # noqa: RUF009  as above
    """and through a part of one."""
    tracks: dict[int, tuple[float, ...]] = field(default_factory=dict)
    """By track the (3,) sums of `shown_through`."""
    asked: int = 0
    """Frames painted again over noise,"""
    differing: int = 0
    """and those of them that came out different."""

    def result(self) -> Check:
        """Pass where nothing shows through on any frame, over the frames of any track, or in all."""
        sums = np.array([*self.tracks.values()]).reshape(-1, 3)
        track, every = float(share(sums).max(initial=0)), float(share(sums.sum(axis=0), UNSEEN_ALL))
        sentence = (
            f"{self.boxes:,} masks held against what was to be painted: at most {self.most.level:.1%} of what they "
            f"hide shows through one{self.most.at}, {self.part.level:.1%} through a part of one{self.part.at}, "
            f"{track:.1%} over the frames of one track, {every:.1%} in all; {SHOWS:.0%}, {SHOWS_PART:.0%}, "
            f"{SHOWS_TRACK:.0%} and {SHOWS_ALL:.0%} are too much"
        )
        sentence += f"; {self.through:,} let it show through" if self.through else ""
        sentence += f"; {self.plain:,} are too much like what they hide to tell" if self.plain else ""
        sentence += f"; {self.alike:,} are the picture itself, darker or paler" if self.alike else ""
        sentence += self._painted_again()
        passed = not (self.through or self.alike or self.differing) and track < SHOWS_TRACK and every < SHOWS_ALL
        return Check(CheckName.STRENGTH, passed, f"{sentence}.")

    def _painted_again(self) -> str:
        """Say what came of painting over noise, as the end of a sentence; nothing where nothing was asked."""
        if not self.asked:
            return ""
        if self.differing:
            return f"; on {self.differing:,} of {self.asked:,} frames what is painted depends on what it hides"
        return f"; {self.asked:,} of {self.asked:,} frames painted again over noise came out the same"


class Strength:
    """Nothing of what the masks hide shows through them, however they came to be."""

    def __init__(self, worst: Worst, painter: Independence | None = None) -> None:
        """Keep the WORST; PAINTER knows whether what is painted depends on what it hides."""
        self._worst, self._painter, self._counted = worst, painter, StrengthTally()
        self._tracks: defaultdict[int, NDArray[np.float64]] = defaultdict(lambda: np.zeros(3))

    @property
    def tally(self) -> StrengthTally:
        """What was counted."""
        tracks = {track: tuple(sums.tolist()) for track, sums in self._tracks.items()}
        asked, differing = (self._painter.asked, self._painter.differing) if self._painter else (0, 0)
        return replace(self._counted, tracks=tracks, asked=asked, differing=differing)

    def see(self, pair: Pair) -> None:
        """Judge the boxes of PAIR."""
        if len(pair.boxes):
            sums, owner = shown_through(pair.master, pair.wanted, pair.copy, pair.boxes, pair.depth)
            count, through = len(pair.boxes), share(sums)
            part = np.zeros(count)
            np.maximum.at(part, owner[count:], through[count:])
            self._counted.boxes += count
            self._counted.plain += int(np.count_nonzero(~tells(sums[:count])))
            for track, own in zip(pair.tracks.tolist(), sums, strict=False):
                self._tracks[track] += own
            self._judge(pair, through[:count], part)
            if self._counted.frames % SAMPLED == 0:
                self._hold(pair)
        self._counted.frames += 1

    def _judge(self, pair: Pair, through: NDArray[np.float64], part: NDArray[np.float64]) -> None:
        """Note the boxes of PAIR THROUGH which (k,), or through a PART of which (k,), too much shows, and the worst."""
        boxes, counted = pair.boxes.tolist(), self._counted
        if (most := float(through.max())) > counted.most.level:
            counted.most = Most(most, f" ({self._worst.where(pair.index, boxes[int(through.argmax())])})")
        if (most := float(part.max())) > counted.part.level:
            counted.part = Most(most, f" ({self._worst.where(pair.index, boxes[int(part.argmax())])})")
        for row in np.flatnonzero((through >= SHOWS) | (part >= SHOWS_PART)).tolist():
            counted.through += 1
            sentence = (
                f"{part[row]:.0%} of what is hidden shows through a part of the mask, {through[row]:.0%} through all"
            )
            self._worst.offer(float(max(through[row], part[row])), pair, boxes[row], sentence)

    def _hold(self, pair: Pair) -> None:
        """Tell which boxes of PAIR were painted with no more than the master, darker or paler."""
        for box in pair.boxes.tolist():
            cut = np.s_[box[1] : box[3], box[0] : box[2]]
            if pair.master[cut].size >= 4 * LARGE and likeness(pair.master[cut], pair.wanted[cut]) >= PAINTED:
                self._counted.alike += 1
                self._worst.offer(1.0, pair, box, "what was painted is the picture itself, darker or paler")


def share(sums: NDArray[np.float64], unseen: float = UNSEEN) -> NDArray[np.float64]:
    """Share of the master that shows through, on the careful side: (..., 3) as `shown_through` sums it up -> (...)."""
    shares: NDArray[np.float64] = sums[..., 0] / (sums[..., 1] + np.maximum(unseen, sums[..., 2] * FAINT**2))
    return shares


def tells(sums: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell whether so much is to be seen under a box that a thin mask would be found: (..., 3) -> (...)."""
    enough: NDArray[np.bool_] = sums[..., 1] >= TELLS * np.maximum(UNSEEN, sums[..., 2] * FAINT**2)
    return enough
