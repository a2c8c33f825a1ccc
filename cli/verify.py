"""redact verify: a recipient's check of a release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.output import example, json_option, say, show_json, table
from redact.errors import UsageProblem, VerificationFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redact.records.plan import Check

__all__ = ["verify"]

EXAMPLE = example(
    "redact verify SAR-2026-0142-1.zip --key housing-association.pem",
    "redact verify released",
    "redact verify released/cam4.manifest.json",
)


@click.command(epilog=EXAMPLE)
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@click.option(
    "--key", metavar="FILE", type=click.Path(path_type=Path), help="Public key (PEM) of whoever released a package."
)
@click.option(
    "--successor",
    "successors",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Statement by which the key named the key that replaced it; several in order.",
)
@json_option
def verify(path: Path, key: Path | None, successors: tuple[Path, ...], as_json: bool) -> int:
    """Check a release as its recipient would.

    With --key, PATH is a signed package: a folder, a ZIP archive or the envelope in a folder. Checks that the owner of
    the key signed it, that no file was changed, added or removed, and that each copy is the one recorded. Without
    --key, PATH is what redact run made, which nobody signed: the folder, the manifest or the copy. Checks that copy
    and manifest belong together. Neither the master nor a network connection is needed. The exit code is 0 only if
    every check holds, else 5.
    """
    if successors and key is None:
        message = "--successor says which key follows one that you trust, but no key is given."
        raise UsageProblem(message, "Give that key with --key.")
    checks = _signed(path, key, successors) if key else _plain(path)
    holds = bool(checks) and all(check.passed for check in checks)
    passed_over = () if key else _passed_over(path)
    if as_json:
        rows = [{"name": check.name, "passed": bool(check.passed), "found": check.found} for check in checks]
        said = {"path": str(path), "signed": key is not None, "holds": holds, "checks": rows}
        show_json(said | {"not_checked": passed_over})
    else:
        say(
            *_told(path, checks, holds=holds),
            *(f"{name} was not checked. If it is a signed package, that takes --key." for name in passed_over),
        )
    return 0 if holds else VerificationFailed.exit_code


def _signed(path: Path, key: Path, successors: Sequence[Path]) -> tuple[Check, ...]:
    """Check the package at PATH as signed with the key in the file KEY, or with the last of its SUCCESSORS."""
    from redact.package.public_key import load_public, load_successor  # noqa: PLC0415  loads pydantic
    from redact.package.verify_package import verify_package  # noqa: PLC0415  loads PyAV and OpenCV

    trusted = load_public(key)
    for statement in successors:
        trusted = load_successor(trusted, statement)
    return verify_package(path, trusted)


def _plain(path: Path) -> tuple[Check, ...]:
    """Check the release at PATH, which nobody signed. Raises UsageProblem where somebody did."""
    from redact.package.reader import package_at  # noqa: PLC0415  loads pydantic
    from redact.package.verify_release import verify_release  # noqa: PLC0415  loads PyAV and OpenCV

    if package_at(path) is not None:
        message = f"{path} is a signed package, and without the key of whoever released it nothing is proved."
        remedy = "Ask them for their public key by another way than the package came, and give it with --key."
        raise UsageProblem(message, remedy)
    return verify_release(path)


def _passed_over(path: Path) -> tuple[str, ...]:
    """Name what may be a package in the folder PATH, beside what nobody signed: without a key it proves nothing."""
    from redact.package.reader import packages_in  # noqa: PLC0415  loads pydantic

    return tuple(str(package) for package in packages_in(path))


def _told(path: Path, checks: Sequence[Check], *, holds: bool) -> list[str]:
    """Lay the CHECKS out as a table, and say what they come to."""
    rows = [(check.name, "holds" if check.passed else "FAILS", check.found) for check in checks]
    failed = sum(not check.passed for check in checks)
    end = (
        f"All {len(checks)} checks hold." if holds else f"{failed} of {len(checks)} checks fail. Do not rely on {path}."
    )
    return [*table(rows, ("Check", "Result", "Found")), "", end]
