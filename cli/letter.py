"""redact letter: what a requester is told next, seen before it is signed."""

from __future__ import annotations

from pathlib import Path

import click

from cli.output import example, json_option, say, show_json
from cli.records import office, reference_argument
from redact.errors import UsageProblem

__all__ = ["letter"]


@click.command(
    epilog=example("redact letter SAR-2026-0142", "redact letter SAR-2026-0142 -o letter.txt --report report.html")
)
@reference_argument
@click.option("-o", "--out", metavar="FILE", type=click.Path(path_type=Path), help="Also write it to FILE.")
@click.option("--report", metavar="FILE", type=click.Path(path_type=Path), help="Write the report to FILE as well.")
@click.option("--native", is_flag=True, help="Of the masters bit for bit, for the police or an agency.")
@json_option
def letter(reference: str, *, out: Path | None, report: Path | None, native: bool, as_json: bool) -> None:
    """Show the letter of a request before it is signed.

    It is a draft: the day, the key and the digests of the report are put in when it leaves. Whoever approves approves
    just this letter and this report; if anything in them changes afterwards, the approval is void.
    """
    from redact.case.drafting import draft_of  # noqa: PLC0415  loads OpenCV
    from redact.files import write_whole  # noqa: PLC0415  as above

    for path in filter(None, (out, report)):
        if path.exists() or not path.absolute().parent.is_dir():
            reason = "is there already" if path.exists() else "is in a folder that does not exist"
            message = f"{path} {reason}, so nothing can be written there."
            raise UsageProblem(message, "Give another name.")
    with office() as records:
        papers = draft_of(records, reference, native=native or None)
    if report and not papers.report:
        message = f"Nothing would leave for {reference} with this letter, so there is no report."
        raise UsageProblem(message, "Leave --report out.")
    if out:
        write_whole(out, papers.letter.encode())
    if report:
        write_whole(report, papers.report.encode())
    if as_json:
        show_json({"reference": reference, "letter": papers.letter, "written": out, "report": report})
    else:
        say(*papers.letter.rstrip("\n").split("\n"))
