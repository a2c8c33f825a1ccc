"""redact demo: the whole job on a clip made on the spot."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from cli.asking import out_option
from cli.networks import load
from cli.output import example, json_option, say, show_json
from cli.progress import showing
from cli.run import attempt, document
from redact.errors import InputUnusable
from redact.jobs.work import Work, writable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["demo"]

REFERENCE = "DEMO"

LOOK = (
    "",
    "Play {copy} beside {master}: everyone who was found is behind frosted glass, and so is the number plate.",
    "Open {report} in a browser: it says what was hidden and what was checked.",
    "Then check the release as its recipient would: redact verify {folder}",
)


@click.command(epilog=example("redact demo", "redact demo -o somewhere-else"))
@out_option(default="demo", show_default=True)
@json_option
def demo(out: Path, as_json: bool) -> int:
    """Redact a clip that is made on the spot.

    Shows the whole job, and where to look. The clip is eight seconds of a street, a car and two men close by, made
    of photographs that an installed package brought. The networks are fetched first if they are missing.
    """
    with writable(out):
        master = _clip(out)
        _fetch_networks()
        result = attempt(_work(), master, out, quiet=as_json)
    if as_json:
        show_json(document([result]))
    elif "error" not in result:
        places = {"copy": result["copy"], "master": master, "report": result["report"], "folder": out}
        say(*(line.format(**places) for line in LOOK))
    return int(result["error"]["exit_code"]) if "error" in result else 0


def _clip(out: Path) -> Path:
    """Make the master in OUT. Raises InputUnusable where another file has its name."""
    from redact.demo.clip import find_photos, make_demo  # noqa: PLC0415  loads OpenCV and PyAV
    from redact.files import whole_file  # noqa: PLC0415  as above

    master = out / "demo.mp4"
    with whole_file(master) as part:
        make_demo(part, find_photos())
        if os.path.lexists(master) and not _made_here(master, part):
            message = f"{master} is not the clip that the demo makes, and is not replaced."
            raise InputUnusable(message, "Move it away, or choose another folder with -o.")
    return master


def _made_here(master: Path, fresh: Path) -> bool:
    """Tell whether the demo made the file MASTER: as it made FRESH now, or as the release of a demo records it."""
    from redact.files import sha256_file  # noqa: PLC0415  loaded by now
    from redact.package.manifest import load_manifest  # noqa: PLC0415  loads pydantic

    if master.is_symlink() or not master.is_file():
        return False
    digest = sha256_file(master)
    if digest == sha256_file(fresh):
        return True
    try:
        manifest = load_manifest(master.with_name("demo.manifest.json"))
    except InputUnusable:
        return False
    return manifest.request.get("reference") == REFERENCE and manifest.source.sha256 == digest


def _fetch_networks() -> None:
    """Pull the networks that are missing."""
    from models.loading import check, pull  # noqa: PLC0415  half a second

    if any(check().values()):
        with showing() as progress:
            pull(progress=progress)


def _work() -> Work:
    from redact.request.model import Request  # noqa: PLC0415  half a second

    return Work(load, Request(reference=REFERENCE))
