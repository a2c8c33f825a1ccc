"""Pictures of clips by frame, each once encoded, with those around it made ready before they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Lock, Semaphore
from typing import TYPE_CHECKING

from redact.errors import RedactError
from redact.review.pictures.encoding import jpeg
from redact.review.pictures.reel import Reel
from redact.review.pictures.store import Key, Picture, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from redact.records.clip import Clip, Frame
    from redact.video.landmarks import Landmarks

__all__ = ["Film", "Frames"]

KEPT_BYTES = 64 << 20
"""Of encoded pictures, in all."""

PASSED_BYTES = 40 << 20
"""Of decoded pictures, on the way to one that was asked for, that are encoded as well."""

MOST_PASSED = 32
"""Pictures of that kind at most,"""

FEWEST_PASSED = 4
"""and at least."""

MOST_WAITING = 24
"""Things to be made ready that wait at most."""

AHEAD, BEHIND = 6, 10
"""Frames after the one asked for that are made ready, and before it: to step back costs more."""

PAINTED = "#painted"
"""What the key of a film has more that is open to be painted on."""

OPEN_PX = 3 * 1920 * 1080
"""Pixels of a picture of all clips that are open; each has some tens of its pictures in memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """A file whose frames are shown."""

    key: str
    """What tells it from every other one, its contents too."""
    clip: Clip
    landmarks: Landmarks | None = None


@dataclass(slots=True, eq=False)
class _Open:
    """A film with its two reels: one for whoever asks, the other for what is before that."""

    film: Film
    front: Reel
    back: Reel
    turn: Lock = field(default_factory=Lock)
    back_turn: Lock = field(default_factory=Lock)
    asked: int = 0
    """The frame asked for last."""
    passed: Sequence[Frame] = ()
    """Those decoded on the way to it, the nearest first, until they are encoded or others are asked for."""
    gone: bool = False
    """Whether it was closed: nothing opens it again to make something ready."""

    @classmethod
    def of(cls, film: Film) -> _Open:
        return cls(film, Reel(film.clip, film.landmarks), Reel(film.clip, film.landmarks))

    def close(self) -> None:
        self.gone, self.passed = True, ()
        for turn, reel in ((self.turn, self.front), (self.back_turn, self.back)):
            with turn:
                reel.close()


class Frames:
    """Encoded frames of any number of films; what it holds in memory is bounded."""

    def __init__(self) -> None:
        """Start with none."""
        self._store = Store(KEPT_BYTES)
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._lock = Lock()
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._room = Semaphore(MOST_WAITING)
        self._closed = False

    def picture(self, film: Film, index: int, width: int | None = None) -> Picture:
        """Give frame INDEX of FILM, upright, WIDTH px wide at most. Raises SourceChanged, IndexError."""
        key = Key(film.key, width or 0, index)
        opened = self._opened(film)
        opened.asked = index
        found = self._store.get(key)
        if found is None:
            with opened.turn:
                found = self._store.get(key) or self._made(opened, index, width)
                if opened.gone:  # somebody else opened so many that it was closed meanwhile
                    opened.front.close()
        self._make_ready(opened, index, width)
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
            opened = self._opened(replace(film, key=f"{film.key}{PAINTED}"))
            with opened.turn:
                window = _passed(film.clip)
                for index in frames:
                    painted = paint(opened.front.wind(index, window)[-1])
                found = Picture(jpeg(painted, film.clip, width), painted.damaged)
            self._store.put(key, found)
        return found

    def forget(self, matches: Callable[[str], bool]) -> None:
        """Let go of all films whose key MATCHES is true of."""
        with self._lock:
            gone = [self._open.pop(key) for key in list(self._open) if matches(key)]
        for opened in gone:
            opened.close()
        self._store.forget(matches)

    @property
    def held_bytes(self) -> int:
        """Bytes of encoded pictures that are kept."""
        return self._store.size_bytes

    def close(self) -> None:
        """Let go of everything."""
        self._closed = True
        self._ahead.shutdown(wait=True, cancel_futures=True)
        self.forget(lambda _: True)

    def _opened(self, film: Film) -> _Open:
        """Give FILM, open; those not asked for the longest are closed where there are too many."""
        gone = []
        with self._lock:
            opened = self._open.get(film.key)
            if opened is None or opened.film.landmarks is not film.landmarks:
                gone += [opened] if opened else []
                opened = self._open[film.key] = _Open.of(film)
            self._open.move_to_end(film.key)
            while len(self._open) > 1 and sum(_px(one.film.clip) for one in self._open.values()) > OPEN_PX:
                gone.append(self._open.popitem(last=False)[1])
        for one in gone:
            one.close()
        return opened

    def _made(self, opened: _Open, index: int, width: int | None) -> Picture:
        """Decode frame INDEX and encode it; those that were passed on the way are encoded later."""
        frames = opened.front.wind(index, _passed(opened.film.clip))
        opened.front.release()
        found = self._encoded(opened.film, frames[-1], width)
        if len(frames) > 1:
            opened.passed = frames[-2::-1]
            self._later(self._encode_passed, opened, width)
        return found

    def _encode_passed(self, opened: _Open, width: int | None) -> None:
        """Encode the frames that OPENED passed, as long as whoever asked for them is there."""
        frames, opened.passed = opened.passed, ()
        for frame in frames:
            if abs(opened.asked - frame.index) > MOST_PASSED or self._closed:
                return
            if not self._store.has(Key(opened.film.key, width or 0, frame.index)):
                self._encoded(opened.film, frame, width)

    def _encoded(self, film: Film, frame: Frame, width: int | None) -> Picture:
        picture = Picture(jpeg(frame, film.clip, width), frame.damaged)
        self._store.put(Key(film.key, width or 0, frame.index), picture)
        return picture

    def _make_ready(self, opened: _Open, index: int, width: int | None) -> None:
        """Have the frames around INDEX made, if they are not."""
        film = opened.film
        after = range(index + 1, min(index + 1 + AHEAD, len(film.clip)))
        if not all(self._store.has(Key(film.key, width or 0, near)) for near in after):
            self._later(self._run_ahead, opened, after, width)
        before = range(max(0, index - BEHIND), index)
        missing = [near for near in before if not self._store.has(Key(film.key, width or 0, near))]
        if missing:
            self._later(self._run_back, opened, missing[-1], width)

    def _run_ahead(self, opened: _Open, wanted: range, width: int | None) -> None:
        for index in wanted:
            if abs(opened.asked - index) > AHEAD or self._closed:
                return
            if not self._store.has(Key(opened.film.key, width or 0, index)):
                with opened.turn:
                    if opened.gone:
                        return
                    frame = opened.front.wind(index)[-1]
                    opened.front.release()
                self._encoded(opened.film, frame, width)

    def _run_back(self, opened: _Open, index: int, width: int | None) -> None:
        """Make ready what lies before frame INDEX, and it."""
        if abs(opened.asked - index) > BEHIND or self._store.has(Key(opened.film.key, width or 0, index)):
            return
        with opened.back_turn:
            if opened.gone:
                return
            frames = opened.back.wind(index, _passed(opened.film.clip))
            opened.back.release()
        opened.passed = frames[::-1]
        self._encode_passed(opened, width)

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


def _px(clip: Clip) -> int:
    return clip.width * clip.height


def _passed(clip: Clip) -> int:
    """Count the pictures of CLIP that are kept decoded on the way to one."""
    return max(FEWEST_PASSED, min(MOST_PASSED, PASSED_BYTES // (2 * _px(clip))))
