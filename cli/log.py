"""redact log: everything that happened, and that nobody changed it since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.guard import when_stopped
from cli.output import example, json_option, say, show_json
from cli.records import office, show_rows
from redact.errors import VerificationFailed

__all__ = ["log"]

MOST = 20
"""Things that are wrong, as far as they are listed: one moved line makes many."""

HEADS = {"at": "When (UTC)", "kind": "What", "reference": "Request", "by": "By", "said": "Said"}


@click.group(epilog=example("redact log show", "redact log verify"))
def log() -> None:
    """Read the log of what happened, and check it."""


@log.command(epilog=example("redact log verify", "redact log verify --anchor noted-in-november.txt"))
@click.option(
    "--anchor", "noted", metavar="FILE|LINE", help="What a checkpoint printed, kept elsewhere: is it still there?"
)
@json_option
def verify(noted: str | None, as_json: bool) -> int:
    """Check that nobody changed the log or the register.

    Nothing may have been altered, taken out, added or put elsewhere. Every line holds the digest of the one before,
    and is signed by whoever it is by, with a key that was on record and a role that they had; checkpoints are signed;
    the register is worked out from the log again and compared. Everybody gets the same answer. The exit code is 5 if
    anything is wrong, and each thing wrong is named with its line.
    """
    from redact.case.anchor import read_anchor  # noqa: PLC0415  loads the database's package
    from redact.case.audit import audit  # noqa: PLC0415  as above

    anchor = read_anchor(_text_of(noted)) if noted else None
    say("Reading every line …", err=True)
    with office(settle=False) as records:
        when_stopped("Stopped. Nothing was checked to its end, and nothing was changed.")
        result = audit(records, anchor)
    if as_json:
        facts: dict[str, Any] = {"lines": result.lines, "checkpoints": result.checkpoints, "signed_to": result.signed}
        facts |= {"unsigned_before_keys": result.before, "founded_on": result.founded_on, "anchored": result.anchored}
        problems = [problem.plain() for problem in result.problems]
        told = {"wrong": result.wrong, "problems": problems, "notes": list(result.notes)}
        show_json({"holds": not problems, **facts, **told})
    elif result.wrong:
        say(*result.wrong[:MOST])
        wrong = "1 thing is" if len(result.wrong) == 1 else f"{len(result.wrong)} things are"
        say("", f"{wrong} wrong. Keep the files as they are, and put a backup beside them.")
    else:
        say(*result.summary.split("\n"), *(f"Note: {note}" for note in result.notes))
    return VerificationFailed.exit_code if result.wrong else 0


@log.command(epilog=example("redact log show", "redact log show --request SAR-2026-0142"))
@click.option("--request", "reference", metavar="REF", help="Only what happened to this request.")
@click.option("--limit", metavar="N", type=click.IntRange(1), default=50, show_default=True, help="The last so many.")
@json_option
def show(*, reference: str | None, limit: int, as_json: bool) -> None:
    """Show what happened, the last at the end."""
    from redact.case.telling import event_row  # noqa: PLC0415  loads the engine
    from redact.governance.rules.authority import Action  # noqa: PLC0415  loads pydantic

    with office() as records:
        records.permit(Action.READ)
        events = records.register.events(reference=reference, limit=limit)
    if as_json:
        show_json([event.plain() for event in events])
    else:
        rows = [row | {"at": row["at"][:19].replace("T", " ")} for row in map(event_row, events)]
        show_rows(rows, HEADS, "Nothing happened yet.", as_json=False)


@log.command(epilog=example("redact log checkpoint"))
@json_option
def checkpoint(as_json: bool) -> None:
    """Sign for every line of the log so far.

    That is done with the key that signs releases, and with every release. It prints one line: send it to somebody
    outside, or print it and file it. Given to redact log verify --anchor, it shows later that no line before it was
    changed, and none taken out, not even by somebody who has all files and keys here.
    """
    from redact.case.anchor import anchor_of  # noqa: PLC0415  loads the engine
    from redact.case.releasing import sign_ledger  # noqa: PLC0415  loads the engine
    from redact.governance.rules.authority import Action  # noqa: PLC0415  as above

    with office() as records:
        records.permit(Action.RELEASE)
        event = sign_ledger(records)
        line = str(anchor_of(records, event))
    if as_json:
        show_json({name: event.data[name] for name in ("seq", "sha256", "keyid", "signature")} | {"anchor": line})
    else:
        say(f"Signed for line {event.data['seq']}. Keep this line outside this house:", line)


@log.command(epilog=example("redact log rebuild"))
@json_option
def rebuild(as_json: bool) -> None:
    """Make the register anew from the log, as the DPO.

    For a register that was lost, damaged or tampered with. Every line of the log is checked first. What was there is
    put aside; in a PostgreSQL server its tables are dropped.
    """
    from redact.governance.founding import rebuild as renew  # noqa: PLC0415  loads the database's package
    from redact.governance.home import home_folder  # noqa: PLC0415  as above

    lines = renew(home_folder())
    if as_json:
        show_json({"lines": lines})
    else:
        say(f"The register was made anew from {lines} lines.")


def _text_of(noted: str) -> str:
    """Give the text of the file NOTED, or NOTED itself where there is none of that name."""
    path = Path(noted)
    try:
        return path.read_text(errors="replace") if path.is_file() else noted
    except OSError:  # longer than a name can be
        return noted
