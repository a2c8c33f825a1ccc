"""Change records and releases in a thousand small ways, and see whether each is noticed: python -m benchmarks.edits.

A case is made as the commands make one, with a detector that knows its clip. Then one thing at a time is changed, and
put back afterwards: bits and bytes, lines, files and rows are flipped, taken out, swapped, cut off and put in. A change
of ledger or checkpoints is to be found by what `redact log verify` asks, with a register that nobody touched; one of
the register, with a ledger that nobody touched; one of a package by the digests and the signature that `redact verify`
looks at before any picture.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from benchmarks.people import second_person, settings_of
from redact.case.approving import approve
from redact.case.audit import audit
from redact.case.copies import How, render_copy
from redact.case.deciding import Choice, decide
from redact.case.footage import Said, attach, open_footage, scan_clip
from redact.case.purging import hold, lift
from redact.case.releasing import release, sign_ledger
from redact.case.steps import close_request, open_request, refuse, step
from redact.errors import RedactError
from redact.files import sha256_bytes
from redact.governance.founding import set_up
from redact.governance.home import FOUNDING, LEDGER
from redact.governance.home import REGISTER as REGISTER_FILE
from redact.governance.ledger.events import EventKind
from redact.governance.office import Office
from redact.governance.rules.exemptions import Exemption
from redact.governance.rules.grounds import Ground
from redact.governance.rules.intake import Intake
from redact.governance.rules.organisation import FILE
from redact.package.reader import opened, package_at
from redact.package.record import ENVELOPE, read_attestation
from redact.package.verify_package import seal_of
from redact.package.writer import make_package
from redact.records.kinds import Kind, Verdict
from redact.records.tracks import Detections
from redact.video.demo_clip import write_clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from redact.governance.register.register import ClipRow
    from redact.package.public_key import VerifyingKey
    from redact.records.tracks import FrameBatch

__all__ = [
    "EACH",
    "REFERENCE",
    "REGISTER",
    "Case",
    "ColourDetector",
    "Outcome",
    "approve_case",
    "audit_of",
    "edits",
    "make_case",
    "refused",
]

EACH = 250
"""Edits of each of the four: ledger, envelope, other files, copy."""

REGISTER = 100

OTHER = "user 20001"
"""Who approves."""

REFERENCE = "SAR-2026-0142"
"""Of the request."""

SIZE, FRAMES, RATE = (320, 240), 12, Fraction(12)
DAY = date.today()  # noqa: DTZ011  the day where the organisation is
BEGINS = datetime.combine(DAY - timedelta(days=4), datetime.min.time())
TABLES = ("requests", "events", "clips", "attachments", "holds", "releases", "facts")
KINDS = ("flip", "delete", "swap", "truncate", "insert")
LONGEST = 40
"""Bytes taken out or put in at once, at most."""

PEOPLE = ((0, (30, 40, 80, 200)), (2, (200, 60, 260, 220)))
"""By the channel that tells them: xyxy px in the first frame; they move by 2 px a frame."""


class ColourDetector:
    """Takes what is plainly red, and what is plainly blue, for a person each."""

    name = "colours"
    digest = "c" * 64
    kinds: tuple[Kind, ...] = (Kind.PERSON,)
    sides = (320, 320)

    def __call__(self, batch: FrameBatch) -> Detections:
        """Find the red one and the blue one in each picture of BATCH."""
        rows = [
            (index, *box)
            for index, picture in zip(batch.index.tolist(), batch.rgb.astype(np.int16), strict=True)
            for channel, _ in PEOPLE
            if (box := _around(picture[..., channel] - picture[..., 2 - channel] > 80)) is not None
        ]
        table = np.array(rows, np.float32).reshape(-1, 5)
        kind, score = np.full(len(rows), Kind.PERSON, np.uint8), np.full(len(rows), 0.9, np.float32)
        return Detections(table[:, 0].astype(np.int32), table[:, 1:].copy(), score, kind)


def _around(there: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    if len(rows) < 8 or len(columns) < 8:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _pictures(seed: int) -> Iterator[NDArray[np.uint8]]:
    """A red and a blue person walk past a grey wall."""
    wall = np.random.default_rng(seed).integers(100, 140, (SIZE[1] // 8, SIZE[0] // 8, 1), np.uint8)
    wall = wall.repeat(8, axis=0).repeat(8, axis=1).repeat(3, axis=2)
    for index in range(FRAMES):
        picture = wall.copy()
        for channel, (left, top, right, bottom) in PEOPLE:
            picture[top:bottom, left + 2 * index : right + 2 * index] = 50
            picture[top:bottom, left + 2 * index : right + 2 * index, channel] = 220
        yield picture


@dataclass(frozen=True, slots=True)
class Case:
    """Records and releases that nobody has changed yet."""

    home: Path
    folder: Path
    """The release as a folder."""
    archive: Path
    """The same as a ZIP archive."""
    key: VerifyingKey

    @property
    def copy(self) -> str:
        """Name of the redacted copy in the release."""
        return next(path.name for path in self.folder.iterdir() if path.suffix == ".mp4")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One edit, and whether anybody noticed."""

    sort: str
    """Of what was changed."""
    kind: str
    """Of the change."""
    what: str
    found: bool


