"""The decoders that are open, few of them, each wound to where somebody looks: the one that is nearest is taken."""

from __future__ import annotations

import ctypes
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from redact.review.pictures.reel import Reel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from redact.records.clip import Clip
    from redact.video.landmarks import Landmarks

__all__ = ["Film", "Reels", "give_back"]

OF_ONE = 2
"""Decoders of one film: for two who look at different places, or for one and what lies before that."""

IDLE_S = 60
"""Seconds without use after which a decoder is closed: what is around the picture on the screen is ready by then."""

OPEN_PX = 4 * 1920 * 1080
"""Pixels of a picture of all that are open: each has some tens of its pictures in memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """A file whose frames are shown."""

    key: str
    """What tells it from every other one, its contents too."""
    clip: Clip
    landmarks: Landmarks | None = None


@dataclass(slots=True, eq=False)
class _Place:
    """A decoder that is open, or will be when it is wound."""

    film: Film
    reel: Reel
    turn: Lock = field(default_factory=Lock)
    used: float = 0.0
    gone: bool = False


class Reels:
    """Decoders of any number of films."""

    def __init__(self) -> None:
        """Open none yet."""
        self._places: list[_Place] = []
        self._lock = Lock()

    def __len__(self) -> int:
        """Count those that are open."""
        return len(self._places)

    @contextmanager
    def at(self, film: Film, index: int, most: int = OF_ONE) -> Iterator[Reel]:
        """Give a reel of FILM, to oneself, that is wound to frame INDEX soonest; MOST are open of it."""
        with self._lock:
            place, closing = self._chosen(film, index, most)
            place.used = time.monotonic()
        for one in closing:
            _close(one)
        with place.turn:
            try:
                yield place.reel
            finally:
                if place.gone:
                    place.reel.close()

    def forget(self, matches: Callable[[str], bool]) -> None:
        """Close those of all films whose key MATCHES is true of."""
        with self._lock:
            gone = [place for place in self._places if matches(place.film.key)]
            self._places = [place for place in self._places if place not in gone]
        for place in gone:
            _close(place)

    def rest(self) -> None:
        """Close those that nobody has wanted for a while."""
        with self._lock:
            gone = [one for one in self._places if time.monotonic() - one.used > IDLE_S and not one.turn.locked()]
            self._places = [place for place in self._places if place not in gone]
        for place in gone:
            _close(place)

    def _chosen(self, film: Film, index: int, most: int) -> tuple[_Place, list[_Place]]:
        """Choose one for frame INDEX of FILM, and say which others are to be closed for it."""
        ours = [place for place in self._places if place.film.key == film.key]
        near = [place for place in ours if place.reel.goes_on(index)]
        if near:
            return max(near, key=lambda place: place.reel.position), []
        idle = [place for place in ours if not place.turn.locked()] or ours
        if len(ours) >= most:
            return min(idle, key=lambda place: place.used), []
        closing = []
        while len(self._places) > 1 and _px(film) + sum(_px(place.film) for place in self._places) > OPEN_PX:
            closing.append(min(self._places, key=lambda place: (place.turn.locked(), place.used)))
            self._places.remove(closing[-1])
        self._places.append(_Place(film, Reel(film.clip, film.landmarks)))
        return self._places[-1], closing


def _close(place: _Place) -> None:
    """Close PLACE, or have whoever uses it close it when they are done."""
    place.gone = True
    if place.turn.acquire(blocking=False):
        try:
            place.reel.close()
            give_back()
        finally:
            place.turn.release()


def give_back() -> None:
    """Have memory that was let go of given back to the system; some C libraries keep what pictures were in."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _px(film: Film) -> int:
    return film.clip.width * film.clip.height
