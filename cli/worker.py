"""redact worker, redact scheduler: computers that work together on a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.asking import tls_options
from cli.guard import when_stopped
from cli.output import example, json_option, say, show_json

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["scheduler", "worker"]

GIB = 2**30


@click.command(
    epilog=example(
        "redact worker localhost:8786",
        "redact worker desk1.office:8786 --ca office.pem --cert desk2.pem --key desk2.key",
    )
)
@click.argument("address", metavar="ADDRESS")
@click.option(
    "--memory",
    metavar="GIB",
    type=click.FloatRange(0.5, 4096),
    help="Memory that a clip may take before it is given up. [four fifths of this computer's]",
)
@tls_options
@json_option
def worker(address: str, *, memory: float | None, as_json: bool, **tls: Path | None) -> int:
    """Work on the batches of other computers.

    Joins the scheduler at ADDRESS and works on one clip at a time for whoever gives it a batch, until it is stopped. On
    a computer with many cores start it more than once. It joins again by itself after the scheduler was away.

    Masters and results are not sent: every computer must reach them in the same folders, by the same names.
    """
    from redact.jobs.joining import join, usual_memory  # noqa: PLC0415  an extra
    from redact.jobs.security import meeting  # noqa: PLC0415  as above

    place = meeting(address, **tls)
    if as_json:
        show_json({"address": place.address})
    when_stopped("Stopped. What was not finished is done by others, or when the batch is given again.")
    join(place, lambda line: say(line, err=True), round(memory * GIB) if memory else usual_memory())
    return 0


@click.command(
    epilog=example(
        "redact scheduler",
        "redact scheduler 192.168.0.20:8786 --ca office.pem --cert desk1.pem --key desk1.key",
    )
)
@click.argument("address", metavar="ADDRESS", default="localhost:8786")
@tls_options
@json_option
def scheduler(address: str, *, as_json: bool, **tls: Path | None) -> int:
    """Bring the computers together that work on a batch.

    Others reach it at ADDRESS, by default this computer alone. It hands out clips and does nothing else, until it is
    stopped. Any other address than this computer's own needs certificates, for whoever reaches a scheduler can run
    programs on the computers that work for it.
    """
    from redact.jobs.joining import schedule  # noqa: PLC0415  an extra
    from redact.jobs.security import meeting  # noqa: PLC0415  as above

    place = meeting(address, **tls)
    if as_json:
        show_json({"address": place.address})
    when_stopped("Stopped. Batches wait for a while until it is started again.")
    schedule(place, lambda line: say(line, err=True))
    return 0
