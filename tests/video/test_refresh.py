"""Streams without key pictures, which renew themselves bit by bit, joined in the middle or with something lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from masters import make

from redact.video.decode import decode
from redact.video.probe import probe
from redact.video.refresh import Refresh

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

TS = 188
ROUND = 20
"""Pictures of a round."""


@pytest.fixture(scope="module", params=[0, 2])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred pictures of noise that moves, of which only the first is a key picture; with B pictures or without."""
    path = tmp_path_factory.mktemp("refresh") / "whole.ts"
    noise = ("-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=4,noise=alls=12:allf=t", "-pix_fmt", "yuv420p")
    return make(
        path, *noise, "-c:v", "libx264", "-bf", request.param, "-x264-params", f"intra-refresh=1:keyint={ROUND}"
    )


def seen(path: Path) -> dict[int, tuple[NDArray[Any], bool]]:
    """Luma, and whether it is hidden, by time."""
    return {frame.pts: (frame.planes[0].copy(), frame.damaged) for frame in decode(probe(path))}


@pytest.mark.parametrize("share", [0.2, 0.37, 0.5])
def test_what_was_joined_in_the_middle_is_shown_after_one_round(whole: Path, share: float, tmp_path: Path) -> None:
    """Until the refresh has gone round once all is hidden; from then on all is shown, and is as it was recorded."""
    raw = whole.read_bytes()
    packets = len(raw) // TS
    cut = tmp_path / "cut.ts"
    cut.write_bytes(raw[: 3 * TS] + raw[int(packets * share) * TS :])
    clean, found = seen(whole), seen(cut)
    hidden = [damaged for _, damaged in found.values()]
    assert hidden[0]
    assert 5 < sum(hidden) < 3 * ROUND
    assert hidden == sorted(hidden, reverse=True)
    for pts, (luma, damaged) in found.items():
        assert damaged or np.array_equal(luma, clean[pts][0]), pts


@pytest.mark.parametrize("seed", range(6))
def test_what_loss_changed_is_hidden(whole: Path, seed: int, tmp_path: Path) -> None:
    """A loss in mid-stream is hidden until the stream is whole again, on which no earlier round has a say."""
    raw = whole.read_bytes()
    gone = int(np.random.default_rng(seed).integers(40, len(raw) // TS - 40))
    broken = tmp_path / "broken.ts"
    broken.write_bytes(raw[: gone * TS] + raw[(gone + 2) * TS :])
    clean, found = seen(whole), seen(broken)
    for pts, (luma, damaged) in found.items():
        assert damaged or (pts in clean and np.array_equal(luma, clean[pts][0])), pts
    assert any(damaged for _, damaged in found.values())


class Bytes(bytes):
    """A packet."""

    size = property(len)


def sei(bits: str) -> bytes:
    """A recovery point of BITS, and the picture it comes with."""
    message = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    return b"\0\0\0\1\x06\x06" + bytes([len(message)]) + message + b"\x80\0\0\1\x41" + b"\xff" * 40


PICTURE = Bytes(b"\0\0\0\1\x41" + b"\xff" * 40)
UNUSED = Bytes(b"\0\0\0\1\x01" + b"\xff" * 40)


@pytest.mark.parametrize(
    ("bits", "codec", "complete"),
    [("00100" + "1", "h264", 5), ("1" + "1", "h264", 1), ("00100" + "0", "h264", None), ("00100" + "1", "hevc", None)],
)
def test_a_round_takes_as_many_pictures_as_it_says(bits: str, codec: str, complete: int | None) -> None:
    """Only pictures that others are predicted from count; a round that is not exact, or of another codec, is none."""
    refresh = Refresh(codec)
    refresh.see(Bytes(sei(bits)), 1)
    for number, packet in enumerate((UNUSED, PICTURE, PICTURE, PICTURE), 2):
        refresh.see(packet, number)
    whole = [number for number in range(1, 7) if refresh.whole(number, 0)]
    assert whole == ([] if complete is None else [complete])
    assert not any(refresh.whole(number, 1) for number in range(1, 7))


@pytest.mark.parametrize("damage", [b"", b"\0\0\1", b"\0\0\1\x06", b"\0\0\1\x06\x06\xff", b"\xff" * 9, bytes(2000)])
def test_bytes_that_are_no_message_say_nothing(damage: bytes) -> None:
    """Whatever a packet holds, nothing is read that is not there."""
    refresh = Refresh("h264")
    refresh.see(Bytes(damage), 1)
    assert not refresh.whole(1, 0)
