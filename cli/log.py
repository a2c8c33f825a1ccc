"""redact log: everything that happened, and that nobody changed it since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.output import example, json_option, say, show_json
from cli.records import office, show_rows
from redact.errors import VerificationFailed

if TYPE_CHECKING:
    from redact.governance.events import Event

__all__ = ["log"]

MOST = 20
"""Things that are wrong, as far as they are listed: one moved line makes many."""

HEADS = {"at": "When (UTC)", "kind": "What", "reference": "Request", "by": "By", "said": "Said"}


@click.group()
def log() -> None:
    """Read the log of everything that happened, and check that it is whole."""


@log.command(epilog=example("redact log verify"))
@json_option
def verify(as_json: bool) -> int:
    """Check that nothing in the log or the register was changed, taken out, added or put elsewhere.

    Every line holds the digest of the one before; checkpoints are signed; the register is worked out from the log
    again and compared. The exit code is 5 if anything is wrong, and each thing wrong is named with its line.
    """
    from redact.case.audit import audit  # noqa: PLC0415  loads the database's package

    with office(settle=False) as records:
        found = audit(records)
    if as_json:
        facts = {"lines": found.lines, "checkpoints": found.checkpoints, "signed_to": found.signed}
        show_json({"holds": not found.wrong, **facts, "wrong": found.wrong})
    elif found.wrong:
        say("\n".join(found.wrong[:MOST]))
        say(f"\n{len(found.wrong)} things are wrong. Keep the files as they are, and put a backup beside them.")
    else:
        say(found.summary)
    return VerificationFailed.exit_code if found.wrong else 0


@log.command(epilog=example("redact log show", "redact log show --request SAR-2026-0142"))
@click.option("--request", "reference", metavar="REF", help="Only what happened to this request.")
@click.option("--limit", metavar="N", type=click.IntRange(1), default=50, show_default=True, help="The last so many.")
@json_option
def show(*, reference: str | None, limit: int, as_json: bool) -> None:
    """Show what happened, the last at the end."""
    from redact.governance.authority import Action  # noqa: PLC0415  loads pydantic

    with office() as records:
        records.permit(Action.READ)
        events = records.register.events(reference=reference)[-limit:]
    if as_json:
        show_json([event.plain() for event in events])
    else:
        show_rows([_row(event) for event in events], HEADS, "Nothing happened yet.", as_json=False)


@log.command(epilog=example("redact log checkpoint"))
def checkpoint() -> None:
    """Sign for every line of the log so far, with the key that signs releases.

    A copy of a checkpoint kept elsewhere, such as in a letter, shows later that no line before it was changed.
    """
    from redact.case.releasing import sign_ledger  # noqa: PLC0415  loads the engine
    from redact.governance.authority import Action  # noqa: PLC0415  as above

    with office() as records:
        records.permit(Action.RELEASE)
        event = sign_ledger(records)
    say(f"Signed for line {event.data['seq']}: {event.data['sha256']}")


def _row(event: Event) -> dict[str, Any]:
    words = ("what", "why", "reason", "how", "found", "note", "outcome", "name", "subject")
    said = next((str(event.data[word]) for word in words if event.data.get(word)), "")
    facts = event.plain() | {"at": event.at[:19].replace("T", " "), "said": said[:60]}
    return {key: facts[key] for key in HEADS}
