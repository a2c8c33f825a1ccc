"""Small pictures of people, cut out of a master when somebody wants to see them, and kept until the footage goes."""

from __future__ import annotations

import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from redact.files import write_whole
from redact.review.pictures.encoding import on_screen
from redact.review.pictures.reel import Reel
from redact.review.pictures.reels import give_back
from redact.verify.findings import cut

if TYPE_CHECKING:
    from pathlib import Path

    from redact.records.boxes import Box
    from redact.review.desk import Desk
    from redact.review.pictures.reels import Film

__all__ = ["Cuts"]

OPEN = 1
"""Films that are open for it: each has an own decoder, so that stepping through a clip goes on undisturbed."""

WIDEST = 2_000
"""px across of the picture that is cut."""


IDLE_S = 15
"""Seconds without use after which a film is closed: pictures are asked for many at once, and then are kept."""


@dataclass(slots=True, eq=False)
class _Open:
    reel: Reel
    turn: Lock = field(default_factory=Lock)
    used: float = field(default_factory=time.monotonic)


class Cuts:
    """Cuts people out; a part of the desk, made when it is first asked for."""

    def __init__(self, desk: Desk) -> None:
        """Begin with no film."""
        del desk
        self._lock = Lock()
        self._open: OrderedDict[str, _Open] = OrderedDict()

    def picture(self, film: Film, frame: int, place: Box, path: Path, mode: int) -> bytes:
        """Give PLACE, px of the upright picture, of FRAME of FILM as a JPEG, kept at PATH for those whom MODE lets."""
        with suppress(OSError):
            return path.read_bytes()
        opened = self._opened(film)
        with opened.turn:
            (*_, found) = opened.reel.wind(frame)
            clip = film.clip
            screen = on_screen(found, clip, WIDEST)
            opened.reel.release()
        scale = screen.shape[1] / clip.size_as_seen[0]
        aspect = float(clip.sample_aspect_ratio or 1)
        rgb = np.ascontiguousarray(screen[..., ::-1])
        data = cut(rgb, np.array(place) * scale, 1 / aspect if clip.orientation.sideways else aspect, closely=True)
        write_whole(path, data)
        path.chmod(mode)
        return data

    def rest(self) -> None:
        """Let go of films that nobody has wanted for a while."""
        with self._lock:
            idle = [key for key, one in self._open.items() if time.monotonic() - one.used > IDLE_S]
            gone = [self._open.pop(key) for key in idle if not self._open[key].turn.locked()]
        for one in gone:
            with one.turn:
                one.reel.close()
        if gone:
            give_back()

    def close(self) -> None:
        """Let go of every film."""
        with self._lock:
            opened, self._open = list(self._open.values()), OrderedDict()
        for one in opened:
            with one.turn:
                one.reel.close()

    def _opened(self, film: Film) -> _Open:
        """Give FILM, open; another one is closed for it where there are many."""
        with self._lock:
            opened = self._open.setdefault(film.key, _Open(Reel(film.clip, film.landmarks)))
            self._open.move_to_end(film.key)
            opened.used = time.monotonic()
            gone = [self._open.popitem(last=False)[1] for _ in range(len(self._open) - OPEN)]
        for one in gone:
            with one.turn:
                one.reel.close()
        return opened
