"""redact verify: a recipient's check of a release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.output import example, json_option, say, show_json, table
from redact.errors import VerificationFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redact.records import Check

__all__ = ["verify"]


@click.command(epilog=example("redact verify released", "redact verify released/cam4.manifest.json"))
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@json_option
def verify(path: Path, as_json: bool) -> int:
    """Check a release as its recipient would.

    Checks that copy and manifest belong together and that the copy was not changed. PATH is the folder of the
    release, its manifest or its copy. Neither the master nor a network connection is needed. The exit code is 0
    only if every check holds, else 5.
    """
    from redact.offline import verify_release  # noqa: PLC0415  loads PyAV and OpenCV

    checks = verify_release(path)
    holds = bool(checks) and all(check.passed for check in checks)
    if as_json:
        rows = [{"name": check.name, "passed": bool(check.passed), "found": check.found} for check in checks]
        show_json({"path": str(path), "holds": holds, "checks": rows})
    else:
        say(_told(path, checks, holds=holds))
    return 0 if holds else VerificationFailed.exit_code


def _told(path: Path, checks: Sequence[Check], *, holds: bool) -> str:
    """Lay the CHECKS out as a table, and say what they come to."""
    rows = [(check.name, "holds" if check.passed else "FAILS", check.found) for check in checks]
    failed = sum(not check.passed for check in checks)
    end = (
        f"All {len(checks)} checks hold." if holds else f"{failed} of {len(checks)} checks fail. Do not rely on {path}."
    )
    return f"{table(rows, ('Check', 'Result', 'Found'))}\n\n{end}"
