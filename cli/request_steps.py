"""What happens to a request from the day it came: recorded step by step, and its footage attached, until it ends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.asking import fps_option, one_of, stream_option
from cli.guard import when_stopped
from cli.output import example, json_option, say, show_json
from cli.progress import showing
from cli.records import office, on_option, reference_argument, typed, when
from cli.remedies import spelt
from redact.advice import Sentence
from redact.errors import RedactError, UsageProblem
from redact.governance.ledger.events import STEPS, EventKind
from redact.governance.rules.exemptions import Exemption
from redact.governance.rules.fees import FeeGround
from redact.request.choices import OUTCOMES

if TYPE_CHECKING:
    from datetime import date, datetime
    from fractions import Fraction

    from redact.case.asked import Asked
    from redact.governance.office import Office

__all__ = ["attach", "close", "detach", "letter", "record", "refuse"]

letter_path = click.Path(path_type=Path)


@click.command(
    epilog=example(
        "redact request record SAR-2026-0142 identity-asked --on 2026-03-03",
        'redact request record SAR-2026-0142 identity-satisfied --note "tenancy card seen"',
        "redact request record SAR-2026-0142 searched --camera 'Camera 4' --from 2026-03-02T14:00:00 "
        '--to 2026-03-02T15:00:00 --note "one clip found"',
    )
)
@reference_argument
@click.argument("step", metavar="STEP", type=one_of(STEPS))
@on_option
@click.option("--note", metavar="TEXT", default="", help="What was said, seen or found.")
@click.option("--camera", metavar="NAME", default="", help="Of a search: where.")
@click.option("--from", "start", metavar="TIME", callback=when, help="Of a search: from when, local.")
@click.option("--to", "end", metavar="TIME", callback=when, help="Of a search: until when, local.")
@click.option("--nothing", is_flag=True, help="Of a search: it found nothing there.")
@click.option("--amount", metavar="POUNDS", default="", help="Of a fee: how much, such as 210 or 42.50.")
@click.option("--ground", type=one_of(FeeGround), help="Of a fee for one's own data: why it is asked all the same.")
@json_option
def record(reference: str, step: str, *, on: date | None, note: str, as_json: bool, **search: Any) -> None:
    """Record what happened to a request.

    The day it is due follows from that. STEP is one of identity-asked, identity-satisfied, clarification-asked,
    clarification-answered, fee-quoted, fee-invoiced, fee-asked, fee-paid, fee-waived, extended, searched,
    complaint-acknowledged, complaint-looked-into, package-uploaded.
    """
    from redact.case.steps import noted  # noqa: PLC0415  loads the database's package
    from redact.case.steps import step as record_step  # noqa: PLC0415  as above
    from redact.case.telling import clock_facts  # noqa: PLC0415  as above

    kind = EventKind(step)
    with office() as records:
        clock = record_step(
            records, reference, kind, on, noted(kind, note, _place(step, search) | _money(step, search))
        )
    if as_json:
        show_json({"reference": reference, "step": step, "clock": clock_facts(clock)})
    else:
        say(f"Recorded: {reference}, {step}.", *clock.sentences)


@click.command(
    epilog=example(
        "redact request attach SAR-2026-0142 cam4.mp4 --camera 'Camera 4' --starts 2026-03-02T14:05:00",
        "redact request attach SAR-2026-0142 cam4.mp4 --clock-offset 72",
    )
)
@reference_argument
@click.argument("clips", metavar="CLIP...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--camera", metavar="NAME", default="", help="Which camera recorded it.")
@click.option(
    "--starts", metavar="TIME", callback=when, help="Local time at which it begins, by the clock in the picture."
)
@click.option(
    "--clock-offset", metavar="SECONDS", type=float, help="Seconds by which the clock in the picture is ahead."
)
@click.option(
    "--companion",
    "beside",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="What came with CLIP, such as its index or player; for the police or an agency.",
)
@fps_option
@stream_option
@json_option
def attach(
    reference: str,
    clips: tuple[Path, ...],
    *,
    camera: str,
    starts: datetime | None,
    clock_offset: float | None,
    beside: tuple[Path, ...],
    fps: Fraction | None,
    stream: int | None,
    as_json: bool,
) -> None:
    """Attach clips to a request.

    Their file names go into reports and names of copies, so give files neutral names first, without people and flats.

    Each is read from beginning to end and copied, bit for bit, as a master that is never changed. A clip that is here
    already is not copied again; what you say of it is added.
    """
    from redact.case.companions import keep_companion  # noqa: PLC0415  loads PyAV
    from redact.case.footage import Said  # noqa: PLC0415  as above
    from redact.case.footage import attach as take_in  # noqa: PLC0415  as above

    if len(clips) > 1 and starts:
        message = "--starts is of one clip, but more than one is given."
        raise UsageProblem(message, "Attach each on its own.")
    if len(clips) > 1 and beside:
        message = "--companion came with one clip, but more than one is given."
        raise UsageProblem(message, "Attach each on its own.")
    rows = []
    with office() as records:
        when_stopped(
            f"Stopped. A clip is attached whole or not at all; see which are: redact request show {typed(reference)}"
        )
        for clip in clips:
            with showing() as progress:
                description = Said(camera, starts, clock_offset, fps, stream)
                attached = take_in(records, reference, clip, description, progress=progress)
            rows.append({"name": attached.name, "sha256": attached.sha256, "duration_s": attached.duration_s})
            if not as_json:
                say(f"{attached.name} is attached to {reference} (SHA-256 {attached.sha256[:12]}…).")
        for path in beside:
            kept = keep_companion(records, reference, str(rows[0]["sha256"]), path)
            rows.append({"name": kept.name, "sha256": kept.sha256, "companion": True})
            if not as_json:
                say(f"{kept.name} is kept with it, as it came.")
    if as_json:
        show_json({"reference": reference, "clips": rows})
    else:
        say(f"Find everyone in it: redact scan {typed(reference)}")


@click.command(epilog=example('redact request detach SAR-2026-0142 --clip cam4.mp4 --reason "another staircase"'))
@reference_argument
@click.option("--clip", metavar="NAME", required=True, help="Which, by its file name or the start of its digest.")
@click.option("--reason", metavar="TEXT", required=True, help="Why it has nothing to do with the request.")
@json_option
def detach(reference: str, clip: str, *, reason: str, as_json: bool) -> None:
    """Take a clip off a request.

    It was attached and has nothing to do with it. The record of both stays, and so does the footage, for its time.
    """
    from redact.case.footage import detach as take_off  # noqa: PLC0415  loads PyAV

    with office() as records:
        detached = take_off(records, reference, clip, reason)
    if as_json:
        show_json({"reference": reference, "name": detached.name, "sha256": detached.sha256})
    else:
        say(f"{detached.name} is no longer attached to {reference}.")


@click.command(epilog=example("redact request close SAR-2026-0142", "redact request close SAR-7 --outcome withdrawn"))
@reference_argument
@click.option("--outcome", type=click.Choice(OUTCOMES), default="answered", show_default=True, help="How it ended.")
@click.option("--note", metavar="TEXT", default="", help="What else there is to know.")
@on_option
@json_option
def close(reference: str, *, outcome: str, note: str, on: date | None, as_json: bool) -> None:
    """Close a request, and say how it ended.

    It counts as answered once something was released for it. Nothing more is done for a request that is closed.
    """
    from redact.case.steps import close_request  # noqa: PLC0415  loads the database's package
    from redact.case.telling import ended_facts  # noqa: PLC0415  as above

    with office() as records:
        request = close_request(records, reference, outcome, note, on)
    if as_json:
        show_json(ended_facts(request))
    else:
        say(f"{reference} is closed on {request.row.ended_on}: {outcome}.")


@click.command(
    epilog=example(
        'redact request refuse SAR-2026-0142 --exemption third-party --reason "nobody can be told apart in the crowd"'
    )
)
@reference_argument
@click.option("--exemption", type=one_of(Exemption), required=True, help="What the refusal rests on.")
@click.option("--reason", metavar="TEXT", required=True, help="Why, as the person is told.")
@click.option("-o", "--letter", metavar="FILE", type=letter_path, help="Also write the letter.")
@on_option
@json_option
def refuse(reference: str, *, exemption: str, reason: str, letter: Path | None, on: date | None, as_json: bool) -> None:
    """Refuse a request, and record under which exemption and why."""
    from redact.case.steps import refuse as end  # noqa: PLC0415  loads the database's package
    from redact.case.telling import ended_facts  # noqa: PLC0415  as above

    _check_free(letter)
    with office() as records:
        request = end(records, reference, Exemption(exemption), reason, on)
        if letter:
            _write_after(records, request, letter)
    if as_json:
        show_json(ended_facts(request) | {"letter": letter})
        return
    say(f"{reference} is refused on {request.row.ended_on}: {Exemption(exemption).meaning}")
    say(f"The letter is {letter}." if letter else f"Write the letter: redact request letter {typed(reference)} -o FILE")


@click.command(epilog=example("redact request letter SAR-2026-0142 -o letter.txt"))
@reference_argument
@click.option("-o", "--out", metavar="FILE", required=True, type=letter_path, help="The file to write.")
@json_option
def letter(reference: str, *, out: Path, as_json: bool) -> None:
    """Write the letter of a refusal or of an extension.

    It says why, as it was recorded, and how to complain. The letter of a release is in its package.
    """
    from redact.case.asked import asked  # noqa: PLC0415  loads the database's package
    from redact.governance.rules.authority import Action  # noqa: PLC0415  as above

    _check_free(out)
    with office() as records:
        records.permit(Action.READ)
        _write(records, asked(records, reference), out)
    if as_json:
        show_json({"reference": reference, "letter": out})
    else:
        say(f"The letter is {out}.")


def _money(step: str, said: dict[str, Any]) -> dict[str, str]:
    """What an event of STEP says of a fee."""
    money = {name: str(said[name]) for name in ("amount", "ground") if said[name]}
    if money and not step.startswith("fee-"):
        message = f"--amount and --ground are of a fee, not of {step}."
        raise UsageProblem(message, "Leave them out.")
    return money


def _place(step: str, search: dict[str, Any]) -> dict[str, str]:
    """What an event of STEP says of where was searched, and for which time."""
    start, end = search["start"], search["end"]
    if step != "searched":
        _only_searched(step, search)
        return {}
    if not search["camera"] or start is None or end is None:
        message = "A search is recorded with where and for which time: --camera, --from and --to."
        raise UsageProblem(message, "Give all three.")
    if end <= start:
        message = f"The search from {start} to {end} is of no time at all."
        raise UsageProblem(message, "Give a --to that is after --from.")
    nothing = {"nothing": "yes"} if search["nothing"] else {}
    return {"camera": search["camera"], "from": start.isoformat(), "to": end.isoformat()} | nothing


def _only_searched(step: str, search: dict[str, Any]) -> None:
    """Raise UsageProblem where a STEP that is no search is told where it was: nothing would be recorded of that."""
    if any(search[name] for name in ("camera", "start", "end", "nothing")):
        message = f"--camera, --from, --to and --nothing are of a search, not of {step}."
        raise UsageProblem(message, "Leave them out, or say it in --note.")


def _check_free(path: Path | None) -> None:
    """Raise UsageProblem where the letter would take the place of a file, or of nothing that can be written to."""
    if path and (path.exists() or not path.absolute().parent.is_dir()):
        reason = "is there already" if path.exists() else "is in a folder that does not exist"
        message = f"{path} {reason}, so the letter cannot be written there."
        raise UsageProblem(message, "Give another name.")


def _write(records: Office, request: Asked, path: Path) -> None:
    from redact.case.letters import request_letter  # noqa: PLC0415  loads OpenCV
    from redact.files import write_whole  # noqa: PLC0415  loaded by now

    write_whole(path, request_letter(records, request).encode())


def _write_after(records: Office, request: Asked, path: Path) -> None:
    """Write the letter to PATH, or say that the refusal stands without it."""
    try:
        _write(records, request, path)
    except RedactError as problem:
        sentence = f"{request.reference} is refused, and that is recorded, but there is no letter yet. "
        problem.problem = Sentence((sentence, *problem.problem.parts))
        then = f"{spelt(problem.advice)} Then: redact request letter {typed(request.reference)} -o {path}".strip()
        problem.advice = Sentence((then,))
        raise
