"""What the second program says a file is, and what it shows of it: nothing here comes from the first reading.

No part of PyAV, of `probe` or of `decode` is used, so what they get wrong is not repeated here. There is no ffprobe
beside the program; its own account of a file, its list of packets and its filter `showinfo` tell the same.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from redact.errors import VerificationFailed
from redact.pipe import prefetch
from redact.video.second import command, plain, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import IO

    from numpy.typing import NDArray

__all__ = ["Reading", "Shown", "StreamRead", "Window", "frame_times", "read", "shown"]

STREAM = re.compile(
    r"^ *Stream #0:(?P<index>\d+)(?:\[0x[0-9a-f]+\])?(?:\([^)]*\))?: (?P<kind>[A-Z][a-z]+): (?P<words>.*)$"
)
"""How the program names a stream of its input."""

TURN = re.compile(r"^ *display ?matrix: .*?rotation of (-?[\d.]+|-?nan) degrees", re.IGNORECASE)
SIZE = re.compile(r"(?:^|, )(\d+)x(\d+)")
START = re.compile(r"^ *Duration: [^,]*, start: (-?\d+\.\d+)")
FORMAT = re.compile(r"^Input #0, (\S+),$")
BROADCAST = {"mpegts", "mpeg", "dhav", "m4v", "ogg", "ty"}
"""Formats whose clock may start anywhere (AVFMT_TS_DISCONT): players show their beginning as 0."""

PIXELS = re.compile(r"(?:^|, )[a-z][a-z0-9]+\(([^)]*)\)(?:, |$)")
TIME_BASE = re.compile(r"^#tb (\d+): (\d+)/(\d+)")
NO_TIME = -(2**63)

KEY, DISCARD = 1, 4
"""FFmpeg's marks on a packet: a key picture; one that an edit list cuts away (AV_PKT_FLAG_KEY and _DISCARD)."""

RESTAMPED = "monoton"
"""Part of what the program says where it changed times, because they ran backwards."""

MATRICES = {"bt709", "smpte170m", "bt470bg", "fcc", "smpte240m", "bt2020nc", "bt2020c", "ycgco", "gbr"}
"""Colour matrices by the program's names."""

LIMITED_BY_STANDARD = ("h264", "hevc", "av1", "vp9", "mpeg2video", "vvc")
"""Codecs whose grey pictures, where no range is said, are of 16 to 235 as their coloured ones are."""

HD = (1280, 576)
"""px; a picture as wide as the one or higher than the other that names no matrix is shown as BT.709 by players, any
other as BT.601 (mpv's rule; VLC's differs by its width alone)."""

INDEXED = {".mp4", ".mov", ".m4v", ".mkv", ".webm"}
"""Endings of files that list their key pictures, and can be entered at one."""

SOONER_S = 1.0
"""Seconds by which any other is entered sooner: where one lands in it is a guess."""

SLACK_S = 1e-4
"""Seconds that a time may lose by being written down."""

TIMES_AHEAD = 256
"""Pictures whose facts may be read ahead of them."""

BASE = re.compile(rb"config in time_base: (\d+)/(\d+)")
PICTURE = re.compile(rb"\bn: *\d+ pts: *(-?\d+|NOPTS) .* sar:(\d+)/(\d+) s:(\d+)x(\d+) ")


@dataclass(frozen=True, slots=True)
class StreamRead:
    """One stream, in the program's words."""

    index: int
    kind: str
    """Video, Audio, Subtitle, Data or Attachment."""
    words: str
    """All that the program says of it on its line."""
    turn: str = ""
    """Degrees of its display matrix as the program prints them; empty where there is none."""

    @property
    def cover(self) -> bool:
        """Whether it is a picture on the cover, and no video."""
        return "(attached pic)" in self.words or "(timed thumbnails)" in self.words

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) px as coded; zeros where the program does not know."""
        match = SIZE.search(self.words)
        return (int(match[1]), int(match[2])) if match else (0, 0)

    @property
    def matrix(self) -> str:
        """Colour matrix by the program's name; empty where none is named."""
        inside = PIXELS.search(self.words)
        words = inside[1].split(", ") if inside else []
        return next((word.split("/")[0] for word in words if word.split("/")[0] in MATRICES), "")

    @property
    def matrix_for_players(self) -> str:
        """Matrix that players turn its pictures into RGB with, where it names none; empty where it does."""
        if self.matrix or "gbr" in self.words or "rgb" in self.words:
            return ""
        width, height = self.size
        return "bt709" if width >= HD[0] or height > HD[1] else "bt601"

    @property
    def grey(self) -> bool:
        """Whether its pictures have no colour planes."""
        return ", gray" in self.words

    @property
    def full_range(self) -> bool:
        """Whether players take its levels for 0 to 255, not 16 to 235."""
        unsaid = self.grey and "(tv" not in self.words and not self.words.startswith(LIMITED_BY_STANDARD)
        return unsaid or "(pc" in self.words or "yuvj" in self.words


