"""The program `redact`: its commands, and what they have in common."""

from __future__ import annotations

import click

from cli.batch import batch
from cli.case import approve, decide, release, render, scan, subjects, view
from cli.correcting import correct
from cli.demo import demo
from cli.doctor import doctor
from cli.guard import Guarded, stop_by_signal
from cli.key import key
from cli.letter import letter
from cli.log import log
from cli.models import models
from cli.output import example
from cli.request import request
from cli.retention import retention
from cli.review import review
from cli.run import run
from cli.setup import setup
from cli.verify import verify
from cli.worker import scheduler, worker
from redact import __version__

__all__ = ["main", "redact"]

EXIT_CODES = """\b
Exit codes:
  0    done
  1    a fault in redact itself, or too little memory
  2    the command or the request file asks for something that cannot be
  3    the clip, or the place to write to, cannot be used
  4    the master changed while it was worked on
  5    verification failed: the copy is withheld, or a release or the log does not hold
  6    a network is missing, or its digest is wrong
  7    not permitted: authorisation, approval or retention
  130  stopped"""


EXAMPLE = example("redact demo", "redact run cam4.mp4 -o released --reference SAR-2026-0142", "redact verify released")


@click.group(
    cls=Guarded,
    epilog=f"{EXAMPLE}\n\n{EXIT_CODES}",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "--version", prog_name="redact", message="%(prog)s %(version)s")
def redact() -> None:
    """Hide third parties in video before it is disclosed, and prove what was done."""


CASE = (
    setup,
    request,
    scan,
    subjects,
    decide,
    correct,
    view,
    render,
    letter,
    approve,
    release,
    review,
    retention,
    log,
    key,
)
"""What works on the records of an organisation; the others need none."""

for command in (run, demo, verify, batch, worker, scheduler, *CASE, models, doctor):
    redact.add_command(command)


def main() -> None:
    """Run the program."""
    stop_by_signal()
    redact.main(prog_name="redact")
