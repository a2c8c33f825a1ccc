"""redact scan, subjects, decide, view, render, approve, release: a request's footage, from the scan to the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.asking import accept_options, accepted, mask_options, masking
from cli.output import example, json_option, say, show_json
from cli.progress import showing
from cli.records import clip_option, office, reference_argument, show_rows
from cli.work import detectors_for, said, withheld
from redact.errors import VerificationFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redact.governance.office import Office
    from redact.governance.register import ClipRow

__all__ = ["approve", "decide", "release", "render", "scan", "subjects", "view"]

GROUND = (
    "data-subject",
    "consent",
    "reasonable",
    "already-known",
    "official",
    "nobody",
    "refused-consent",
    "not-reasonable",
    "unknown-person",
    "confidential",
)
WHAT = ("master", "copy", "operators-report", "subjects")

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
    from redact.subject_sheet import listed  # noqa: PLC0415  as above

    rows = []
    with office() as records:
        for one in _clips(records, reference, clip):
            with showing() as progress:
                seen = scan_clip(records, reference, one, detectors_for(), progress=progress)
            rows.append({"clip": one.name, "frames": len(seen.clip), "subjects": len(listed(seen))})
    if as_json:
        show_json(rows)
        return
    for row in rows:
        say(f"{row['clip']}: {row['subjects']} subjects found in {row['frames']:,} frames. Everyone is hidden so far.")
    say(f'See who they are: redact subjects {reference} --why "…"')


@click.command(epilog=example('redact subjects SAR-2026-0142 --why "to find the requester"'))
@reference_argument
@clip_option
@why_option
@json_option
def subjects(reference: str, clip: str | None, *, why: str, as_json: bool) -> None:
    """List everyone found in a clip, with a picture of each.

    The pictures show people unmasked, so this is recorded as a viewing, with its reason. They are in a page in the
    case folder, which is deleted with the other working copies.
    """
    from redact.case.sheet import subject_page  # noqa: PLC0415  loads OpenCV

    with office() as records:
        (one,) = _clips(records, reference, clip, single=True)
        page, rows = subject_page(records, reference, one, why)
    if as_json:
        show_json({"page": str(page), "subjects": rows})
        return
    heads = {"id": "Subject", "kind": "Kind", "from": "From", "to": "To", "looks": "Looks", "verdict": "Decided"}
    show_rows(rows, heads, "Nobody was found.", as_json=False)
    say(f"\nPictures: {page} (restricted: it shows people unmasked)")


@click.command(
    epilog=example(
        'redact decide SAR-2026-0142 s003 --visible --ground data-subject --reason "the requester, known to staff"',
        'redact decide SAR-2026-0142 s007 --hidden --ground refused-consent --reason "asked on 3 March, said no"',
        "redact decide SAR-2026-0142 00:12.4@640,360 --visible --ground data-subject --reason "
        '"the requester" --name requester',
    )
)
@reference_argument
@click.argument("who", metavar="SUBJECT...", nargs=-1, required=True)
@clip_option
@click.option("--visible/--hidden", default=None, required=True, help="Whether they can be seen in the copy.")
@click.option("--ground", type=click.Choice(GROUND), required=True, help="What the decision rests on.")
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
    """Decide whether subjects of a clip are visible or hidden, and record on what ground.

    SUBJECT is an id of the list that the command subjects gives, or a time and a point, such as 00:12.4@640,360. The
    last word on a subject counts. Whoever is not decided on is hidden, and so is everyone of whom it is not certain
    that they are still the same person.
    """
    from redact.case.deciding import Choice  # noqa: PLC0415  loads OpenCV
    from redact.case.deciding import decide as record  # noqa: PLC0415  as above
    from redact.governance.grounds import Ground  # noqa: PLC0415  as above
    from redact.records import Verdict  # noqa: PLC0415  as above

    choice = Choice(Verdict.VISIBLE if visible else Verdict.HIDDEN, Ground(ground), reason, name)
    with office() as records:
        (one,) = _clips(records, reference, clip, single=True)
        made = record(records, reference, one, who, choice)
    if as_json:
        show_json([{"subject": ruling.subject, "verdict": ruling.verdict, "ground": ruling.ground} for ruling in made])
    else:
        say("\n".join(f"{ruling.subject} is to be {ruling.verdict}." for ruling in made))


@click.command(epilog=example('redact view SAR-2026-0142 --why "to check the time of the incident"'))
@reference_argument
@clip_option
@click.option("--what", type=click.Choice(WHAT), default="master", show_default=True, help="What is looked at.")
@why_option
@click.option("--open", "launch", is_flag=True, help="Also open it with this computer's own program.")
@json_option
def view(reference: str, clip: str | None, *, what: str, why: str, launch: bool, as_json: bool) -> None:
    """Record that unmasked footage is looked at, and why; then say where it is.

    There is no other way to a master than this, for those who keep to the rules.
    """
    from redact.case.sheet import viewed  # noqa: PLC0415  loads OpenCV

    with office() as records:
        (one,) = _clips(records, reference, clip, single=True)
        path = viewed(records, reference, one, what, why)
    if launch:
        click.launch(str(path))
    if as_json:
        show_json({"clip": one.name, "what": what, "path": str(path)})
    else:
        say(f"{path}\nRecorded: {what} of {one.name}, viewed for {reference}.")


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
    made = []
    with office() as records:
        for one in _clips(records, reference, clip, single=bool(accept)):
            with showing() as progress:
                made.append((one, render_copy(records, reference, one, how, detectors_for(), progress=progress)))
    if as_json:
        show_json([_copy(one, copy) for one, copy in made])
    for one, copy in made:
        if copy.withheld:
            say(f"Error: {withheld(Path(one.name), copy)}", err=True)
        elif not as_json:
            say(said(Path(one.name), copy, None))
    return VerificationFailed.exit_code if any(copy.withheld for _, copy in made) else 0


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

    with office() as records:
        found = give(records, reference, native=native, watched=watched)
    facts: dict[str, Any] = {
        "reference": reference,
        "copy_number": found.number,
        "recipient": found.request.intake.recipient,
        "exhibits": [one.name for one in found.exhibits],
        "digest": found.digest,
    }
    if as_json:
        show_json(facts)
    else:
        say(f"Approved: copy {found.number} for {facts['recipient']}, {', '.join(facts['exhibits'])}.")
        say(f'Release it: redact release "{reference}" -o DIR{" --native" if native else ""}')


@click.command(
    epilog=example("redact release SAR-2026-0142 -o released", "redact release POL-7 --native --zip -o released")
)
@reference_argument
@click.option("-o", "--out", metavar="DIR", type=click.Path(path_type=Path), help="Folder for it. [the case folder]")
@native_option
@click.option("--zip", "zipped", is_flag=True, help="As one ZIP file instead of a folder.")
@json_option
def release(reference: str, *, out: Path | None, native: bool, zipped: bool, as_json: bool) -> None:
    """Release what was approved: a signed package of copies, report and letter.

    It appears whole or not at all, and its recipient can check it without you: redact verify PACKAGE --key KEY.
    """
    from redact.case.releasing import release as make  # noqa: PLC0415  loads OpenCV

    with office() as records:
        done = make(records, reference, out, native=native, zipped=zipped)
    facts = {
        "release": done.id,
        "package": str(done.package.path),
        "envelope_sha256": done.package.digest,
        "files": dict(done.package.files),
        "recipient_code": done.parcel.code,
        "internal_report": str(done.internal),
    }
    if as_json:
        show_json(facts)
        return
    say(f"Released: {facts['release']} for {done.parcel.request.intake.recipient}.")
    say(f"  Package   {facts['package']}\n  Internal  {facts['internal_report']} (for the file, not for the recipient)")
    say("Give the recipient the public key another way: redact key export KEY.pem")
    say(f"Once it is sent: redact request close {reference}")


def _clips(records: Office, reference: str, name: str | None, *, single: bool = False) -> Sequence[ClipRow]:
    """Give the clips of a request that are meant: the one that is named, else all; SINGLE: just one."""
    from redact.case.asked import asked, clip_named  # noqa: PLC0415  loads the database's package

    clips = asked(records, reference).clips
    if name is not None or single or not clips:
        return (clip_named(clips, name),)
    return clips


def _copy(clip: ClipRow, made: Any) -> dict[str, Any]:
    """Put a copy that was made as plain JSON."""
    from cli.work import release_facts  # noqa: PLC0415  this module

    return release_facts(Path(clip.name), made, None)
