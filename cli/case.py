"""redact scan, subjects, decide, view, render, approve, release: a request's footage, from the scan to the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.asking import accept_options, accepted, mask_options, masking, one_of
from cli.guard import complain, when_stopped
from cli.networks import for_cases, looks_on
from cli.output import example, json_option, say, show_json
from cli.progress import showing
from cli.records import clip_option, office, reference_argument, show_rows, typed
from cli.remedies import spelt
from redact.errors import UsageProblem
from redact.governance.rules.grounds import Ground
from redact.jobs.told import release_facts, said, withheld
from redact.jobs.trouble import facts
from redact.records.kinds import Standing, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.jobs.release import Release

__all__ = ["approve", "decide", "release", "render", "scan", "subjects", "view"]

WHAT = ("master", "copy", "operators-report", "subjects")

LOOKS = 3
"""Looks at which somebody must have been found to stand in the short list: of fewer, most are things or passers-by."""

UNDECIDED = "no:"
"""How the page says that nobody decided."""

HEADS = {
    "id": "Subject",
    "what": "What",
    "from": "From",
    "to": "To",
    "looks": "Looks",
    "where": "To point at",
    "verdict": "Decided",
}

READING = "Reading everything that would leave …"
RELEASING = (
    "Stopped. A release appears whole or not at all. Give the same command again: it finds out which it was. Then see: "
    "redact request show {reference}"
)

why_option = click.option("--why", metavar="TEXT", required=True, help="Why unmasked footage is looked at.")
native_option = click.option("--native", is_flag=True, help="The masters bit for bit, for the police or an agency.")


@click.command(epilog=example("redact scan SAR-2026-0142", "redact scan SAR-2026-0142 --clip cam4.mp4"))
@reference_argument
@clip_option
@json_option
def scan(reference: str, clip: str | None, as_json: bool) -> None:
    """Find everyone in the footage of a request.

    Nobody sees the footage for that. What was found in a clip serves every request that it is attached to.
    """
    from redact.case.footage import scan_clip  # noqa: PLC0415  loads OpenCV
    from redact.case.known import known  # noqa: PLC0415  loads scipy

    rows = []
    with office() as records:
        when_stopped("Stopped. A scan is kept whole or not at all; the same command goes on with what is missing.")
        for attached in _clips(records, reference, clip):
            with showing() as progress:
                scanned = scan_clip(records, reference, attached, for_cases(), progress=progress)
            found = [subject.standing for subject in known(records, reference, attached).people.subjects]
            counts = {"subjects": len(found), "people": found.count(Standing.PERSON)}
            row = {"clip": attached.name, "frames": len(scanned.clip), **counts}
            rows.append(row)
            if not as_json:
                say("{clip}: {people} people or vehicles found in {frames:,} frames.".format(**row))
    if as_json:
        show_json({"reference": reference, "clips": rows})
    else:
        say(f'Whoever is not decided on stays hidden. See who they are: redact subjects {typed(reference)} --why "…"')


@click.command(epilog=example('redact subjects SAR-2026-0142 --why "to find the requester"'))
@reference_argument
@clip_option
@why_option
@click.option(
    "--photograph",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A photograph of the requester in the clothes of that day: say how likely each is they, by its colours.",
)
@click.option("--all", "everyone", is_flag=True, help=f"Also list who was found at fewer than {LOOKS} looks.")
@json_option
def subjects(
    reference: str, clip: str | None, *, why: str, photograph: Path | None, everyone: bool, as_json: bool
) -> None:
    """List everyone found in a clip, with a picture of each.

    Whoever was seen longest stands at the top; then what may only be things; last what is unclear. The pictures show
    people unmasked, so this is recorded as a viewing, with its reason. They are in a page in the case folder, which is
    deleted with the other working copies. With --json everyone is listed.

    A photograph only suggests. It is read and forgotten; what it suggests stands on the page.
    """
    from redact.case.sheet import subject_page  # noqa: PLC0415  loads OpenCV

    looks = looks_on(photograph) if photograph else None
    with office() as records:
        (attached,) = _clips(records, reference, clip, single=True)
        say(f"Cutting a picture of everyone out of {attached.name} …", err=True)
        page, subject_rows = subject_page(records, reference, attached, why, looks)
    rows = [{**row, "where": _where(row)} for row in subject_rows]
    rows.sort(key=lambda row: ([*Standing].index(row["standing"]), -row["looks"]))
    if as_json:
        show_json({"clip": attached.name, "page": str(page), "subjects": rows})
        return
    shown = [
        {**row, "what": _what(row)} | ({"likely": f"{row['likely']:.0%}"} if photograph else {})
        for row in rows
        if everyone or row["looks"] >= LOOKS or not row["verdict"].startswith(UNDECIDED)
    ]
    heads = HEADS | ({"likely": "As on the photograph"} if photograph else {})
    show_rows(shown, heads, "Nobody was found." if not rows else "Nobody was found for long.", as_json=False)
    if len(shown) < len(rows):
        say(
            "",
            f"{len(rows) - len(shown)} more were found at fewer than {LOOKS} looks. They stay hidden; see them: --all",
        )
    say("", f"Pictures: {page} (restricted: it shows people unmasked)")


@click.command(
    epilog=example(
        'redact decide SAR-2026-0142 s002 --visible --ground data-subject --reason "the requester, known to staff"',
        'redact decide SAR-2026-0142 s007 --hidden --ground refused-consent --reason "asked on 3 March, said no"',
        "redact decide SAR-2026-0142 00:12.4@640,360 --visible --ground data-subject --reason "
        '"the requester" --name requester',
    )
)
@reference_argument
@click.argument("who", metavar="SUBJECT...", nargs=-1, required=True)
@clip_option
@click.option("--visible/--hidden", default=None, required=True, help="Whether they can be seen in the copy.")
@click.option("--ground", type=one_of(Ground), required=True, help="What the decision rests on.")
@click.option("--reason", metavar="TEXT", required=True, help="Why, in your own words. It never leaves the house.")
@click.option("--name", metavar="NAME", default="", help="Who it is; subjects of one name are one person.")
@json_option
def decide(  # noqa: PLR0917  a decision has many parts
    reference: str,
    who: tuple[str, ...],
    clip: str | None,
    visible: bool,
    ground: str,
    reason: str,
    name: str,
    as_json: bool,
) -> None:
    """Decide who is visible in a clip, and on what ground.

    SUBJECT is an id of the list that the command subjects gives, or a time and a point, such as 00:12.4@640,360. The
    last word on a subject counts. Whoever is not decided on is hidden, and so is everyone of whom it is not certain
    that they are still the same person.
    """
    from redact.case.deciding import Choice  # noqa: PLC0415  loads OpenCV
    from redact.case.deciding import decide as record  # noqa: PLC0415  as above

    choice = Choice(Verdict.VISIBLE if visible else Verdict.HIDDEN, Ground(ground), reason, name)
    with office() as records:
        (one_clip,) = _clips(records, reference, clip, single=True)
        rulings = record(records, reference, one_clip, who, choice)
    if as_json:
        rows = [{"subject": ruling.subject, "verdict": ruling.verdict, "ground": ruling.ground} for ruling in rulings]
        show_json({"reference": reference, "clip": one_clip.name, "decisions": rows})
    else:
        say(*(f"{ruling.subject} is to be {ruling.verdict}." for ruling in rulings))
        say(f"When all are decided, make the copy: redact render {typed(reference)}")


@click.command(epilog=example('redact view SAR-2026-0142 --why "to check the time of the incident"'))
@reference_argument
@clip_option
@click.option("--what", type=click.Choice(WHAT), default="master", show_default=True, help="What is looked at.")
@why_option
@click.option("--open", "launch", is_flag=True, help="Also open it with this computer's own program.")
@json_option
def view(reference: str, clip: str | None, *, what: str, why: str, launch: bool, as_json: bool) -> None:
    """Look at unmasked footage, for a reason on record.

    Says where it is once that is recorded. There is no other way to a master than this, for those who keep to the
    rules.
    """
    from redact.case.sheet import viewed  # noqa: PLC0415  loads OpenCV

    with office() as records:
        (attached,) = _clips(records, reference, clip, single=True)
        path = viewed(records, reference, attached, what, why)
    if not as_json:
        say(str(path), f"Recorded: {what} of {attached.name}, viewed for {reference}.")
    opened = _opened(path) if launch else None
    if as_json:
        show_json({"clip": attached.name, "what": what, "path": str(path), "opened": opened})


@click.command(
    epilog=example("redact render SAR-2026-0142", "redact render SAR-2026-0142 --clip cam4.mp4 --style fill")
)
@reference_argument
@clip_option
@mask_options
@accept_options
@click.option("--redact-anyway", is_flag=True, help="An agency asked for a redacted copy, and not for the master.")
@json_option
def render(
    reference: str,
    clip: str | None,
    *,
    accept_damage: bool,
    accept: tuple[str, ...],
    reason: str | None,
    redact_anyway: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Make the redacted copies of a request, and check them.

    They stay in the case folder until somebody else has approved them: nothing is released by this.
    """
    from redact.case.copies import How, render_copy  # noqa: PLC0415  loads OpenCV

    how = How(masking(options), accept_damage, accepted(accept, reason), redact_anyway)
    results = []
    with office() as records:
        when_stopped(
            f"Stopped. A copy counts only once it is whole; see what is missing: redact request show {typed(reference)}"
        )
        for attached in _clips(records, reference, clip, single=bool(accept)):
            with showing() as progress:
                outcome = render_copy(records, reference, attached, how, for_cases(), progress=progress)
            results.append(_told(attached, outcome, quiet=as_json))
    errors = [result["error"] for result in results if "error" in result]
    if as_json:
        show_json({"reference": reference, "clips": results} | ({"error": errors[0]} if errors else {}))
    elif not errors:
        say(f"Somebody else has to watch and approve it: redact approve {typed(reference)} --watched")
    return int(errors[0]["exit_code"]) if errors else 0


