"""redact setup: the place where records are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.output import example, json_option, say, show_json
from cli.own_keys import hold
from cli.passphrase import ask, choose
from redact.errors import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["setup"]

NEXT = (
    "  - a second person: whoever decides or makes a copy cannot approve it;",
    '  - under [letters], how you can be reached: contact = "..."',
    "The second person makes a key: redact key mine. You put it on record: redact key enrol.",
    "Then record a first request: redact request new SAR-2026-0001 --kind sar",
)


@click.command(
    epilog=example(
        "redact setup 'Example Housing'",
        "redact setup 'Example Housing' --person 'A. Example'",
        "redact setup --upgrade",
    )
)
@click.argument("name", metavar="ORGANISATION", required=False)
@click.option("--person", metavar="NAME", default="", help="Your own name. [that of your account]")
@click.option("--upgrade", is_flag=True, help="Bring records up to date that were made before people had keys.")
@click.option("--take", metavar="ID", multiple=True, help="With --upgrade: an event that waited, and that is true.")
@json_option
def setup(*, name: str | None, person: str, upgrade: bool, take: tuple[str, ...], as_json: bool) -> None:
    """Set up the records of an organisation.

    You become its Data Protection Officer. The records are kept in the folder that the environment variable REDACT_HOME
    names, else in your own folder for data. Everyone else who works with them is named, by their account on this
    computer, in a file there. You get a key of your own, which your passphrase opens; it is kept among your settings.
    """
    from redact.governance.founding import set_up  # noqa: PLC0415  loads the database's package
    from redact.governance.home import home_folder  # noqa: PLC0415  as above
    from redact.governance.people.mine import own_key  # noqa: PLC0415  as above

    if upgrade:
        _upgrade(home_folder(), take, as_json=as_json)
        return
    if name is None or take:
        message = "The organisation has no name."
        raise UsageProblem(message, "Give it, such as redact setup 'Example Housing'.")
    own = own_key(ask)
    fresh = not own.exists
    file = set_up(home_folder(), name, person, own=own, choose=choose)
    if as_json:
        show_json({"home": str(file.parent), "organisation": str(file), "own_key": str(own.path)})
    else:
        say(f"The records of {name} are kept in {file.parent}.")
        say(f"Your own key is in {own.path}; what you record is signed with it. Keep it, and its passphrase.")
        if fresh:
            hold(own)
        say(f"Open {file}; it explains itself. Put in:", *NEXT)


def _upgrade(home: Path, take: Sequence[str], *, as_json: bool) -> None:
    """Bring the records in HOME up to date."""
    from redact.governance.founding import upgrade  # noqa: PLC0415  loads the database's package
    from redact.governance.people.mine import own_key  # noqa: PLC0415  as above

    upgrade(home, take, own=own_key(ask), choose=choose)
    if as_json:
        show_json({"home": str(home)})
    else:
        say(
            f"The records in {home} are up to date. What was recorded before stays as it is, signed by nobody.",
            "Everybody else makes a key now (redact key mine), and you put each on record (redact key enrol).",
            "An approval that was given before is void, and is given again.",
        )
