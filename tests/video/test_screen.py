"""Pictures for a screen: in the colours that players show, whatever matrix, range and depth they are coded in."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from masters import make, read

from redact.video.colour import as_screen
from redact.video.decode import decode

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIZE = (320, 240)
PATCHES = "color=c=0x{}:s=80x240:r=25:d=0.2"
COLOURS = ("c02020", "20b040", "2040d0", "d0c0a0")


def coded(path: Path, matrix: str, form: str, *arguments: Any) -> Path:
    """Write four patches of known colours to PATH, turned into FORM by MATRIX, and tagged so."""
    sources = [part for colour in COLOURS for part in ("-f", "lavfi", "-i", PATCHES.format(colour))]
    full = "full" if form.startswith("yuvj") else "limited"
    graph = f"hstack=inputs=4,format=gbrp,scale=out_color_matrix={matrix}:out_range={full},format={form}"
    tags = ("-colorspace", {"bt601": "smpte170m"}.get(matrix, matrix), "-color_range", "pc" if full == "full" else "tv")
    return make(path, *sources, "-filter_complex", graph, *tags, *arguments)


@pytest.mark.parametrize(
    ("matrix", "form", "codec"),
    [
        ("bt709", "yuv420p", ("libx264", "-qp", 2)),
        ("bt601", "yuv420p", ("libx264", "-qp", 2)),
        ("bt709", "yuv422p10le", ("libx264", "-qp", 2)),
        ("bt709", "yuvj420p", ("libx264", "-qp", 2)),
        ("bt601", "yuvj422p", ("mjpeg", "-q:v", 1)),
    ],
)
def test_colours_are_those_that_were_recorded(matrix: str, form: str, codec: tuple[Any, ...], tmp_path: Path) -> None:
    """Each patch has its colour to within a few levels, as large as it is or made smaller."""
    clip = read(coded(tmp_path / "a.mkv", matrix, form, "-c:v", *codec))
    with closing(decode(clip)) as frames:  # type: ignore[type-var]
        frame = next(frames)
        for size in (SIZE, (160, 120)):
            shown = as_screen(frame.source, clip, size)
            assert shown.shape == (size[1], size[0], 3)
            for number, colour in enumerate(COLOURS):
                middle = shown[size[1] // 2, round((number + 0.5) * size[0] / 4)]
                assert np.abs(middle.astype(int) - wanted(colour)).max() <= 5, (colour, middle)


def wanted(colour: str) -> NDArray[np.int64]:
    """Blue, green and red of COLOUR."""
    return np.array([int(colour[at : at + 2], 16) for at in (4, 2, 0)])
