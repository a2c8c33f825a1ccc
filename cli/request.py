"""redact request: what was asked of the organisation, from the day it came to the day it was answered."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.asking import one_of
from cli.output import example, json_option, say, show_csv, show_json
from cli.records import as_csv, day, office, reference_argument, show_rows, when
from cli.request_steps import attach, close, detach, letter, record, refuse
from cli.request_words import told
from redact.errors import UsageProblem
from redact.governance.rules.working_days import Nation
from redact.request.choices import RequestKind

if TYPE_CHECKING:
    from redact.case.asked import Asked
    from redact.governance.office import Office
    from redact.governance.rules.intake import Intake

__all__ = ["request"]

STATE = ("open", "closed", "refused")
FORMAT = ("table", "csv")

HEADS = {
    "reference": "Reference",
    "kind": "Kind",
    "state": "State",
    "received": "Received",
    "due": "Due",
    "export_by": "Export by",
    "requester": "Requester",
}
DUE = {
    "reference": "Reference",
    "kind": "Kind",
    "due": "Due",
    "days_left": "Days left",
    "target": "Target",
    "export_by": "Export by",
    "export": "Footage",
    "waiting_for": "Waits for",
}
CAMERAS = {
    "name": "Camera",
    "site": "Site",
    "owner": "Owner",
    "retention_days": "Days kept",
    "approvers": "Approved by",
    "clock": "Clock",
}
COUNTS = {
    "kind": "Kind",
    "received": "Received",
    "open": "Open",
    "closed": "Closed",
    "refused": "Refused",
    "ended_in_time": "In time",
    "ended_late": "Late",
    "overdue": "Overdue",
    "extended": "Extended",
    "median_days": "Median days",
}
BESIDES = {
    "kind": "Kind",
    "complaints": "Complaints about them",
    "overwritten": "Footage overwritten first",
    "minutes": "Minutes of looking",
}
REFUSED = {"kind": "Kind", "exemption": "Refused under", "refused": "Requests"}

INTAKE = (
    click.option("--kind", type=one_of(RequestKind), help="Kind of request."),
    click.option("--received", metavar="DAY", callback=day, help="Day on which it came in. [today]"),
    click.option("--requester", metavar="WHO", help="Who asks; of an agency: name, agency."),
    click.option("--identity", metavar="HOW", help="How it was checked who asks."),
    click.option("--recipient", metavar="WHO", help="Who the copy is for."),
    click.option("--lawful-basis", metavar="LAW", help="The law that lets you disclose it."),
    click.option("--purpose", metavar="TEXT", help="What it is needed for."),
    click.option("--from", "start", metavar="TIME", callback=when, help="Beginning of the time asked about, local."),
    click.option("--to", "end", metavar="TIME", callback=when, help="End of the time asked about, local."),
    click.option("--camera", "cameras", metavar="NAME", multiple=True, help="A camera asked about; more than once."),
    click.option("--nation", type=one_of(Nation), help="Whose bank holidays count. [the organisation's]"),
    click.option("--wanted-by", metavar="DAY", callback=day, help="Day by which it is wanted, where no law says one."),
    click.option("--note", metavar="TEXT", help="What else there is to know."),
    click.option("--about", metavar="REF", help="Of a complaint: the request that it is about."),
    click.option("--upload", metavar="LINK", help="Of an agency: the link at which it takes the package."),
)


def intake_options(command: Any) -> Any:
    """Give COMMAND every option that says what was asked."""
    for option in reversed(INTAKE):
        command = option(command)
    return command


@click.group(epilog=example("redact request new SAR-2026-0142 --kind sar", "redact request due"))
def request() -> None:
    """Keep the register of requests.

    What was asked and by whom, when it is due, what was done since, and how it ended.
    """


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
def new(reference: str, file: Path | None, *, as_json: bool, **options: Any) -> None:
    """Put a new request on the register.

    REF is how you will call it. What you say here goes before what FILE says.
    """
    from redact.case.steps import open_request  # noqa: PLC0415  loads the database's package

    with office() as records:
        case = open_request(records, _intake(reference, file, options))
        _tell(records, case, as_json=as_json)


@request.command(epilog=example("redact request change SAR-2026-0142 --recipient 'The requester, by secure link'"))
@reference_argument
@intake_options
@json_option
def change(reference: str, *, as_json: bool, **options: Any) -> None:
    """Correct what the register has of a request.

    What it said before stays in the log. An approval of a release is void where the recipient changes.
    """
    from redact.case.asked import asked  # noqa: PLC0415  loads the database's package
    from redact.case.steps import change_request  # noqa: PLC0415  as above
    from redact.governance.rules.intake import Intake  # noqa: PLC0415  as above

    with office() as records:
        before, changes = asked(records, reference).intake, _given(options)
        if not changes:
            message = f"Nothing is said that would change {reference}."
            raise UsageProblem(message, "Say what is to be corrected, such as --recipient; see: redact request --help")
        case = change_request(records, Intake.of(before.plain() | changes))
        _tell(records, case, as_json=as_json)


@request.command("list", epilog=example("redact request list", "redact request list --state closed --text Example"))
@click.option("--state", type=click.Choice(STATE), help="Only these.")
@click.option("--kind", type=one_of(RequestKind), help="Only these.")
@click.option("--text", metavar="TEXT", help="Only those with TEXT in reference, requester or recipient.")
@click.option("--limit", metavar="N", type=click.IntRange(1), default=50, show_default=True, help="So many at most.")
@json_option
def list_requests(*, state: str | None, kind: str | None, text: str | None, limit: int, as_json: bool) -> None:
    """List requests, the last received first."""
    from redact.case.telling import list_rows  # noqa: PLC0415  loads the engine

    with office() as records:
        rows = list_rows(records, state=state, kind=kind, text=text, limit=limit)
    show_rows(rows, HEADS, "No such request.", as_json=as_json)


@request.command(epilog=example("redact request due", "redact request due --within 7"))
@click.option("--within", metavar="DAYS", type=int, help="Only what is due in so many days, or overdue.")
@json_option
def due(*, within: int | None, as_json: bool) -> None:
    """List open requests, the most urgent first.

    What is overdue stands at the top, with days below 0. Footage that is not here yet has a day of its own, before its
    recorder writes over it. The exit code is 0 whatever is due.
    """
    from redact.case.telling import due_rows  # noqa: PLC0415  loads the engine

    with office() as records:
        rows = due_rows(records, within)
    show_rows(rows, DUE, "Nothing is due.", as_json=as_json)


@request.command(epilog=example("redact request show SAR-2026-0142"))
@reference_argument
@json_option
def show(reference: str, as_json: bool) -> None:
    """Show a request, and what comes next.

    What was asked, when it is due and how that day came about, its footage, and what was released.
    """
    from redact.case.asked import asked  # noqa: PLC0415  loads the database's package
    from redact.governance.rules.authority import Action  # noqa: PLC0415  as above

    with office() as records:
        records.permit(Action.READ)
        _tell(records, asked(records, reference), as_json=as_json)


@request.command(epilog=example("redact request cameras"))
@json_option
def cameras(*, as_json: bool) -> None:
    """List the cameras on the register of cameras.

    It stands in organisation.toml: where each is, how long its recorder keeps footage, and who may approve it.
    """
    from redact.case.telling import camera_rows  # noqa: PLC0415  loads the engine

    with office() as records:
        rows = camera_rows(records)
    show_rows(rows, CAMERAS, "No camera is named in organisation.toml.", as_json=as_json)


@request.command(epilog=example("redact request statistics 2026", "redact request statistics 2026 --format csv"))
@click.argument("year", metavar="YEAR", type=click.IntRange(1990, 2199))
@click.option("--format", "form", type=click.Choice(FORMAT), default="table", show_default=True, help="How to print.")
@json_option
def statistics(year: int, *, form: str, as_json: bool) -> None:
    """Count the requests received in a year.

    By kind: how many are open, how they ended, how many in time and how many late, how many days it took, of how many
    the footage may have been written over first, complaints about them, and minutes on record as spent looking.
    """
    from redact.case.statistics import refused_rows, year_rows  # noqa: PLC0415  loads the database's package
    from redact.governance.rules.authority import Action  # noqa: PLC0415  as above

    with office() as records:
        records.permit(Action.READ)
        rows = year_rows(records, year)
    if form == "csv" and not as_json:
        grounds = sorted({ground for row in rows for ground in row["refused_by"]})
        show_csv(as_csv([_flat(row, grounds) for row in rows]))
        return
    show_rows(rows, COUNTS, "", as_json=as_json)
    if not as_json:
        say("")
        show_rows(rows, BESIDES, "", as_json=False)
    if (refused := refused_rows(rows)) and not as_json:
        say("")
        show_rows(refused, REFUSED, "", as_json=False)


def _flat(row: dict[str, Any], grounds: list[str]) -> dict[str, Any]:
    """Give ROW of the year with a column for each of GROUNDS."""
    by = row["refused_by"]
    plain = {key: value for key, value in row.items() if key != "refused_by"}
    return plain | {f"refused: {ground}": by.get(ground, 0) for ground in grounds}


for command in (record, attach, detach, close, refuse, letter):
    request.add_command(command)


def _intake(reference: str, file: Path | None, options: dict[str, Any]) -> Intake:
    """Put together what FILE and the command line say. Raises UsageProblem."""
    from redact.governance.rules.intake import Intake  # noqa: PLC0415  loads pydantic

    known = Intake.load(file).plain() if file else {"received": date.today().isoformat()}  # noqa: DTZ011  local day
    if file and known["reference"] != reference:
        message = f"{file} is about {known['reference']}, not about {reference}."
        raise UsageProblem(message, "Give the reference that the file has.")
    if not file and options["kind"] is None:
        message = f"It is not said what kind of request {reference} is."
        raise UsageProblem(message, f"Say it with --kind, which is one of {', '.join(RequestKind)}.")
    return Intake.of(known | _given(options) | {"reference": reference})


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Of the OPTIONS of the command line, those that were given, as fields of Intake."""
    start, end = options.pop("start"), options.pop("end")
    values = {key: value for key, value in options.items() if value not in (None, ())}
    values |= {key: value.isoformat() for key, value in values.items() if isinstance(value, date)}
    if (start is None) != (end is None):
        message = "The time asked about needs both --from and --to."
        raise UsageProblem(message, "Give both.")
    return values | ({"window": {"from": start.isoformat(), "to": end.isoformat()}} if start else {})


def _tell(records: Office, case: Asked, *, as_json: bool) -> None:
    """Print a request as it stands."""
    facts, lines = told(records, case)
    if as_json:
        show_json(facts)
    else:
        say(*lines)
