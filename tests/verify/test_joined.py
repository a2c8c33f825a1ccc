"""Masters of every kind, copied in pieces and joined: the same pictures at the same times, or it is told."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from clips import plan_of
from masters import copy_of, reference
from numbered import MAKES, Make, numbered

from redact.errors import VerificationFailed
from redact.files import sha256_file
from redact.paint.render import frames_of
from redact.verify.joined import made_of
from redact.video.audio import Sound
from redact.video.clock import offset
from redact.video.decode import decode
from redact.video.pieces import Piece, cut, join

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from redact.records.clip import Clip, Layout

KINDS = {some.name: some for some in MAKES}
SURE = [name for name, some in KINDS.items() if some.sure]
LENGTH, FRAMES = Fraction(2), 192


def pieces_of(clip: Clip, folder: Path) -> tuple[list[tuple[Piece, str]], Layout]:
    """Copy CLIP in pieces of two seconds, into FOLDER, each with its digest."""
    folder.mkdir()
    pieces = []
    for span in cut(clip, (0, len(clip)), LENGTH):
        path = folder / f"{span[0]}.mp4"
        layout = copy_of(clip, path, span=span)
        pieces.append((Piece(span, path), sha256_file(path)))
    return pieces, layout


def joined(clip: Clip, pieces: Sequence[tuple[Piece, str]], path: Path) -> Path:
    """Join PIECES to the file at PATH."""
    join([piece for piece, _ in pieces], path, clip, Sound(), (0, len(clip)))
    return path


@pytest.mark.parametrize("name", SURE)
def test_joined_pieces_show_what_they_show_alone_at_the_times_of_the_master(name: str, tmp_path: Path) -> None:
    """Pictures of a second program, sample by sample; and the check finds every piece in its place."""
    clip = numbered(tmp_path, KINDS[name], FRAMES)
    pieces, layout = pieces_of(clip, tmp_path / "pieces")
    if len(pieces) == 1:  # as where there is one key picture
        pytest.skip("it is too short to be cut")
    copy = joined(clip, pieces, tmp_path / "copy.mp4")
    size = layout.width, layout.height
    alone = [planes for piece, _ in pieces for planes in reference(piece.path, clip.pix_fmt, size).planes]
    whole = reference(copy, clip.pix_fmt, size)
    assert len(whole.planes) == len(alone) == len(clip)
    for one, other in zip(whole.planes, alone, strict=True):
        assert all(map(np.array_equal, one, other))
    ticks = (clip.pts - offset(clip, (0, len(clip)))).tolist()
    assert whole.times == [tick * clip.time_base for tick in ticks]
    check = made_of(copy, pieces, clip, plan_of(clip, ()))
    assert check.passed, check.found


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("earlier_s", [0, 1, 10])
def test_frames_from_the_middle_are_those_of_a_pass_from_the_start(name: str, earlier_s: int, tmp_path: Path) -> None:
    """Whether a file can be entered in its middle or not, and however much earlier: sample by sample."""
    clip = numbered(tmp_path, KINDS[name])
    every = {frame.index: [np.array(plane) for plane in frame.planes] for frame in decode(clip)}
    for first, end in ((1, 3), (37, 60), (60, len(clip)), (len(clip) - 1, len(clip))):
        seen = []
        for frame in frames_of(clip, replace(plan_of(clip, ()), frames=(first, end)), earlier_s=earlier_s):
            seen.append(frame.index)
            assert all(map(np.array_equal, frame.planes, every[frame.index])), frame.index
        assert seen == list(range(first, end))


def _other(name: str) -> Callable[[Clip, list[tuple[Piece, str]], Path], list[tuple[Piece, str]]]:
    """Give what is wrong with the pieces that are joined, by its NAME."""

    def swapped(_: Clip, pieces: list[tuple[Piece, str]], __: Path) -> list[tuple[Piece, str]]:
        first, second = pieces[0][0], pieces[1][0]
        return [
            (Piece(first.frames, second.path), pieces[1][1]),
            (Piece(second.frames, first.path), pieces[0][1]),
            *pieces[2:],
        ]

    def left_out(_: Clip, pieces: list[tuple[Piece, str]], __: Path) -> list[tuple[Piece, str]]:
        return [*pieces[:1], *pieces[2:]]

    def twice(_: Clip, pieces: list[tuple[Piece, str]], __: Path) -> list[tuple[Piece, str]]:
        return [*pieces, pieces[-1]]

    def another(clip: Clip, pieces: list[tuple[Piece, str]], folder: Path) -> list[tuple[Piece, str]]:
        path = folder / "bare.mp4"
        copy_of(clip, path, span=pieces[1][0].frames)
        shutil.copy(pieces[0][0].path, path)
        return [pieces[0], (Piece(pieces[1][0].frames, path), sha256_file(path)), *pieces[2:]]

    return {"swapped": swapped, "left out": left_out, "twice": twice, "another": another}[name]


@pytest.mark.parametrize("name", ["swapped", "left out", "twice", "another"])
def test_a_copy_of_other_pieces_than_were_checked_is_told(name: str, tmp_path: Path) -> None:
    """One in another's place, one too few, one too many, one whose pictures are those of another."""
    clip = numbered(tmp_path, KINDS["b-frames"], FRAMES)
    pieces, _ = pieces_of(clip, tmp_path / "pieces")
    wrong = _other(name)(clip, pieces, tmp_path)
    try:
        copy = joined(clip, wrong, tmp_path / "copy.mp4")
    except (ValueError, OSError):  # the muxer would not have it
        return
    assert not made_of(copy, pieces, clip, plan_of(clip, ())).passed


def test_a_piece_that_was_changed_after_it_was_checked_is_told(tmp_path: Path) -> None:
    """Even where the copy was joined of what it is now."""
    clip = numbered(tmp_path, KINDS["b-frames"], FRAMES)
    pieces, _ = pieces_of(clip, tmp_path / "pieces")
    path = pieces[1][0].path
    data = bytearray(path.read_bytes())
    at = data.index(b"mdat") + 2000
    data[at] ^= 1
    path.write_bytes(data)
    copy = joined(clip, pieces, tmp_path / "copy.mp4")
    check = made_of(copy, pieces, clip, plan_of(clip, ()))
    assert not check.passed
    assert "not the one that was checked" in check.found


def test_pieces_that_do_not_begin_as_the_others_are_not_joined(tmp_path: Path) -> None:
    """What a decoder has to know first stands in the copy once."""
    clip = numbered(tmp_path, KINDS["25-fps"], FRAMES)
    pieces, _ = pieces_of(clip, tmp_path / "pieces")
    folder = tmp_path / "other"
    folder.mkdir()
    odd = Make("odd", "mp4", (*KINDS["25-fps"].arguments, "-profile:v", "baseline", "-vf", "scale=96:64"))
    other = numbered(folder, odd, FRAMES)
    wrong = [pieces[0], (Piece(pieces[1][0].frames, other.path), ""), *pieces[2:]]
    with pytest.raises(VerificationFailed, match="not encoded as"):
        joined(clip, wrong, tmp_path / "copy.mp4")


def test_what_is_no_copy_has_no_packets_of_pieces(tmp_path: Path) -> None:
    """A file that the second program cannot read fails the check, with a sentence."""
    clip = numbered(tmp_path, KINDS["25-fps"], FRAMES)
    pieces, _ = pieces_of(clip, tmp_path / "pieces")
    broken = tmp_path / "copy.mp4"
    broken.write_bytes(b"\0" * 1000)
    check = made_of(broken, pieces, clip, plan_of(clip, ()))
    assert not check.passed
    assert "cannot read" in check.found
