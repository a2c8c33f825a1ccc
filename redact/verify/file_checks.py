"""What is checked on the files themselves: the master's bytes, the copy's form, times, sound and metadata."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from redact.errors import InputUnusable, VerificationFailed
from redact.files import sha256_file
from redact.records.kinds import CheckName
from redact.records.plan import Check
from redact.verify.sound_check import FrameTimes, differences, frames_of_the_file, runs_of_cells, strange_times
from redact.video.clock import file_ticks, offset
from redact.video.colour import FULL, LIMITED, tags_for_copy
from redact.video.listen import listen, sound_streams
from redact.video.mp4 import foreign_boxes
from redact.video.probe import probe, stream_facts
from redact.video.second_sound import cells, packet_order
from redact.video.sound import AAC_LAYOUTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from redact.records.clip import AudioTrack, Clip, Color, Layout, Source
    from redact.records.plan import MaskPlan
    from redact.video.audio import Sound
    from redact.video.probe import Facts

__all__ = ["Times", "TimesTally", "form", "master_unchanged", "metadata", "sound_as_asked", "times_in_file"]

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


def master_unchanged(clip: Clip) -> Check:
    """Tell whether the master is still, byte for byte, the file that was scanned."""
    size = clip.path.stat().st_size if clip.path.is_file() else -1
    digest = sha256_file(clip.path) if size == clip.size_bytes else ""
    same = size == clip.size_bytes and digest == clip.sha256
    if same:
        sentence = f"{size:,} bytes with the SHA-256 that the scan found ({digest[:12]}…)."
    else:
        sentence = f"It has changed since it was scanned: {clip.size_bytes:,} bytes ({clip.sha256[:12]}…) then, "
        sentence += f"{size:,} bytes ({digest[:12]}…) now." if digest else f"{max(size, 0):,} bytes now."
    return Check(CheckName.MASTER, same, sentence)


def _pixels(pix_fmt: str) -> str:
    """Name PIX_FMT without its range, which is a colour tag; H.264 decoders give deep grey with grey colour planes."""
    return "yuv420p10le" if pix_fmt == "gray10le" else pix_fmt.replace("yuvj", "yuv")


def _plain(source: Clip | Source) -> Color:
    """Colour tags of SOURCE; a range that is not said is the limited one."""
    full = source.color.range == FULL or source.pix_fmt.startswith("yuvj")
    return replace(source.color, range=FULL if full else LIMITED)


@dataclass(slots=True)
class TimesTally:
    """What `Times` counted."""

    wanted: int = 0
    """Frames that there should be,"""
    count: int = 0
    """that there are,"""
    wrong: int = 0
    """and that are not at their master's time."""
    first: str = ""

    def result(self, strange: str = "") -> Check:
        """Pass where number and times are exactly the master's, and nothing of these is STRANGE to the file itself."""
        sentence = (
            f"{self.count:,} frames of {self.wanted:,}, {self.wrong:,} of them not at their master's time{self.first}"
        )
        sentence += f"; {strange}" if strange else ""
        return Check(CheckName.TIMES, self.count == self.wanted and not self.wrong and not strange, f"{sentence}.")


class Times:
    """As many frames as the plan asks for, each at its master's own time."""

    def __init__(self, clip: Clip, plan: MaskPlan) -> None:
        """Expect the frames of PLAN."""
        self._clip, self._plan = clip, plan
        self._shift = offset(clip, plan.frames)
        self.tally = TimesTally(plan.frames[1] - plan.frames[0])

    def see(self, seconds: Fraction) -> None:
        """Note that the copy's next frame is shown at SECONDS."""
        index = self._plan.frames[0] + self.tally.count
        self.tally.count += 1
        if index >= self._plan.frames[1]:
            return
        due = (int(self._clip.pts[index]) - self._shift) * self._clip.time_base
        if seconds != due:
            self.tally.wrong += 1
            self.tally.first = self.tally.first or f" (frame {index} at {float(seconds):.6f} s, not {float(due):.6f} s)"


def times_in_file(clip: Clip) -> str:
    """Say which times of CLIP a second program does not find in its file; nothing where it finds all."""
    if clip.forced_rate is not None:  # a raw stream has none
        return ""
    try:
        return strange_times(clip, packet_order(clip.path, clip.stream))
    except VerificationFailed as problem:
        return problem.what.rstrip(".")


