"""A plan costs what its clip is long: nothing of all tracks is worked out anew for every frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from clips import clip_of

from redact.decide.plan import Hiding, plan
from redact.records.kinds import Kind, Origin
from redact.records.tracks import Tracks
from redact.request.times import frame_at, shown

if TYPE_CHECKING:
    import pytest


def a_face_in_somebody(frames: int) -> Tracks:
    """Somebody who is shown, and a face in them that is another track, on every frame."""
    body, face = np.array([40, 40, 120, 200], np.float32), np.array([60, 60, 80, 84], np.float32)
    return Tracks(
        frame=np.tile(np.arange(frames, dtype=np.int32), 2),
        xyxy=np.repeat(np.stack([body, face]), frames, axis=0),
        score=np.repeat(np.array([0.9, 0.3], np.float32), frames),
        origin=np.full(2 * frames, Origin.SEEN, np.uint8),
        start=np.array([0, frames, 2 * frames], np.int64),
        kind=np.array([Kind.PERSON, Kind.FACE], np.uint8),
    )


def test_the_tracks_of_all_rows_are_not_listed_for_every_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """As often for a long clip as for a short one: once for each frame, an hour would take hours."""
    listed = Tracks.track.fget  # type: ignore[attr-defined]
    counts = []
    for frames in (10, 80):
        asked: list[int] = []

        def counted(tracks: Tracks, asked: list[int] = asked) -> Any:
            asked.append(len(tracks.frame))
            return listed(tracks)

        monkeypatch.setattr(Tracks, "track", property(counted))
        made = plan(clip_of(frames=frames), a_face_in_somebody(frames), {0}, Hiding(tuple(Kind), (0, frames)))
        assert len(made.xyxy) == frames
        counts.append(len(asked))
    assert counts[0] == counts[1] > 0


def test_every_frame_is_found_by_the_time_at_which_it_is_shown() -> None:
    """Where a clock starts late and ticks finely, too: no time is rounded on its way to a frame."""
    clip = clip_of(frames=200, first=90_000_000_000_001)
    assert [frame_at(clip, shown(clip, index)) for index in range(200)] == list(range(200))
