"""redact key mine, enrol, revoke and the like: everybody's own key, with which they sign what they do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.output import example, json_option, say, show_json
from cli.passphrase import ask, choose
from cli.records import office, show_rows
from redact.errors import UsageProblem

if TYPE_CHECKING:
    from redact.governance.people.keyring import PersonKey
    from redact.governance.people.own import OwnKey

__all__ = ["enrol", "hold", "lock", "mine", "people", "recover", "revoke", "unlock"]

HEADS = {"account": "Account", "key": "Key", "line": "Since line", "by": "Put there by", "revoked": "Revoked by line"}
MINUTE_S = 60


@click.command(epilog=example("redact key mine b-example.json"))
@click.argument("file", metavar="[FILE]", type=click.Path(path_type=Path), required=False)
@json_option
def mine(file: Path | None, as_json: bool) -> None:
    """Show your own key, which is made if you have none.

    You choose a passphrase, which opens it and which nobody else is to know. Hand FILE, what is public of the key, to
    your DPO, and read out the fingerprint when they ask for it. The key itself stays among your settings.
    """
    from redact.files import canonical_json, write_whole  # noqa: PLC0415  not needed for help
    from redact.governance.people.mine import make_key, own_key  # noqa: PLC0415  loads cryptography
    from redact.package.public_key import fingerprint  # noqa: PLC0415  as above

    own = own_key(ask)
    fresh = not own.exists
    claim = make_key(own, choose)
    if file is not None:
        if file.exists() and not _is_claim(file):
            message = f"{file} is there already, and is no public half of a key."
            raise UsageProblem(message, "Give another name, such as b-example.json.")
        write_whole(file, canonical_json(claim.model_dump(mode="json")))
        file.chmod(0o644)
    shown = fingerprint(claim.key.keyid)
    if as_json:
        show_json({"account": claim.account, "fingerprint": shown, "key": str(own.path), "public": file})
        return
    say(f"Account      {claim.account}", f"Fingerprint  {shown}", f"Kept in      {own.path}")
    if fresh:
        hold(own)
    if file is not None:
        say(f"Hand {file} to your DPO, who gives: redact key enrol {claim.account} {file.name} --fingerprint DIGITS")


@click.command(epilog=example("redact key enrol b.example b-example.json --fingerprint '1f2e 3d4c 5b6a 7988'"))
@click.argument("account", metavar="ACCOUNT")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--fingerprint", "told", metavar="DIGITS", required=True, help="Its first 16 digits, as its owner reads them out."
)
@json_option
def enrol(*, account: str, file: Path, told: str, as_json: bool) -> None:
    """Put somebody's own key on record, as the DPO.

    FILE is what redact key mine gave them. Have them read the fingerprint out to you, in person or by telephone: a file
    can have been changed on its way. From then on what they do counts if this key signs it.
    """
    from redact.governance.enrolment import enrol as put  # noqa: PLC0415  loads the database's package
    from redact.governance.people.own import read_claim  # noqa: PLC0415  loads cryptography

    claim = read_claim(file)
    with office() as records:
        known = put(records, account, claim, told)
    _tell(known, f"{account} signs with this key from now on.", as_json=as_json)


@click.command(epilog=example("redact key revoke b.example --reason 'left on 30 November'"))
@click.argument("account", metavar="ACCOUNT")
@click.option("--reason", metavar="TEXT", required=True, help="Why, such as that it was lost, or its owner has left.")
@json_option
def revoke(*, account: str, reason: str, as_json: bool) -> None:
    """Let somebody's key count no more, as the DPO, or your own.

    What it signed before stays signed. Do so when a key is lost, when somebody else may know its passphrase, and when
    its owner leaves.
    """
    from redact.governance.enrolment import revoke as take  # noqa: PLC0415  loads the database's package

    with office() as records:
        known = take(records, account, reason)
    _tell(known, f"The key of {account} counts no more.", as_json=as_json)


@click.command(epilog=example("redact key recover"))
@json_option
def recover(as_json: bool) -> None:
    """Take a new key in the place of a DPO's lost one.

    It is put on record under the organisation's key, so only whoever owns that can do it. Move the lost key away and
    make another first: redact key mine. A second DPO can revoke and enrol instead, and should.
    """
    from redact.governance.enrolment import recover as take  # noqa: PLC0415  loads the database's package

    with office() as records:
        known = take(records)
    _tell(known, "You sign with this key from now on; the one before it counts no more.", as_json=as_json)


@click.command(epilog=example("redact key people"))
@json_option
def people(as_json: bool) -> None:
    """List whose keys are on record, revoked ones too."""
    from redact.governance.rules.authority import Action  # noqa: PLC0415  loads pydantic

    with office() as records:
        records.permit(Action.READ)
        rows = [_row(known) for known in records.people().keys.values()]
    show_rows(rows, HEADS, "Nobody's key is on record.", as_json=as_json)


@click.command(epilog=example("redact key unlock", "redact key unlock --minutes 120"))
@click.option(
    "--minutes",
    metavar="N",
    type=click.IntRange(1, 600),
    default=30,
    show_default=True,
    help="Forget it after so long without use.",
)
@json_option
def unlock(minutes: int, as_json: bool) -> None:
    """Unlock your own key for a sitting.

    You give its passphrase once. A process of yours holds the key open, and forgets it when it was not used for a
    while, when you log out, or at once with redact key lock.
    """
    from redact.governance.people.agent import start  # noqa: PLC0415  loads cryptography
    from redact.governance.people.mine import own_key  # noqa: PLC0415  as above

    start(own_key(ask).unlock(), minutes * MINUTE_S)
    if as_json:
        show_json({"unlocked": True, "minutes": minutes})
        return
    say(f"Your key is open until it was not used for {minutes} minutes. Lock it: redact key lock")


@click.command(epilog=example("redact key lock"))
@json_option
def lock(as_json: bool) -> None:
    """Lock your own key again."""
    from redact.governance.people.agent import lock as forget  # noqa: PLC0415  loads cryptography

    was = forget()
    if as_json:
        show_json({"unlocked": False, "was_unlocked": was})
    else:
        say("Your key is locked." if was else "Your key was not unlocked.")


def hold(own: OwnKey) -> None:
    """Keep OWN, made at this terminal, open for the sitting, so that its passphrase is not asked for again."""
    from redact.governance.people.mine import hold_open  # noqa: PLC0415  loaded by now

    if sys.stdin.isatty() and hold_open(own):
        say("It is open for this sitting, and forgotten when it was not used for a while. Lock it: redact key lock")


def _tell(known: PersonKey, sentence: str, *, as_json: bool) -> None:
    """Say what became of the key that is KNOWN."""
    from redact.package.public_key import fingerprint  # noqa: PLC0415  loaded by now

    shown = fingerprint(known.key.keyid)
    if as_json:
        show_json({"account": known.account, "fingerprint": shown})
    else:
        say(sentence, f"Fingerprint  {shown}")


def _row(known: PersonKey) -> dict[str, Any]:
    """Put what is KNOWN of a person's key as plain JSON."""
    from redact.package.public_key import fingerprint  # noqa: PLC0415  loaded by now

    key = fingerprint(known.key.keyid[:16])
    return {
        "account": known.account,
        "key": key,
        "line": known.line,
        "by": known.enrolled_by,
        "revoked": known.revoked or None,
    }


def _is_claim(file: Path) -> bool:
    from redact.errors import RedactError  # noqa: PLC0415  not needed for help
    from redact.governance.people.own import read_claim  # noqa: PLC0415  as above

    try:
        return bool(read_claim(file))
    except RedactError:
        return False
