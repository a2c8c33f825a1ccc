"""Read the watermark back from the finished copy: whose it is, and on every frame which frame it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from redact.records.kinds import CheckName
from redact.records.plan import Check
from redact.verify.frame_checks import distance
from redact.verify.tally import Least
from redact.watermark.reader import legible, read

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from redact.records.clip import Clip, Layout
    from redact.records.plan import MaskPlan
    from redact.verify.evidence import Worst
    from redact.verify.pair import Pair
    from redact.watermark.mark import Mark
    from redact.watermark.strip import Strip

__all__ = ["StripCheck", "StripTally"]

SAMPLES = 9
"""Frames on which the code is read: the first, the last and others evenly between."""

LEGIBLE = 0.8
"""Least agreement of the strip with what was painted, 1 as painted; one letter misread halves it."""


@dataclass(slots=True)
class StripTally:
    """What `StripCheck` counted."""

    frames: int = 0
    sampled: int = 0
    """Frames on which the code was to be read,"""
    read: int = 0
    """and on which it was."""
    misnumbered: int = 0
    """Frames that carry another's number."""
    least: Least = Least()  # noqa: RUF009  it cannot be changed
    """Agreement of the strip with what was painted."""
    first_at: str = ""

    def result(self) -> Check:
        """Pass where every sample was read and every frame carries its own number."""
        sentence = (
            f"Read on {self.read} of {self.sampled} frames sampled as this release and that frame; the strip agrees "
            f"with what was painted to {self.least.level:.2f} of 1 or better; {self.misnumbered:,} of {self.frames:,} "
            f"frames carry another frame's number{self.first_at}."
        )
        whole = self.sampled > 0 and self.read == self.sampled
        legibly = self.least.level >= LEGIBLE
        return Check(CheckName.WATERMARK, whole and legibly and not self.misnumbered, sentence)


class StripCheck:
    """The watermark says what it should, and each frame's says which frame it is."""

    def __init__(  # noqa: PLR0917  what is expected, and where
        self, mark: Mark, clip: Clip, plan: MaskPlan, strip: Strip, layout: Layout, worst: Worst
    ) -> None:
        """Expect MARK on every frame of PLAN, as STRIP paints it; keep the WORST."""
        self._mark, self._clip, self._strip, self._layout, self._worst_of = mark, clip, strip, layout, worst
        first, end = plan.frames
        self._due = frozenset(np.linspace(first, end - 1, SAMPLES).round().astype(int).tolist())
        self._windows = _around(clip, layout)
        self.tally = StripTally()
        self._before: list[NDArray[Any]] | None = None

    def see(self, pair: Pair) -> None:
        """Hold the strip of PAIR against what was painted there, and against the strip of the frame before."""
        self.tally.frames += 1
        painted = [pair.painted[window] for window in self._windows]
        if self._before is not None:
            copy = [pair.planes[0][window] for window in self._windows]
            own, other = (sum(map(distance, copy, strips)) for strips in (painted, self._before))
            if own >= other:
                self.tally.misnumbered += 1
                self._fault(pair, "the strip carries another frame's number")
        self._before = painted
        if pair.index in self._due:
            self.tally.sampled += 1
            says, agrees = self._says_mark(pair), legible(pair.planes, self._strip, pair.index)
            self.tally.read += says
            self.tally.least = Least(min(self.tally.least.level, agrees))
            if not says or agrees < LEGIBLE:
                self._fault(pair, "the strip cannot be read as this release and this frame")

    def _fault(self, pair: Pair, sentence: str) -> None:
        """Note what is wrong with PAIR, as SENTENCE says."""
        self.tally.first_at = self.tally.first_at or f"; the first at fault {self._worst_of.when(pair.index)}"
        self._worst_of.offer(1.0, pair, [0, 0, *pair.master.shape[::-1]], sentence)

    def _says_mark(self, pair: Pair) -> bool:
        """Tell whether PAIR, read as a stranger would, names this release and this frame."""
        reading = read(pair.planes, self._clip, self._layout)
        return reading is not None and reading.agrees(self._mark) and reading.frame == pair.index


def _around(clip: Clip, layout: Layout) -> list[tuple[slice, slice]]:
    """Windows of the copy's luma that the picture leaves free."""
    right, below = layout.x + clip.width + clip.width % 2, layout.y + clip.height + clip.height % 2
    windows = (np.s_[: layout.y, :], np.s_[below:, :], np.s_[:, : layout.x], np.s_[:, right:])
    size = np.zeros((layout.height, layout.width), np.bool_)
    return [window for window in windows if size[window].size]
