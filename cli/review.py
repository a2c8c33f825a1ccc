"""redact review: the page on which a request is worked on, from the day it comes to the day it is answered."""

from __future__ import annotations

import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from cli.networks import load
from cli.output import example, json_option, say, show_json
from redact.errors import UsageProblem

if TYPE_CHECKING:
    from redact.review.desk import Desk

__all__ = ["review"]

FILE = click.Path(path_type=Path)

LINK = "The link works once, for ten minutes. Press Ctrl-C to close the page."
AGAIN = "The page was open already. The link works once, for ten minutes."


@click.command(epilog=example("redact review", "redact review SAR-2026-0142", "redact review --invite b.example"))
@click.argument("reference", metavar="[REF]", required=False)
@click.option("--no-open", is_flag=True, help="Print the link, and open no browser.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="Where to listen. [8765, or any]")
@click.option("--host", default="127.0.0.1", show_default=True, help="Others than this computer need a certificate.")
@click.option("--certificate", type=FILE, metavar="FILE", help="Certificate in PEM, by whose names it is called.")
@click.option("--key-file", type=FILE, metavar="FILE", help="The certificate's key.")
@click.option("--invite", metavar="ACCOUNT", help="Only print a link with which ACCOUNT makes a key; you are the DPO.")
@json_option
def review(
    reference: str | None, *, no_open: bool, port: int | None, host: str, invite: str | None, as_json: bool, **tls: Any
) -> None:
    """Open the page in the browser, to work on requests.

    It is served from this computer until you press Ctrl-C, to nobody who is not signed in. With REF it opens that
    request. Where the page of these records is open already, you get a new link to it.
    """
    from redact.governance.home import home_folder  # noqa: PLC0415  loads pydantic
    from redact.review import server  # noqa: PLC0415  as above

    home, (certificate, key) = home_folder(), _pair(**tls)
    if invite is not None:
        _invite(home, invite, as_json=as_json)
        return
    then = f"?then=/requests/{quote(reference.replace('/', '~'), safe='')}" if reference else ""
    with server.only_one(home) as free:
        if not free:
            _tell(server.link(home, server.running(home)) + then, AGAIN, no_open=no_open, as_json=as_json)
            return
        place = server.where(host, port, certificate, key)
        link = server.link(home, place.origins[0]) + then
        server.serve(
            _desk(home, place.origins),
            place,
            lambda: _tell(link, LINK, no_open=no_open, as_json=as_json),
            certificate,
            key,
        )
    say("", "The page is closed, and everybody is signed out.", err=True)


def _desk(home: Path, origins: tuple[str, ...]) -> Desk:
    from redact.review.desk import Desk, Settings  # noqa: PLC0415  loads the engine

    return Desk(home, load, Settings(frozenset(origins)))


def _pair(certificate: Path | None, key_file: Path | None) -> tuple[Path | None, Path | None]:
    """Give certificate and key: both or none. Raises UsageProblem."""
    if (certificate is None) != (key_file is None):
        message = "A certificate and its key belong together."
        raise UsageProblem(message, "Give both --certificate and --key-file.")
    return certificate, key_file


def _tell(link: str, words: str, *, no_open: bool, as_json: bool) -> None:
    if as_json:
        show_json({"link": link})
    else:
        say(f"The page is at {link}", words)
    if not no_open:
        _open(link)


def _open(link: str) -> None:
    """Open LINK in a browser with windows; one in the terminal would be in the way, and cannot show the page."""
    with suppress(webbrowser.Error):
        browser = webbrowser.get()
        if type(browser) is not webbrowser.GenericBrowser:  # which is what browsers in a terminal are
            browser.open(link)


def _invite(home: Path, account: str, *, as_json: bool) -> None:
    """Print a link with which ACCOUNT makes a key."""
    from cli.records import office  # noqa: PLC0415  loads the database's package
    from redact.review.access.invitations import invite  # noqa: PLC0415  as above
    from redact.review.desk import FOLDER  # noqa: PLC0415  as above
    from redact.review.server import running  # noqa: PLC0415  as above

    origin = running(home)
    with office() as records:
        link = f"{origin}{invite(records, home / FOLDER, account)}"
    if as_json:
        show_json({"account": account, "link": link})
        return
    say(link, f"Hand that to {account}. It works once, for a week: they choose a passphrase with it, and read a")
    say("fingerprint out to you, which you type on the page.")
