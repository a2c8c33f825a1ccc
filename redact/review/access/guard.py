"""What every request has to pass before anything answers: by name, origin, size, pace and session.

Whatever is not let through here by name needs a session, so that a handler that forgets to ask is no hole. Whatever is
turned away is noted, and whatever is answered has the headers that keep it in its own page.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import secrets
import time
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders

from redact.jobs.trouble import explained
from redact.review.access.peers import owner_of
from redact.review.access.sessions import cookie_name
from redact.review.words import Turned, facts, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from redact.review.access.sessions import Session
    from redact.review.desk import Desk

__all__ = ["HEADERS", "Guard"]

CSRF = "x-csrf-token"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
READING = frozenset({"GET", "HEAD"})

OPEN = re.compile(r"/static/.*|/favicon\.ico|/sign-in|/join/[^/]*|/enter/[^/]*|/api/sign-in|/api/join")
"""What anybody may ask for who comes by the right name."""
UNTOKENED = frozenset({"/api/sign-in", "/api/join"})
"""What is sent before there is a session, and so without its token; the origin is checked all the same."""
PASSIVE = re.compile(r"/api/jobs(/.*)?|/api/me|/static/.*")
"""What a page asks for by itself: nobody is at work because of it."""
UPLOAD = re.compile(r"/api/requests/[^/]+/uploads/[^/]+")
"""What may be large."""

LEAST, USUAL = 400, frozenset({409, 428})
"""Statuses by which somebody is turned away, and those among them that belong to the usual course of work."""

ODD = re.compile(r"[\x00-\x1f\x7f\\]|//|/\.\.?(/|$)|[\ud800-\udfff\ufffd]")
"""What no path of ours has."""
LONGEST = 2000
"""Characters of a path."""
ENCODED = re.compile(rb"%(2f|5c|00)", re.IGNORECASE)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-src 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
"""What every answer has, unless it says something else itself."""


class Guard:
    """What stands before the application."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        """Guard APP for DESK."""
        self._app, self._desk = app, desk
        self._hosts = {urlsplit(origin).netloc: origin for origin in desk.settings.origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or turn away."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        alone = scope.get("scheme") == "https" and not headers.get("host", "").startswith("localhost")
        sending = _Sending(send, lambda status: self._note(scope, status), alone=alone)
        try:
            self._let_in(scope, headers)
            inward = self._measured(scope, headers, receive)
        except Turned as turned:
            await self._turn_away(scope, sending, turned)
            return
        try:
            await self._app(scope, inward, sending)
        except Exception as problem:  # of what was sent, while it was read; or a fault of ours
            if sending.begun:
                raise
            await self._turn_away(scope, sending, problem if isinstance(problem, Turned) else _fault(problem))

    def _let_in(self, scope: Scope, headers: Headers) -> None:
        """Raise Turned where what is asked for may not be answered; else put the session into SCOPE."""
        path, method, desk = scope["path"], scope["method"], self._desk
        if not _plain(path, scope.get("raw_path") or b""):
            raise Turned(400, "path", "There is no such address.", "Go back to the first page.")
        if method not in METHODS:
            raise Turned(405, "method", "That cannot be asked of this page.", "Use the page itself.")
        origin = self._origin(headers)
        peer = owner_of(scope.get("client"), scope.get("server"))
        token = _token(headers, origin)
        session = desk.sessions.find(token, used=False)
        if session and session.peer != peer:
            session = None
        if session and not (method in READING and PASSIVE.fullmatch(path)):
            session = desk.sessions.find(token)
        scope.setdefault("state", {})
        scope["state"] |= {"session": session, "peer": peer, "origin": origin, "token": token}
        asker = session.id if session else ((scope.get("client") or ("",))[0], peer)
        if not (desk.signed if session else desk.unsigned).take(asker):
            raise Turned(429, "too-fast", "Too much was asked for at once.", "Wait a moment, and try again.")
        _check_site(headers, method)
        if method not in READING:
            _check_sent(headers, path, origin, session)
        if (session is None or session.locked) and not OPEN.fullmatch(path):
            self._ask_in(session)

    def _origin(self, headers: Headers) -> str:
        """Give the origin by whose name we are called. Raises Turned where that is none of ours."""
        hosts = headers.getlist("host")
        origin = self._hosts.get(hosts[0].lower()) if len(hosts) == 1 else None
        if origin is None:
            known = " or ".join(sorted(self._desk.settings.origins))
            raise Turned(421, "host", "This page is not known by that name.", f"Open it as {known}.")
        return origin

    def _ask_in(self, session: Session | None) -> None:
        if session:
            raise Turned(401, "locked", "You were away for a while, so the page is locked.", "Give your passphrase.")
        raise Turned(401, "signed-out", "You are not signed in.", "Sign in with your passphrase.")

    def _measured(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        """Give RECEIVE so that no more is taken in than there may be, and nobody dawdles. Raises Turned."""
        settings = self._desk.settings
        upload = scope["method"] == "PUT" and UPLOAD.fullmatch(scope["path"])
        largest = settings.largest_upload if upload else settings.largest_body
        said = headers.get("content-length", "0")
        if not said.isascii() or not said.isdigit():
            raise Turned(400, "length", "It is not said how much is sent.", "Try again.")
        if int(said) > largest:
            raise _too_large(largest)
        taken, over, end = 0, False, time.monotonic() + (settings.longest_body_s if not upload else math.inf)

        async def measured() -> Message:
            nonlocal taken, over
            if over:  # all of it is here: what comes is that somebody goes away
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), min(settings.slowest_s, end - time.monotonic()))
            except TimeoutError as late:
                raise Turned(408, "too-slow", "What was sent did not arrive in time.", "Try again.") from late
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                over = not message.get("more_body", False)
                if taken > largest:
                    raise _too_large(largest)
            return message

        return measured

    async def _turn_away(self, scope: Scope, send: Send, turned: Turned) -> None:
        """Answer that what SCOPE asks for is TURNED away, and note it."""
        path = scope["path"]
        scope.setdefault("state", {})["code"] = str(turned.code)
        page = turned.status == 401 and scope["method"] in READING and not path.startswith("/api/")  # noqa: PLR2004
        body = b"" if page else json.dumps(facts(turned)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if page:
            headers.append((b"location", f"/sign-in?then={quote(path, safe='')}".encode()))
        if turned.status in {408, 413}:  # what else was sent is not read
            headers.append((b"connection", b"close"))
        if page:
            self._note(scope, turned.status)
        await send({"type": "http.response.start", "status": 303 if page else turned.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _note(self, scope: Scope, status: int) -> None:
        """Write down that what SCOPE asks for was answered with STATUS, where that turns somebody away."""
        if status < LEAST or status in USUAL:
            return
        state = scope.get("state", {})
        session: Session | None = state.get("session")
        who = session.account if session else ""
        peer = (scope.get("client") or ("?",))[0]
        self._desk.book.note(peer, scope["method"], scope["path"], status, state.get("code", ""), who=who)


class _Sending:
    """What is sent, with the headers that everything has."""

    def __init__(self, send: Send, tell: Callable[[int], object], *, alone: bool) -> None:
        self._send, self._tell, self._alone = send, tell, alone
        self.begun = False

    async def __call__(self, message: Message) -> None:
        """Send MESSAGE."""
        if message["type"] == "http.response.start":
            self.begun = True
            self._tell(message["status"])
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if self._alone:  # whatever else is served under that name has to be encrypted as well
                headers.setdefault("strict-transport-security", "max-age=31536000")
        await self._send(message)


def _plain(path: str, raw: bytes) -> bool:
    """Tell whether PATH, sent as RAW, is one that a page of ours could ask for."""
    return path.startswith("/") and len(path) <= LONGEST and not ODD.search(path) and not ENCODED.search(raw)


def _token(headers: Headers, origin: str) -> str:
    """Give what the browser shows of its session with ORIGIN; empty where it shows nothing."""
    try:
        shown = SimpleCookie(headers.get("cookie", "")).get(cookie_name(origin))
    except CookieError:
        return ""
    return shown.value if shown else ""


def _check_site(headers: Headers, method: str) -> None:
    """Raise Turned where another site's page asks, as browsers tell."""
    site = headers.get("sec-fetch-site", "none" if method in READING else "same-origin")
    if site == "same-origin" or (site == "none" and method in READING):
        return
    goes_there = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    if method in READING and goes_there:  # somebody follows a link, and brings no cookie from there
        return
    raise Turned(403, "site", "Another page asked for this.", "Use this page itself.")


def _check_sent(headers: Headers, path: str, origin: str, session: Session | None) -> None:
    """Raise Turned where what is to change something does not come from our own page."""
    if headers.getlist("origin") != [origin]:
        raise Turned(403, "origin", "Another page sent this.", "Use this page itself.")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    sends = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    if sends and not UPLOAD.fullmatch(path) and kind != "application/json":
        raise Turned(415, "type", "What is sent here is JSON.", "Use this page itself.")
    if path in UNTOKENED or session is None or session.locked:  # who has no session is asked to sign in
        return
    if not secrets.compare_digest(headers.get(CSRF, "").encode(), session.csrf.encode()):
        raise Turned(403, "token", "This page is out of date.", "Load it again, and do it once more.")


def _fault(problem: Exception) -> Turned:
    """Tell of a PROBLEM that nobody foresaw; where it happened is written to a file."""
    known = explained(problem)
    return Turned(status_of(known), "fault", known.problem, *known.advice.parts)


def _too_large(largest: int) -> Turned:
    return Turned(413, "too-large", f"More than {largest:,} bytes were sent.", "Send less at once.")
