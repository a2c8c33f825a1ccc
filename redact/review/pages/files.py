"""The files that every page needs: style sheets, scripts and pictures that show nobody."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import TYPE_CHECKING

from starlette.staticfiles import StaticFiles

from redact.files import canonical_json, sha256_bytes

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope

__all__ = ["STATIC", "Files", "modules", "under"]

STATIC = Path(__file__).parents[1] / "static"
"""Style sheets, scripts and pictures of the page."""

SHORT = 16
"""Hex digits of the name of a version."""

FOR_GOOD = "public, max-age=31536000, immutable"

REMARK = re.compile(r"/\*.*?\*/", re.DOTALL)
IMPORTED = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.{1,2}/[^"']+\.js)["']""")


class Files(StaticFiles):
    """Files that browsers keep: for good by the name of their version; else they ask each time if they are the same."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Give the file at PATH."""
        version, _, rest = path.partition("/")
        kept = version == _version()
        response = await super().get_response(rest if kept else path, scope)
        response.headers["cache-control"] = FOR_GOOD if kept else "no-cache"
        return response


def under(path: str) -> str:
    """Give the address of the file at PATH, by the name of the version of all of them: another one has another."""
    return f"/static/{_version()}/{path}"


@cache
def modules(entry: str) -> tuple[str, ...]:
    """Give every script that ENTRY imports, at once or later, and it: what its page is to ask for in one go."""
    found = dict.fromkeys([entry])
    waiting = [entry]
    while waiting:
        path = waiting.pop(0)
        for name in IMPORTED.findall(REMARK.sub("", (STATIC / path).read_text())):
            other = normpath(str(PurePosixPath(path).parent / name))
            if other not in found:
                found[other] = None
                waiting.append(other)
    return tuple(found)


@cache
def _version() -> str:
    """Name these files as they were when the server began."""
    files = sorted(path for path in STATIC.rglob("*") if path.is_file())
    return sha256_bytes(
        canonical_json([[str(path.relative_to(STATIC)), sha256_bytes(path.read_bytes())] for path in files])
    )[:SHORT]
