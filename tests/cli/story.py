"""An organisation whose records are driven from outside, by the commands alone, and footage for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

import imageio_ffmpeg
import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CANARIES", "OTHER", "Desk", "clips", "second_person"]

OTHER = 20001
"""Number of another user of the operating system, who has no account here and needs none."""

RIGHTS = "+dac_override,+dac_read_search,+fowner"
"""What lets the other user read and write where root made folders for itself alone; who they are stays the same."""

CANARIES = ("CANARYTITLE", "CANARYMAKE", "+51.5074-000.1278", "51.5074")
"""What the first clip's container says that must not leave: its title, the camera, and where it stood."""

DEMO = "import sys; from pathlib import Path; from redact.demo.clip import find_photos, make_demo; "
SMALL = ("-vf", "scale=640:360", "-r", "8", "-c:v", "libx264", "-crf", "18")


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and the exit code it left with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it said, where that is JSON."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Desk:
    """A place at which somebody gives commands."""

    home: Path
    """The folder of the records."""
    cwd: Path
    other: bool = False
    """Whether it is the other user who sits there."""

    def __call__(self, *words: object) -> Said:
        """Give the command of WORDS."""
        become = ["setpriv", "--reuid", str(OTHER), "--clear-groups"]
        become += ["--inh-caps", RIGHTS, "--ambient-caps", RIGHTS]
        command = [*(become if self.other else []), sys.executable, "-m", "cli", *map(str, words)]
        environment = os.environ | {"REDACT_HOME": str(self.home), "PYTHONPATH": str(Path(__file__).parents[2])}
        environment |= {"XDG_CONFIG_HOME": str(_settings(self.home.parent))} if self.other else {}
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.cwd, env=environment, check=False)
        return Said(done.returncode, done.stdout, done.stderr)

    def does(self, *words: object) -> str:
        """Give the command of WORDS, which succeeds; what it said."""
        said = self(*words)
        assert said.code == 0, f"redact {' '.join(map(str, words))}: exit code {said.code}\n{said.out}{said.err}"
        return said.out

    def refused(self, code: int, *words: object) -> str:
        """Give the command of WORDS, which leaves with CODE; what it said."""
        said = self(*words)
        assert said.code == code, f"redact {' '.join(map(str, words))}: exit code {said.code}\n{said.out}{said.err}"
        return said.out + said.err


def _settings(folder: Path) -> Path:
    """Give the folder of the other user's settings, which is theirs."""
    settings = folder / "settings-of-the-other"
    if not settings.exists():
        settings.mkdir(mode=0o700)
        os.chown(settings, OTHER, OTHER)
    return settings


def second_person() -> None:
    """Skip the test where nobody can act as another user; fail there where tests are run for good."""
    if os.geteuid() == 0 and which("setpriv"):
        return
    reason = "acting as a second user of the operating system takes root and setpriv"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def clips(folder: Path) -> tuple[Path, Path]:
    """Make two clips of two seconds in FOLDER: a street with passers-by that says where it was filmed, and two men."""
    whole, street, touchline = folder / "demo.mp4", folder / "street.mov", folder / "touchline.mp4"
    subprocess.run([sys.executable, "-c", f"{DEMO}make_demo(Path(sys.argv[1]), find_photos())", whole], check=True)
    told = ("title=CANARYTITLE", "com.apple.quicktime.make=CANARYMAKE")
    place = "com.apple.quicktime.location.ISO6709=+51.5074-000.1278/"
    tags = [word for fact in (*told, place) for word in ("-metadata", fact)]
    _cut(whole, "0", street, (*SMALL, "-movflags", "use_metadata_tags", *tags))
    _cut(whole, "5.6", touchline, (*SMALL, "-an"))
    return street, touchline


def _cut(source: Path, start: str, target: Path, how: Sequence[str]) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-ss", start, "-i", source, "-t", "2", *how, target]
    subprocess.run(command, check=True)
