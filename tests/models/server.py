"""Web servers: one with one file, that can break off and go on, and one that is a registry of npm's."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["REGISTRY", "Files", "Registry", "serving", "serving_npm"]

REGISTRY = "http://registry.example"
"""Stands for the registry's own address in its answers."""


class Files(BaseHTTPRequestHandler):
    """Serves `data` under any name, from the byte that is asked for."""

    data: ClassVar[bytes] = b""
    breaks_after: ClassVar[int | None] = None
    """Bytes after which the connection breaks."""
    ranges: ClassVar[bool] = True
    """Whether it can go on in the middle."""
    asked: ClassVar[list[str | None]] = []
    """The Range header of each request."""

    def do_GET(self) -> None:
        """Answer with the file, or the rest of it."""
        wanted = self.headers.get("Range")
        self.asked.append(wanted)
        first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        if first >= len(self.data):
            self.send_error(416)
            return
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(self.data) - first))
        self.end_headers()
        self.wfile.write(self.data[first : self.breaks_after])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Registry(BaseHTTPRequestHandler):
    """Answers each path that it knows."""

    answers: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []
    """The path of each request."""

    def do_GET(self) -> None:
        """Answer with what is known of the path."""
        self.asked.append(self.path)
        if self.path not in self.answers:
            self.send_error(404)
            return
        answer = self.answers[self.path].replace(REGISTRY.encode(), f"http://{self.headers['Host']}".encode())
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(data: bytes) -> Iterator[tuple[str, type[Files]]]:
    """Serve DATA while the block runs: the address, and the handler to be changed."""
    handler = type("Served", (Files,), {"data": data, "asked": []})
    with _running(handler) as address:
        yield f"{address}/tiny.onnx", handler


@contextmanager
def serving_npm(answers: dict[str, bytes]) -> Iterator[tuple[str, list[str]]]:
    """Be a registry that gives these ANSWERS while the block runs: the address, and the paths asked for so far."""
    handler: type[Registry] = type("Answered", (Registry,), {"answers": answers, "asked": []})
    with _running(handler) as address:
        yield address, handler.asked


@contextmanager
def _running(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
