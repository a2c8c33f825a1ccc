"""Run the program on every set and say what it leaves exposed: python -m benchmarks.leakage."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from benchmarks.leakage.measure import Tally, measure
from benchmarks.leakage.report import PAGE, place, tables
from benchmarks.leakage.sets import SETS
from benchmarks.product import DATA, EVERYTHING, WITHHELD, copy_of, redact


@click.command()
@click.option("--set", "names", multiple=True, type=click.Choice(list(SETS)), help="Only this set; may be repeated.")
@click.option("--hide", default=EVERYTHING, show_default=True, help="What the program is told to hide.")
@click.option("--data", type=click.Path(path_type=Path), default=DATA, help="Where the footage with truth is.")
@click.option(
    "--copies", type=click.Path(path_type=Path), help="Keep the copies here; one already there is not made anew."
)
@click.option("--update", is_flag=True, help=f"Write the tables into {PAGE.name}.")
def main(names: tuple[str, ...], hide: str, data: Path, copies: Path | None, update: bool) -> None:
    """Measure what stays exposed, and how much of the scene stays, on footage with truth."""
    with tempfile.TemporaryDirectory() as work:
        for name in names or SETS:
            needs, _ = SETS[name]
            if not (data / needs).exists():
                click.echo(f"{name}: left out, {data / needs} is not there.")
                continue
            text = _measured(name, data, Path(work), copies or Path(work) / "copies", hide)
            click.echo(f"\n{name}\n{text}", color=False)
            if update:
                place(name, text)


def _measured(name: str, data: Path, work: Path, copies: Path, hide: str) -> str:
    """Run the program on every clip of set NAME and tell what its copies show."""
    _, make = SETS[name]
    tally, withheld = Tally(), []
    for footage in make(data, work):
        spent = None if _made(footage.master, copies) else redact(footage.master, copies, hide)
        if spent is not None and spent.exit_code == WITHHELD:
            withheld.append(footage.master.stem)
        measure(footage, copy_of(footage.master, copies), tally)
    note = f"\n\nThe program's own checks withheld: {', '.join(withheld)}." if withheld else ""
    return tables(tally) + note


def _made(master: Path, copies: Path) -> bool:
    try:
        copy_of(master, copies)
    except StopIteration:
        return False
    return True


if __name__ == "__main__":
    main()
