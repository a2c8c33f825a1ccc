"""A box that somebody drew on one frame, followed both ways: key frames to be looked at, corrected and saved.

Nothing is recorded by it, and nothing is claimed: whoever drew the box looks at where it went. It ends where it is not
sure, and says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from redact.errors import UsageProblem
from redact.records.drawn import Key
from redact.track.follow import End, follow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from redact.detect.found import Scan
    from redact.records.boxes import Box
    from redact.records.clip import Clip, Frame

__all__ = ["GROWN", "LONGEST_S", "SAID", "Reader", "Traced", "trace"]

LONGEST_S = 10.0
"""Seconds for which a box is followed each way, at most."""

WIDE = 640
"""px of the longer side of the pictures in which it is followed, at most."""

CHUNK = 16
"""Frames that are read at once on the way back."""

GROWN = 1.2
"""Factor by which a box is larger than what was followed, but on the frame on which it was drawn."""

OFF = 1.0
"""px by which a box between two key frames may be off, on each side; so each is larger by that."""

LEAST = 4
"""px of the smaller side of what is drawn, at least: in less there is nothing to follow."""

SAID = {
    End.LIMIT: "It was followed for ten seconds. Go on from there, if it goes on.",
    End.CLIP: "The clip has no more frames there.",
    End.CUT: "Another scene begins there.",
    End.EDGE: "It leaves the picture there.",
    End.LOST: "It cannot be made out there. Look whether it goes on.",
    End.CHANGED: "It does not look like what you drew there. Look whether it goes on.",
}
"""Why it ended, in a sentence or two."""


class Reader(Protocol):
    """What gives frames of a clip by index."""

    def wind(self, index: int, keep: int = 1) -> tuple[Frame, ...]:
        """Give the frames on the way to INDEX, the last KEEP of them at most; INDEX is the last."""
        ...


@dataclass(frozen=True, slots=True)
class Traced:
    """Where a box went."""

    keys: tuple[Key, ...]
    first: int
    """First frame."""
    last: int
    """Last frame, which is one of them."""
    before: End
    """Why it goes back no further."""
    after: End
    """And on no further."""


def trace(scan: Scan, reader: Reader, frame: int, box: Box) -> Traced:
    """Follow BOX, px of the upright picture on FRAME of what was SCANNED, both ways, through the pictures of READER.

    Raises UsageProblem where the box is not in the picture, or too small.
    """
    clip = scan.clip
    width, height = clip.size_as_seen
    left, top, right, bottom = max(box[0], 0), max(box[1], 0), min(box[2], width), min(box[3], height)
    if not 0 <= frame < len(clip) or min(right - left, bottom - top) < LEAST:
        message = f"There is nothing to follow in {', '.join(map(str, box))} on frame {frame}."
        raise UsageProblem(message, f"Draw a box of {LEAST} px or more within the picture, on a frame of the clip.")
    scale = min(1.0, WIDE / max(width, height))
    start = _grey(reader.wind(frame)[0], clip, scale)
    small = (left * scale, top * scale, right * scale, bottom * scale)
    ahead, behind = _reach(scan, frame)
    on = follow(start, small, _onwards(reader, clip, scale, (frame + 1, ahead[0])), ahead[1])
    back = follow(start, small, _backwards(reader, clip, scale, (behind[0], frame)), behind[1])
    found = [(at, _larger(place, scale)) for at, place in (*reversed(back.places), *on.places)]
    drawn = (frame, np.array([left, top, right, bottom], np.float64))
    places = sorted([*found, drawn], key=lambda one: one[0])
    keys = tuple(Key(at, _within(place, clip, own=at == frame)) for at, place in _thinned(clip, places, frame))
    return Traced(keys, places[0][0], places[-1][0], back.end, on.end)


def _reach(scan: Scan, frame: int) -> tuple[tuple[int, End], tuple[int, End]]:
    """Say up to which frame, and down to which, FRAME can be gone on from in SCAN, and what is there: half-open."""
    seconds, cuts = scan.clip.times_s(), scan.cuts
    high = int(np.searchsorted(seconds, seconds[frame] + LONGEST_S, "right"))
    low = int(np.searchsorted(seconds, seconds[frame] - LONGEST_S, "left"))
    after, before = cuts[cuts > frame][:1].tolist(), cuts[cuts <= frame][-1:].tolist()
    ahead = [(high, End.CLIP if high == len(seconds) else End.LIMIT), *((cut, End.CUT) for cut in after)]
    behind = [(low, End.CLIP if low == 0 else End.LIMIT), *((cut, End.CUT) for cut in before)]
    return min(ahead, key=lambda end: end[0]), max(behind, key=lambda end: end[0])


def _onwards(
    reader: Reader, clip: Clip, scale: float, frames: tuple[int, int]
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    for index in range(*frames):
        yield index, _grey(reader.wind(index)[-1], clip, scale)


def _backwards(
    reader: Reader, clip: Clip, scale: float, frames: tuple[int, int]
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Give the pictures of FRAMES, half-open, the last first."""
    first, end = frames
    while end > first:
        read = reader.wind(end - 1, min(CHUNK, end - first))
        some = [(one.index, _grey(one, clip, scale)) for one in read]
        yield from reversed(some)
        end = some[0][0]


