"""A web server with one file, that can break off and go on."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Files", "serving"]


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


@contextmanager
def serving(data: bytes) -> Iterator[tuple[str, type[Files]]]:
    """Serve DATA while the block runs: the address, and the handler to be changed."""
    handler = type("Served", (Files,), {"data": data, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tiny.onnx", handler
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
