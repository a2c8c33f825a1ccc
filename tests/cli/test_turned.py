"""With the networks themselves: who is found upright is hidden however the camera hung and whatever the file says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from masters import make

from models.loading import load
from models.store import check
from redact.decide.plan import Hiding, plan
from redact.demo.clip import SIZE, find_photos, make_demo
from redact.detect.pose import ways
from redact.detect.scan import scan
from redact.records.boxes import overlap_share
from redact.records.kinds import Kind
from redact.records.orientation import UPRIGHT, Orientation
from redact.track.associate import tracks_of

if TYPE_CHECKING:
    from pathlib import Path

    from redact.demo.clip import Truth

FRAMES, SMALLER = 30, 2

SHAPES = {
    "a quarter": ("transpose=clock", Orientation(1), (1, 1)),
    "upside down": ("hflip,vflip", Orientation(2), (1, 1)),
    "three quarters": ("transpose=cclock", Orientation(3), (1, 1)),
    "half as wide": ("scale=iw/2:ih,setsar=1", UPRIGHT, (2, 1)),
    "half as high": ("scale=iw:ih/2,setsar=1", UPRIGHT, (1, 2)),
}
"""Filters without a tag, what they do to upright boxes, and by how much they shrink them."""


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    """A second of the demo's street, and who is in it."""
    if any(check().values()):
        pytest.skip("the networks are not here: redact models pull")
    folder = tmp_path_factory.mktemp("street")
    truth = make_demo(folder / "demo.mp4", find_photos())
    small = f"scale={SIZE[0] // SMALLER}:-1"
    return make(folder / "a.mp4", "-i", folder / "demo.mp4", "-frames:v", FRAMES, "-vf", small, "-an"), truth


def bare(master: Path, truth: Truth, way: Orientation, shrunk: tuple[int, int]) -> list[int]:
    """Frames of MASTER on which the mask of one of TRUTH, turned by WAY and SHRUNK, leaves a tenth of them bare."""
    seen = scan(master, load((Kind.PERSON, Kind.FACE)))
    made = plan(seen.clip, tracks_of(seen), (), Hiding(tuple(Kind), (0, FRAMES)), ways=ways(seen.poses))
    rows = (truth.boxes.kind == Kind.PERSON) & (truth.boxes.frame < FRAMES) & (truth.boxes.score > 0.8)
    boxes = way.to_upright(truth.boxes.xyxy[rows], *SIZE) / (SMALLER * np.array(shrunk * 2, np.float32))
    return [
        frame
        for frame, box in zip(truth.boxes.frame[rows].tolist(), boxes.astype(np.float32), strict=True)
        if overlap_share(box[None], made.boxes(frame).astype(np.float32)).max(initial=0) < 0.9
    ]


@pytest.mark.slow
@pytest.mark.parametrize("how", SHAPES)
def test_whoever_is_found_upright_is_hidden_in_a_clip_turned_or_squeezed_without_a_tag(
    how: str, street: tuple[Path, Truth], tmp_path: Path
) -> None:
    """On as many frames as upright, but for a few."""
    master, truth = street
    shape, way, shrunk = SHAPES[how]
    turned = make(tmp_path / "a.mp4", "-i", master, "-vf", shape)
    assert len(bare(turned, truth, way, shrunk)) <= len(bare(master, truth, UPRIGHT, (1, 1))) + 3


@pytest.mark.slow
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_whoever_is_found_upright_is_hidden_under_a_wrong_tag(
    turns: int, street: tuple[Path, Truth], tmp_path: Path
) -> None:
    """An upright picture that the header turns."""
    master, truth = street
    tagged = make(tmp_path / "a.mp4", "-display_rotation", -90 * turns, "-i", master, "-c", "copy")
    assert len(bare(tagged, truth, UPRIGHT, (1, 1))) <= len(bare(master, truth, UPRIGHT, (1, 1))) + 3
