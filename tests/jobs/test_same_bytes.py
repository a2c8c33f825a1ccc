"""However many work on a batch, the copies are the same to the last byte."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from desks import red_squares
from masters import make, picture

from redact.files import sha256_file
from redact.jobs.batch import batch, processes
from redact.jobs.work import Work
from redact.request.choices import Hide
from redact.request.model import Request

if TYPE_CHECKING:
    from pathlib import Path

WORK = Work(red_squares, Request(hide=(Hide.PEOPLE,), reference="SAR-2026-0142"))


def made(folder: Path, out: Path, count: int) -> dict[str, tuple[str, str]]:
    """Digests of plan and copy of every clip in FOLDER, made in OUT by COUNT processes."""
    crew = partial(processes, count=count)
    assert [one.said for one in batch(folder, out, WORK, recipe=WORK.recipe(), crew=crew) if one.code] == []
    known = {path: json.loads(path.read_bytes()) for path in out.glob("*.manifest.json")}
    assert all(one["plan"]["boxes"] for one in known.values())
    return {path.name: (one["plan"]["sha256"], sha256_file(out / one["output"]["name"])) for path, one in known.items()}


@pytest.mark.slow
def test_plan_and_picture_are_the_same_for_one_two_and_three(tmp_path: Path) -> None:
    """Three clips, whoever did them, in whatever order; their width is one at which the encoder is exact."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        red = f"drawbox=x='mod({number * 30}+t*60,200)':y=40:w=40:h=80:color=red:t=fill"
        make(folder / f"c{number}.mp4", *picture("256x144", "12", 1), "-vf", f"hue=s=0,{red}", "-pix_fmt", "yuv420p")
    first = made(folder, tmp_path / "one", 1)
    assert len(first) == 3
    assert made(folder, tmp_path / "two", 2) == first
    assert made(folder, tmp_path / "three", 3) == first
