"""redact request: what was asked of the organisation, from the day it came to the day it was answered."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.asking import fps_option
from cli.output import example, json_option, say, show_json
from cli.progress import showing
from cli.records import as_csv, day, office, on_option, reference_argument, show_rows, when
from cli.request_words import clock_facts, due_row, list_row, told
from redact.errors import UsageProblem

if TYPE_CHECKING:
    from datetime import datetime
    from fractions import Fraction

__all__ = ["request"]

KIND = ("sar", "third-party", "police", "statutory")
NATION = ("england-and-wales", "scotland", "northern-ireland")
STEP = (
    "identity-asked",
    "identity-satisfied",
    "clarification-asked",
    "clarification-answered",
    "fee-asked",
    "fee-paid",
    "extended",
    "searched",
)
OUTCOME = ("answered", "withdrawn", "nothing-held", "opened-in-error")
EXEMPTION = (
    "manifestly-unfounded-or-excessive",
    "third-party",
    "crime-and-taxation",
    "legal-privilege",
    "no-data-held",
    "identity-not-proved",
    "other",
)
FORMAT = ("table", "csv", "json")

HEADS = {
    "reference": "Reference",
    "kind": "Kind",
    "state": "State",
    "received": "Received",
    "requester": "Requester",
    "due": "Due",
}
DUE = {"reference": "Reference", "due": "Due", "days_left": "Days left", "target": "Target", "waiting_for": "Waits for"}

INTAKE = (
    click.option("--kind", type=click.Choice(KIND), help="Kind of request."),
    click.option("--received", metavar="DAY", callback=day, help="Day on which it came in. [today]"),
    click.option("--requester", metavar="WHO", help="Who asks; of an agency: name, agency."),
    click.option("--identity", metavar="HOW", help="How it was checked who asks."),
    click.option("--recipient", metavar="WHO", help="Who the copy is for."),
    click.option("--lawful-basis", metavar="LAW", help="The law that lets you disclose it."),
    click.option("--purpose", metavar="TEXT", help="What it is needed for."),
    click.option("--from", "start", metavar="TIME", callback=when, help="Begin of the time asked about, local."),
    click.option("--to", "end", metavar="TIME", callback=when, help="End of the time asked about, local."),
    click.option("--camera", "cameras", metavar="NAME", multiple=True, help="A camera asked about; more than once."),
    click.option("--nation", type=click.Choice(NATION), help="Whose bank holidays count. [the organisation's]"),
    click.option("--wanted-by", metavar="DAY", callback=day, help="Day by which it is wanted, where no law says one."),
    click.option("--note", metavar="TEXT", help="What else there is to know."),
)


def intake_options(command: Any) -> Any:
    """Give COMMAND every option that says what was asked."""
    for option in reversed(INTAKE):
        command = option(command)
    return command


@click.group()
def request() -> None:
    """Keep the register of requests: what was asked, when it is due, what was done."""


@request.command(
    epilog=example(
        "redact request new SAR-2026-0142 --kind sar --requester 'A. Example' --recipient 'A. Example'",
        "redact request new SAR-2026-0142 --file sar-0142.toml",
    )
)
@reference_argument
@click.option("--file", metavar="FILE", type=click.Path(path_type=Path), help="All of it in a file (TOML).")
@intake_options
@json_option
def new(reference: str, file: Path | None, *, as_json: bool, **said: Any) -> None:
    """Put a new request on the register.

    REF is how you will call it. What you say here goes before what FILE says.
    """
    from redact.case.steps import open_request  # noqa: PLC0415  loads the database's package

    with office() as records:
        found = open_request(records, _intake(reference, file, said))
        _tell(records, found, as_json=as_json)


@request.command(epilog=example("redact request change SAR-2026-0142 --recipient 'The requester, by secure link'"))
@reference_argument
@intake_options
@json_option
def change(reference: str, *, as_json: bool, **said: Any) -> None:
    """Correct what the register has of a request.

    What it said before stays in the log. An approval of a release is void where the recipient changes.
    """
    from redact.case.asked import asked  # noqa: PLC0415  loads the database's package
    from redact.case.steps import change_request  # noqa: PLC0415  as above
    from redact.governance.intake import Intake  # noqa: PLC0415  as above

    with office() as records:
        before = asked(records, reference).intake
        found = change_request(records, Intake.of(before.plain() | _given(said)))
        _tell(records, found, as_json=as_json)


@request.command("list", epilog=example("redact request list", "redact request list --state closed --text Example"))
@click.option("--state", type=click.Choice(("open", "closed", "refused")), help="Only these.")
@click.option("--kind", type=click.Choice(KIND), help="Only these.")
@click.option("--text", metavar="TEXT", help="Only those with TEXT in reference, requester or recipient.")
@click.option("--limit", metavar="N", type=click.IntRange(1), default=50, show_default=True, help="So many at most.")
@json_option
def list_requests(*, state: str | None, kind: str | None, text: str | None, limit: int, as_json: bool) -> None:
    """List requests, the last received first."""
    from redact.governance.authority import Action  # noqa: PLC0415  loads pydantic

    with office() as records:
        records.permit(Action.READ)
        rows = [
            list_row(records, row) for row in records.register.requests(state=state, kind=kind, text=text, limit=limit)
        ]
    show_rows(rows, HEADS, "No such request.", as_json=as_json)


@request.command(epilog=example("redact request due", "redact request due --within 7"))
@click.option("--within", metavar="DAYS", type=int, help="Only what is due in so many days, or overdue.")
@json_option
def due(*, within: int | None, as_json: bool) -> None:
    """List open requests by the day they are due, the most urgent first.

    Exit code 0 whatever is due; overdue ones stand at the top.
    """
    from redact.governance.authority import Action  # noqa: PLC0415  loads pydantic

    with office() as records:
        records.permit(Action.READ)
        rows = [due_row(records, row, events) for row, events in records.register.open_requests()]
    rows = [row for row in rows if within is None or (row["days_left"] is not None and row["days_left"] <= within)]
    rows.sort(key=lambda row: (row["due"] or "9999", row["reference"]))
    show_rows(rows, DUE, "Nothing is due.", as_json=as_json)


@request.command(epilog=example("redact request show SAR-2026-0142"))
@reference_argument
@json_option
def show(reference: str, as_json: bool) -> None:
    """Show a request: what was asked, when it is due and why then, its footage, and what comes next."""
    from redact.case.asked import asked  # noqa: PLC0415  loads the database's package
    from redact.governance.authority import Action  # noqa: PLC0415  as above

    with office() as records:
        records.permit(Action.READ)
        _tell(records, asked(records, reference), as_json=as_json)


@request.command(
    epilog=example(
        "redact request record SAR-2026-0142 identity-asked --on 2026-03-03",
        'redact request record SAR-2026-0142 identity-satisfied --note "tenancy card seen"',
        "redact request record SAR-2026-0142 searched --camera 'Camera 4' --from 2026-03-02T14:00:00 "
        '--to 2026-03-02T15:00:00 --note "one clip found"',
    )
)
@reference_argument
@click.argument("step", metavar="STEP", type=click.Choice(STEP))
@on_option
@click.option("--note", metavar="TEXT", default="", help="What was said, seen or found.")
@click.option("--camera", metavar="NAME", default="", help="Of a search: where.")
@click.option("--from", "start", metavar="TIME", callback=when, help="Of a search: from when, local.")
@click.option("--to", "end", metavar="TIME", callback=when, help="Of a search: until when, local.")
@json_option
def record(reference: str, step: str, *, on: date | None, note: str, as_json: bool, **search: Any) -> None:
    """Record what happened to a request; its due day follows from that.

    STEP is one of identity-asked, identity-satisfied, clarification-asked, clarification-answered, fee-asked,
    fee-paid, extended, searched.
    """
    from redact.case.steps import step as record_step  # noqa: PLC0415  loads the database's package
    from redact.governance.events import EventKind  # noqa: PLC0415  as above

    kind = EventKind(step)
    with office() as records:
        clock = record_step(records, reference, kind, on, _facts(kind.value, note, search))
    if as_json:
        show_json({"reference": reference, "step": step, "clock": clock_facts(clock)})
    else:
        say(f"Recorded: {reference}, {step}.\n" + "\n".join(clock.sentences))


@request.command(
    epilog=example(
        "redact request attach SAR-2026-0142 cam4.mp4 --camera 'Camera 4' --starts 2026-03-02T14:05:00",
        "redact request attach SAR-2026-0142 cam4.mp4 --clock-offset 72",
    )
)
@reference_argument
@click.argument("clips", metavar="CLIP...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--camera", metavar="NAME", default="", help="Which camera recorded it.")
@click.option("--starts", metavar="TIME", callback=when, help="Local time at which it begins, by the recorder's clock.")
@click.option(
    "--clock-offset", metavar="SECONDS", type=float, help="Seconds by which the clock in the picture is ahead."
)
@fps_option
@json_option
def attach(
    reference: str,
    clips: tuple[Path, ...],
    *,
    camera: str,
    starts: datetime | None,
    clock_offset: float | None,
    fps: Fraction | None,
    as_json: bool,
) -> None:
    """Attach clips to a request.

    Each is read from beginning to end and copied, bit for bit, as a master that is never changed. A clip that is here
    already is not copied again; what you say of it is added.
    """
    from redact.case.footage import Said  # noqa: PLC0415  loads PyAV
    from redact.case.footage import attach as take_in  # noqa: PLC0415  as above

    if len(clips) > 1 and starts:
        message = "--starts is of one clip, but more than one is given."
        raise UsageProblem(message, "Attach each on its own.")
    said = Said(camera, starts, clock_offset, fps)
    with office() as records, showing() as progress:
        found = [take_in(records, reference, clip, said, progress=progress) for clip in clips]
    if as_json:
        show_json([{"name": clip.name, "sha256": clip.sha256, "duration_s": clip.duration_s} for clip in found])
    else:
        say("\n".join(f"{clip.name} is attached to {reference} (SHA-256 {clip.sha256[:12]}…)." for clip in found))


@request.command(epilog=example('redact request detach SAR-2026-0142 --clip cam4.mp4 --reason "another staircase"'))
@reference_argument
@click.option("--clip", metavar="NAME", required=True, help="Which, by its file name or the start of its digest.")
@click.option("--reason", metavar="TEXT", required=True, help="Why it has nothing to do with the request.")
def detach(reference: str, clip: str, reason: str) -> None:
    """Take a clip off a request that has nothing to do with it; the record of both stays."""
    from redact.case.footage import detach as take_off  # noqa: PLC0415  loads PyAV

    with office() as records:
        found = take_off(records, reference, clip, reason)
    say(f"{found.name} is no longer attached to {reference}.")


@request.command(epilog=example("redact request close SAR-2026-0142", "redact request close SAR-7 --outcome withdrawn"))
@reference_argument
@click.option("--outcome", type=click.Choice(OUTCOME), default="answered", show_default=True, help="How it ended.")
@click.option("--note", metavar="TEXT", default="", help="What else there is to know.")
@on_option
def close(reference: str, *, outcome: str, note: str, on: date | None) -> None:
    """Close a request that was answered, was withdrawn, or that nothing is held for."""
    from redact.case.steps import close_request  # noqa: PLC0415  loads the database's package

    with office() as records:
        found = close_request(records, reference, outcome, note, on)
    say(f"{reference} is closed on {found.row.ended_on}: {outcome}.")


@request.command(
    epilog=example(
        'redact request refuse SAR-2026-0142 --exemption third-party --reason "nobody can be told apart in the crowd"'
    )
)
@reference_argument
@click.option("--exemption", type=click.Choice(EXEMPTION), required=True, help="What the refusal rests on.")
@click.option("--reason", metavar="TEXT", required=True, help="Why, as the person is told.")
@click.option("-o", "--letter", metavar="FILE", type=click.Path(path_type=Path), help="Also write the letter.")
@on_option
def refuse(reference: str, *, exemption: str, reason: str, letter: Path | None, on: date | None) -> None:
    """Refuse a request, and record under which exemption and why."""
    from redact.case.paperwork import refusal_letter  # noqa: PLC0415  loads the database's package
    from redact.case.steps import refuse as end  # noqa: PLC0415  as above
    from redact.files import write_whole  # noqa: PLC0415  as above
    from redact.governance.intake import Exemption  # noqa: PLC0415  as above

    with office() as records:
        found = end(records, reference, Exemption(exemption), reason, on)
        if letter:
            write_whole(letter, refusal_letter(records, found).encode())
    say(f"{reference} is refused on {found.row.ended_on}: {Exemption(exemption).meaning}.")


@request.command(epilog=example("redact request statistics 2026", "redact request statistics 2026 --format csv"))
@click.argument("year", metavar="YEAR", type=click.IntRange(1990, 2199))
@click.option("--format", "form", type=click.Choice(FORMAT), default="table", show_default=True, help="How to print.")
def statistics(year: int, form: str) -> None:
    """Count the requests received in a year: by kind, how they ended, how many in time and how many late."""
    from redact.case.statistics import year_rows  # noqa: PLC0415  loads the database's package
    from redact.governance.authority import Action  # noqa: PLC0415  as above

    with office() as records:
        records.permit(Action.READ)
        rows = year_rows(records, year)
    if form == "csv":
        say(as_csv(rows))
    else:
        show_rows(rows, {key: key.replace("_", " ").capitalize() for key in rows[0]}, "", as_json=form == "json")


def _intake(reference: str, file: Path | None, said: dict[str, Any]) -> Any:
    """Put together what FILE and the command line say. Raises UsageProblem."""
    from redact.governance.intake import Intake  # noqa: PLC0415  loads pydantic

    known = Intake.load(file).plain() if file else {"received": date.today().isoformat()}  # noqa: DTZ011  local day
    if file and known["reference"] != reference:
        message = f"{file} is about {known['reference']}, not about {reference}."
        raise UsageProblem(message, "Give the reference that the file has.")
    return Intake.of(known | _given(said) | {"reference": reference})


def _given(said: dict[str, Any]) -> dict[str, Any]:
    """Of what is SAID on the command line, what was given, as fields of Intake."""
    start, end = said.pop("start"), said.pop("end")
    given = {key: value for key, value in said.items() if value not in (None, ())}
    given |= {key: value.isoformat() for key, value in given.items() if isinstance(value, date)}
    if (start is None) != (end is None):
        message = "The time asked about needs both --from and --to."
        raise UsageProblem(message, "Give both.")
    return given | ({"window": {"from": start.isoformat(), "to": end.isoformat()}} if start else {})


def _facts(step: str, note: str, search: dict[str, Any]) -> dict[str, Any]:
    """What an event of STEP says, by the name under which it is read again."""
    key = {"identity-satisfied": "how", "extended": "reason", "searched": "found"}.get(step, "note")
    facts = {key: " ".join(note.split())} if note else {}
    start, end = search["start"], search["end"]
    if step != "searched":
        return facts
    if not search["camera"] or start is None or end is None:
        message = "A search is recorded with where and for which time: --camera, --from and --to."
        raise UsageProblem(message, "Give all three.")
    return facts | {"camera": search["camera"], "from": start.isoformat(), "to": end.isoformat()}


def _tell(records: Any, found: Any, *, as_json: bool) -> None:
    """Print a request as it stands."""
    facts, text = told(records, found)
    if as_json:
        show_json(facts)
    else:
        say(text)
