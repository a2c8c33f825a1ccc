"""A page that is really served: a process of its own, as the command starts it, and raw requests to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from people import PASSPHRASE

from redact.user import user_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["ROOT", "Answer", "Caller", "Served", "serving"]

ROOT = Path(__file__).resolve().parents[1]

HEARD = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "[signal.signal(each, signal.SIG_DFL) for each in (signal.SIGTERM, signal.SIGHUP)]"
)
"""What lets a server hear signals that whoever runs the tests ignores, such as a terminal that is closed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Give the body, which is JSON."""
        return json.loads(self.body)


@dataclass
class Served:
    """A server that runs."""

    process: subprocess.Popen[str]
    link: str
    """Works once."""

    @property
    def origin(self) -> str:
        """How it is called."""
        at = urlsplit(self.link)
        return f"{at.scheme}://{at.netloc}"

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.link).port or 0

    def call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Ask METHOD of PATH, as it is given, with HEADERS beside the Host."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            said = {"Host": urlsplit(self.origin).netloc, **(headers or {})}
            if body is not None and "Content-Length" not in said:
                said["Content-Length"] = str(len(body))
            for name, value in said.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def raw(self, sent: bytes, wait_s: float = 10) -> bytes:
        """Send bytes, and give what comes back until the server hangs up, or says nothing for WAIT_S seconds."""
        with socket.create_connection(("127.0.0.1", self.port), wait_s) as connection:
            connection.sendall(sent)
            got = b""
            try:
                while part := connection.recv(1 << 16):
                    got += part
            except (TimeoutError, ConnectionResetError):
                pass
            return got


@dataclass
class Caller:
    """Somebody who is signed in, and calls what they like."""

    served: Served
    cookie: str
    csrf: str
    more: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, served: Served, account: str = "", passphrase: str = PASSPHRASE) -> Caller:
        """Sign ACCOUNT in, by default whoever runs the server."""
        body = json.dumps({"account": account or user_name(), "passphrase": passphrase}).encode()
        said = {"Origin": served.origin, "Content-Type": "application/json"}
        answer = served.call("POST", "/api/sign-in", said, body)
        assert answer.status == 200, answer.body
        return cls(served, answer.headers["set-cookie"].partition(";")[0], answer.json()["csrf"])

    @property
    def headers(self) -> dict[str, str]:
        """What their browser sends."""
        return {"Cookie": self.cookie, "X-CSRF-Token": self.csrf, "Origin": self.served.origin, **self.more}

    def call(self, method: str, path: str, sent: Any = None, **more: str) -> Answer:
        """Ask METHOD of PATH, and send SENT as JSON; MORE headers have - for _."""
        body = None if sent is None else json.dumps(sent).encode()
        said = self.headers | ({"Content-Type": "application/json"} if sent is not None else {})
        return self.served.call(method, path, said | {k.replace("_", "-"): v for k, v in more.items()}, body)


@contextmanager
def serving(home: Path, *options: str, first: str = "", end: int = signal.SIGINT, **variables: str) -> Iterator[Served]:
    """Serve HOME until the test is over, as whoever runs it, whose key is held open by the environment.

    FIRST is done before, as a line of Python; END is the signal that ends it; VARIABLES are of the environment.
    """
    program = "; ".join(filter(None, (HEARD, first, "from cli.main import main; main()")))
    command = [sys.executable, "-c", program, "review", "--no-open", "--json", *options]
    environment = os.environ | {"REDACT_HOME": str(home), "PYTHONPATH": str(ROOT), **variables}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield Served(process, _told(process)["link"])
        finally:
            process.send_signal(end)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _told(process: subprocess.Popen[str]) -> Any:
    """Read the document that PROCESS prints first."""
    assert process.stdout
    text = ""
    for line in process.stdout:
        text += line
        if line.rstrip() == "}":
            return json.loads(text)
    message = f"it ended and said {text!r}"
    raise AssertionError(message)
