"""What is checked on the files themselves: the master's bytes, the copy's form, times, sound and metadata."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from redact.errors import InputUnusable
from redact.files import sha256_file
from redact.records import Check
from redact.video.encode import offset
from redact.video.listen import listen, sound_streams
from redact.video.mp4 import foreign_boxes
from redact.video.probe import probe, stream_facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from redact.audio import Sound
    from redact.records import Clip, Color, Layout, MaskPlan
    from redact.video.probe import Facts, Source

__all__ = ["Times", "form", "master_unchanged", "metadata", "sound_as_asked"]

TAGS = {
    "major_brand": r"isom",
    "minor_version": r"\d+",
    "compatible_brands": r"(isom|iso\d|avc1|mp4\d)+",
    "handler_name": r"(Video|Sound)Handler",
    "language": r"[a-z]{3}",
    "vendor_id": r"\[0\]\[0\]\[0\]\[0\]",
}
"""Metadata that the copy may carry, and what each may say: what any file of its kind says, and a track's language."""

SILENT = 1e-3
"""Largest sample of silence, 1 is full scale (-60 dB)."""

SPREAD = 2048
"""Samples by which the encoder lets sound reach into a silence beside it, at most."""

LIMITED, FULL = 1, 2
"""FFmpeg's colour ranges: 16 to 235 (AVCOL_RANGE_MPEG), and 0 to 255 (AVCOL_RANGE_JPEG)."""

LENGTH_S = Fraction(1, 4)
"""By how much a sound track may begin or end elsewhere: two blocks of the encoder at 8 kHz."""


def master_unchanged(clip: Clip) -> Check:
    """Tell whether the master is still, byte for byte, the file that was scanned."""
    size = clip.path.stat().st_size if clip.path.is_file() else -1
    digest = sha256_file(clip.path) if size == clip.size_bytes else ""
    same = size == clip.size_bytes and digest == clip.sha256
    if same:
        found = f"{size:,} bytes with the SHA-256 that the scan found ({digest[:12]}…)."
    else:
        found = f"It has changed since it was scanned: {clip.size_bytes:,} bytes ({clip.sha256[:12]}…) then, "
        found += f"{size:,} bytes ({digest[:12]}…) now." if digest else f"{max(size, 0):,} bytes now."
    return Check("master", same, found)


def _pixels(pix_fmt: str) -> str:
    """Name PIX_FMT without its range, which is a colour tag; H.264 decoders give deep grey with grey colour planes."""
    return "yuv420p10le" if pix_fmt == "gray10le" else pix_fmt.replace("yuvj", "yuv")


def _plain(source: Clip | Source) -> Color:
    """Colour tags of SOURCE; a range that is not said is the limited one."""
    full = source.color.range == FULL or source.pix_fmt.startswith("yuvj")
    return replace(source.color, range=FULL if full else LIMITED)


class Times:
    """As many frames as the plan asks for, each at its master's own time."""

    def __init__(self, clip: Clip, plan: MaskPlan) -> None:
        """Expect the frames of PLAN."""
        self._clip, self._plan = clip, plan
        self._shift = offset(clip, plan.frames)
        self._count = self._wrong = 0
        self._first = ""

    def see(self, seconds: Fraction) -> None:
        """Note that the copy's next frame is shown at SECONDS."""
        index = self._plan.frames[0] + self._count
        self._count += 1
        if index >= self._plan.frames[1]:
            return
        due = (int(self._clip.pts[index]) - self._shift) * self._clip.time_base
        if seconds != due:
            self._wrong += 1
            self._first = self._first or f" (frame {index} at {float(seconds):.6f} s, not {float(due):.6f} s)"

    def result(self) -> Check:
        """Pass where number and times are exactly the master's."""
        wanted = self._plan.frames[1] - self._plan.frames[0]
        found = (
            f"{self._count:,} frames of {wanted:,}, {self._wrong:,} of them not at their master's time{self._first}."
        )
        return Check("times", self._count == wanted and not self._wrong, found)


