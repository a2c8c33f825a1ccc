"""redact key: the key that signs releases, and how recipients come to trust it."""

from __future__ import annotations

from pathlib import Path

import click

from cli.output import example, json_option, say, show_json
from cli.records import office

__all__ = ["key"]


@click.group()
def key() -> None:
    """See, hand out and change the key that signs releases."""


@key.command(epilog=example("redact key show"))
@json_option
def show(as_json: bool) -> None:
    """Show the fingerprint of the key that signs, to be read out over the telephone, and until when it is good.

    One is made here if there is none yet. It is encrypted if REDACT_PASSPHRASE or REDACT_PASSPHRASE_FILE is set.
    """
    from redact.governance.authority import Action  # noqa: PLC0415  loads pydantic
    from redact.governance.public_key import fingerprint  # noqa: PLC0415  loads cryptography

    with office() as records:
        records.permit(Action.READ)
        records.signing_key()
        known = records.keys.records()
    rows = [{"fingerprint": fingerprint(one.keyid), "created": one.created, "expires": one.expires} for one in known]
    if as_json:
        show_json(rows)
        return
    say(f"Fingerprint  {rows[0]['fingerprint']}\nSigns until  {rows[0]['expires']}")
    for row in rows[1:]:
        say(f"Before it    {row['fingerprint']} (made {row['created']})")


@key.command(epilog=example("redact key export example-housing.pem"))
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
def export(file: Path) -> None:
    """Write the public key to FILE, for recipients; it is no secret.

    Where it replaced another key, what the other one signed of it is written beside, for those who trust only that.
    """
    from redact.files import share, write_whole  # noqa: PLC0415  loads nothing large, but is not needed for help
    from redact.governance.authority import Action  # noqa: PLC0415  loads pydantic

    with office() as records:
        records.permit(Action.READ)
        records.signing_key()
        (current, *before) = records.keys.records()
        write_whole(file, records.keys.public().pem)
        share(file)
        if before:
            proof = file.with_suffix(".successor.json")
            write_whole(proof, records.keys.statement(current.keyid))
            share(proof)
            say(f"{proof} shows that the key before it named it as its successor.")
    say(f"{file} is the public key. Recipients check with it: redact verify PACKAGE --key {file.name}")


@key.command(epilog=example("redact key rotate"))
def rotate() -> None:
    """Put a new key in the place of the one that signs, which names it as its successor.

    Do so before it expires, and at once if it may be in wrong hands. What the old key signed stays good.
    """
    from redact.governance.authority import Action  # noqa: PLC0415  loads pydantic
    from redact.governance.public_key import fingerprint  # noqa: PLC0415  loads cryptography

    with office() as records:
        records.permit(Action.ROTATE_KEY)
        made = records.rotate_key()
    say(f"From now on signs the key {fingerprint(made.keyid)}\nGive it to recipients: redact key export KEY.pem")