@dataclass(frozen=True, slots=True, eq=False)
class Packets:
    """The packets of one stream that are shown, by their times."""

    base: Fraction
    """Seconds per tick."""
    pts: NDArray[np.int64]
    """(n,) ticks, in order of time."""
    keys: NDArray[np.bool_]
    """(n,) whether each is a key picture."""
    timeless: int
    """How many have no time, and are not among them."""

    @property
    def count(self) -> int:
        """Number of packets, with a time or not."""
        return len(self.pts) + self.timeless


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the program says of a file."""

    streams: tuple[StreamRead, ...]
    packets: dict[int, Packets]
    """Of each video stream, by its index."""
    restamped: bool
    """Whether the program moved times, so that those of the packets are not the file's."""
    origin_s: float = 0.0
    """Second of the file's clock that players show as 0."""

    def kinds(self) -> Counter[str]:
        """Count the streams of each kind."""
        return Counter(stream.kind.lower() for stream in self.streams)

    def stream(self, index: int) -> StreamRead | None:
        """Give the stream with INDEX."""
        return next((stream for stream in self.streams if stream.index == index), None)

    def videos(self) -> list[StreamRead]:
        """List the video streams that are no cover pictures."""
        return [stream for stream in self.streams if stream.kind == "Video" and not stream.cover]

    def longest(self) -> int:
        """Index of the video stream with most packets; of several the first. -1 where there is none."""
        return max((s.index for s in self.videos()), key=lambda i: (self.count(i), -i), default=-1)

    def count(self, index: int) -> int:
        """Number of packets of stream INDEX."""
        packets = self.packets.get(index)
        return packets.count if packets else 0


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, in seconds of the file, half-open; pictures are shown from its start."""

    start: Fraction
    end: Fraction


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One picture as players show it."""

    seconds: Fraction
    rgb: NDArray[np.uint8]
    """(h, w, 3) turned as the file says, in RGB by its tags."""
    aspect: Fraction
    """Shape of a px, width by height; 1 where the file says nothing."""


def read(path: Path) -> Reading:
    """Let the program tell what is in the file at PATH. No picture is decoded.

    Raises VerificationFailed where it can make nothing of it.
    """
    listed = ("-map", "0:v", "-c", "copy", "-copyinkf", "-f", "framecrc", "pipe:1")
    done = subprocess.run(
        command(path, listed), stdin=subprocess.DEVNULL, capture_output=True, check=False, env=plain()
    )
    bases, rows = _packets(done.stdout)
    # what a file is called is repeated as it is, and may look like anything
    named, _, after = done.stderr.partition(b" from 'file:" + os.fsencode(path) + b"':")
    lines = [named.rpartition(b"\n")[2].decode("utf-8", "replace"), *after.decode("utf-8", "replace").splitlines()]
    streams = tuple(_streams(lines))
    videos = sorted(stream.index for stream in streams if stream.kind == "Video")
    if not rows:
        message = f"A second program finds no picture in {path}."
        raise VerificationFailed(message)
    packets = {videos[n]: _in_order(bases[n], rows[n]) for n in rows if n < len(videos)}
    restamped = any(RESTAMPED in line.lower() for line in lines)
    return Reading(streams, packets, restamped, _origin(lines))


def frame_times(path: Path, stream: int, rate: Fraction | None = None) -> list[Fraction]:
    """Decode all of STREAM of the file at PATH: the time of every picture in seconds, in the order it is shown.

    RATE is that of a file without times. It costs a whole decode, and is for files whose packets do not tell.
    """
    decoded = ("-map", f"0:{stream}", "-vf", "showinfo=checksum=0", "-fps_mode", "passthrough", "-f", "null", "-")
    with running(command(path, decoded, before=_forced(rate))) as process:
        return [seconds for seconds, *_ in _facts(process.stderr)]


def shown(
    path: Path,
    stream: StreamRead,
    windows: Sequence[Window],
    size: tuple[int, int] | None = None,
    rate: Fraction | None = None,
    *,
    seek_s: float | None = None,
) -> Iterator[Shown]:
    """Give the pictures of STREAM of the file at PATH in WINDOWS of time, in order, as players show them.

    The file is read from the key picture at SEEK_S on, by default from its start. Of a picture larger than SIZE (width,
    height) px what lies at the right and below is left away. RATE is that of a file without times.
    """
    before = _seek(path, seek_s) if seek_s is not None else ()
    # several threads would decode further than is wanted
    arguments = command(path, _showing(stream, windows, size), before=("-threads", "1", *before, *_forced(rate)))
    with running(arguments) as process, prefetch(_facts(process.stderr), TIMES_AHEAD) as facts:
        try:
            for seconds, aspect, (width, height) in facts:
                wide, high = (min(size[0], width), min(size[1], height)) if size else (width, height)
                flat = np.empty(wide * high * (1 if stream.grey else 3), np.uint8)
                if process.stdout.readinto(flat) < len(flat):
                    return
                rgb = _from_grey(flat, stream).reshape(high, wide, 3) if stream.grey else flat.reshape(high, wide, 3)
                yield Shown(seconds, rgb, aspect)
        finally:
            process.kill()