def form(copy: Path, clip: Clip, layout: Layout) -> Check:
    """Tell whether the copy's picture is stored as the master's: size, turn, pixels, colours."""
    try:
        source = probe(copy)
    except InputUnusable as problem:
        return Check(CheckName.FORM, passed=False, found=problem.what)
    wanted = {
        "size": (layout.width, layout.height),
        "orientation": clip.orientation,
        "pixel shape": clip.sample_aspect_ratio,
        "pixel format": _pixels(clip.pix_fmt),
        "colour tags": replace(_plain(clip), space=tags_for_copy(clip).space),
    }
    stored = {
        "size": (source.width, source.height),
        "orientation": source.orientation,
        "pixel shape": source.sample_aspect_ratio,
        "pixel format": _pixels(source.pix_fmt),
        "colour tags": _plain(source),
    }
    wrong = [f"{name} is {stored[name]}, not {wanted[name]}" for name in wanted if stored[name] != wanted[name]]
    sentence = "; ".join(wrong) or f"{layout.width} x {layout.height} px, {clip.orientation}, {clip.pix_fmt}"
    return Check(CheckName.FORM, not wrong, f"{sentence}.")


def metadata(copy: Path) -> Check:
    """Tell whether the copy carries pictures, sound and nothing else of its master."""
    facts = stream_facts(copy)
    extra = [*_foreign_streams(facts), *_foreign_tags(facts), *foreign_boxes(copy)]
    if facts.chapters:
        extra.append(f"{facts.chapters} chapters")
    sentence = (
        "It carries " + ", ".join(extra) if extra else f"{len(facts.streams)} streams and only tags that name no one"
    )
    return Check(CheckName.METADATA, not extra, f"{sentence}.")


def sound_as_asked(copy: Path, clip: Clip, plan: MaskPlan, sound: Sound) -> Check:
    """Tell whether the copy has the sound that SOUND lets through, where its master has it, and silence where asked.

    Master and copy are heard by a second program, and compared at the frames that both show.
    """
    streams = sound_streams(copy)
    wanted = len(clip.audio) if sound.keep else 0
    if len(streams) != wanted or not wanted:
        return Check(CheckName.SOUND, len(streams) == wanted, _count_told(len(streams), wanted, sound))
    wrong, loudest = [], 0.0
    for number, (index, track) in enumerate(zip(streams, clip.audio, strict=True), 1):
        try:
            loudest = max(loudest, listen(copy, index, _silences(clip, plan, sound, track.rate)))
            wrong += [
                f"; of track {number}, {difference}" for difference in _unlike(copy, index, clip, plan, sound, track)
            ]
        except VerificationFailed as problem:
            wrong.append(f". {problem.what.rstrip('.')}, so that nothing can be said of it")
    sentence = f"{wanted} sound track{'s' * (wanted != 1)}, as asked"
    sentence += "".join(wrong) or ", and heard at the pictures at which the master has it"
    sentence += f"; the loudest sample in {len(sound.mute)} muted spans is {loudest:.4f}" if sound.mute else ""
    return Check(CheckName.SOUND, not wrong and loudest <= SILENT, f"{sentence}.")


def _count_told(there: int, wanted: int, sound: Sound) -> str:
    """Say how many sound tracks are THERE, and WANTED, where they are not all as wanted or none is."""
    if sound.keep and not there and not wanted:
        return "No sound track: the master has none that can be decoded."
    return f"{there} sound tracks, {wanted} asked for."


def _unlike(  # noqa: PLR0917  a track of the copy, and what it was to be
    copy: Path, index: int, clip: Clip, plan: MaskPlan, sound: Sound, track: AudioTrack
) -> list[str]:
    """Say where sound stream INDEX of COPY is not TRACK of the master."""
    listed = packet_order(clip.path, clip.stream, track.index)
    heard, there = cells(clip.path, track.index), cells(copy, index)
    first, end = plan.frames
    ticks = clip.pts - offset(clip, plan.frames), file_ticks(clip)
    copied, filed = (np.asarray(some[first:end] * float(clip.time_base), np.float64) for some in ticks)
    shown = FrameTimes(copied, filed, frames_of_the_file(clip, listed.picture)[0][first:end])
    start = offset(clip, plan.frames) * clip.time_base
    silent = [(a - start, b - start) for a, b in sound.mute]
    mixed = track.channels not in AAC_LAYOUTS
    return differences(heard, runs_of_cells(listed, heard), there, shown, silent, mixed=mixed)


def _silences(clip: Clip, plan: MaskPlan, sound: Sound, rate: int) -> list[tuple[Fraction, Fraction]]:
    """Spans of the copy, in seconds, that must be silent; without what the encoder spreads into them."""
    start, spread = offset(clip, plan.frames) * clip.time_base, Fraction(SPREAD, rate)
    spans = [(first - start + spread, last - start - spread) for first, last in sound.mute]
    return [(first, last) for first, last in spans if last > first]


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
