"""Pictures of clips by frame, each once encoded, with those around it made ready before they are asked for."""

from __future__ import annotations

from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Lock, Semaphore
from typing import TYPE_CHECKING

from redact.errors import RedactError
from redact.review.pictures.encoding import encoded
from redact.review.pictures.reel import NEAR
from redact.review.pictures.reels import Film, Reels
from redact.review.pictures.store import Key, Picture, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from redact.records.clip import Clip, Frame
    from redact.review.pictures.reel import Reel

__all__ = ["Frames"]

KEPT_BYTES = 32 << 20
"""Of encoded pictures, in all."""

PASSED_BYTES = 32 << 20
"""Of decoded pictures, on the way to one that was asked for, that are encoded as well."""

MOST_PASSED = 32
"""Pictures of that kind at most,"""

FEWEST_PASSED = 4
"""and at least."""

MOST_FILMS = 32
"""Films of which it is known where somebody looks."""

MOST_WAITING = 24
"""Things to be made ready that wait at most."""

AHEAD, BEHIND = 6, 10
"""Frames after the one asked for that are made ready, and before it: to step back costs more."""

PAINTED = "#painted"
"""What the key of a film has more that is open to be painted on."""

PLACES = 4
"""Places in one film that are looked at, for all that is known: what is made ready is made for those."""


@dataclass(slots=True, eq=False)
class _Wanted:
    """Where in a film somebody looks."""

    asked: deque[int] = field(default_factory=lambda: deque(maxlen=PLACES))
    """Frames asked for last, those near to one another once."""
    passed: Sequence[Frame] = ()
    """Those decoded on the way to the last one, the nearest first, until they are encoded or others are asked for."""

    def look(self, index: int) -> None:
        """Note that frame INDEX was asked for."""
        before = next((place for place in tuple(self.asked) if abs(place - index) <= NEAR), None)
        with suppress(ValueError):  # somebody else took it out
            if before is not None:
                self.asked.remove(before)
        self.asked.append(index)

    def near(self, index: int, distance: int) -> bool:
        """Tell whether somebody looks at a frame within DISTANCE of INDEX."""
        return any(abs(place - index) <= distance for place in tuple(self.asked))


