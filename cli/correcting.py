"""redact correct: what a person draws on a clip, where they know better than the networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.output import example, json_option, say, show_json
from cli.records import clip_option, office, reference_argument, show_rows, typed
from redact.errors import UsageProblem

if TYPE_CHECKING:
    from redact.case.correcting import Correction, Wish
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow

__all__ = ["correct"]

SHORT = 12
"""Letters of a correction's name that tell it apart."""

HEADS = {"id": "Correction", "what": "What", "by": "By", "at": "When", "reason": "Why"}


@click.command(
    epilog=example(
        "redact correct SAR-2026-0142",
        'redact correct SAR-2026-0142 --hide 00:10-00:12.5@100,20,180,90 --reason "a window into a flat"',
        'redact correct SAR-2026-0142 --hide @0,0,200,40 --reason "a name on the door"',
        'redact correct SAR-2026-0142 --mute 00:31-00:33 --reason "a name is called"',
        'redact correct SAR-2026-0142 --undo 1a2b3c4d5e6f --reason "it was a mirror"',
    )
)
@reference_argument
@clip_option
@click.option("--hide", metavar="FROM-TO@BOX", help="Hide a region: from when to when, and left, top, right, bottom.")
@click.option("--mute", metavar="FROM-TO", help="Silence the sound, in a copy that has sound.")
@click.option("--undo", metavar="CORRECTION", help="Take a correction back.")
@click.option("--reason", metavar="TEXT", help="Why, in your own words. It never leaves the house.")
@json_option
def correct(  # noqa: PLR0917  one thing is drawn in one of several ways
    reference: str,
    clip: str | None,
    hide: str | None,
    mute: str | None,
    undo: str | None,
    reason: str | None,
    as_json: bool,
) -> None:
    """Hide a region by hand, or silence the sound.

    For what the networks do not know. Without times a region is hidden throughout. Px are those of the picture as you
    see it. Boxes that move are drawn on the page. Without any option, what was drawn and not taken back is listed. A
    copy made before is out of date.
    """
    from redact.case.asked import asked, clip_named  # noqa: PLC0415  loads the database's package

    if sum(one is not None for one in (hide, mute, undo)) > 1:
        message = "One thing is drawn, or taken back, at a time."
        raise UsageProblem(message, "Give one of --hide, --mute and --undo.")
    with office() as records:
        one_clip = clip_named(asked(records, reference).clips, clip)
        if undo is not None:
            done = _undone(records, reference, one_clip, undo, reason or "")
        elif hide is not None or mute is not None:
            done = _drawn(records, reference, one_clip, _wish(hide, mute), reason or "")
        else:
            done = ""
        rows = _listed(records, reference, one_clip)
    if as_json:
        show_json({"reference": reference, "clip": one_clip.name, "corrections": rows})
        return
    if done:
        say(done, f"Make the copy again: redact render {typed(reference)}")
    else:
        show_rows(rows, HEADS, "Nothing was drawn.", as_json=False)


def _wish(hide: str | None, mute: str | None) -> Wish:
    """Read what is to be drawn. Raises UsageProblem."""
    from redact.case.correcting import Wish  # noqa: PLC0415  loads OpenCV
    from redact.records.drawn import Drawing  # noqa: PLC0415  beside it
    from redact.request.model import parse_span  # noqa: PLC0415  loads pydantic

    if mute is not None:
        span = parse_span(mute)
        return Wish(Drawing.MUTE, times=(span.start, span.end))
    when, _, where = (hide or "").partition("@")
    try:
        left, top, right, bottom = (int(part) for part in where.split(","))
    except ValueError as wrong:
        message = f"--hide {hide} cannot be read."
        raise UsageProblem(
            message, "Write from-to@left,top,right,bottom, such as 00:10-00:12.5@100,20,180,90."
        ) from wrong
    times = None
    if when:
        span = parse_span(when)
        times = (span.start, span.end)
    return Wish(Drawing.HIDE, keys=((0, (left, top, right, bottom)),), times=times)


def _drawn(records: Office, reference: str, clip: ClipRow, wish: Wish, reason: str) -> str:
    from redact.case.correcting import correct as record  # noqa: PLC0415  loads OpenCV
    from redact.case.correcting import described  # noqa: PLC0415  as above

    made = record(records, reference, clip, wish, reason)
    return f"Drawn, {made.id[:SHORT]}: {described(made.drawn)}."


def _undone(records: Office, reference: str, clip: ClipRow, name: str, reason: str) -> str:
    from redact.case.correcting import described, uncorrect  # noqa: PLC0415  loads OpenCV

    known = [one for one in _counting(records, reference, clip) if one.id.startswith(name.lower()) and name]
    if len(known) != 1:
        message = f"{name} is not the name of one correction of {clip.name}."
        raise UsageProblem(message, f"See which there are: redact correct {typed(reference)}")
    gone = uncorrect(records, reference, clip, known[0].id, reason)
    return f"Taken back: {described(gone.drawn)}."


def _listed(records: Office, reference: str, clip: ClipRow) -> list[dict[str, Any]]:
    from redact.case.correcting import described  # noqa: PLC0415  loads OpenCV

    return [
        {
            "id": one.id[:SHORT],
            "what": described(one.drawn),
            "by": one.by,
            "at": one.at[:16],
            "reason": one.reason,
        }
        for one in _counting(records, reference, clip)
    ]


def _counting(records: Office, reference: str, clip: ClipRow) -> tuple[Correction, ...]:
    """Give what was drawn on CLIP and counts now."""
    from redact.case.planning import present  # noqa: PLC0415  loads scipy

    return present(records, reference, clip).corrections
