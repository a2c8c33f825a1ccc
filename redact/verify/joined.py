"""Whether a copy is made of the very pieces that were checked, each whole and in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redact.errors import InputUnusable, VerificationFailed
from redact.files import sha256_file
from redact.records.kinds import CheckName
from redact.records.plan import Check
from redact.video.clock import offset
from redact.video.packed import packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from redact.records.clip import Clip
    from redact.records.plan import MaskPlan
    from redact.video.packed import Packed
    from redact.video.pieces import Piece

__all__ = ["made_of"]


def made_of(copy: Path, pieces: Sequence[tuple[Piece, str]], clip: Clip, plan: MaskPlan) -> Check:
    """Tell whether COPY holds PIECES, packet for packet; of each the SHA-256 is known that it had when it was checked.

    The packets of all files are read by a second program, which has joined none of them. A piece begins with a picture
    that needs no other, so whatever decodes it alone decodes it in the copy to the same pictures.
    """
    try:
        whole = packed(copy)
        wrong = [*_order(pieces, plan), *_unlike(whole, pieces, clip, plan)]
    except (VerificationFailed, InputUnusable) as problem:
        return Check(CheckName.PIECES, passed=False, found=problem.what)
    sentence = (
        f"{len(pieces):,} pieces were checked one by one; the copy has {len(whole.packets):,} packets of pictures"
    )
    sentence += "".join(f"; {one}" for one in wrong) or ", each as in its piece and at its time"
    return Check(CheckName.PIECES, not wrong, f"{sentence}.")


def _order(pieces: Sequence[tuple[Piece, str]], plan: MaskPlan) -> Iterator[str]:
    """Say where PIECES are not, one after the other, the frames of PLAN."""
    due = plan.frames[0]
    for piece, _ in pieces:
        first, end = piece.frames
        if first != due or end <= first:
            yield f"a piece begins with frame {first}, not {due}"
        due = end
    if due != plan.frames[1]:
        yield f"the last piece ends before frame {due}, not {plan.frames[1]}"


def _unlike(whole: Packed, pieces: Sequence[tuple[Piece, str]], clip: Clip, plan: MaskPlan) -> Iterator[str]:
    """Say where the WHOLE copy is not made of PIECES as they were when they were checked."""
    shift, at = offset(clip, plan.frames), 0
    for piece, sha256 in pieces:
        part = packed(piece.path)
        begins = (int(clip.pts[piece.frames[0]]) - shift) * clip.time_base
        wanted = tuple((begins + seconds, digest) for seconds, digest in part.packets)
        if sha256_file(piece.path) != sha256:
            yield f"the piece from frame {piece.frames[0]} on is not the one that was checked"
        elif part.head != whole.head or whole.packets[at : at + len(wanted)] != wanted:
            yield f"it is not the piece that was checked from frame {piece.frames[0]} on"
        at += len(wanted)
    due = plan.frames[1] - plan.frames[0]
    if not at == len(whole.packets) == due:  # whatever is skipped in reading both is missing here
        yield f"the pieces have {at:,}, for {due:,} frames"
