"""What is hidden besides, once a second look found somebody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from crowds import body, scan_of, walks

from redact.decide.decide import Decided, decide, released
from redact.decide.rounds import hiding_more
from redact.records.tracks import Detections
from redact.request.model import parse_keep
from redact.track.people import people

if TYPE_CHECKING:
    from redact.detect.found import Scan

MAN, BESIDE = (300, 100, 340, 220), (500, 100, 540, 220)


def decided(scan: Scan) -> Decided:
    """Let the man through."""
    keep = [parse_keep("00:02@320,150")]
    return decide(scan.clip, people(scan), keep, "2026-01-05T10:00:00+00:00", frames=(0, len(scan.clip)))


def again(first: Scan, *found: tuple[int, tuple[float, float, float, float]]) -> tuple[Scan, Detections]:
    """Look again at FIRST, and find what was FOUND, boxes on frames, besides: the scan then, and that alone."""
    frame = np.array([index for index, _ in found], np.int32)
    boxes = np.array([box for _, box in found], np.float32).reshape(-1, 4)
    more = Detections(frame, boxes, np.full(len(frame), 0.8, np.float32), np.zeros(len(frame), np.uint8))
    return replace(first, found=Detections.concat([first.found, more])), more


def test_nothing_found_again_changes_nothing() -> None:
    """Whoever was decided on stays so."""
    first = scan_of(body(MAN), walks(500, 560))
    made = decided(first)
    after = hiding_more(made, first, first, Detections.none())
    assert after.decisions == made.decisions
    assert len(after.tracks.frame) == len(made.tracks.frame)


def test_somebody_found_later_is_hidden_and_nobody_else_is_shown() -> None:
    """Their tracks are put behind those that were decided on."""
    first = scan_of(body(MAN))
    made = decided(first)
    second, more = again(first, (20, BESIDE), (21, BESIDE))
    after = hiding_more(made, first, second, more)
    assert after.decisions == made.decisions
    fresh = after.tracks.track >= len(made.tracks)
    assert set(after.tracks.frame[fresh].tolist()) >= {20, 21}
    assert not set(after.tracks.track[fresh].tolist()) & released(after.decisions)


def test_who_is_visible_and_found_once_more_is_not_hidden_for_it() -> None:
    """By a look at another scale; but what the second look missed is hidden wherever it is."""
    first = scan_of(body(MAN))
    made = decided(first)
    second, more = again(first, (20, (302, 104, 342, 222)))
    assert len(hiding_more(made, first, second, Detections.none()).tracks) == len(made.tracks)
    assert len(hiding_more(made, first, second, more).tracks) == len(made.tracks) + 1