@click.command(epilog=example("redact approve SAR-2026-0142 --watched", "redact approve POL-7 --native --watched"))
@reference_argument
@native_option
@click.option("--watched", is_flag=True, help="You have watched every copy from beginning to end.")
@json_option
def approve(reference: str, *, native: bool, watched: bool, as_json: bool) -> None:
    """Approve what is to leave for a request, as a second person.

    Whoever decided on it or made it cannot approve it. If any plan, copy or the recipient changes afterwards, the
    approval is void.
    """
    from redact.case.approving import approve as give  # noqa: PLC0415  loads OpenCV

    say(READING, err=True)
    with office() as records:
        parcel = give(records, reference, native=native, watched=watched)
    approval: dict[str, Any] = {
        "reference": reference,
        "copy_number": parcel.number,
        "recipient": parcel.request.intake.recipient,
        "exhibits": [exhibit.name for exhibit in parcel.exhibits],
        "digest": parcel.digest,
        "warnings": list(parcel.warnings),
    }
    if as_json:
        show_json(approval)
    else:
        for warning in parcel.warnings:
            say(f"Note: {warning}")
        say(f"Approved: copy {parcel.number} for {approval['recipient']}, {', '.join(approval['exhibits'])}.")
        say(f"Release it: redact release {typed(reference)} -o DIR{' --native' if native else ''}")


