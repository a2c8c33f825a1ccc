"""redact key: the key that signs releases, and how recipients come to trust it; and the keys of persons."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.output import example, json_option, say, show_json
from cli.own_keys import enrol, lock, mine, people, recover, revoke, unlock
from cli.records import office
from redact.errors import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from redact.governance.office import Office
    from redact.package.public_key import KeyRecord

__all__ = ["SOON_DAYS", "key"]

SOON_DAYS = 60
"""Days before its end at which it is time to think of the next key."""

PUBLIC = b"-----BEGIN PUBLIC KEY-----"

STATEMENT = "dsse.json"
"""Ending of the statement in which a key names its successor."""


@click.group(epilog=example("redact key show", "redact key export example-housing.pem", "redact key mine"))
def key() -> None:
    """See, hand out and change keys.

    The organisation's key signs releases. Everybody has a key of their own besides, with which they sign what they do.
    """


for command in (mine, enrol, revoke, recover, people, unlock, lock):
    key.add_command(command)


@key.command(epilog=example("redact key show"))
@json_option
def show(as_json: bool) -> None:
    """Show the fingerprint of the key that signs.

    Read it out over the telephone to whoever asks. It also says until when the key signs. One is made here if there is
    none yet. It is encrypted if REDACT_PASSPHRASE or REDACT_PASSPHRASE_FILE is set.
    """
    from redact.case.handing import left, public_keys  # noqa: PLC0415  loads pydantic

    with office() as records:
        known = public_keys(records)
    rows = [_facts(record) for record in known]
    if as_json:
        show_json({"keys": rows, "days_left": left(known[0])})
        return
    say(f"Fingerprint  {rows[0]['fingerprint']}")
    say(f"Signs until  {known[0].end:%d %B %Y}{_soon(known[0])}")
    for row in rows[1:]:
        say(f"Before it    {row['fingerprint']} (made {row['created'][:10]})")


@key.command(epilog=example("redact key export example-housing.pem"))
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@json_option
def export(file: Path, as_json: bool) -> None:
    """Write the public key to FILE, for recipients.

    It is no secret. Where it replaced another key, the statement in which that one names it is written beside, for
    those who have compared only the old key.
    """
    from redact.case.handing import public_keys  # noqa: PLC0415  loads pydantic
    from redact.package.public_key import fingerprint  # noqa: PLC0415  loads cryptography

    _check_free(file)
    with office() as records:
        known = public_keys(records)
        _hand_out(file, known[0].public_key.encode())
        statements = list(_statements(records, file, known))
    if as_json:
        show_json({"key": file, "fingerprint": fingerprint(known[0].keyid), "statements": statements})
        return
    say(f"{file} is the public key. Recipients check with it: redact verify PACKAGE --key {file.name}")
    if statements:
        say("Whoever has compared an old key instead gives that one, and what is written beside, in this order:")
        say(f"redact verify PACKAGE --key OLD.pem {' '.join(f'--successor {path.name}' for path in statements)}")


@key.command(epilog=example("redact key rotate"))
@json_option
def rotate(as_json: bool) -> None:
    """Replace the key that signs.

    The old one names the new one as its successor. Do so before it expires, and at once if it may be in wrong hands.
    What the old key signed stays good.
    """
    from redact.governance.rules.authority import Action  # noqa: PLC0415  loads pydantic
    from redact.package.public_key import fingerprint  # noqa: PLC0415  loads cryptography

    with office() as records:
        records.permit(Action.ROTATE_KEY)
        new_key = records.rotate_key()
    if as_json:
        show_json(_facts(new_key.record))
        return
    say(f"From now on signs the key {fingerprint(new_key.keyid)}", "Give it to recipients: redact key export KEY.pem")


def _facts(known: KeyRecord) -> dict[str, Any]:
    """Put what is KNOWN of a key as plain JSON."""
    from redact.package.public_key import fingerprint  # noqa: PLC0415  loaded by now

    return {"fingerprint": fingerprint(known.keyid), "created": known.created, "expires": known.expires}


def _soon(known: KeyRecord) -> str:
    """Say that it is time for the next key, where it is."""
    from redact.case.handing import left  # noqa: PLC0415  as above

    days = left(known)
    if days < 0:
        return ". It has expired, and signs nothing more. Make the next one: redact key rotate"
    return f", which is {days} days. Make the next one: redact key rotate" if days < SOON_DAYS else ""


def _statements(records: Office, file: Path, known: Sequence[KeyRecord]) -> Iterator[Path]:
    """Write beside FILE what each key but the last signed of the one after it, the oldest first."""
    after, statements = known[:-1], records.people().statements[1:]
    for number, statement in enumerate(statements, 1):
        tail = "" if number == len(after) else f"-{number}"
        path = file.with_name(f"{file.stem}{tail}.{STATEMENT}")
        _hand_out(path, statement.encode())
        yield path


def _hand_out(path: Path, data: bytes) -> None:
    """Write DATA to PATH for everybody to read."""
    from redact.files import write_whole  # noqa: PLC0415  not needed for help

    write_whole(path, data)
    path.chmod(0o644)


def _check_free(file: Path) -> None:
    """Raise UsageProblem where FILE is there, and is anything but a public key that may be replaced."""
    if file.exists() and not _is_public_key(file):
        message = f"{file} is there already, and is no public key."
        raise UsageProblem(message, "Give another name, such as example-housing.pem.")


def _is_public_key(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return stream.read(len(PUBLIC)) == PUBLIC
    except OSError:  # a folder, or nobody's to read
        return False
