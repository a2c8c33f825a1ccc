"""What a copy is made from, as far as it is known before: by that one that stands is known for the one asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redact.files import canonical_json, sha256_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from redact.package.manifest import Manifest

__all__ = ["Recipe"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is the same for every clip of a batch, and decides what its copies are."""

    request: Mapping[str, Any]
    """As plain JSON."""
    networks: Mapping[str, str] = field(default_factory=dict)
    """Digest of every network that looks, by its name."""
    tool: str = ""
    """Name and version of this program; empty where any will do."""
    stream: int | None = None
    """Index of the video stream, where one was chosen."""
    fps: Fraction | None = None
    """Frames a second of files that carry no times."""

    @property
    def digest(self) -> str:
        """Tell it from every other."""
        return sha256_bytes(canonical_json(self.plain()))

    def plain(self) -> dict[str, Any]:
        """Put it as plain JSON."""
        return {
            "request": dict(self.request),
            "networks": dict(self.networks),
            "tool": self.tool,
            "stream": self.stream,
            "fps": str(self.fps) if self.fps else None,
        }

    def key(self, master: str) -> str:
        """Name the job of making the copy of MASTER, a SHA-256: asked for twice it is the same one."""
        return sha256_bytes(canonical_json({"master": master, "recipe": self.digest}))

    def made(self, manifest: Manifest) -> bool:
        """Tell whether the copy of MANIFEST was made like that, of whatever master."""
        source = manifest.source
        looked = {network.name: network.sha256 for network in manifest.models}
        rate = source.forced_rate is None or source.forced_rate == (str(self.fps) if self.fps else None)
        return (
            manifest.request == self.request
            and looked == self.networks
            and self.tool in {"", manifest.tool}
            and self.stream in {None, source.stream}
            and rate
        )
