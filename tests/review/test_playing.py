"""The small copy in a real browser: what it says of its time, by the table, is the frame that it shows."""

from __future__ import annotations

import http.server
import os
import shutil
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from numbered import BITS, HEIGHT, MAKES, SIDE, WIDTH, numbered

from redact.review.pictures.proxy import make_proxy, media_times_us

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = shutil.which("chromium")

WATCH = """async ([width, height, side, bits]) => {
  const video = document.createElement('video'), canvas = document.createElement('canvas'), seen = [];
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext('2d', {willReadFrequently: true});
  [video.src, video.muted, video.playbackRate] = ['/proxy.mp4', true, 0.5];
  document.body.append(video);
  const read = () => {
    context.drawImage(video, 0, 0, width, height);
    let number = 0;
    for (let bit = 0; bit < bits; bit += 1) {
      const level = (row) => context.getImageData(side * bit + side / 2, row, 1, 1).data[0];
      number += level(2.5 * side) > level(3.5 * side) ? 2 ** bit : 0;
    }
    return number;
  };
  await new Promise((done, failed) => {
    const next = (_, {mediaTime}) => {
      seen.push([mediaTime * 1e6, read()]);
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
    video.onended = done;
    video.onerror = () => failed(new Error(video.error.message));
    video.play().catch(failed);
  });
  return seen;
}"""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve FOLDER to this computer."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def played(folder: Path) -> list[tuple[float, int]]:
    """Play the small copy in FOLDER: the media time, in microseconds, and the number, of each frame that is shown."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only where there is a browser

    (folder / "index.html").write_text("<!doctype html><title>playing</title>")
    with served(folder) as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{origin}/index.html")
        seen = page.evaluate(WATCH, [WIDTH, HEIGHT, SIDE, BITS])
        browser.close()
    return [(time, number) for time, number in seen]


@pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("REDACT_EXPECT_CHROMIUM"), reason="there is no Chromium here"
)
@pytest.mark.parametrize("name", ["b-frames", "variable-rate", "delayed-start"])
def test_a_browser_shows_the_frame_that_the_table_says(name: str, tmp_path: Path) -> None:
    """At a rate that changes, or with a late start as well, every frame that is shown is told by its media time."""
    clip = numbered(tmp_path, next(some for some in MAKES if some.name == name), 60)
    make_proxy(clip, tmp_path / "proxy.mp4")
    table = media_times_us(clip)
    seen = played(tmp_path)
    assert len({number for _, number in seen}) > 30
    for time, number in seen:
        assert number == max(frame for frame, begins in enumerate(table) if begins <= time + 500)
        assert abs(table[number] - time) < 500
