"""Who is on a frame, and who may be there out of sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from crowds import clip_at
from trails import Trail, stands, tracks_of

from redact.records.kinds import Origin
from redact.records.orientation import UPRIGHT
from redact.track import present
from redact.track.bodies import bodies
from redact.track.present import Present

if TYPE_CHECKING:
    import pytest

CLIP = clip_at()
THERE, ELSEWHERE = (300, 100, 340, 220), (500, 100, 540, 220)


def here_of(*trails: Trail) -> Present:
    """Who is where, of TRAILS."""
    tracks = tracks_of(*trails)
    seen = tracks.origin == Origin.SEEN
    own = [np.flatnonzero(seen & (tracks.track == number)) for number in range(len(tracks))]
    return Present(CLIP, bodies(CLIP, tracks, own), UPRIGHT)


def test_everyone_who_is_between_two_sightings_or_seen_is_there() -> None:
    """Whoever was not seen for a while may be about where they are expected; whoever has gone is nowhere."""
    there = here_of(stands(THERE, range(40), [*range(10), *range(30, 40)]), stands(ELSEWHERE, range(20)))
    assert there.on(5).person.tolist() == [0, 1]
    assert there.on(5).seen.all()
    assert not len(there.on(5).away_who)
    assert there.on(25).person.tolist() == there.on(25).away_who.tolist() == [0]
    assert there.on(60).person.tolist() == []


def test_somebody_out_of_sight_may_be_in_a_box_but_not_in_their_own() -> None:
    """One who is missed while another stands before them; and one who was lost there, for some seconds."""
    box = np.array([(310, 120, 330, 160)], np.float32)
    missed = here_of(stands(THERE, range(40), [*range(10), *range(30, 40)]))
    assert missed.on(20).others(box, 7)
    assert not missed.on(20).others(box, 0)
    assert not missed.on(5).others(box, 7)
    lost = here_of(stands(THERE, range(20)))
    assert lost.on(40).others(box, 7)
    assert not lost.on(40).others(box, 0)
    assert not lost.on(40).others(box + 300, 7)
    assert not lost.on(90).others(box, 7)


def test_frames_are_worked_out_anew_where_there_are_too_many_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    """And are the same as before."""
    there = here_of(stands(THERE, range(40)))
    before = [there.on(frame) for frame in range(20)]
    assert there.on(3) is before[3]
    monkeypatch.setattr(present, "MOST_FRAMES", 2)
    again = [there.on(frame) for frame in range(40)]
    assert again[3] is before[3] or np.array_equal(again[3].xyxy, before[3].xyxy)
    assert there.on(0) is not before[0]
    assert np.array_equal(there.on(0).faces, before[0].faces)