class Frames:
    """Encoded frames of any number of films; what it holds in memory is bounded."""

    def __init__(self) -> None:
        """Start with none."""
        self._store = Store(KEPT_BYTES)
        self._reels = Reels()
        self._wanted: OrderedDict[str, _Wanted] = OrderedDict()
        self._lock = Lock()
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._room = Semaphore(MOST_WAITING)
        self._closed = False

    def picture(self, film: Film, index: int, width: int | None = None) -> Picture:
        """Give frame INDEX of FILM, upright, WIDTH px wide at most. Raises SourceChanged, IndexError."""
        key = Key(film.key, width or 0, index)
        wanted = self._of(film)
        wanted.look(index)
        found = self._store.get(key)
        if found is None:
            with self._reels.at(film, index) as reel:
                found = self._store.get(key) or self._made(film, wanted, reel, key)
        self._make_ready(film, wanted, index, width)
        return found

    def painted(
        self,
        film: Film,
        version: str,
        frames: range,
        paint: Callable[[Frame], Frame],
        width: int | None = None,
    ) -> Picture:
        """Give the last of FRAMES of FILM as PAINT makes it, which sees all of them.

        VERSION tells it from what is painted in any other way.
        """
        key = Key(f"{film.key}{PAINTED}{version}", width or 0, frames[-1])
        found = self._store.get(key)
        if found is None:
            window, canvas = _passed(film.clip), replace(film, key=f"{film.key}{PAINTED}")
            with self._reels.at(canvas, frames[0], 1) as reel:
                for index in frames:
                    painted = paint(reel.wind(index, window)[-1])
                found = Picture(encoded(painted, film.clip, width), painted.damaged)
            self._store.put(key, found)
        return found

    def forget(self, matches: Callable[[str], bool]) -> None:
        """Let go of all films whose key MATCHES is true of."""
        with self._lock:
            for key in [key for key in self._wanted if matches(key)]:
                del self._wanted[key]
        self._reels.forget(matches)
        self._store.forget(matches)

    def rest(self) -> None:
        """Let go of the decoders that nobody has wanted for a while; what is encoded stays."""
        self._reels.rest()

    @property
    def held_bytes(self) -> int:
        """Bytes of encoded pictures that are kept."""
        return self._store.size_bytes

    def close(self) -> None:
        """Let go of everything."""
        self._closed = True
        self._ahead.shutdown(wait=True, cancel_futures=True)
        self.forget(lambda _: True)

    def _of(self, film: Film) -> _Wanted:
        """Give what is wanted of FILM; of those not asked for the longest it is forgotten."""
        with self._lock:
            wanted = self._wanted.setdefault(film.key, _Wanted())
            self._wanted.move_to_end(film.key)
            while len(self._wanted) > MOST_FILMS:
                self._wanted.popitem(last=False)
        return wanted

    def _made(self, film: Film, wanted: _Wanted, reel: Reel, key: Key) -> Picture:
        """Decode the frame of KEY and encode it; those that were passed on the way are encoded later."""
        frames = reel.wind(key.frame, _passed(film.clip))
        reel.release()
        found = self._encoded(film, frames[-1], key.width)
        if len(frames) > 1:
            wanted.passed = frames[-2::-1]
            self._later(self._encode_passed, film, wanted, key.width)
        return found

    def _encode_passed(self, film: Film, wanted: _Wanted, width: int) -> None:
        """Encode the frames that were passed, as long as whoever asked for them is there."""
        frames, wanted.passed = wanted.passed, ()
        for frame in frames:
            if self._closed or not wanted.near(frame.index, MOST_PASSED):
                return
            if not self._store.has(Key(film.key, width, frame.index)):
                self._encoded(film, frame, width)

    def _encoded(self, film: Film, frame: Frame, width: int) -> Picture:
        picture = Picture(encoded(frame, film.clip, width or None), frame.damaged)
        self._store.put(Key(film.key, width, frame.index), picture)
        return picture

    def _make_ready(self, film: Film, wanted: _Wanted, index: int, width: int | None) -> None:
        """Have the frames around INDEX made, if they are not."""
        across = width or 0
        after = range(index + 1, min(index + 1 + AHEAD, len(film.clip)))
        if not all(self._store.has(Key(film.key, across, near)) for near in after):
            self._later(self._run_ahead, film, wanted, after, across)
        before = range(max(0, index - BEHIND), index)
        missing = [near for near in before if not self._store.has(Key(film.key, across, near))]
        if missing:
            self._later(self._run_back, film, wanted, missing[-1], across)

    def _run_ahead(self, film: Film, wanted: _Wanted, frames: range, width: int) -> None:
        for index in frames:
            if self._closed or not wanted.near(index, AHEAD):
                return
            if not self._store.has(Key(film.key, width, index)):
                with self._reels.at(film, index) as reel:
                    frame = reel.wind(index)[-1]
                    reel.release()
                self._encoded(film, frame, width)

    def _run_back(self, film: Film, wanted: _Wanted, index: int, width: int) -> None:
        """Make ready what lies before frame INDEX, and it."""
        if self._closed or not wanted.near(index, BEHIND) or self._store.has(Key(film.key, width, index)):
            return
        with self._reels.at(film, index) as reel:
            frames = reel.wind(index, _passed(film.clip))
            reel.release()
        wanted.passed = frames[::-1]
        self._encode_passed(film, wanted, width)

    def _later(self, work: Callable[..., None], *arguments: object) -> None:
        """Do WORK when there is time; what goes wrong is told to whoever asks for that very picture."""
        if not self._room.acquire(blocking=False):
            return  # whoever asks next has what is around it made ready
        try:
            self._ahead.submit(_quietly, work, *arguments).add_done_callback(lambda _: self._room.release())
        except RuntimeError:  # it was closed
            self._room.release()


def _quietly(work: Callable[..., None], *arguments: object) -> None:
    with suppress(RedactError, OSError, ValueError):
        work(*arguments)


def _passed(clip: Clip) -> int:
    """Count the pictures of CLIP that are kept decoded on the way to one."""
    return max(FEWEST_PASSED, min(MOST_PASSED, PASSED_BYTES // (2 * clip.width * clip.height)))
