"""An archive as a package is spelt."""

from __future__ import annotations

import zlib

from redact.package.canonical_zip import Member, end, header

__all__ = ["archive"]


def archive(files: dict[str, bytes]) -> bytes:
    """Spell the archive of FILES."""
    data, members = b"", []
    for name, content in files.items():
        members.append(Member(name, len(content), zlib.crc32(content), len(data)))
        data += header(members[-1]) + content
    return data + end(members)
