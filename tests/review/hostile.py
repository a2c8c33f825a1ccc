"""Requests of those who mean no good, made up anew each time: what is asked, by whom, and how it may be answered."""

from __future__ import annotations

import json
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from servers import Caller

__all__ = ["Attempt", "Ground", "attempts"]

HOSTS = (
    *("evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.:{port}", "127.0.0.1.:{port}"),
    *("127.0.0.2:{port}", "0.0.0.0:{port}", "[::]:{port}", "2130706433:{port}", "localhost:{port}.evil.example", ""),
    *("localhost:{port}@evil.example", "localhost:0{port}", "localhost\t.evil:{port}"),
    *("127.1:{port}", "LOCALHOST.evil:{port}"),
)
"""By which names a page elsewhere might have us called: DNS rebinding, and ways around a check of it."""

ORIGINS = (
    *("http://evil.example", "null", "", "http://localhost", "http://127.0.0.1:1", "https://127.0.0.1:{port}"),
    *("http://127.0.0.1:{port}.evil.example", "http://127.0.0.1:{port}/", "file://", "http://127.0.0.1:{port}, null"),
)
CLIMBING = (
    *("/../../../etc/passwd", "/./../redact.toml", "/static/../../../organisation.toml", "/static/..%2f..%2fapp.py"),
    *("/static/%2e%2e/%2e%2e/desk.py", "/static/..\\..\\desk.py", "/static/%5c..%5cdesk.py", "//etc/passwd"),
    *("/api/requests/..%2f..%2f..%2fetc", "/api/requests/~..~..~etc~passwd", "/static//etc/passwd", "/static/%00"),
    *("/api/requests/%2e%2e", "/api/jobs/../../me", "/static/app.css%00.js", "/static/%c0%ae%c0%ae/desk.py"),
    *("/static/....//....//desk.py", "/api/requests/SAR-1/clips/..;/..;/", "/join/../people", "http://evil.example/"),
)
"""Ways out of a folder that others were open to."""

SITES = ("cross-site", "same-site", "none", "anything")
LETTERS = string.ascii_letters + string.digits + "-_~.%"


@dataclass(frozen=True)
class Ground:
    """Where they try it."""

    routes: tuple[tuple[str, str], ...]
    """Method and path, with names in braces, of all that can be asked for by whoever is signed in."""
    references: tuple[str, ...]
    """As paths have them; the clip is not attached to the last one."""
    clip: str
    port: int
    owner: Caller
    other: Caller
    """Signed in, and no DPO."""


@dataclass(frozen=True)
class Attempt:
    """One request."""

    what: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    raw: bytes = b""
    """All of it, where no library would send it."""
    may: tuple[int, ...] = (400, 401, 403, 404, 405, 413, 415, 421, 429)
    """With which statuses it may be answered, or 303 to where one signs in."""


def attempts(chance: Random, ground: Ground, count: int) -> Iterator[Attempt]:
    """Make COUNT of them up by CHANCE."""
    for number in range(count):
        yield KINDS[number % len(KINDS)](chance, ground)


def _unsigned(chance: Random, ground: Ground) -> Attempt:
    """Ask for anything with no session, or one that is made up."""
    method, path = _filled(chance, ground)
    name, token = ground.owner.cookie.split("=")
    shown = chance.choice(["", token[:-1], token[::-1], "0" * 43, f"{token}x", "\x7f", "..", "null"])
    headers = {"Cookie": f"{name}={shown}"} if chance.random() < 0.7 else {}
    return Attempt("no session", method, path, headers | _sent(method, ground), _body(method))


def _tokenless(chance: Random, ground: Ground) -> Attempt:
    """Change something from a page that does not know the token."""
    method, path = _filled(chance, ground, writing=True)
    token = ground.owner.csrf
    said = chance.choice(["", token[:-1], token[::-1], "undefined", ground.other.csrf])
    headers = {"Cookie": ground.owner.cookie, "X-CSRF-Token": said} | _sent(method, ground)
    return Attempt("wrong token", method, path, headers, _body(method))


def _renamed(chance: Random, ground: Ground) -> Attempt:
    """Ask under another name, with the cookie of whoever is signed in."""
    method, path = _filled(chance, ground)
    host = chance.choice(HOSTS).format(port=ground.port)
    return Attempt("forged Host", method, path, ground.owner.headers | {"Host": host}, may=(400, 421))


def _elsewhere(chance: Random, ground: Ground) -> Attempt:
    """Change something from another page, which knows the token."""
    method, path = _filled(chance, ground, writing=True)
    origin = chance.choice(ORIGINS).format(port=ground.port)
    headers = ground.owner.headers | _sent(method, ground) | {"Origin": origin}
    return Attempt("forged Origin", method, path, headers, _body(method), may=(403,))


def _embedded(chance: Random, ground: Ground) -> Attempt:
    """Have another page's browser fetch something, as browsers tell."""
    method, path = _filled(chance, ground)
    site = chance.choice(SITES) if method != "GET" else chance.choice(("cross-site", "same-site"))
    mode = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": chance.choice(["no-cors", "cors", "navigate"])}
    headers = ground.owner.headers | _sent(method, ground) | mode | {"Sec-Fetch-Dest": "iframe"}
    return Attempt("another site", method, path, headers, _body(method), may=(403,))


