"""Connections on which nobody dawdles: uvicorn itself waits for the rest of a request for as long as it takes.

What cannot be read as HTTP at all never comes to the guard, so it is noted here.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

from redact.review.access.peers import owner_of

if TYPE_CHECKING:
    import asyncio

    from redact.review.access.book import Book

__all__ = ["EACH", "WAIT_S", "punctual"]

EACH = 100
"""Connections of one asker at a time: a browser keeps six, and nobody is to keep all others away."""

WAIT_S = 20.0
"""Seconds from the opening of a connection, or from an answer, until the head of a request is there."""


class _Askers:
    """Who has how many connections open."""

    def __init__(self) -> None:
        self._open: Counter[object] = Counter()

    def comes(self, asker: object, transport: Any) -> None:
        """Count one more of ASKER, over TRANSPORT; hang up where that is too many."""
        self._open[asker] += 1
        if self._open[asker] > EACH:
            transport.abort()

    def goes(self, asker: object) -> None:
        """Count one less."""
        self._open[asker] -= 1
        if self._open[asker] <= 0:
            del self._open[asker]


def punctual(book: Book) -> type[H11Protocol]:
    """Give the protocol that hangs up on whoever dawdles, and notes in BOOK what is no HTTP."""
    askers = _Askers()

    class Punctual(H11Protocol):
        """HTTP/1.1 with a time for everything."""

        _late: asyncio.TimerHandle | None = None
        _asker: object = None

        def connection_made(self, transport: Any) -> None:
            """Begin to wait; hang up where there are too many from there."""
            super().connection_made(transport)
            self._asker = (self.client or ("",))[0], owner_of(self.client, cast("Any", self.server))
            askers.comes(self._asker, transport)
            self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            """Wait no more."""
            askers.goes(self._asker)
            self._served()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            """Wait no more once a request is there."""
            super().data_received(data)
            if self.cycle is not None and not self.cycle.response_complete:
                self._served()

        def on_response_complete(self) -> None:
            """Begin to wait for the next request."""
            self._wait()
            super().on_response_complete()

        def send_400_response(self, msg: str) -> None:
            """Say that it is no HTTP."""
            book.note((self.client or ("?",))[0], "", "", 400, "no-http")
            super().send_400_response(msg)

        def _wait(self) -> None:
            self._served()
            self._late = self.loop.call_later(WAIT_S, self.transport.abort)

        def _served(self) -> None:
            if self._late is not None:
                self._late.cancel()
                self._late = None

    return Punctual
