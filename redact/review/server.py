"""Running the page: one server for each HOME, on this computer alone unless what it sends is encrypted."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn

from redact.advice import Given, Task
from redact.errors import InputUnusable, NotPermitted, Refusal, UsageProblem
from redact.files import reason_of, write_whole
from redact.governance.home import make_folder, organisation_of
from redact.review.access.punctual import punctual
from redact.review.access.tickets import Purpose, Tickets
from redact.review.desk import FOLDER
from redact.user import called, user_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from redact.review.desk import Desk

__all__ = ["PORT", "Place", "link", "only_one", "running", "serve", "where"]

PORT = 8765
"""Where it is looked for first; where something else is there, any other port is taken."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LOCK, WHERE = ".server.lock", "server.json"
ARENA_MAX, MMAP_THRESHOLD, TRIM_THRESHOLD = -8, -3, -1
"""Numbers of what glibc's mallopt is told; other libraries take no notice of them, or have no such call."""
CONNECTIONS = 400
"""Connections at a time."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens, and by which names browsers call it."""

    socket: socket.socket
    names: tuple[str, ...]
    secure: bool

    @property
    def origins(self) -> tuple[str, ...]:
        """How it is called, the best name first."""
        scheme, port = ("https" if self.secure else "http"), self.socket.getsockname()[1]
        usual = port == (443 if self.secure else 80)
        return tuple(f"{scheme}://{name}" + ("" if usual else f":{port}") for name in self.names)


def where(host: str, port: int | None, certificate: Path | None = None, key: Path | None = None) -> Place:
    """Listen at HOST and PORT; None: the usual one, or any. Raises UsageProblem beyond loopback without CERTIFICATE.

    Raises InputUnusable where that, or its KEY, cannot be used.
    """
    if host not in LOOPBACK and certificate is None:
        message = f"{host} can be reached from other computers, and nothing leaves this one without a certificate."
        raise UsageProblem(
            message, "Give one, and its key, as well, with ", Given.CERTIFICATE, ", or leave out ", Given.HOST, "."
        )
    names = _names(host, certificate, key)
    for wanted in (PORT, 0) if port is None else (port,):
        try:
            listener = _listen("127.0.0.1" if host == "localhost" else host, wanted)
        except OSError as problem:
            if port is None and wanted:
                continue
            message = f"Nothing can listen at {host}, port {wanted} ({reason_of(problem)})."
            raise InputUnusable(message, "Choose another with ", Given.PORT, ".") from problem
        return Place(listener, names, certificate is not None)
    raise AssertionError


@contextmanager
def only_one(home: Path) -> Iterator[bool]:
    """Hold the place of HOME's server; gives whether it is free. Raises NotPermitted for others than HOME's owner."""
    organisation_of(home)
    owner = home.stat().st_uid
    if owner != os.geteuid():
        message = f"The records in {home} are those of {called(owner)}, and {user_name()} cannot serve them."
        advice = f"Ask {called(owner)} to start the page, and sign in there."
        raise NotPermitted(message, advice, code=Refusal.KEY_OF_ANOTHER)
    make_folder(home / FOLDER, 0o700)
    number = os.open(home / FOLDER / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            (home / FOLDER / WHERE).unlink(missing_ok=True)
    finally:
        os.close(number)


def running(home: Path) -> str:
    """Give the origin of the server of HOME that runs. Raises UsageProblem where none does, or is just beginning."""
    try:
        told: Any = json.loads((home / FOLDER / WHERE).read_bytes())
        return str(told["origin"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        message = f"No page of the records in {home} is open, or it is being opened at this moment."
        raise UsageProblem(message, "Open it, or wait a moment: ", Task.REVIEW) from problem


def link(home: Path, origin: str) -> str:
    """Make a link that signs whoever runs the server at ORIGIN in, once."""
    token = Tickets(home / FOLDER).issue(Purpose.ENTER, user_name(), user_name())
    return f"{origin}/enter/{token}"


def serve(
    desk: Desk, place: Place, ready: Callable[[], object], certificate: Path | None = None, key: Path | None = None
) -> None:
    """Serve DESK at PLACE until it is stopped; READY is called once it answers."""
    from redact.review.app import make_app  # noqa: PLC0415  loads the engine

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # keys are open in its memory
    _thrifty()
    os.umask(0o007 if organisation_of(desk.home).group else 0o077)  # of the whole process: threads cannot differ
    write_whole(desk.folder / WHERE, json.dumps({"origin": place.origins[0], "pid": os.getpid()}).encode())
    config = uvicorn.Config(
        make_app(desk),
        http=punctual(desk.book),
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        backlog=128,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=1 << 15,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    server = _Server(config, ready)
    try:
        with suppress(KeyboardInterrupt):  # it has tidied up by then
            server.run(sockets=[place.socket])
    finally:
        desk.close()


def _thrifty() -> None:
    """Have what is let go of given back to the system, where the C library is told how: few heaps, no large block."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        for name, value in ((ARENA_MAX, 2), (MMAP_THRESHOLD, 1 << 18), (TRIM_THRESHOLD, 1 << 22)):
            library.mallopt(name, value)


class _Server(uvicorn.Server):
    """A server that says when it answers, and ends in good order when its terminal is closed."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self.handle_exit)
        self._ready()


def _listen(host: str, port: int) -> socket.socket:
    """Listen at HOST and PORT. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _names(host: str, certificate: Path | None, key: Path | None) -> tuple[str, ...]:
    """Give the names by which browsers may call what listens at HOST: those of CERTIFICATE, if there is one."""
    if certificate is None:
        return ("127.0.0.1", "localhost") if host in LOOPBACK[:2] else ("[::1]",)
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key, password="")
    except (OSError, ssl.SSLError) as problem:
        message = f"{certificate} and {key} are no certificate and its key ({reason_of(problem)})."
        raise InputUnusable(message, "Give both in PEM; the key without a passphrase.") from problem
    return _certified(certificate)


def _certified(certificate: Path) -> tuple[str, ...]:
    """Give the names in CERTIFICATE. Raises InputUnusable where it has none."""
    from cryptography import x509  # noqa: PLC0415  only with TLS

    try:
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
        names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        hosts = names.get_values_for_type(x509.DNSName)
        addresses = names.get_values_for_type(x509.IPAddress)
    except OSError as problem:
        message = f"{certificate} cannot be read ({reason_of(problem)})."
        raise InputUnusable(message, "Check the name and that you may read it.") from problem
    except (ValueError, x509.ExtensionNotFound) as problem:
        message = f"{certificate} is no certificate in PEM that names what it is for."
        raise InputUnusable(message, "Ask whoever made it for one with a subjectAltName.") from problem
    spelt = [f"[{one}]" if one.version == 6 else str(one) for one in addresses]  # noqa: PLR2004  of the Internet Protocol
    found = tuple(name.lower() for name in [*hosts, *spelt] if "*" not in name)
    if not found:
        message = f"{certificate} names no host by which browsers could call this page."
        raise InputUnusable(message, "Ask whoever made it for one that does; a * is not enough.")
    return found
