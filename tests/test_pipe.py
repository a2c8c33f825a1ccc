"""The only threads: order, failures in their place, bounds, and nothing left running."""

from __future__ import annotations

import threading
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.pipe import drain, prefetch

if TYPE_CHECKING:
    from collections.abc import Iterator


def failing(count: int) -> Iterator[int]:
    """COUNT numbers, then a failure."""
    yield from range(count)
    message = "upstream failed"
    raise ValueError(message)


def test_nothing_comes_of_nothing() -> None:
    """An empty source is an empty stream."""
    nothing: list[int] = []
    with prefetch(nothing, 1) as items:
        assert list(items) == []


@given(st.lists(st.integers()), st.integers(1, 5))
def test_items_come_in_order(source: list[int], depth: int) -> None:
    """Whatever the depth, what goes in comes out."""
    with prefetch(source, depth) as items:
        assert list(items) == source


@given(st.integers(0, 20), st.integers(1, 5))
def test_a_failure_upstream_comes_after_the_items_before_it(count: int, depth: int) -> None:
    """The reader sees every item that was made, then the failure, then the end."""
    with prefetch(failing(count), depth) as items:
        seen = [next(items) for _ in range(count)]
        with pytest.raises(ValueError, match="upstream failed"):
            next(items)
        assert list(items) == []
    assert seen == list(range(count))


def test_what_cannot_be_iterated_is_a_failure_upstream() -> None:
    """A source that fails before its first item does not leave the reader waiting."""
    wrong: Any = 5
    with prefetch(wrong, 1) as items, pytest.raises(TypeError, match="not iterable"):
        next(items)


def test_a_failure_of_the_clean_up_is_raised() -> None:
    """A source that cannot be closed says so to the reader."""

    class Unclosable:
        def __iter__(self) -> Iterator[int]:
            return self

        def __next__(self) -> int:
            raise StopIteration

        def close(self) -> None:
            message = "cannot be closed"
            raise OSError(message)

    with prefetch(Unclosable(), 1) as items, pytest.raises(OSError, match="cannot be closed"):
        next(items)


@pytest.mark.parametrize("depth", [1, 3])
def test_no_more_is_made_than_the_depth_allows(depth: int) -> None:
    """A slow reader holds the source back: DEPTH items wait, and one is in hand."""
    made: list[int] = []

    def source() -> Iterator[int]:
        for index in range(100):
            made.append(index)
            yield index

    with prefetch(source(), depth) as items:
        for taken in range(1, 6):
            next(items)
            time.sleep(0.02)
            assert len(made) <= taken + depth + 1


def test_leaving_early_stops_the_thread_and_closes_the_source() -> None:
    """Whoever has seen enough leaves nothing running, and the source cleans up in its own thread."""
    where: list[str] = []

    def endless() -> Iterator[int]:
        index = 0
        try:
            while True:
                yield (index := index + 1)
        finally:
            where.append(threading.current_thread().name)

    with prefetch(endless(), 2) as items:
        assert list(islice(items, 3)) == [1, 2, 3]
    assert where == ["prefetch"]


def test_a_failure_of_the_reader_stops_the_thread() -> None:
    """What the reader raises comes through, and the full queue holds nobody up."""
    with pytest.raises(KeyError), prefetch(iter(range(100)), 1) as items:  # noqa: PT012  it fails half-way
        next(items)
        raise KeyError


def test_reading_after_the_block_is_an_error_and_does_not_hang() -> None:
    """A reader that outlives its block is told, rather than left waiting or given half a stream for a whole one."""
    with prefetch(range(10), 2) as items:
        next(items)
    with pytest.raises(RuntimeError, match="after its block was left"):
        list(items)


def test_stages_nest() -> None:
    """A stage may read another; leaving in the middle stops both."""
    with prefetch(range(1000), 2) as first, prefetch((n * n for n in first), 2) as second:
        assert list(islice(second, 4)) == [0, 1, 4, 9]


@given(st.lists(st.integers()), st.integers(1, 5))
def test_a_sink_gets_everything_in_order(source: list[int], depth: int) -> None:
    """What is put arrives, and the block ends when it all has."""
    seen: list[int] = []
    with drain(seen.extend, depth) as put:
        for item in source:
            put(item)
    assert seen == source


def test_a_failure_of_the_sink_is_raised_where_items_are_put() -> None:
    """Whoever puts hears of it soon, and does not wait for a queue that nobody reads."""

    def sink(items: Iterator[int]) -> None:
        next(items)
        message = "disk full"
        raise OSError(message)

    with pytest.raises(OSError, match="disk full"), drain(sink, 1) as put:  # noqa: PT012  which put fails is open
        for index in range(1000):
            put(index)


def test_a_failure_of_the_sink_at_the_end_is_raised_on_leaving() -> None:
    """The last word of a sink counts as much as the first."""

    def sink(items: Iterator[int]) -> None:
        list(items)
        message = "disk full"
        raise OSError(message)

    with pytest.raises(OSError, match="disk full"), drain(sink, 5) as put:
        put(1)


def test_a_sink_sees_the_stream_break_off_where_the_block_fails() -> None:
    """Half a stream never looks like a whole one."""
    ends: list[str] = []

    def sink(items: Iterator[int]) -> None:
        try:
            list(items)
            ends.append("whole")
        except KeyError:
            ends.append("broken")

    with pytest.raises(KeyError), drain(sink, 5) as put:  # noqa: PT012  it fails half-way
        put(1)
        raise KeyError
    assert ends == ["broken"]


@pytest.mark.parametrize("taken", [0, 1, 9])
def test_a_sink_that_stops_too_soon_is_a_failure(taken: int) -> None:
    """Items that nobody read are never lost without a word."""

    def sink(items: Iterator[int]) -> None:
        for _ in range(taken):
            next(items)

    with pytest.raises(RuntimeError, match="stopped before the end"), drain(sink, 3) as put:  # noqa: PT012
        for index in range(10):
            put(index)


def test_a_sink_may_know_how_many_will_come() -> None:
    """One that takes exactly what is put need not wait for the end."""
    seen: list[int] = []

    def sink(items: Iterator[int]) -> None:
        seen.extend(islice(items, 3))

    with drain(sink, 5) as put:
        for index in range(3):
            put(index)
    assert seen == [0, 1, 2]