def _open_case(home: Path, clip: Path) -> ClipRow:
    """Set records up in HOME, and record a request for which a CLIP, made there, is attached and scanned."""
    settings_of(home.parent)
    set_up(home, "Example Housing", "A. Example")
    text = (home / FILE).read_text().replace("[letters]", '[letters]\ncontact = "dpo@example.org"')
    (home / FILE).write_text(f'{text}\n[people."{OTHER}"]\nname = "B. Example"\nroles = ["approver"]\n')
    write_clip(clip, _pictures(7), SIZE, RATE, ((440, 1.0),))
    with Office.open(home) as office:
        open_request(office, _intake(REFERENCE))
        searched = {
            "camera": "Camera 4",
            "from": BEGINS.isoformat(),
            "to": (BEGINS + timedelta(hours=1)).isoformat(),
            "found": "one",
        }
        step(office, REFERENCE, EventKind.SEARCHED, None, searched)
        row = attach(office, REFERENCE, clip, Said("Camera 4", BEGINS, 2.5))
        scan_clip(office, REFERENCE, row, [ColourDetector()])
    return row


def _intake(reference: str) -> Intake:
    asked: dict[str, Any] = {
        "reference": reference,
        "kind": "sar",
        "received": (DAY - timedelta(days=3)).isoformat(),
        "requester": "C. Example",
        "recipient": "C. Example",
        "identity": "tenancy card seen",
        "cameras": ["Camera 4"],
        "window": {"from": BEGINS.isoformat(), "to": (BEGINS + timedelta(seconds=1)).isoformat()},
    }
    return Intake.of(asked)


def approve_case(home: Path, clip: Path, days: int = 30) -> ClipRow:
    """Make a request in HOME whose CLIP, made there, has a copy that was approved; things are kept for DAYS."""
    row = _open_case(home, clip)
    file = home / "organisation.toml"
    text = file.read_text()
    for name in ("footage_days", "working_days"):
        text = text.replace(f"{name} = 30", f"{name} = {days}")
    file.write_text(text)
    with Office.open(home) as office:
        open_footage(office, REFERENCE, row, "master", "to find the requester in the hall")
        decide(office, REFERENCE, row, ["s001"], Choice(Verdict.VISIBLE, Ground.DATA_SUBJECT, "the requester", "C"))
        decide(office, REFERENCE, row, ["s002"], Choice(Verdict.HIDDEN, Ground.UNKNOWN_PERSON, "a passer-by"))
        made = render_copy(office, REFERENCE, row, How({}), [ColourDetector()])
        assert not made.withheld, made.checks
        second = second_person(home, OTHER)
        approve(replace(office, user=OTHER, own=second), REFERENCE, native=False, watched=True)
    return row