def form(copy: Path, clip: Clip, layout: Layout) -> Check:
    """Tell whether the copy's picture is stored as the master's: size, turn, pixels, colours."""
    try:
        source = probe(copy)
    except InputUnusable as problem:
        return Check("form", passed=False, found=problem.what)
    wanted = {
        "size": (layout.width, layout.height),
        "rotation": clip.rotation,
        "pixel shape": clip.sample_aspect_ratio,
        "pixel format": _pixels(clip.pix_fmt),
        "colour tags": _plain(clip),
    }
    found = {
        "size": (source.width, source.height),
        "rotation": source.rotation,
        "pixel shape": source.sample_aspect_ratio,
        "pixel format": _pixels(source.pix_fmt),
        "colour tags": _plain(source),
    }
    wrong = [f"{name} is {found[name]}, not {wanted[name]}" for name in wanted if found[name] != wanted[name]]
    said = "; ".join(wrong) or f"{layout.width} x {layout.height} px, turned by {clip.rotation}°, {clip.pix_fmt}"
    return Check("form", not wrong, f"{said}.")


def metadata(copy: Path) -> Check:
    """Tell whether the copy carries pictures, sound and nothing else of its master."""
    facts = stream_facts(copy)
    extra = [*_foreign_streams(facts), *_foreign_tags(facts), *foreign_boxes(copy)]
    if facts.chapters:
        extra.append(f"{facts.chapters} chapters")
    said = "It carries " + ", ".join(extra) if extra else f"{len(facts.streams)} streams and only tags that name no one"
    return Check("metadata", not extra, f"{said}.")


def sound_as_asked(copy: Path, clip: Clip, plan: MaskPlan, sound: Sound) -> Check:
    """Tell whether the copy has the sound that SOUND lets through, and silence where it asks for that."""
    streams = sound_streams(copy)
    wanted = len(clip.audio) if sound.keep else 0
    if len(streams) != wanted or not wanted:
        return Check("sound", len(streams) == wanted, f"{len(streams)} sound tracks, {wanted} asked for.")
    wrong, loudest = [], 0.0
    for number, (index, track) in enumerate(zip(streams, clip.audio, strict=True), 1):
        heard = listen(copy, index, _silences(clip, plan, sound, track.rate))
        loudest = max(loudest, heard.loudest)
        start, end = _due(clip, plan, track.index)
        if end > start and max(abs(heard.start - start), abs(heard.end - end)) > LENGTH_S:
            wrong.append(
                f"; track {number} runs from {float(heard.start):.2f} to {float(heard.end):.2f} s, "
                f"not from {float(start):.2f} to {float(end):.2f} s"
            )
    found = f"{wanted} sound track{'s' * (wanted != 1)}, as asked{''.join(wrong)}"
    found += f"; the loudest sample in {len(sound.mute)} muted spans is {loudest:.4f}" if sound.mute else ""
    return Check("sound", not wrong and loudest <= SILENT, f"{found}.")


def _silences(clip: Clip, plan: MaskPlan, sound: Sound, rate: int) -> list[tuple[Fraction, Fraction]]:
    """Spans of the copy, in seconds, that must be silent; without what the encoder spreads into them."""
    start, spread = offset(clip, plan.frames) * clip.time_base, Fraction(SPREAD, rate)
    spans = [(first - start + spread, last - start - spread) for first, last in sound.mute]
    return [(first, last) for first, last in spans if last > first]


def _due(clip: Clip, plan: MaskPlan, index: int) -> tuple[Fraction, Fraction]:
    """When stream INDEX of the master begins and ends in the copy, seconds."""
    heard = listen(clip.path, index)
    shift, last = offset(clip, plan.frames), plan.frames[1]
    start = shift * clip.time_base
    end = heard.end - start
    if last < len(clip):
        end = min(end, (int(clip.pts[last]) - shift) * clip.time_base)
    return max(heard.start - start, Fraction(0)), end


def _foreign_streams(facts: Facts) -> Iterator[str]:
    """Name streams that are neither the picture nor sound."""
    kinds = [stream.kind for stream in facts.streams]
    yield from (f"a {kind} stream" for kind in kinds if kind not in ("video", "audio"))
    if kinds.count("video") != 1:
        yield f"{kinds.count('video')} video streams"


def _foreign_tags(facts: Facts) -> Iterator[str]:
    """Name tags that the copy may not carry; what they say is not repeated."""
    for tags in (facts.metadata, *(stream.metadata for stream in facts.streams)):
        yield from (f"the tag {key}" for key, value in tags if not re.fullmatch(TAGS.get(key, r"(?!)"), value))
