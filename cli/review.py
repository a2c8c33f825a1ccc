"""redact review: the page on which a request is worked on, from the day it comes to the day it is answered."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from cli.guard import when_stopped
from cli.networks import load
from cli.output import example, say
from redact.errors import UsageProblem

if TYPE_CHECKING:
    from redact.review.desk import Desk

__all__ = ["review"]

FILE = click.Path(path_type=Path)


@click.command(epilog=example("redact review", "redact review SAR-2026-0142", "redact review --invite b.example"))
@click.argument("reference", metavar="[REF]", required=False)
@click.option("--no-open", is_flag=True, help="Print the link, and open no browser.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="Where to listen. [8765, or any]")
@click.option("--host", default="127.0.0.1", show_default=True, help="Others than this computer need a certificate.")
@click.option("--certificate", type=FILE, metavar="FILE", help="Certificate in PEM, by whose names it is called.")
@click.option("--key-file", type=FILE, metavar="FILE", help="The certificate's key.")
@click.option("--invite", metavar="ACCOUNT", help="Only print a link with which ACCOUNT makes a key; you are its DPO.")
def review(
    reference: str | None,
    *,
    no_open: bool,
    port: int | None,
    host: str,
    certificate: Path | None,
    key_file: Path | None,
    invite: str | None,
) -> None:
    """Open the page in the browser: register, footage, decisions, copies, approval, release.

    It is served from this computer until you press Ctrl-C, to nobody who is not signed in. With REF it opens that
    request. Where the page of these records is open already, you get a new link to it.
    """
    from redact.governance.home import home_folder  # noqa: PLC0415  loads pydantic
    from redact.review import server  # noqa: PLC0415  as above

    if (certificate is None) != (key_file is None):
        message = "A certificate and its key belong together."
        raise UsageProblem(message, "Give both --certificate and --key-file.")
    home = home_folder()
    if invite is not None:
        _invite(home, invite)
        return
    then = f"?then=/requests/{quote(reference.replace('/', '~'), safe='')}" if reference else ""
    with server.only_one(home) as free:
        if not free:
            _tell(server.link(home, _known(server.running(home))) + then, no_open=no_open)
            return
        place = server.where(host, port, certificate)
        desk = _desk(home, place.origins)
        when_stopped("Stopped. The page is closed, and everybody is signed out.")
        link = server.link(home, place.origins[0]) + then
        server.serve(desk, place, lambda: _tell(link, no_open=no_open), certificate, key_file)


def _desk(home: Path, origins: tuple[str, ...]) -> Desk:
    from redact.review.desk import Desk, Settings  # noqa: PLC0415  loads the engine

    return Desk(home, load, Settings(frozenset(origins)))


def _known(origin: str) -> str:
    """Give ORIGIN, where the page is. Raises UsageProblem where that is not known yet."""
    if not origin:
        message = "The page of these records is being opened at this moment."
        raise UsageProblem(message, "Wait a moment, and give the command again.")
    return origin


def _tell(link: str, *, no_open: bool) -> None:
    say(f"The page is at {link}", "The link works once, for ten minutes. Press Ctrl-C to close the page.", err=True)
    if not no_open:
        webbrowser.open(link)


def _invite(home: Path, account: str) -> None:
    """Print a link with which ACCOUNT makes a key."""
    from cli.records import office  # noqa: PLC0415  loads the database's package
    from redact.review.access.invitations import invite  # noqa: PLC0415  as above
    from redact.review.desk import FOLDER  # noqa: PLC0415  as above
    from redact.review.server import running  # noqa: PLC0415  as above

    with office() as records:
        path = invite(records, home / FOLDER, account)
    say(f"{running(home) or 'Open the page (redact review); then, there:'}{path}")
    say(
        f"Hand it to {account}. It works once, for a week. They choose a passphrase, and read a fingerprint out to you."
    )
