"""redact setup: the place where records are kept."""

from __future__ import annotations

import click

from cli.output import example, json_option, say, show_json

__all__ = ["setup"]

NEXT = (
    "  - a second person: whoever decides or makes a copy cannot approve it;",
    '  - under [letters], how you can be reached: contact = "..."',
    "Then record a first request: redact request new SAR-2026-0001 --kind sar",
)


@click.command(epilog=example("redact setup 'Example Housing'", "redact setup 'Example Housing' --person 'A. Example'"))
@click.argument("name", metavar="ORGANISATION")
@click.option("--person", metavar="NAME", default="", help="Your own name. [that of your account]")
@json_option
def setup(name: str, person: str, as_json: bool) -> None:
    """Set up the records of an organisation.

    You become its Data Protection Officer. The records are kept in the folder that the environment variable REDACT_HOME
    names, else in your own folder for data. Everyone else who works with them is named, by their account on this
    computer, in a file there.
    """
    from redact.governance.office import Office, home_folder  # noqa: PLC0415  loads the database's package

    file = Office.set_up(home_folder(), name, person)
    if as_json:
        show_json({"home": str(file.parent), "organisation": str(file)})
    else:
        say(f"The records of {name} are kept in {file.parent}.")
        say(f"Open {file}; it explains itself. Put in:", *NEXT)
