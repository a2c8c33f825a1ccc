"""The only threads: a bounded queue between a producer and the one who reads it, and a beat beside long work."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["beating", "drain", "prefetch"]

T = TypeVar("T")

POLL_S = 0.05
"""How often a waiting end looks whether the other has gone."""


UNREAD = "the reader of drain stopped before the end of what was put"


class _End:
    """Closes a queue; carries what went wrong, if anything did."""

    def __init__(self, problem: BaseException | None) -> None:
        self.problem = problem


@contextmanager
def prefetch(items: Iterable[T], depth: int) -> Iterator[Iterator[T]]:
    """Run ITEMS in a thread of its own, at most DEPTH ahead of the reader.

    A failure upstream is raised to the reader after the items that came before it. Leaving the block, for whatever
    reason, stops the thread and waits for it; a generator's own clean-up runs in that thread.
    """
    queue: Queue[T | _End] = Queue(depth)
    stop = threading.Event()
    thread = threading.Thread(target=_feed, args=(items, queue, stop), name="prefetch", daemon=True)
    thread.start()
    try:
        yield _read(queue)
    finally:
        stop.set()
        _empty(queue)
        thread.join()
        _empty(queue)
        queue.put(_End(RuntimeError("items of prefetch were read after its block was left")))


@contextmanager
def drain(sink: Callable[[Iterator[T]], None], depth: int) -> Iterator[Callable[[T], None]]:
    """Run SINK over what is put, in a thread of its own, at most DEPTH behind. The other direction of `prefetch`.

    A failure of SINK is raised at the next put, or on leaving the block; to leave items unread is one. If the block
    itself fails, SINK sees the stream break off with that failure, and cannot take half a stream for a whole one.
    """
    queue: Queue[T | _End] = Queue(depth)
    failed: list[BaseException] = []
    done = threading.Event()
    thread = threading.Thread(target=_serve, args=(sink, queue, failed, done), name="drain", daemon=True)
    thread.start()

    def put(item: T | _End) -> None:
        while not done.is_set():
            try:
                queue.put(item, timeout=POLL_S)
            except Full:
                continue
            return
        if failed:
            raise failed[0]
        unread = not isinstance(item, _End)
        if unread:
            raise RuntimeError(UNREAD)

    try:
        yield put
    except BaseException as problem:
        _hand_over(queue, _End(problem), done)
        thread.join()
        raise
    put(_End(None))
    thread.join()
    if failed:
        raise failed[0]
    if _empty(queue):
        raise RuntimeError(UNREAD)


@contextmanager
def beating(beat: Callable[[], object], every_s: float) -> Iterator[None]:
    """Call BEAT every EVERY_S, in a thread of its own, as long as the block lasts. BEAT raises nothing."""
    stop = threading.Event()

    def go_on() -> None:
        while not stop.wait(every_s):
            beat()

    thread = threading.Thread(target=go_on, name="beating", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _feed(items: Iterable[T], queue: Queue[T | _End], stop: threading.Event) -> None:
    """Put ITEMS until they end or STOP is set."""
    problem: BaseException | None = None
    source: Iterator[T] | None = None
    try:
        source = iter(items)
        while not stop.is_set():
            try:
                item = next(source)
            except StopIteration:
                break
            _hand_over(queue, item, stop)
    except BaseException as raised:  # noqa: BLE001  it is raised again where the items are read
        problem = raised
    try:
        close = getattr(source, "close", None)
        if close is not None:
            close()
    except BaseException as raised:  # noqa: BLE001  as above
        problem = problem or raised
    _hand_over(queue, _End(problem), stop)


def _hand_over(queue: Queue[T], item: T, stop: threading.Event) -> None:
    """Put ITEM, unless the other end has gone."""
    while not stop.is_set():
        try:
            queue.put(item, timeout=POLL_S)
        except Full:
            continue
        return


def _read(queue: Queue[T | _End]) -> Iterator[T]:
    """Give what comes until the end, then raise what ended it, if anything did."""
    while True:
        item = queue.get()
        if isinstance(item, _End):
            if item.problem is not None:
                raise item.problem
            return
        yield item


def _serve(
    sink: Callable[[Iterator[T]], None], queue: Queue[T | _End], failed: list[BaseException], done: threading.Event
) -> None:
    """Let SINK read QUEUE; keep what it raised."""
    try:
        sink(_read(queue))
    except BaseException as raised:  # noqa: BLE001  it is raised again where the items are put
        failed.append(raised)
    finally:
        done.set()


def _empty(queue: Queue[T | _End]) -> int:
    """Throw away what waits, so that a blocked producer wakes; count the items."""
    count = 0
    try:
        while True:
            count += not isinstance(queue.get_nowait(), _End)
    except Empty:
        return count
