"""redact retention: what is kept, until when, and what is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.guard import when_stopped
from cli.output import example, json_option, say, show_json, table
from cli.records import day, office, show_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from redact.case.purging import Item
    from redact.governance.office import Office

__all__ = ["retention"]

WHAT = ("footage", "working", "release")
HEADS = {"what": "What", "name": "Name", "until": "Until", "due": "To purge", "reason": "Why"}


@click.group(epilog=example("redact retention list", "redact retention purge"))
def retention() -> None:
    """See what is kept, hold it, and delete what is past its time."""


@retention.command("list", epilog=example("redact retention list", "redact retention list --due"))
@click.option("--due", is_flag=True, help="Only what is past its time.")
@json_option
def list_kept(*, due: bool, as_json: bool) -> None:
    """List what is kept, until when, and why.

    Footage, working copies of cases, and releases; and the holds, with the day on which somebody has to look again.
    """
    from redact.case.purging import held, items  # noqa: PLC0415  loads the engine
    from redact.case.telling import kept_row  # noqa: PLC0415  as above
    from redact.governance.rules.authority import Action  # noqa: PLC0415  as above

    with office() as records:
        records.permit(Action.READ)
        rows = [kept_row(item) for item in items(records) if item.kept.purgeable or not due]
        holds = held(records)
    if as_json:
        names = ("hold", "clip", "reason", "review")
        show_json({"kept": rows, "holds": [dict(zip(names, row, strict=True)) for row in holds]})
        return
    show_rows(rows, HEADS, "Nothing is kept." if not due else "Nothing is past its time.", as_json=False)
    if holds:
        say("", "Holds:", *table(holds, ("Name", "Clip", "Reason", "Review on")))
    if any(row["due"] for row in rows):
        say("", "See what a purge would delete: redact retention purge")


@retention.command(
    epilog=example('redact retention hold cam4.mp4 --request SAR-2026-0142 --reason "a fall" --review 2026-06-01')
)
@click.argument("clip", metavar="CLIP")
@click.option("--request", "reference", metavar="REF", help="The request in which CLIP is a file name.")
@click.option("--reason", metavar="TEXT", required=True, help="The incident it is kept for.")
@click.option("--review", metavar="DAY", callback=day, required=True, help="Day to look whether it is still needed.")
@json_option
def hold(clip: str, *, reference: str | None, reason: str, review: date, as_json: bool) -> None:
    """Keep footage for an incident, until somebody lifts the hold.

    CLIP is the start of its digest, or with --request its file name.
    """
    from redact.case.purging import hold as place  # noqa: PLC0415  loads the engine

    with office() as records:
        footage = records.register.clip(clip, reference)
        name = place(records, footage, reason, review)
    if as_json:
        show_json({"hold": name, "clip": footage.name, "sha256": footage.sha256, "review": review.isoformat()})
    else:
        say(f"{footage.name} is held until somebody lifts it; look again on {review}.")
        say(f'Once it is no longer needed: redact retention lift {name} --why "…"')


@retention.command(epilog=example('redact retention lift h1a2b3c4d --why "the claim was settled"'))
@click.argument("hold_name", metavar="HOLD")
@click.option("--why", metavar="TEXT", required=True, help="Why it is no longer needed.")
@json_option
def lift(hold_name: str, *, why: str, as_json: bool) -> None:
    """Lift a hold.

    Footage that is past its time is then to be purged.
    """
    from redact.case.purging import lift as release  # noqa: PLC0415  loads the engine

    with office() as records:
        release(records, hold_name, why)
    if as_json:
        show_json({"hold": hold_name, "lifted": True})
    else:
        say(f"The hold {hold_name} is lifted.")


@retention.command(epilog=example("redact retention purge", "redact retention purge --yes"))
@click.option("--what", type=click.Choice(WHAT), multiple=True, help="Only these; more than once.")
@click.option("--clip", metavar="DIGEST", help="Only the footage with this start of a digest, or why it may not go.")
@click.option("--yes", is_flag=True, help="Delete. Without it nothing is, and what would be is listed.")
@json_option
def purge(*, what: tuple[str, ...], clip: str | None, yes: bool, as_json: bool) -> None:
    """Delete what is past its time; without --yes only list it.

    What an open request or a hold needs is never deleted. Each deletion is checked and recorded with the digests of the
    files. Snapshots and backups of the disk are not reached: give them the same time limits.
    """
    from redact.case.telling import kept_row  # noqa: PLC0415  loads the engine
    from redact.governance.rules.authority import Action  # noqa: PLC0415  loads pydantic

    with office() as records:
        records.permit(Action.PURGE)
        wanted = _wanted(records, what or WHAT, clip)
        rows = list(_deleted(records, wanted)) if yes else [kept_row(item) for item in wanted]
    if as_json:
        show_json({"deleted": yes, "items": rows})
        return
    show_rows(rows, HEADS, "Nothing is past its time.", as_json=False)
    if rows and yes:
        say("", f"Deleted, and gone: {sum(row['files'] for row in rows):,} files, of which the digests are on record.")
    elif rows:
        say("", "Nothing was deleted. Delete it: redact retention purge --yes")


def _wanted(records: Office, kinds: tuple[str, ...], clip: str | None) -> list[Item]:
    """Give what is past its time; where CLIP names footage, that, or NotPermitted with what keeps it."""
    from redact.case.purging import items  # noqa: PLC0415  loads the engine
    from redact.governance.rules.retention import check_purge  # noqa: PLC0415  as above

    some = [item for item in items(records) if item.what in kinds]
    if clip is not None:
        digest = records.register.clip(clip).sha256
        some = [item for item in some if item.clip == digest]
        with records.refusals():
            for item in some:
                check_purge(item.kept)
    return [item for item in some if item.kept.purgeable]


def _deleted(records: Office, wanted: list[Item]) -> Iterator[dict[str, Any]]:
    """Delete what is WANTED, and tell of each."""
    from redact.case.purging import purge as delete  # noqa: PLC0415  loads the engine
    from redact.case.telling import kept_row  # noqa: PLC0415  as above

    when_stopped("Stopped. What was deleted by then is on record; the same command deletes the rest.")
    say(f"Deleting {len(wanted)} …", err=True)
    for item, erased in delete(records, wanted):
        yield kept_row(item) | {"files": len(erased.files), "bytes": erased.size_bytes}
