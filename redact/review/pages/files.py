"""The files that every page needs: style sheets, scripts and pictures that show nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope

__all__ = ["Files"]


class Files(StaticFiles):
    """Files that browsers keep, and ask each time whether they are still the same."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Give the file at PATH."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response
