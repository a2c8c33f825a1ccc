"""The packets of a file's picture, as a second program reads them: what each holds, and when it is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from redact.errors import VerificationFailed
from redact.video.second import command, running

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Packed", "packed"]

BASE = re.compile(rb"#tb 0: (\d+)/(\d+)")
HEAD = re.compile(rb"#extradata 0: +\d+, ([0-9a-f]{64})")
PACKET = re.compile(rb"0, +-?\d+, +(-?\d+), +-?\d+, +\d+, ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Packed:
    """The packets of one file."""

    head: str
    """SHA-256 of what the decoder has to know first."""
    packets: tuple[tuple[Fraction, str], ...]
    """When the picture of each is shown, in seconds, and its SHA-256; in the order of decoding."""


def packed(path: Path) -> Packed:
    """Read the packets of the picture of the MP4 at PATH. Raises VerificationFailed where that cannot be done."""
    wanted = ("-map", "0:v:0", "-c", "copy", "-f", "framehash", "-hash", "sha256", "pipe:1")
    with running(command(path, wanted)) as process:
        listed, _ = process.communicate()
    base, head, packets = Fraction(0), "", []
    for line in listed.splitlines():
        if packet := PACKET.match(line):
            packets.append((int(packet[1]) * base, packet[2].decode()))
        elif time_base := BASE.match(line):
            base = Fraction(int(time_base[1]), int(time_base[2]))
        elif extradata := HEAD.match(line):
            head = extradata[1].decode()
    if process.returncode or not packets:
        message = f"A second program cannot read the packets of {path}."
        raise VerificationFailed(message)
    return Packed(head, tuple(packets))
