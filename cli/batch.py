"""redact batch: every video of a folder, unattended."""

from __future__ import annotations

import json
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.asking import asked, check_many, out_option, request_options, supersede_option, tls_options
from cli.guard import when_stopped
from cli.networks import load
from cli.output import example, json_option, say, show_json, table
from cli.progress import showing
from cli.remedies import said
from redact.jobs.options import Options
from redact.jobs.told import WATCH
from redact.jobs.work import Work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from redact.jobs.batch import Outcome

__all__ = ["batch"]


@click.command(
    epilog=example(
        "redact batch incident-17 -o released --request sar-0142.toml",
        "redact batch incident-17 -o released --workers 2 --style fill",
    )
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@out_option(required=True)
@click.option(
    "--workers", metavar="N", type=click.IntRange(1, 64), default=1, show_default=True, help="Clips done side by side."
)
@click.option(
    "--watch", is_flag=True, help="Go on for ever, with every clip that comes into DIR, once it is no longer written."
)
@click.option("--cluster", metavar="ADDRESS", help="Let the computers do it that meet at this scheduler.")
@tls_options
@supersede_option
@request_options
@json_option
def batch(
    folder: Path,
    out: Path,
    *,
    workers: int,
    watch: bool,
    cluster: str | None,
    ca: Path | None,
    cert: Path | None,
    key: Path | None,
    supersede: bool,
    fps: Fraction | None,
    stream: int | None,
    accept_damage: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Redact every video in a folder, unattended.

    Each video in DIR gets a release of its own. A clip that fails stops no other. Run the same command again to go
    on after a stop: what is released already and intact is left alone. Clips whose names differ only in their
    endings get a folder each. batch.json in the results folder sums it up. The exit code is 0 if every clip is
    released, else that of the first, by name, that is not.

    With --cluster the clips are done by the computers that joined the scheduler at ADDRESS with redact worker; DIR and
    the folder for the results are the same folders on each of them, by the same names. Given on two computers at once
    for the same folders, even without a scheduler, the command shares the work.

    Files that are not videos by their names, and folders inside DIR, are skipped and listed.
    """
    from redact.jobs.batch import batch as run_batch  # noqa: PLC0415  loads numpy and pydantic
    from redact.jobs.batch import exit_code, processes  # noqa: PLC0415  as above
    from redact.jobs.batch_jobs import order  # noqa: PLC0415  as above
    from redact.jobs.inbox import Inbox  # noqa: PLC0415  as above
    from redact.jobs.security import meeting  # noqa: PLC0415  as above

    place = meeting(cluster, ca, cert, key) if cluster else None
    if place:
        folder, out = folder.absolute(), out.absolute()  # others stand elsewhere
    request = asked(options)
    check_many(request)
    when_stopped("Stopped. Run the same command again to go on; what was released before is kept.")
    if place:
        from redact.jobs.cluster import cluster as computers  # noqa: PLC0415  an extra
    known: list[Outcome] = []
    read = (options["file"],) if options["file"] else ()
    work = Work(
        load, request, Options(fps=fps, stream=stream, accept_damage=accept_damage, supersede=supersede, inputs=read)
    )
    with showing() as shown:

        def tell(master: Path, stage: str, done: int, total: int | None) -> None:
            shown(stage, done, total, master.name)

        crew = partial(computers, place=place, note=shown.note) if place else partial(processes, count=workers)
        source = Inbox(folder, out) if watch else folder
        results = run_batch(source, out, work, recipe=work.recipe(), crew=crew, say=said, tell=tell)
        with closing(results) as outcomes:
            for outcome in outcomes:
                known.append(outcome)
                shown.ended(outcome.master.name)
                shown.note(*_line(outcome, request.warnings()))
    code = exit_code(known)
    _show(sorted(known, key=lambda outcome: order(outcome.master)), out, code=code, as_json=as_json)
    return code


def _line(outcome: Outcome, alike: Sequence[str]) -> list[str]:
    """Say what became of one file, when it is known, and what to think about but for what is ALIKE for every one."""
    line = f"{outcome.master.name}: {outcome.state}" + (f". {outcome.said}" if outcome.said else ".")
    return [line, *(f"  {note}" for note in outcome.notes if note not in alike)]


def _show(known: Sequence[Outcome], out: Path, *, code: int, as_json: bool) -> None:
    from redact.jobs.batch import SUMMARY  # noqa: PLC0415  loaded by now

    if as_json:
        show_json(json.loads((out / SUMMARY).read_bytes()) | {"exit_code": code})
        return
    say(*table(map(_row, known), ("Clip", "Result", "Tracks", "Seconds", "Why")))
    released = sum(outcome.copy is not None and not outcome.code for outcome in known)
    failed = sum(bool(outcome.code) for outcome in known)
    say("", f"{released} released, {failed} not released, {len(known) - released - failed} skipped: {out / SUMMARY}")
    if released:
        say(WATCH.replace("the copy", "each copy", 1))


def _row(outcome: Outcome) -> tuple[str, ...]:
    tracks = str(outcome.tracks) if outcome.copy else ""
    seconds = f"{outcome.seconds:.0f}" if outcome.seconds else ""
    return outcome.master.name, outcome.state, tracks, seconds, outcome.said
