"""redact run: the redacted copy of a clip, or of several."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from cli.asking import (
    accept_options,
    accepted,
    asked,
    check_many,
    depicted,
    out_option,
    request_options,
    supersede_option,
)
from cli.guard import complain, when_stopped
from cli.networks import load
from cli.output import example, json_option, say, show_json
from cli.progress import showing
from cli.remedies import spelt
from redact.errors import RedactError, UsageProblem
from redact.jobs.options import Options
from redact.jobs.told import release_facts, said, withheld
from redact.jobs.trouble import facts
from redact.jobs.work import Work, writable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

__all__ = ["attempt", "document", "run"]


def _name(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    """See that TEXT can be the beginning of a file's name."""
    del ctx, param
    if text is not None and not (text.strip(". ") and text.isprintable() and "/" not in text):
        message = f"'{text}' is not the name of a file: letters, digits and the like, without a folder or an ending."
        raise click.BadParameter(message)
    return text


@click.command(
    epilog=example(
        "redact run cam4.mp4 -o released --reference SAR-2026-0142",
        "redact run cam4.mp4 -o released --request sar-0142.toml --keep 00:12.4@640,360",
        "redact run cam4.mp4 -o released --keep photo.jpg",
        "redact run night.mp4 -o released --workers 4",
        'redact run cam4.mp4 -o released --accept F1a2b3c4d --reason "a poster on the wall"',
    )
)
@click.argument("clips", metavar="CLIP...", nargs=-1, required=True, type=click.Path(path_type=Path))
@out_option(required=True)
@click.option(
    "--keep",
    metavar="TIME@X,Y",
    multiple=True,
    help="Who stays visible: whoever is at X,Y px at TIME. A photograph only has the likeliest points told.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many pieces of a long clip are made side by side.",
)
@click.option("--name", metavar="NAME", callback=_name, help="What the results are called. [as the clip]")
@supersede_option
@request_options
@accept_options
@json_option
def run(
    clips: tuple[Path, ...],
    out: Path,
    *,
    name: str | None,
    workers: int,
    supersede: bool,
    fps: Fraction | None,
    stream: int | None,
    accept_damage: bool,
    accept: tuple[str, ...],
    reason: str | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Redact a clip, or several.

    Makes the redacted copy of CLIP, checks it, and writes copy, manifest and report to DIR.

    Everyone is hidden except whom --keep or the request file names. Options go before the request file. The master
    is never changed. A copy that fails a check is withheld: it is readable by you alone, and the exit code is 5. Of
    several clips each is done; the exit code is that of the first that failed.

    A new copy replaces the release that an earlier run left in DIR under the same name, and nothing else: no file that
    the command reads, and none that redact did not make. A copy that is withheld leaves the earlier release as it is.
    With --supersede it is kept either way, and marked as superseded.

    A clip of three minutes or more is painted and checked in pieces of a minute. If the computer stops in the middle,
    run the same command again: what is finished is not done again. Each of several --workers takes some 1.2 GB of
    memory, beside as much for the whole; they are faster than one only where one leaves cores idle.

    A photograph in the place of a point, --keep photo.jpg, names nobody. The command then makes nothing: it says, with
    a number for certainty, which people of the clip wear colours like those, and the point to name each by. It compares
    clothes alone, so a photograph of another day says nothing. It is read and forgotten, never copied or recorded.

    Beside the release stands an operator's report, for you alone: what the second look found, in pictures, and where
    to look first. A finding that shows nobody, such as a poster, can be let stand with --accept and a --reason.
    """
    points, photographs = depicted(options["keep"])
    request, stand = asked(options | {"keep": points}), accepted(accept, reason)
    read = (*clips, *([options["file"]] if options["file"] else []), *photographs)
    how = Options(
        fps=fps,
        stream=stream,
        accept_damage=accept_damage,
        accept=stand,
        name=name,
        supersede=supersede,
        photographs=photographs,
        inputs=read,
        workers=workers,
    )
    work = Work(load, request, how)
    _check_names(clips, name)
    if len(clips) > 1:
        check_many(request, stand)
    for clip in clips:
        work.check_inputs(clip, out)
    with writable(out):
        results = _each(clips, out, work, quiet=as_json)
    if as_json:
        show_json(document(results))
    return next((result["error"]["exit_code"] for result in results if "error" in result), 0)


def attempt(work: Work, clip: Path, out: Path, *, quiet: bool) -> dict[str, Any]:
    """Let WORK make the release of CLIP in OUT; say what came of it unless QUIET; give it as plain JSON."""
    begun = monotonic()
    result: dict[str, Any] = {"master": str(clip)}
    try:
        with showing() as progress:
            release = work(clip, out, progress)
        result = release_facts(clip, release, monotonic() - begun)
        if release.withheld:
            raise withheld(clip, release)
    except RedactError as problem:
        return result | {"error": facts(complain(problem), spelt)}
    if not quiet:
        say(*said(clip, release, monotonic() - begun))
    return result


def document(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Put RESULTS as the one document of the command; the first failure stands at the top as well."""
    errors = [result["error"] for result in results if "error" in result]
    return {"clips": list(results)} | ({"error": errors[0]} if errors else {})


def _each(clips: Sequence[Path], out: Path, work: Work, *, quiet: bool) -> list[dict[str, Any]]:
    """Make the release of each of CLIPS, whatever becomes of the others."""
    results: list[dict[str, Any]] = []
    for number, clip in enumerate(clips, 1):
        if len(clips) > 1:
            say(f"{clip.name} ({number} of {len(clips)})", err=True)
        results.append(attempt(work, clip, out, quiet=quiet))
        released = sum("error" not in result for result in results)
        if released:
            when_stopped(f"Stopped. {released} of {len(clips)} clips were released before, and nothing after.")
    return results


def _check_names(clips: Sequence[Path], name: str | None) -> None:
    """Raise UsageProblem where two of CLIPS would write the same files, for their names or for the one NAME."""
    if name is not None and len(clips) > 1:
        message = f"The results of {len(clips)} clips cannot all be called {name}."
        raise UsageProblem(message, "Run each clip on its own, with its own --name.")
    from redact.files import same_name  # noqa: PLC0415  not needed for help

    alike: dict[str, list[Path]] = defaultdict(list)
    for clip in clips:
        alike[same_name(clip)].append(clip)
    for together in alike.values():
        if len(together) > 1:
            message = (
                f"{together[0]} and {together[1]} would write the same files, since both are called {together[0].stem}."
            )
            raise UsageProblem(message, "Give each its own folder with -o, in a command of its own.")
