"""The application: what answers, behind what guards it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from redact import __version__
from redact.errors import RedactError
from redact.review.access.guard import Guard
from redact.review.api import (
    copies,
    corrections,
    decisions,
    entering,
    footage,
    jobs,
    leaving,
    people,
    pictures,
    plan,
    questions,
    register,
    requests,
    sound,
    subjects,
    worklist,
)
from redact.review.pages import pages
from redact.review.pages.files import STATIC, Files
from redact.review.words import Turned, facts, status_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from redact.review.desk import Desk

__all__ = ["ROUTERS", "make_app"]

ROUTERS = (
    entering.router,
    people.router,
    requests.router,
    register.router,
    subjects.router,
    decisions.router,
    plan.router,
    questions.router,
    corrections.router,
    worklist.router,
    pictures.router,
    sound.router,
    footage.router,
    jobs.router,
    copies.router,
    leaving.router,
    pages.router,
)
"""One for each area of what the page can ask for."""

SWEEP_S = 20
"""Seconds after which it is looked again who is away."""

SAYS = {404: "There is nothing there.", 405: "That cannot be asked of this page."}

DESCRIPTION = """What the page does, as calls. References have `~` for `/`; clips are named by SHA-256.
Whatever changes something needs the header `X-CSRF-Token` (from `GET /api/me`) and an `Origin` that is this page's.
Problems are `{"message", "remedy", "code"?}`."""


def make_app(desk: Desk) -> FastAPI:
    """Make the application for DESK."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        minding = [asyncio.create_task(_sweep(desk)), asyncio.create_task(_rest(desk))]
        yield
        for task in minding:
            task.cancel()
        await asyncio.to_thread(desk.close)

    app = FastAPI(
        title="redact",
        version=__version__,
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[Middleware(Guard, desk=desk)],
    )
    app.add_exception_handler(RedactError, _told)
    app.add_exception_handler(RequestValidationError, _misread)
    app.add_exception_handler(HTTPException, _nothing)
    app.state.desk = desk
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", Files(directory=STATIC))
    return app


async def _sweep(desk: Desk) -> None:
    """Forget the keys of those who are away, now and then."""
    while True:
        await asyncio.sleep(SWEEP_S)
        desk.sessions.sweep()


async def _rest(desk: Desk) -> None:
    """Let go of what nobody uses, now and then."""
    while True:
        await asyncio.sleep(SWEEP_S)
        await asyncio.to_thread(desk.rest)


def _told(request: Request, problem: Exception) -> Response:
    """Say what the PROBLEM of REQUEST is."""
    problem = cast("RedactError", problem)
    return _answer(request, status_of(problem), facts(problem))


def _misread(request: Request, problem: Exception) -> Response:
    """Say which fields of what was sent are not as they have to be."""
    problem = cast("RequestValidationError", problem)
    fields = {str(error["loc"][-1]): str(error["msg"]) for error in problem.errors()}
    said = "; ".join(f"{name}: {text}" for name, text in fields.items())
    return _answer(
        request,
        400,
        {"message": f"Something is not as it has to be: {said}.", "remedy": "Correct it.", "fields": fields},
    )


def _nothing(request: Request, problem: Exception) -> Response:
    """Say that there is nothing at that address."""
    problem = cast("HTTPException", problem)
    turned = Turned(
        problem.status_code, "nothing", SAYS.get(problem.status_code, "That cannot be."), "Go back to the first page."
    )
    return _answer(request, problem.status_code, facts(turned))


def _answer(request: Request, status: int, told: dict[str, Any]) -> Response:
    """Answer REQUEST, which cannot be done, with what is TOLD: a page where a page was asked for."""
    request.state.code = told.get("code", "")
    if status == 401 and not request.url.path.startswith("/api/"):  # noqa: PLR2004  nobody is signed in
        return RedirectResponse(f"/sign-in?then={quote(request.url.path, safe='')}", 303)
    if not request.url.path.startswith(("/api/", "/static/")) and "text/html" in request.headers.get("accept", ""):
        return pages.problem_page(request, status, told)
    return JSONResponse(told, status)