def _grey(frame: Frame, clip: Clip, scale: float) -> NDArray[np.uint8]:
    """Give the luma of FRAME of CLIP, upright, at SCALE."""
    luma = frame.planes[0][: clip.height, : clip.width]
    plain = luma if luma.dtype == np.uint8 else (luma >> 2).astype(np.uint8)
    size = max(1, round(clip.width * scale)), max(1, round(clip.height * scale))
    return np.ascontiguousarray(clip.orientation.upright(cv2.resize(plain, size, interpolation=cv2.INTER_AREA)))


def _larger(place: tuple[float, float, float, float], scale: float) -> NDArray[np.float64]:
    """Give PLACE, px at SCALE, in px of the clip, a little larger."""
    box = np.array(place) / scale
    middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2 * GROWN
    return np.concatenate([middle - half, middle + half])


def _thinned(
    clip: Clip, places: Sequence[tuple[int, NDArray[np.float64]]], drawn: int
) -> list[tuple[int, NDArray[np.float64]]]:
    """Leave out of PLACES, in order, what lies on the straight way between others by time; never the frame DRAWN."""
    frames = np.array([at for at, _ in places])
    boxes, seconds = np.stack([box for _, box in places]), clip.times_s(frames)
    kept = {0, len(places) - 1, int(np.searchsorted(frames, drawn))}
    parts = [*zip(sorted(kept)[:-1], sorted(kept)[1:], strict=True)]
    while parts:
        low, high = parts.pop()
        if high - low > 1:
            share = ((seconds[low : high + 1] - seconds[low]) / (seconds[high] - seconds[low]))[:, None]
            off = np.abs(boxes[low] * (1 - share) + boxes[high] * share - boxes[low : high + 1]).max(axis=1)
            worst = int(off.argmax())
            if off[worst] > OFF:
                kept.add(low + worst)
                parts += [(low, low + worst), (low + worst, high)]
    return [places[place] for place in sorted(kept)]


def _within(box: NDArray[np.float64], clip: Clip, *, own: bool) -> Box:
    """Round BOX outward to px within CLIP, with what it may be off; one's OWN is as it was drawn."""
    width, height = clip.size_as_seen
    wide = box if own else box + np.array([-OFF, -OFF, OFF, OFF])
    low, high = np.floor(wide[:2]).astype(int), np.ceil(wide[2:]).astype(int)
    left, top = np.clip(low, 0, [width - 1, height - 1]).tolist()
    right, bottom = np.clip(high, [left + 1, top + 1], [width, height]).tolist()
    return left, top, right, bottom
