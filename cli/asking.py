"""The options that say what is asked of a copy, shared by the commands that make one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from redact.errors import UsageProblem
from redact.records.kinds import Cover, Style
from redact.request.choices import PHOTOGRAPHS, Audio, Hide, RequestKind, Unexplained, parse_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from enum import StrEnum
    from fractions import Fraction

    from redact.request.model import Request
    from redact.verify.acceptance import Acceptance

__all__ = [
    "accept_options",
    "accepted",
    "asked",
    "check_many",
    "depicted",
    "fps_option",
    "mask_options",
    "masking",
    "one_of",
    "out_option",
    "request_options",
    "stream_option",
    "supersede_option",
    "tls_options",
]

F = TypeVar("F", bound="Callable[..., Any]")


def one_of(words: Iterable[StrEnum]) -> click.Choice[str]:
    """Accept one of WORDS, spelt as the records spell them."""
    return click.Choice([word.value for word in words])


def _hidden(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[str, ...]:
    """Split TEXT at its commas; say which word is not known."""
    del ctx, param
    words = tuple(word.strip().lower() for word in text.split(",")) if text is not None else ()
    for word in words:
        if word not in tuple(Hide):
            message = f"'{word}' is not one of {', '.join(Hide)}."
            raise click.BadParameter(message)
    return words


def _rate(ctx: click.Context, param: click.Parameter, text: str | None) -> Fraction | None:
    """Read frames per second exactly: 25, 12.5 or 30000/1001."""
    del ctx, param
    if text is None:
        return None
    try:
        return parse_rate(text)
    except ValueError as wrong:
        message = f"'{text}' is not a number of frames per second, such as 25, 12.5 or 30000/1001."
        raise click.BadParameter(message) from wrong


def out_option(**settings: Any) -> Callable[[F], F]:
    """Give a command the option -o, the folder that results go to."""
    return click.option(
        "-o", "--out", metavar="DIR", type=click.Path(path_type=Path), help="Folder for the results.", **settings
    )


fps_option = click.option(
    "--fps", metavar="N", callback=_rate, help="Frames per second of a raw stream, which carries no times."
)

stream_option = click.option(
    "--stream",
    metavar="N",
    type=click.IntRange(0),
    help="Which video stream, by its number, where several of a file carry on.",
)

supersede_option = click.option(
    "--supersede", is_flag=True, help="Mark an earlier release under the same name as superseded, and keep it."
)

TLS = (
    click.option(
        "--ca",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Certificate of the authority that signed the others.",
    ),
    click.option("--cert", metavar="FILE", type=click.Path(path_type=Path), help="Certificate of this computer."),
    click.option("--key", metavar="FILE", type=click.Path(path_type=Path), help="The key to that certificate."),
)
"""How computers know each other."""


def tls_options(command: F) -> F:
    """Give COMMAND the options that say how computers know each other."""
    for option in reversed(TLS):
        command = option(command)
    return command


HIDDEN = click.option(
    "--hide",
    metavar="LIST",
    callback=_hidden,
    help="What to hide: people, faces, plates, with commas between. [all three]",
)
MASK = (
    click.option("--cover", type=one_of(Cover), help="How much of a person is hidden. [body]"),
    click.option(
        "--style",
        type=one_of(Style),
        help="Frosted glass, one colour, or a mosaic: its colours give away who is under it. [blur]",
    ),
    click.option("--audio", type=one_of(Audio), help="What becomes of the sound. [mute]"),
    click.option(
        "--motion",
        type=one_of(Unexplained),
        help="What becomes of something that moves, and that nobody was found in: listed, hidden or ignored. [review]",
    ),
    click.option("--span", metavar="FROM-TO", help="Only this part of the clip, such as 00:10-01:30."),
    click.option("--overlay", is_flag=True, default=None, help="Also lay a faint watermark across the picture."),
    click.option("--accept-damage", is_flag=True, help="Go on where pictures of the master are lost, and report it."),
)
"""How a copy is made, whatever is hidden in it."""

OPTIONS = (
    click.option("--request", "file", metavar="FILE", type=click.Path(path_type=Path), help="Request file (TOML)."),
    HIDDEN,
    *MASK,
    click.option("--reference", help="Reference of the request, such as SAR-2026-0142."),
    click.option("--recipient", help="Who the copy is for."),
    click.option("--kind", type=one_of(RequestKind), help="Kind of request."),
    click.option("--copy-number", type=int, help="Number of this copy, from 1. [1]"),
    fps_option,
    stream_option,
)


def request_options(command: F) -> F:
    """Give COMMAND every option that says what is asked. They go before what the request file says."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def mask_options(command: F) -> F:
    """Give COMMAND the options that say how a copy is made, where its request is on the register.

    What is hidden there follows from decisions alone: everybody and every vehicle on whom none says otherwise.
    """
    for option in reversed(MASK):
        command = option(command)
    return command


def masking(options: Mapping[str, Any]) -> dict[str, Any]:
    """Give those of OPTIONS that were given as fields of Request. Raises UsageProblem."""
    from redact.request.model import parse_span  # noqa: PLC0415  half a second

    chosen = {name: value for name, value in options.items() if value not in (None, ())}
    return chosen | ({"span": parse_span(chosen["span"])} if "span" in chosen else {})


def accept_options(command: F) -> F:
    """Give COMMAND the options that let a finding of the second look stand."""
    reason = click.option("--reason", metavar="TEXT", help="Why what --accept names shows nobody to be hidden.")
    named = click.option(
        "--accept",
        metavar="FINDING",
        multiple=True,
        help="Let a finding of the second look stand, by its id in the operator's report. Needs --reason.",
    )
    return named(reason(command))


def accepted(ids: Sequence[str], reason: str | None) -> Acceptance | None:
    """Read what --accept and --reason say; None where neither is given. Raises UsageProblem."""
    if not ids and reason is None:
        return None
    from redact.verify.acceptance import accept  # noqa: PLC0415  half a second

    return accept(ids, reason)


def asked(options: Mapping[str, Any]) -> Request:
    """Make the request of the file, if OPTIONS name one, and of the OPTIONS that were given, which go first."""
    from redact.request.model import Request, parse_keep  # noqa: PLC0415  half a second

    chosen = {name: value for name, value in options.items() if value not in (None, ())}
    file = chosen.pop("file", None)
    request = Request.load(file) if file else Request()
    if "keep" in chosen:
        chosen["keep"] = tuple(parse_keep(text) for text in chosen["keep"])
    return request.override(masking(chosen))


def depicted(keep: Sequence[str]) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """Tell apart what --keep gave: points, and photographs, by the endings of their names."""
    photographs = tuple(text for text in keep if text.lower().endswith(PHOTOGRAPHS))
    points = tuple(text for text in keep if text not in photographs)
    return points, tuple(map(Path, photographs))


def check_many(request: Request, accept: Acceptance | None = None) -> None:
    """Raise UsageProblem where REQUEST or ACCEPT speaks of one clip: a point of it is someone else's in another."""
    if accept:
        message = "A finding that is accepted belongs to one clip, but more than one clip is asked for."
        raise UsageProblem(message, "Run that clip on its own.")
    if request.keep:
        message = "Who stays visible is named by a time and a point of one clip, but more than one clip is asked for."
        raise UsageProblem(message, "Run each clip on its own, with its own --keep or request file.")