def _from_grey(flat: NDArray[np.uint8], stream: StreamRead) -> NDArray[np.uint8]:
    """Turn grey samples of STREAM into RGB, which the program would do as if all grey were of full range."""
    levels = flat if stream.full_range else np.clip((flat.astype(np.float32) - 16) * (255 / 219), 0, 255)
    return np.repeat(np.rint(levels).astype(np.uint8), 3)


def _forced(rate: Fraction | None) -> tuple[str, ...]:
    return ("-r", str(rate)) if rate else ()


def _seek(path: Path, seconds: float) -> tuple[str, ...]:
    """Write the arguments that enter the file at PATH at a key picture."""
    sooner = 0.0 if path.suffix.lower() in INDEXED else SOONER_S
    return ("-noaccurate_seek", "-seek_timestamp", "1", "-ss", f"{seconds - sooner + SLACK_S:.6f}")


def _showing(stream: StreamRead, windows: Sequence[Window], size: tuple[int, int] | None) -> tuple[str, ...]:
    """Write the arguments that send the pictures in WINDOWS to stdout, and their facts to stderr."""
    wanted = "+".join(f"between(t,{float(window.start):.6f},{float(window.end):.6f})" for window in windows)
    matrix = f"in_color_matrix={stream.matrix_for_players}:" if stream.matrix_for_players else ""
    chain = [
        f"trim=end={float(windows[-1].end):.6f}",  # ends the reading, so it comes first
        f"select='{wanted}'",
        "showinfo=checksum=0",
        "extractplanes=y,format=gray" if stream.grey else f"scale={matrix}flags=bilinear,format=rgb24",
        *([f"crop=min({size[0]}\\,iw):min({size[1]}\\,ih):0:0:exact=1"] if size else []),
    ]
    return ("-map", f"0:{stream.index}", "-vf", ",".join(chain), "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1")


def _packets(listed: bytes) -> tuple[dict[int, Fraction], dict[int, list[tuple[int, int]]]]:
    """Read the program's list of packets: time base and (pts, marks) of each, by stream of the list."""
    bases: dict[int, Fraction] = {}
    rows: dict[int, list[tuple[int, int]]] = {}
    for line in listed.decode("ascii", "replace").splitlines():
        if base := TIME_BASE.match(line):
            bases[int(base[1])] = Fraction(int(base[2]), int(base[3]))
        elif not line.startswith("#") and len(parts := line.split(",")) > 5:  # noqa: PLR2004  up to its checksum
            marks = parts[6].strip() if len(parts) > 6 else ""  # noqa: PLR2004  the marks, where they are not just a key
            flags = int(marks.removeprefix("F="), base=16) if marks.startswith("F=") else KEY
            rows.setdefault(int(parts[0]), []).append((int(parts[2]), flags))
    return bases, rows


def _in_order(base: Fraction, rows: list[tuple[int, int]]) -> Packets:
    """Sort ROWS, (pts, marks), by time, without those that an edit list cuts away."""
    kept = np.array([row for row in rows if not row[1] & DISCARD], np.int64).reshape(-1, 2)
    timed = kept[kept[:, 0] != NO_TIME]
    timed = timed[np.argsort(timed[:, 0], kind="stable")]
    return Packets(base, timed[:, 0].copy(), (timed[:, 1] & KEY) > 0, len(kept) - len(timed))


def _streams(lines: list[str]) -> Iterator[StreamRead]:
    """Find the streams of the input in LINES of what the program said, in order of their index."""
    streams: dict[int, StreamRead] = {}
    last = -1
    for line in lines:
        if line.startswith(("Output #", "Stream mapping")):
            break
        if match := STREAM.match(line):
            last = int(match["index"])
            streams[last] = StreamRead(last, match["kind"], match["words"])
        elif (turn := TURN.search(line)) and last >= 0:
            streams[last] = StreamRead(last, streams[last].kind, streams[last].words, turn[1])
    yield from (streams[index] for index in sorted(streams))


def _origin(lines: list[str]) -> float:
    """Read from LINES the second of the file's clock that players show as 0."""
    names = next((match[1].rstrip(",").split(",") for line in lines if (match := FORMAT.match(line))), [])
    start = next((float(match[1]) for line in lines if (match := START.match(line))), 0.0)
    return start if BROADCAST.intersection(names) else 0.0


def _facts(lines: IO[bytes]) -> Iterator[tuple[Fraction, Fraction, tuple[int, int]]]:
    """Read time, shape of px and size of every picture. What another thread says may stand in the middle of a line."""
    base = Fraction(0)
    for line in lines:
        if match := BASE.search(line):
            base = Fraction(int(match[1]), int(match[2]))
        elif (match := PICTURE.search(line)) and match[1] != b"NOPTS":
            ticks, across, down, width, height = map(int, match.groups())
            yield ticks * base, Fraction(across, down) if across and down else Fraction(1), (width, height)
