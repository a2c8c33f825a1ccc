"""A clip wound to any of its frames: an open decoder that goes on where it is, or enters the file anew."""

from __future__ import annotations

from collections import deque
from contextlib import closing
from typing import TYPE_CHECKING, cast

from redact.errors import SourceChanged
from redact.video.decode import decode
from redact.video.entering import Unproven, entered
from redact.video.landmarks import print_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from redact.records.clip import Clip, Frame
    from redact.video.landmarks import Landmarks

__all__ = ["NEAR", "Reel"]

NEAR = 48
"""Frames ahead up to which it goes on decoding, where it is not known that a key picture lies between."""


class Reel:
    """Frames of one clip by index. For one thread at a time. Those it gave last are held until others are wanted."""

    def __init__(self, clip: Clip, landmarks: Landmarks | None = None) -> None:
        """Wind CLIP; by LANDMARKS every clip can be entered, without them only where its times tell the frame."""
        self.clip = clip
        self._landmarks = landmarks
        self._run: Generator[Frame, None, None] | None = None
        self._from_start = False
        self._at = 0
        self._held: deque[Frame] = deque(maxlen=1)

    def wind(self, index: int, keep: int = 1) -> tuple[Frame, ...]:
        """Give the frames that were decoded on the way to INDEX, the last KEEP of them at most; INDEX is the last.

        They are the decoder's own: copy before painting. Raises SourceChanged where the file is no longer what was
        scanned.
        """
        if not 0 <= index < len(self.clip):
            raise IndexError(index)
        try:
            return self._wound(index, keep)
        except Unproven:
            self.close()
        self._run, self._from_start, self._at = self._whole(), True, 0
        return self._read(self._run, index, keep)

    def close(self) -> None:
        """Let go of the file."""
        run, self._run = self._run, None
        self._held.clear()
        if run is not None:
            run.close()

    def release(self) -> None:
        """Let go of the pictures that were given, and stay where it is."""
        self._held.clear()

    def _wound(self, index: int, keep: int) -> tuple[Frame, ...]:
        if self._holds(index):
            return tuple(frame for frame in self._held if frame.index <= index)[-keep:]
        run = self._run
        if run is None or not self.goes_on(index):
            self.close()
            run = self._run = entered(self.clip, index, self._landmarks)
            self._from_start, self._at = False, -1
        return self._read(run, index, keep)

    def _read(self, run: Iterator[Frame], index: int, keep: int) -> tuple[Frame, ...]:
        """Read RUN up to frame INDEX."""
        self._held = deque(self._held, maxlen=keep)
        for frame in run:
            self._held.append(frame)
            self._at = frame.index + 1
            if frame.index == index:
                return tuple(self._held)
        self._run = None
        if not self._from_start:
            raise Unproven
        message = f"{self.clip.path} ends before frame {index}, which it had when it was scanned."
        raise SourceChanged(message)

    @property
    def position(self) -> int:
        """Frame that comes next; -1 where that is not known."""
        return self._at

    def goes_on(self, index: int) -> bool:
        """Tell whether going on leads to frame INDEX sooner than entering anew, or is held."""
        if self._holds(index):
            return True
        if self._run is None or not 0 <= self._at <= index:
            return False
        if index - self._at <= NEAR:
            return True
        if self._landmarks is not None:
            nearest = next(self._landmarks.before(index), None)
            return nearest is None or int(self._landmarks.frame[nearest]) <= self._at
        return self._from_start

    def _holds(self, index: int) -> bool:
        return any(frame.index == index for frame in tuple(self._held))

    def _whole(self) -> Generator[Frame, None, None]:
        """Decode from the start. A picture that is another than in an earlier pass is none that was recorded."""
        marks = self._landmarks
        with closing(cast("Generator[Frame, None, None]", decode(self.clip))) as frames:
            for frame in frames:
                frame.damaged |= marks is not None and print_of(frame.planes) != int(marks.prints[frame.index])
                yield frame