def make_case(folder: Path) -> Case:
    """Make a request from its beginning to its release in FOLDER, and others beside it."""
    home = folder / "home"
    row = approve_case(home, folder / "cam4.mp4")
    with Office.open(home) as office:
        done = release(office, REFERENCE, folder / "out", native=False, zipped=False)
        _others(office, folder, row)
        close_request(office, REFERENCE, "answered", "", None)
        sign_ledger(office)
        archive = _packed(office, done.package.path, folder / "out" / "package.zip")
        return Case(home, done.package.path, archive, office.keys.public())


def _others(office: Office, folder: Path, row: ClipRow) -> None:
    """Put more on the register: a request that is refused, one that is open, another clip, and holds."""
    for reference in ("SAR-2026-0143", "SAR-2026-0144"):
        open_request(office, _intake(reference))
        step(office, reference, EventKind.IDENTITY_ASKED, None, {})
    refuse(office, "SAR-2026-0143", Exemption.NO_DATA, "nothing was found", None)
    other = folder / "cam5.mp4"
    write_clip(other, _pictures(8), SIZE, RATE, ((440, 1.0),))
    for clip in (other, folder / "cam4.mp4"):
        attach(office, "SAR-2026-0144", clip, Said("Camera 5"))
    sign_ledger(office)
    review = DAY + timedelta(days=30)
    hold(office, row, "a fall on the stairs", review)
    lift(office, hold(office, row, "a complaint", review), "it was settled")


def _packed(office: Office, package: Path, target: Path) -> Path:
    """Pack the release in the folder PACKAGE once more, as the archive TARGET."""
    _, statement = read_attestation((package / ENVELOPE).read_bytes())
    files = {path.name: path for path in package.iterdir() if path.name != ENVELOPE}
    return make_package(files, statement.predicate, office.signing_key(), target, zipped=True).path


# what is changed


def changed(data: bytes, kind: str, chance: random.Random) -> bytes:
    """Change DATA in the way of KIND, at a place left to CHANCE; what comes back is never the same."""
    while True:
        at, length = chance.randrange(len(data)), chance.randint(1, LONGEST)
        if kind == "flip":
            new = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        elif kind == "delete":
            new = data[:at] + data[at + length :]
        elif kind == "swap":
            first, second = sorted((at, chance.randrange(len(data))))
            middle = data[first + 1 : second]
            new = data[:first] + data[second : second + 1] + middle + data[first : first + 1] + data[second + 1 :]
            new = new if first < second else data
        elif kind == "truncate":
            new = data[:at]
        else:
            there = chance.randrange(len(data))
            some = chance.choice([chance.randbytes(length), data[there : there + length]])
            new = data[:at] + some + data[at:]
        if new != data:
            return new


def changed_lines(data: bytes, kind: str, chance: random.Random) -> bytes:
    """Change the lines of DATA in the way of KIND; a flipped line has another digit or letter, and still reads well."""
    lines = data.splitlines(keepends=True)
    while True:
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        new = list(lines)
        if kind == "flip":
            new[at] = _respelt(lines[at], chance)
        elif kind == "delete":
            del new[at]
        elif kind == "swap":
            new[at], new[other] = new[other], new[at]
        elif kind == "truncate":
            new = new[:at]
        else:
            new.insert(at, lines[other])
        if new != lines:
            return b"".join(new)


def _respelt(line: bytes, chance: random.Random) -> bytes:
    """Put another letter or digit in the place of one of LINE."""
    places = [place for place, byte in enumerate(line) if chr(byte).isalnum()]
    at = chance.choice(places)
    return line[:at] + bytes([line[at] + (-1 if chr(line[at]) in "9zZ" else 1)]) + line[at + 1 :]


