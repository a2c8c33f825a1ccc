"""The one catcher: whatever stops a command becomes a sentence and an exit code here, and nowhere else."""

from __future__ import annotations

import io
import os
import signal
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import click

from cli.output import hush, reader_gone, say, show_json
from cli.remedies import said, spelt
from redact.jobs.trouble import explained, facts
from redact.legible import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from redact.errors import RedactError

__all__ = ["STOPPED", "Guarded", "complain", "stop_by_signal", "when_stopped"]

STOPPED = 130
"""Exit code of a command that was interrupted, as shells have it."""

NOTHING = "Stopped. Nothing unfinished was released."
"""What is said of an interrupted command, unless it knows better."""

SAYS = "redact.stopped"
"""Where the click context keeps what the command knows better."""


def when_stopped(sentence: str) -> None:
    """Let SENTENCE be what is said if the running command is interrupted from here on."""
    click.get_current_context().meta[SAYS] = sentence


def stop_by_signal() -> None:
    """Let a request to end, or a closed terminal, clean up as Ctrl-C does. What is ignored already stays ignored."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Stop once. While the command tidies up, a second press does nothing, and a third stops that too."""
    del frame
    signal.signal(number, _again)
    raise KeyboardInterrupt


def _again(number: int, frame: FrameType | None) -> None:
    del frame
    signal.signal(number, signal.default_int_handler)
    with suppress(OSError):  # print might be interrupted in the middle of printing
        os.write(2, b"\nTidying up; one more press leaves at once.\n")


def complain(problem: Exception) -> RedactError:
    """Say what PROBLEM is and what to do, on standard error; where REDACT_DEBUG is set, also where it happened."""
    if os.environ.get("REDACT_DEBUG"):
        traceback.print_exception(problem)
    known = explained(problem)
    say(*f"Error: {said(known)}".split("\n"), err=True)
    return known


class Guarded(click.Group):
    """A group of commands whose every failure ends as a sentence on standard error, and as JSON where asked for."""

    as_json = False

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> NoReturn:
        """Run the command that ARGS ask for, and leave with the exit code it gives."""
        self.as_json = "--json" in (sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        try:
            code = super().main(args, *rest, **extra)
        except click.exceptions.NoArgsIsHelpError as asked:
            click.echo(asked.format_message())
            code = 0
        except click.ClickException as problem:
            code = self._misused(problem)
        except (KeyboardInterrupt, click.Abort):
            code = self._stopped(NOTHING)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command of CTX; give its exit code."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise  # click's own way to say that a command was misused, or is done
        except (KeyboardInterrupt, click.Abort):
            return self._stopped(ctx.meta.get(SAYS, NOTHING))
        except Exception as problem:  # noqa: BLE001  every failure becomes a sentence, and it becomes one here
            if isinstance(problem, BrokenPipeError) and reader_gone():  # whoever read the help has seen enough
                hush()
                return 1
            return self._failed(problem)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which they were added: what is needed first, first."""
        del ctx
        return list(self.commands)

    def _failed(self, problem: Exception) -> int:
        known = complain(problem)
        self._tell(facts(known, spelt))
        return known.exit_code

    def _misused(self, problem: click.ClickException) -> int:
        shown = io.StringIO()
        problem.show(shown)
        # it may be about the name of a file that looks like an option
        text = shown.getvalue().replace(problem.message, one_line(problem.message))
        say(*text.rstrip("\n").split("\n"), err=True)
        self._tell({"message": problem.format_message(), "remedy": "", "exit_code": problem.exit_code})
        return problem.exit_code

    def _stopped(self, sentence: str) -> int:
        say("", sentence, err=True)
        self._tell({"message": sentence, "remedy": "", "exit_code": STOPPED})
        return STOPPED

    def _tell(self, error: dict[str, Any]) -> None:
        if self.as_json:
            show_json({"error": error})
