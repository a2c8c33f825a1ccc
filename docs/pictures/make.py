"""Make the pictures of the docs from the demo clip: python docs/pictures/make.py. The report needs Chromium."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import av

HERE = Path(__file__).parent
FRAME = 48
WIDTH = 800
CHROMIUM = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=900,1250")


def main() -> None:
    """Run the demo and take its pictures."""
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([sys.executable, "-m", "cli", "demo", "-o", work], check=True)
        _frame(Path(work) / "demo.mp4", HERE / "before.jpg")
        _frame(Path(work) / "demo.redacted.mp4", HERE / "after.jpg")
        if browser := shutil.which("chromium"):
            page = (Path(work) / "demo.report.html").as_uri()
            subprocess.run([browser, *CHROMIUM, f"--screenshot={HERE / 'report.png'}", page], check=True)


def _frame(clip: Path, out: Path) -> None:
    """Save one frame of CLIP, made smaller, as OUT."""
    with av.open(str(clip)) as container:
        picture = next(frame for index, frame in enumerate(container.decode(video=0)) if index == FRAME).to_image()
    picture.resize((WIDTH, round(WIDTH * picture.height / picture.width))).save(out, quality=85)


if __name__ == "__main__":
    main()