@dataclass(slots=True)
class _Held:
    """Files that are put back as they were."""

    files: Mapping[Path, bytes]

    @classmethod
    def of(cls, *paths: Path) -> _Held:
        return cls({path: path.read_bytes() for path in paths})

    def back(self) -> None:
        for path, data in self.files.items():
            path.write_bytes(data)


def edits(case: Case, seed: int, *, each: int = EACH, register: int = REGISTER) -> Iterator[Outcome]:
    """Change CASE in EACH ways for each of ledger, envelope, other files and copy, and its REGISTER in so many."""
    chance = random.Random(seed)  # noqa: S311  the same edits again
    assert audit_of(case) == []
    assert not refused(case.folder, case.key)
    assert not refused(case.archive, case.key)
    yield from _ledger_edits(case, chance, each)
    yield from _package_edits(case, chance, each, "envelope", [ENVELOPE])
    others = [path.name for path in case.folder.iterdir() if path.name not in {ENVELOPE, case.copy}]
    yield from _package_edits(case, chance, each // 2, "other files", sorted(others))
    yield from _archive_edits(case, chance, each - each // 2)
    yield from _package_edits(case, chance, each, "copy", [case.copy])
    yield from _register_edits(case, chance, register)
    yield from _schema_edits(case, chance, register)
    yield from _home_edits(case, chance, register)
    assert audit_of(case) == []
    assert not refused(case.folder, case.key)
    assert not refused(case.archive, case.key)


def _ledger_edits(case: Case, chance: random.Random, count: int) -> Iterator[Outcome]:
    ledger = case.home / LEDGER
    marks = ledger.with_name("ledger.checkpoints.jsonl")
    for number in range(count):
        path, kind = marks if number // 5 % 5 == 4 else ledger, KINDS[number % 5]
        sort = "checkpoints" if path is marks else "ledger"
        held, change = _Held.of(path), chance.choice([changed, changed_lines])
        path.write_bytes(change(held.files[path], kind, chance))
        yield Outcome(sort, kind, change.__name__, bool(audit_of(case)))
        held.back()


def _package_edits(case: Case, chance: random.Random, count: int, sort: str, names: list[str]) -> Iterator[Outcome]:
    """Change one of the files NAMES in the folder, or the same bytes of it in the archive, or the file as a whole."""
    for number in range(count):
        kind, name = KINDS[number % 5], chance.choice(names)
        path = case.folder / name
        data, packed = path.read_bytes(), case.archive.read_bytes()
        new = changed(data, kind, chance)
        if number // 5 % 4 == 0 and packed.count(data) == 1:
            yield _tried(
                case.archive, packed.replace(data, new), Outcome(f"{sort}, in the ZIP", kind, name, False), case
            )
        elif number // 5 % 4 == 1 and kind != "flip":
            yield _whole(case, path, kind, sort, chance)
        else:
            yield _tried(path, new, Outcome(sort, kind, name, False), case)


def _tried(path: Path, new: bytes, edit: Outcome, case: Case) -> Outcome:
    """See whether NEW bytes at PATH are noticed."""
    held = _Held.of(path)
    path.write_bytes(new)
    package = case.archive if path == case.archive else case.folder
    outcome = replace(edit, found=refused(package, case.key))
    held.back()
    return outcome


def _whole(case: Case, path: Path, kind: str, sort: str, chance: random.Random) -> Outcome:
    """Take the whole file PATH out of the folder, swap it with another, empty it, or put one beside it."""
    other = chance.choice([one for one in case.folder.iterdir() if one != path])
    held, added = _Held.of(path, other), case.folder / f"x{path.name}"
    if kind == "delete":
        path.unlink()
    elif kind == "swap":
        path.write_bytes(held.files[other])
        other.write_bytes(held.files[path])
    elif kind == "truncate":
        path.write_bytes(b"")
    else:
        added.write_bytes(held.files[path])
    found = refused(case.folder, case.key)
    held.back()
    added.unlink(missing_ok=True)
    return Outcome(f"{sort}, whole", kind, path.name, found)


def _archive_edits(case: Case, chance: random.Random, count: int) -> Iterator[Outcome]:
    """Change the archive anywhere, every other time in its headers, its table and what ends it."""
    data = case.archive.read_bytes()
    bounds = [at for at in range(len(data) - 3) if data[at : at + 2] == b"PK" and data[at + 2] < 8]
    for number in range(count):
        kind = KINDS[number % 5]
        structure = number // 5 % 2 == 1
        if structure:
            at = min(chance.choice(bounds), len(data) - 1)
            new = data[:at] + changed(data[at : at + 60], kind, chance) + data[at + 60 :]
        else:
            new = changed(data, kind, chance)
        yield _tried(case.archive, new, Outcome("ZIP structure" if structure else "ZIP", kind, "", False), case)


def _register_edits(case: Case, chance: random.Random, count: int) -> Iterator[Outcome]:
    path = case.home / REGISTER_FILE
    with closing(sqlite3.connect(path)) as register:
        register.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for number in range(count):
        held, kind = _Held.of(path), ("update", "delete", "insert")[number % 3]
        table = TABLES[number // 3 % len(TABLES)]
        what = _edit_row(path, table, kind, chance)
        yield Outcome(f"register: {table}", kind, what, bool(audit_of(case)))
        for beside in path.parent.glob("register.db-*"):
            beside.unlink()
        held.back()


def _schema_edits(case: Case, chance: random.Random, count: int) -> Iterator[Outcome]:
    """Put something beside the tables of the register, take an index away, or make a table another one."""
    path = case.home / REGISTER_FILE
    for number in range(count):
        held, kind = _Held.of(path), tuple(SCHEMA_EDITS)[number % len(SCHEMA_EDITS)]
        with closing(sqlite3.connect(path, isolation_level=None)) as register:
            table = chance.choice(TABLES)
            names = [row[1] for row in register.execute(f"PRAGMA table_info({table})")]
            indexes = [
                row[0] for row in register.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE INDEX%'")
            ]
            words = {"table": table, "column": chance.choice(names), "index": chance.choice(indexes), "n": number}
            statements = [one.format(**words) for one in SCHEMA_EDITS[kind]]
            for statement in statements:
                register.execute(statement)
        yield Outcome("register: schema", kind, "; ".join(statements), bool(audit_of(case)))
        for beside in path.parent.glob("register.db-*"):
            beside.unlink()
        held.back()


SCHEMA_EDITS: dict[str, tuple[str, ...]] = {
    "trigger": ("CREATE TRIGGER t{n} AFTER INSERT ON {table} BEGIN UPDATE {table} SET {column!r} = {column!r}; END",),
    "view": ("CREATE VIEW v{n} AS SELECT * FROM {table}",),
    "table": ("CREATE TABLE t{n} AS SELECT * FROM {table}",),
    "view in its place": ("ALTER TABLE {table} RENAME TO t{n}", "CREATE VIEW {table} AS SELECT * FROM t{n}"),
    "index": ("DROP INDEX {index}",),
    "column": ("ALTER TABLE {table} ADD COLUMN c{n} TEXT",),
    "another index": ('CREATE INDEX i{n} ON {table} ("{column}")',),
}


def _home_edits(case: Case, chance: random.Random, count: int) -> Iterator[Outcome]:
    """Change what only HOME's owner should: who may do what, and on which key the ledger is founded."""
    for number in range(count):
        path, kind = case.home / (FILE, FOUNDING)[number // 5 % 2], KINDS[number % 5]
        held = _Held.of(path)
        path.write_bytes(changed(held.files[path], kind, chance))
        yield Outcome(path.name, kind, "", bool(audit_of(case)))
        held.back()


def _edit_row(path: Path, table: str, kind: str, chance: random.Random) -> str:
    """Change a row of TABLE in the database at PATH in the way of KIND; says which and how."""
    with closing(sqlite3.connect(path, isolation_level=None)) as register:
        register.row_factory = sqlite3.Row
        while True:
            before = _all(register, table)
            row = chance.choice(before)
            try:
                what = EDITS[kind](register, table, row, chance)
            except sqlite3.IntegrityError:
                continue
            if _all(register, table) != before:
                return what


def _all(register: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    return [dict(row) for row in register.execute(f'SELECT rowid AS "row", * FROM {table}')]  # noqa: S608  ours


def _update(register: sqlite3.Connection, table: str, row: Mapping[str, Any], chance: random.Random) -> str:
    column = chance.choice([name for name in row if name not in {"row", "seq"}])
    value = _other(row[column], chance)
    register.execute(f'UPDATE {table} SET "{column}" = ? WHERE rowid = ?', (value, row["row"]))  # noqa: S608  ours
    return f"{column}: {row[column]!r} to {value!r}"


def _delete(register: sqlite3.Connection, table: str, row: Mapping[str, Any], _chance: random.Random) -> str:
    register.execute(f"DELETE FROM {table} WHERE rowid = ?", (row["row"],))  # noqa: S608  ours
    return str(dict(row))


def _insert(register: sqlite3.Connection, table: str, row: Mapping[str, Any], chance: random.Random) -> str:
    new = {name: value for name, value in row.items() if name not in {"row", "seq"}}
    key = next(name for name in ("id", "sha256", "reference", "key") if name in new)
    new[key] = sha256_bytes(chance.randbytes(8))[: len(new[key])]
    if "copy_number" in new:
        new["copy_number"] += 1
    names, marks = ", ".join(f'"{name}"' for name in new), ", ".join("?" * len(new))
    register.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(new.values()))  # noqa: S608  ours
    return f"{key} {new[key]}"


EDITS: dict[str, Callable[[sqlite3.Connection, str, Mapping[str, Any], random.Random], str]] = {
    "update": _update,
    "delete": _delete,
    "insert": _insert,
}


def _other(value: Any, chance: random.Random) -> Any:
    """Give something else than VALUE, as near to it as may be."""
    if value is None or isinstance(value, int | float):
        return (value or 0) + chance.choice([1, -1, 0.5, 1000])
    at = chance.randrange(len(value) + 1)
    return chance.choice(
        [value[:at] + chance.choice(" 0x") + value[at:], value[:at] + value[at + 1 :], value.swapcase()]
    )


# who notices


def audit_of(case: Case) -> list[str]:
    """Ask what `redact log verify` asks: what is wrong with the records of CASE."""
    try:
        with Office.open(case.home, settle=False) as office:
            return audit(office).wrong
    except RedactError as problem:
        return [problem.what]


def refused(package: Path, key: VerifyingKey) -> bool:
    """Tell whether digests and signature of PACKAGE show that it is not what KEY signed."""
    if package_at(package) is None:
        return True
    try:
        with opened(package) as contents:
            return not seal_of(contents, key).holds
    except RedactError:
        return True


@click.command()
@click.option("--each", default=EACH, show_default=True, help="Edits of ledger, envelope, other files and copy, each.")
@click.option("--register", default=REGISTER, show_default=True, help="Edits of the register.")
@click.option("--seed", default=1, show_default=True, help="Of the edits.")
def main(each: int, register: int, seed: int) -> None:
    """Make the edits and print how many were found; exit code 1 where one was not."""
    with tempfile.TemporaryDirectory(prefix="redact-edits-") as work:
        outcomes = list(edits(make_case(Path(work)), seed, each=each, register=register))
    tried = Counter((one.sort, one.kind) for one in outcomes)
    found = Counter((one.sort, one.kind) for one in outcomes if one.found)
    for (sort, kind), count in tried.items():
        print(f"{sort:24} {kind:9} {found[sort, kind]:4} of {count}")
    missed = [one for one in outcomes if not one.found]
    print(f"{'all':34} {len(outcomes) - len(missed):4} of {len(outcomes)}")
    for one in missed:
        print(f"MISSED {one.sort}, {one.kind}: {one.what}")
    if missed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
