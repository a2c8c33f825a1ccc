"""Make the pictures of the docs from the demo clip: python docs/pictures/make.py. Those of pages need Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import av
from PIL import Image

from cli.networks import for_cases
from redact.case.approving import approve
from redact.case.copies import How, render_copy
from redact.case.deciding import Choice, decide
from redact.case.footage import Said, attach, scan_clip
from redact.case.releasing import release
from redact.case.sheet import subject_page
from redact.case.steps import open_request, step
from redact.governance.ledger.events import EventKind
from redact.governance.office import Office
from redact.governance.rules.grounds import Ground
from redact.governance.rules.intake import Intake
from redact.governance.rules.organisation import FILE
from redact.records.kinds import Verdict

HERE = Path(__file__).parent
FRAME = 48
WIDTH = 800
WIDE = 1100
QUALITY = 85
COLOURS = 64
CHROMIUM = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")

SCREENS = {"08-found-1366": "page-request", "12-same-person-1366": "page-clip", "20-watched-1920": "page-approve"}
"""Which pictures that the test of the whole story takes are in the docs, and what they are called there."""

REFERENCE = "SAR-2026-0142"
SHOWN = "s002"
"""One of the two men before the bus of the demo."""

ORGANISATION = """
name = "Example Housing"
letters = { contact = "dpo@example.org" }
[people."a.example"]
name = "A. Example"
roles = ["dpo"]
[people."b.example"]
name = "B. Example"
roles = ["approver"]
"""


def main() -> None:
    """Run the demo, and a request about its clip, and take their pictures."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        subprocess.run([sys.executable, "-m", "cli", "demo", "-o", work], check=True)
        _frame(work / "demo.mp4", HERE / "before.jpg")
        _frame(work / "demo.redacted.mp4", HERE / "after.jpg")
        if browser := shutil.which("chromium"):
            subjects, report = _case(work)
            _page(browser, work / "demo.report.html", HERE / "report.png", 1250)
            _page(browser, subjects, HERE / "subjects.jpg", 1245)
            _page(browser, report, HERE / "case-report.png", 1250)
            _screens(work / "screens")


def _case(work: Path) -> tuple[Path, Path]:
    """Answer a request about the demo's clip in WORK; gives the page of its subjects and the report of the case."""
    home, today = work / "home", date.today()  # noqa: DTZ011  the day where the organisation is
    home.mkdir()
    (home / FILE).write_text(ORGANISATION)
    begins = datetime.combine(today - timedelta(days=5), datetime.min.time()).replace(hour=14)
    with Office.open(home) as opened:
        office = replace(opened, user="a.example")
        open_request(office, _asked(today, begins))
        window = {"from": begins.isoformat(), "to": (begins + timedelta(hours=1)).isoformat()}
        found = {"camera": "Camera 4", "found": "one clip"} | window
        step(office, REFERENCE, EventKind.SEARCHED, None, found)
        clip = attach(office, REFERENCE, work / "demo.mp4", Said("Camera 4", begins, 0.0))
        scan_clip(office, REFERENCE, clip, for_cases())
        choice = Choice(Verdict.VISIBLE, Ground.DATA_SUBJECT, "the requester, known to staff")
        decide(office, REFERENCE, clip, (SHOWN,), choice)
        page, _ = subject_page(office, REFERENCE, clip, "to find the requester")
        render_copy(office, REFERENCE, clip, How({}), for_cases())
        approve(replace(opened, user="b.example"), REFERENCE, native=False, watched=True)
        done = release(office, REFERENCE, work / "released", native=False, zipped=False)
        return page, done.package.path / "report.html"


def _asked(today: date, begins: datetime) -> Intake:
    """Put together what is asked."""
    return Intake.of(
        {
            "reference": REFERENCE,
            "kind": "sar",
            "received": (today - timedelta(days=4)).isoformat(),
            "requester": "C. Example",
            "recipient": "C. Example",
            "identity": "tenancy card, in person",
            "window": {"from": begins.isoformat(), "to": (begins + timedelta(seconds=8)).isoformat()},
            "cameras": ["Camera 4"],
        }
    )


def _frame(clip: Path, out: Path) -> None:
    """Save one frame of CLIP, made smaller, as OUT."""
    with av.open(str(clip)) as container:
        picture = next(frame for index, frame in enumerate(container.decode(video=0)) if index == FRAME).to_image()
    picture.resize((WIDTH, round(WIDTH * picture.height / picture.width))).save(out, quality=QUALITY)


def _page(browser: str, page: Path, out: Path, height: int) -> None:
    """Save the first HEIGHT px of PAGE, as BROWSER shows it, as OUT: text in few colours, photographs as JPEG."""
    shot = page.with_suffix(".png")
    size = f"--window-size=900,{height}"
    subprocess.run([browser, *CHROMIUM, size, f"--screenshot={shot}", page.as_uri()], check=True)
    with Image.open(shot) as picture:
        if out.suffix == ".jpg":
            picture.convert("RGB").save(out, quality=QUALITY)
        else:
            picture.convert("RGB").quantize(COLOURS).save(out, optimize=True)


def _screens(folder: Path) -> None:
    """Run the whole story on the page, its pictures into FOLDER, and save those that the docs show."""
    story = HERE.parents[1] / "tests" / "review" / "test_page_story.py"
    environment = os.environ | {"REDACT_SCREENSHOTS": str(folder)}
    subprocess.run([sys.executable, "-m", "pytest", "-q", story], check=True, env=environment, cwd=HERE.parents[1])
    for name, out in SCREENS.items():
        with Image.open(folder / f"{name}.png") as picture:
            small = picture.convert("RGB").resize((WIDE, round(WIDE * picture.height / picture.width)))
            small.save(HERE / f"{out}.webp", quality=QUALITY, method=6)


if __name__ == "__main__":
    main()
