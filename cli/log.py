"""redact log: everything that happened, and that nobody changed it since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.guard import when_stopped
from cli.output import example, json_option, say, show_json
from cli.records import office, show_rows
from redact.errors import VerificationFailed

if TYPE_CHECKING:
    from redact.governance.ledger.events import Event

__all__ = ["log"]

MOST = 20
"""Things that are wrong, as far as they are listed: one moved line makes many."""

SAID = ("name", "subject", "verdict", "what", "how", "why", "reason", "found", "note", "outcome", "exemption")
"""What an event can say of itself, in the order of a sentence."""

HEADS = {"at": "When (UTC)", "kind": "What", "reference": "Request", "by": "By", "said": "Said"}


@click.group(epilog=example("redact log show", "redact log verify"))
def log() -> None:
    """Read the log of what happened, and check it."""


@log.command(epilog=example("redact log verify"))
@json_option
def verify(as_json: bool) -> int:
    """Check that nobody changed the log or the register.

    Nothing may have been altered, taken out, added or put elsewhere. Every line holds the digest of the one before;
    checkpoints are signed; the register is worked out from the log again and compared. The exit code is 5 if anything
    is wrong, and each thing wrong is named with its line.
    """
    from redact.case.audit import audit  # noqa: PLC0415  loads the database's package

    say("Reading every line …", err=True)
    with office(settle=False) as records:
        when_stopped("Stopped. Nothing was checked to its end, and nothing was changed.")
        result = audit(records)
    if as_json:
        facts = {"lines": result.lines, "checkpoints": result.checkpoints, "signed_to": result.signed}
        problems = [problem.plain() for problem in result.problems]
        told = {"wrong": result.wrong, "problems": problems, "notes": list(result.notes)}
        show_json({"holds": not problems, **facts, **told})
    elif result.wrong:
        say(*result.wrong[:MOST])
        wrong = "1 thing is" if len(result.wrong) == 1 else f"{len(result.wrong)} things are"
        say("", f"{wrong} wrong. Keep the files as they are, and put a backup beside them.")
    else:
        say(result.summary, *(f"Note: {note}" for note in result.notes))
    return VerificationFailed.exit_code if result.wrong else 0


@log.command(epilog=example("redact log show", "redact log show --request SAR-2026-0142"))
@click.option("--request", "reference", metavar="REF", help="Only what happened to this request.")
@click.option("--limit", metavar="N", type=click.IntRange(1), default=50, show_default=True, help="The last so many.")
@json_option
def show(*, reference: str | None, limit: int, as_json: bool) -> None:
    """Show what happened, the last at the end."""
    from redact.governance.rules.authority import Action  # noqa: PLC0415  loads pydantic

    with office() as records:
        records.permit(Action.READ)
        events = records.register.events(reference=reference, limit=limit)
    if as_json:
        show_json([event.plain() for event in events])
    else:
        show_rows([_row(event) for event in events], HEADS, "Nothing happened yet.", as_json=False)


@log.command(epilog=example("redact log checkpoint"))
@json_option
def checkpoint(as_json: bool) -> None:
    """Sign for every line of the log so far.

    That is done with the key that signs releases, and with every release. A copy of a checkpoint kept elsewhere, such
    as in a letter, shows later that no line before it was changed.
    """
    from redact.case.releasing import sign_ledger  # noqa: PLC0415  loads the engine
    from redact.governance.rules.authority import Action  # noqa: PLC0415  as above

    with office() as records:
        records.permit(Action.RELEASE)
        event = sign_ledger(records)
    if as_json:
        show_json({name: event.data[name] for name in ("seq", "sha256", "keyid", "signature")})
    else:
        say(f"Signed for line {event.data['seq']}: {event.data['sha256']}")


def _row(event: Event) -> dict[str, Any]:
    sentence = ": ".join(str(event.data[word]) for word in SAID if event.data.get(word))
    facts = event.plain() | {"at": event.at[:19].replace("T", " "), "said": sentence}
    return {key: facts[key] for key in HEADS}
