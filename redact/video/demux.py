"""The packets of a file, to its end or to where it cannot be read any further: the one place that demuxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from av.container import InputContainer

__all__ = ["packets"]


def packets(container: InputContainer, streams: Sequence[Any], trouble: list[str] | None = None) -> Iterator[Any]:
    """Give the packets of STREAMS that hold something, then an empty one for each, which empties its decoder.

    Nothing that is wrong with the file raises: where it cannot be read any further, that is the end, and a sentence
    on it is added to TROUBLE.
    """
    demuxed = container.demux(*streams)
    while True:
        try:
            packet = next(demuxed)
        except (StopIteration, IndexError):  # PyAV counts on no stream being added while it reads
            break
        except (av.FFmpegError, ValueError, MemoryError, OverflowError, OSError) as problem:
            if trouble is not None:
                trouble.append(f"The file cannot be read to its end ({_why(problem)}).")
            break
        if packet.size or packet.dts is not None or packet.pts is not None:  # else one of PyAV's own last ones
            yield packet
    for stream in streams:
        last = av.Packet()
        last.stream = stream
        yield last


def _why(problem: Exception) -> str:
    return str(getattr(problem, "strerror", None) or type(problem).__name__)