@click.command(
    epilog=example("redact release SAR-2026-0142 -o released", "redact release POL-7 --native --zip -o released")
)
@reference_argument
@click.option("-o", "--out", metavar="DIR", type=click.Path(path_type=Path), help="Folder for it. [the case folder]")
@native_option
@click.option("--zip", "zipped", is_flag=True, help="As one ZIP file instead of a folder.")
@json_option
def release(reference: str, *, out: Path | None, native: bool, zipped: bool, as_json: bool) -> None:
    """Release what was approved, as a signed package.

    It holds the copies, a report and a letter. It appears whole or not at all, and its recipient can check it without
    you: redact verify PACKAGE --key KEY.
    """
    from redact.case.releasing import release as make  # noqa: PLC0415  loads OpenCV

    say(READING, err=True)
    with office() as records:
        when_stopped(RELEASING.format(reference=typed(reference)))
        done = make(records, reference, out, native=native, zipped=zipped)
    left = {
        "release": done.id,
        "package": str(done.package.path),
        "envelope_sha256": done.package.digest,
        "files": dict(done.package.files),
        "recipient_code": done.parcel.code,
        "internal_report": str(done.internal),
        "warnings": list(done.warnings),
    }
    if as_json:
        show_json(left)
        return
    say(f"Released: {left['release']} for {done.parcel.request.intake.recipient}.")
    say(f"  Package   {left['package']}")
    say(f"  Internal  {left['internal_report']} (for the file, not for the recipient)")
    for warning in done.warnings:
        say(f"Note: {warning}")
    say("Give the recipient the public key another way: redact key export KEY.pem")
    say(f"Once it is sent: redact request close {typed(reference)}")


def _clips(records: Office, reference: str, name: str | None, *, single: bool = False) -> Sequence[ClipRow]:
    """Give the clips of a request that are meant: the one that is named, else all; SINGLE: just one."""
    from redact.case.asked import asked, clip_named  # noqa: PLC0415  loads the database's package

    clips = asked(records, reference).clips
    if not clips:
        message = f"No footage is attached to {reference}."
        raise UsageProblem(message, f"Attach it: redact request attach {typed(reference)} CLIP")
    if name is not None or single:
        return (clip_named(clips, name),)
    return clips


def _where(row: dict[str, Any]) -> str | None:
    """Spell where the subject of ROW can be pointed at, as the command decide reads it."""
    return f"{row['at']}@{row['point'][0]},{row['point'][1]}" if row["point"] else None


def _what(row: dict[str, Any]) -> str:
    """Say what the subject of ROW is: what kind of thing, or that it may be none, or many."""
    return str(row["kind"] if row["standing"] == Standing.PERSON else row["standing"])


def _opened(path: Path) -> bool:
    """Open PATH with the program that this computer has for it, and say if it has none."""
    try:
        done = click.launch(str(path), wait=True) == 0
    except OSError:
        done = False
    if not done:
        say(
            "This computer could not open it. Open that file yourself, on a computer that has a player for it.",
            err=True,
        )
    return done


def _told(clip: ClipRow, outcome: Release, *, quiet: bool) -> dict[str, Any]:
    """Say what came of the copy of CLIP unless QUIET; give it as plain JSON."""
    result = release_facts(Path(clip.name), outcome, None)
    if outcome.withheld:
        return result | {"error": facts(complain(withheld(Path(clip.name), outcome)), spelt)}
    if not quiet:
        say(*said(Path(clip.name), outcome, None))
    return result
