"""The redacted copy: H.264 in MP4 with the master's own times, tags and nothing else of it."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from math import lcm
from typing import TYPE_CHECKING, Final

import av
from av.codec.context import Flags
from av.filter import Graph

from redact.errors import InputUnusable
from redact.records.orientation import UPRIGHT
from redact.video.clock import offset, track_timescale
from redact.video.colour import tags_for_copy
from redact.video.complaints import listening
from redact.video.geometry import height_step
from redact.video.sound import SoundTrack, told
from redact.video.zeroed import zeroed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.container import OutputContainer
    from av.video.stream import VideoStream

    from redact.records.clip import Clip, Frame, Layout
    from redact.video.audio import Sound

__all__ = ["CRF", "PRESET", "muxer", "write"]

PRESET = "veryfast"
"""x264's trade of size for speed."""

SEARCH = {"x264-params": "subme=1:me=dia:partitions=i8x8,i4x4"}
"""How movement is searched for: less than the preset does, as `superfast` would. docs/speed.md says what it saves."""

INTRA = {"preset": "ultrafast", "g": "1"}
"""What makes every picture a key picture, as fast as can be."""

CRF = 20
"""x264's constant quality; lower is better and larger."""

ENCODER: Final = "libx264"

TIMESCALE_LIMIT = 2**31 - 1
"""Largest time scale MP4 can carry."""


def write(
    frames: Iterator[Frame],
    path: Path,
    clip: Clip,
    layout: Layout,
    sound: Sound,
    *,
    span: tuple[int, int] | None = None,
    crf: int = CRF,
    intra: bool = False,
) -> tuple[str, ...]:
    """Encode composed FRAMES of CLIP to an MP4 at PATH, with the sound that SOUND lets through.

    SPAN is the half-open range of frames that will come, by default all. INTRA: every picture is a key picture, quickly
    made, so that a player can stop at any. Gives sentences on what of the sound that was
    asked for is not in the copy. Raises OSError where PATH cannot be written, and InputUnusable where the picture
    cannot be encoded.
    """
    shift = offset(clip, span)
    with muxer(path, clip) as out, zeroed():
        video = _video(out, clip, layout, {"preset": PRESET, "crf": str(crf)} | (INTRA if intra else SEARCH))
        ready = _Fields(clip, layout) if video.codec_context.flags & Flags.interlaced_dct else _same
        tracks = [
            SoundTrack(out, clip, track, mute=sound.mute, span=span, shift=shift) for track in clip.audio if sound.keep
        ]
        try:
            for frame in frames:
                out.mux(video.encode(ready(_stamped(frame, clip, shift))))
                for track in tracks:
                    track.advance((frame.pts - shift) * clip.time_base)
            out.mux(video.encode(None))
            for track in tracks:
                track.finish()
        finally:
            for track in tracks:
                track.close()
    return tuple(told(clip, tracks)) if sound.keep else ()


@contextmanager
def muxer(path: Path, clip: Clip) -> Iterator[OutputContainer]:
    """Open PATH for writing; whatever goes wrong with it is an OSError."""
    options = {
        "movflags": "+faststart",
        "fflags": "+bitexact",
        "video_track_timescale": str(track_timescale(clip.time_base)),
        "movie_timescale": str(_movie_timescale(clip)),
    }
    out = None
    with listening() as complaints:
        complaints.decoder(ENCODER)
        try:
            out = av.open(f"file:{path}", "w", format="mp4", container_options=options)
            yield out
            out.close()
        except av.FFmpegError as problem:
            raise _explained(problem, path, clip, nothing=not complaints.taken()) from problem
        finally:
            if out is not None:
                with suppress(av.FFmpegError, OSError):
                    out.close()


def _explained(problem: av.FFmpegError, path: Path, clip: Clip, *, nothing: bool) -> Exception:
    """Say what PROBLEM means: of the system's, or of the encoder's making. Only out of memory x264 says NOTHING."""
    if nothing and isinstance(problem, av.error.ExternalError):
        return MemoryError(f"{ENCODER} could not have the memory that the picture of {clip.path} needs")
    if isinstance(problem, OSError) or 0 < (problem.errno or 0) < 200:  # noqa: PLR2004  the system's numbers are below
        return OSError(problem.errno, problem.strerror, str(path))
    return InputUnusable(f"The picture of {clip.path} cannot be encoded ({problem.strerror}).")


def _movie_timescale(clip: Clip) -> int:
    """Ticks a second in which a late start is exact for the picture, and for the sound as well where that can be."""
    scale = track_timescale(clip.time_base)
    common = lcm(scale, *(track.rate for track in clip.audio))
    return common if common <= TIMESCALE_LIMIT else scale


def _video(out: OutputContainer, clip: Clip, layout: Layout, options: dict[str, str]) -> VideoStream:
    """Add the picture track, tagged as CLIP is, encoded with OPTIONS."""
    stream = out.add_stream(ENCODER, rate=clip.rate, options=options, time_base=clip.time_base)
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = layout.width, layout.height, clip.pix_fmt
    context.sample_aspect_ratio = clip.sample_aspect_ratio
    # a picture to each thread: slices, the other way, take longer and make larger files
    stream.thread_type = "FRAME"
    context.thread_count = (os.cpu_count() or 1) * 3 // 2
    color = tags_for_copy(clip)
    context.color_range, context.colorspace = color.range, color.space
    context.color_primaries, context.color_trc = color.primaries, color.trc
    if clip.interlaced and layout.height % height_step(clip) == 0:
        context.flags |= Flags.interlaced_dct | Flags.interlaced_me
    if clip.orientation != UPRIGHT:
        stream.set_display_matrix(clip.orientation.matrix)
    return stream


def _stamped(frame: Frame, clip: Clip, shift: int) -> av.VideoFrame:
    """Give the picture of FRAME with its time in the copy."""
    image: av.VideoFrame = frame.source
    image.pts, image.time_base = frame.pts - shift, clip.time_base
    return image


def _same(image: av.VideoFrame) -> av.VideoFrame:
    return image


class _Fields:
    """Marks pictures as two fields; the encoder takes the order of the fields from each picture."""

    def __init__(self, clip: Clip, layout: Layout) -> None:
        self._graph = Graph()
        form = av.VideoFormat(clip.pix_fmt, layout.width, layout.height)
        source = self._graph.add_buffer(width=layout.width, height=layout.height, format=form, time_base=clip.time_base)
        order = self._graph.add("setfield", "tff" if clip.top_field_first else "bff")
        self._graph.link_nodes(source, order, self._graph.add("buffersink")).configure()

    def __call__(self, image: av.VideoFrame) -> av.VideoFrame:
        """Give IMAGE, marked; not copied."""
        self._graph.vpush(image)
        return self._graph.vpull()