def _climbing(chance: Random, ground: Ground) -> Attempt:
    """Climb out of a folder."""
    path = chance.choice(CLIMBING)
    head = "".join(f"{name}: {value}\r\n" for name, value in ground.owner.headers.items())
    raw = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{ground.port}\r\n{head}Connection: close\r\n\r\n"
    return Attempt("path", "GET", path, raw=raw.encode("utf-8", "surrogateescape"), may=(400, 404))


def _of_another_case(chance: Random, ground: Ground) -> Attempt:
    """Ask for the clip of one case by the name of another, signed in and with all that a page has."""
    routes = [(method, path) for method, path in ground.routes if "{clip}" in path]
    method, path = chance.choice(routes)
    path = path.replace("{ref}", ground.references[-1]).replace("{clip}", ground.clip)
    path = _named(chance, path)
    headers = ground.owner.headers | _sent(method, ground)
    return Attempt("another case", method, path, headers, _body(method), may=(400, 404))


def _beyond(chance: Random, ground: Ground) -> Attempt:
    """Do what only the DPO may, signed in as somebody else."""
    path, body = chance.choice(
        [
            (f"/api/requests/{ground.references[0]}/closure", {"outcome": "withdrawn"}),
            (f"/api/requests/{ground.references[0]}/refusal", {"exemption": "other", "reason": "because I say so"}),
            ("/api/people/root/revocation", {"reason": "I do not like them"}),
            ("/api/people/c.example/invitation", {}),
            ("/api/people/c.example/enrolment", {"fingerprint": "0" * 16}),
            ("/api/retention/purge", {"what": ["footage"]}),
        ]
    )
    headers = ground.other.headers | {"Content-Type": "application/json"}
    return Attempt("another role", "POST", path, headers, json.dumps(body).encode(), may=(403,))


def _heavy(chance: Random, ground: Ground) -> Attempt:
    """Send more than anybody reads, or say so, or send what is no JSON; footage may be large, and is none."""
    method, path = _filled(chance, ground, writing=True)
    while "/uploads/" in path:
        method, path = _filled(chance, ground, writing=True)
    headers = ground.owner.headers | {"Content-Type": "application/json"}
    match chance.randrange(4):
        case 0:
            return Attempt("oversized", method, path, headers, b" " * ((1 << 20) + chance.randrange(1, 1 << 18)))
        case 1:
            return Attempt("said to be large", method, path, headers | {"Content-Length": str(1 << 40)}, b"")
        case 2:
            kind = chance.choice(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
            return Attempt("a form", method, path, headers | {"Content-Type": kind}, b'{"outcome":"withdrawn"}')
    return Attempt("no number", method, path, headers | {"Content-Length": chance.choice(["-1", "1e9", "+5"])})


def _flood(chance: Random, ground: Ground) -> Attempt:
    """Say that footage comes which no disk holds, or send it to no case, or from another page."""
    path = f"/api/requests/{ground.references[0]}/uploads/{chance.choice(['a.mp4', '..mp4', 'a%20b.mkv'])}"
    headers = ground.owner.headers | {"Content-Type": "application/octet-stream"}
    match chance.randrange(3):
        case 0:
            return Attempt("endless footage", "PUT", path, headers | {"Content-Length": str(1 << 45)}, b"")
        case 1:
            path = path.replace(ground.references[0], "SAR-NONE")
            return Attempt("footage of no case", "PUT", path, headers, b"x" * chance.randrange(1, 1 << 16))
    return Attempt(
        "footage of another page", "PUT", path, headers | {"Origin": "http://evil.example"}, b"x", may=(403,)
    )


def _noise(chance: Random, _ground: Ground) -> Attempt:
    """Send what is no HTTP."""
    raw = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 400))).replace(b"\n", b"x") + b"\r\n\r\n"
    return Attempt("noise", "", "", raw=raw, may=(400,))


KINDS: tuple[Callable[[Random, Ground], Attempt], ...] = (
    *(_unsigned, _tokenless, _renamed, _elsewhere, _embedded),
    *(_climbing, _of_another_case, _beyond, _heavy, _flood, _noise),
)


def _filled(chance: Random, ground: Ground, *, writing: bool = False) -> tuple[str, str]:
    """Choose something that can be asked for, of a case and clip that there are."""
    method, path = chance.choice([route for route in ground.routes if not writing or route[0] != "GET"])
    path = path.replace("{ref}", ground.references[0]).replace("{clip}", ground.clip)
    return method, _named(chance, path)


def _named(chance: Random, path: str) -> str:
    """Put something in the place of each name that is left in PATH."""
    while "{" in path:
        before, _, rest = path.partition("{")
        word = chance.choice(["0", "1", "s001", "root", "".join(chance.choices(LETTERS, k=12)).replace("%", "")])
        path = f"{before}{word}{rest.partition('}')[2]}"
    return path


def _sent(method: str, ground: Ground) -> dict[str, str]:
    """Give what a page of ours sends with METHOD, besides cookie and token."""
    own = {"Origin": ground.owner.served.origin}
    return own | ({} if method == "GET" else {"Content-Type": "application/json"})


def _body(method: str) -> bytes | None:
    return None if method == "GET" else b"{}"
