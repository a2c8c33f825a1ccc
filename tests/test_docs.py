"""What the documentation says holds: commands parse, links resolve, examples load, tables agree with the code."""

from __future__ import annotations

import re
import shlex
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import pytest

from cli.guard import STOPPED
from cli.main import redact
from redact.case.letters import OURS
from redact.errors import RedactError
from redact.governance.ledger.events import STEPS, EventKind
from redact.governance.rules.exemptions import Exemption
from redact.governance.rules.grounds import Ground, grounds_for
from redact.governance.rules.intake import Intake, Window
from redact.governance.rules.organisation import Key, Organisation, Person, Retention, Role
from redact.records.kinds import CheckName, SealName, Verdict
from redact.report.letter import LetterFacts
from redact.request.choices import RequestKind
from redact.request.model import Keep, Request, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
ADRS = sorted(ROOT.glob("docs/adr/*.md"))

BLOCK_LINE = re.compile(r"^ {4}(?:\.venv/bin/)?redact (.+)$", re.MULTILINE)
INLINE = re.compile(r"`redact ((?:[^`\n]|\n(?!\n))+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
TOML = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MACHINE = re.compile(r"(?<![\w.<])/(?:work|home|root|tmp|opt|usr|mnt|Users)/|[A-Z]:\\\\")
REGISTRY = re.compile(r"pypi\.org|pythonhosted|pytorch\.org/whl|npmjs|download\.pytorch")

TABLES = "catalogue.toml"

ORGANISATION, INTAKE = "[people.", "received = "
"""What only an organisation's file says, and what only an intake."""

HEAD = 'reference = "SAR-2026-0142"\nkind = "sar"\nrecipient = "The requester"\n'
"""What an example that shows only a part of a request file leaves out."""


class Line(NamedTuple):
    """A command line somewhere in the documentation."""

    page: Path
    text: str
    """What stands after "redact"."""
    whole: bool
    """Whether it stands as a line to type, and not as the name of a command in a sentence."""


def lines() -> Iterator[Line]:
    """Every command line of the documentation."""
    for page in PAGES:
        text = page.read_text()
        yield from (Line(page, found[1].strip(), whole=True) for found in BLOCK_LINE.finditer(text))
        yield from (Line(page, " ".join(found[1].split()), whole=False) for found in INLINE.finditer(text))


def commands(group: click.Group = redact, above: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by the words one types."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))
        elif not command.hidden:
            yield " ".join((*above, name)), command


def found_in(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that WORDS begin with, and the words after it."""
    command: click.Command = redact
    while words and isinstance(command, click.Group) and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    return command, words


def named(path: Path) -> str:
    """PATH within the project, as the name of a case."""
    return str(path.relative_to(ROOT))


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def section(page: str, title: str) -> str:
    """What stands under the second-level heading TITLE."""
    _, _, rest = (ROOT / page).read_text().partition(f"\n## {title}\n")
    return rest.partition("\n## ")[0]


@pytest.mark.parametrize("line", list(lines()), ids=lambda line: f"{line.page.name}: {line.text}"[:60])
def test_every_command_line_parses(line: Line) -> None:
    """Whatever the documentation tells someone to type, the program understands."""
    command, words = found_in(shlex.split(line.text))
    assert not isinstance(command, click.Group) or not words or words[0].startswith("-")
    context = click.Context(command, info_name=line.text)
    given, left, _ = command.make_parser(context).parse_args(words)
    assert isinstance(command, click.Group) or not left
    for param in command.params:
        value, _ = param.consume_value(context, given)
        missing = param.value_is_missing(value)
        assert not (line.whole and param.required and missing), f"{param.name} is missing"
        if not missing and not isinstance(param.type, click.Path) and not str(value).isupper():
            param.type_cast_value(context, value)


@pytest.mark.parametrize(
    ("name", "command"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_and_option_is_described(name: str, command: click.Command) -> None:
    """docs/commands.md has every command, and every option of it under its heading."""
    described = section("docs/commands.md", f"redact {name.partition(' ')[0]}")
    assert f"redact {name}" in f"redact {name.partition(' ')[0]}\n{described}"
    options = [param for param in command.params if isinstance(param, click.Option) and not param.hidden]
    missing = [option.opts for option in options if not any(f"`{form}" in described for form in option.opts)]
    assert not missing


@pytest.mark.parametrize(
    ("name", "command"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_no_option_is_described_that_does_not_exist(name: str, command: click.Command) -> None:
    """An option named in a table of docs/commands.md is one of a command under that heading."""
    top = name.partition(" ")[0]
    known = {
        form for other, each in commands() if other.partition(" ")[0] == top for p in each.params for form in p.opts
    }
    known |= {form for param in command.params for form in param.secondary_opts} | {"--help"}
    rows = [line for line in section("docs/commands.md", f"redact {top}").splitlines() if line.startswith("| `-")]
    assert {form for row in rows for form in re.findall(r"`(--?[\w-]+)", row.split("|")[1])} <= known


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_resolves(page: Path) -> None:
    """A relative link leads to a file that is there, and to a heading in it."""
    for link in LINK.findall(page.read_text()):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in {slug(heading) for heading in HEADING.findall(target.read_text())}, link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_machine(page: Path) -> None:
    """The documentation names no path of anybody's computer and no host of a package registry."""
    text = page.read_text()
    assert not MACHINE.findall(text)
    assert not REGISTRY.findall(text)


def examples(page: Path) -> list[tuple[type[Request | Intake | Organisation], str]]:
    """Every file that PAGE shows whole or in part, with what it is."""
    found: list[tuple[type[Request | Intake | Organisation], str]] = []
    for text in TOML.findall(page.read_text()):
        if ORGANISATION in text:
            found.append((Organisation, text))
        elif INTAKE in text:
            found.append((Intake, text))
        else:
            found.append((Request, text if "reference" in text else HEAD + text))
    return found


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_example_of_a_file_loads(page: Path, tmp_path: Path) -> None:
    """A request file, an intake or an organisation's file copied out of the documentation is accepted."""
    for number, (model, example) in enumerate(examples(page)):
        path = tmp_path / f"{number}.toml"
        path.write_text(example)
        loaded = model.load(path)
        name = loaded.name if isinstance(loaded, Organisation) else loaded.reference
        assert name in {"Example Housing", "SAR-2026-0142"}


@pytest.mark.parametrize(("model", "least"), [(Organisation, 3), (Intake, 1), (Request, 3)])
def test_every_sort_of_file_is_shown(model: type[BaseModel], least: int) -> None:
    """The documentation has examples of each, so that the test of them tests something."""
    assert sum(one is model for page in PAGES for one, _ in examples(page)) >= least


def test_the_first_request_example_is_in_the_readme() -> None:
    """A newcomer sees a request file on the first page, and a full one on its own."""
    assert TOML.search((ROOT / "README.md").read_text())
    full = max(TOML.findall((ROOT / "docs" / "request-file.md").read_text()), key=len)
    assert all(field in full for field in Request.model_fields)


@pytest.mark.parametrize("model", [Request, Keep, Span], ids=lambda model: model.__name__)
def test_every_key_of_a_request_is_described(model: type[Request | Keep | Span]) -> None:
    """docs/request-file.md has a row for every key, and a heading for every table."""
    page = (ROOT / "docs" / "request-file.md").read_text()
    for name, field in model.model_fields.items():
        key = field.validation_alias or name
        assert f"| `{key}` |" in page or f"`[{key}]`" in page or f"`[[{key}]]`" in page, key


@pytest.mark.parametrize("model", [Organisation, Intake], ids=lambda model: model.__name__)
def test_a_full_example_of_each_file_is_shown(model: type[Organisation | Intake]) -> None:
    """docs/organisation-file.md shows each file once with every key."""
    shown = [text for one, text in examples(ROOT / "docs" / "organisation-file.md") if one is model]
    assert any(all(name in text for name in model.model_fields) for text in shown)


@pytest.mark.parametrize(
    ("model", "title"),
    [
        (Organisation, "organisation.toml"),
        (Retention, "organisation.toml"),
        (Key, "organisation.toml"),
        (Person, "organisation.toml"),
        (Intake, "The intake of a request"),
        (Window, "The intake of a request"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_every_key_of_the_records_is_described(model: type[BaseModel], title: str) -> None:
    """docs/organisation-file.md has a row or a table for every key."""
    text = section("docs/organisation-file.md", title)
    for name, field in model.model_fields.items():
        key = field.validation_alias or name
        assert f"| `{key}` |" in text or f"`[{key}]`" in text, key


def test_every_text_of_a_letter_is_described() -> None:
    """docs/organisation-file.md names every text that can stand under [letters], and no other."""
    known = {one.name for one in fields(LetterFacts)} - OURS
    _, _, after = section("docs/organisation-file.md", "organisation.toml").partition("`[letters]`")
    rows = after.partition("`[people.")[0].splitlines()
    told = [name for row in rows if row.startswith("| `") for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(told) == sorted(known)


def column(heading: str) -> list[str]:
    """The first cells of the table in docs/records.md whose first head is HEADING, those in code."""
    _, _, rest = (ROOT / "docs" / "records.md").read_text().partition(f"\n| {heading} |")
    rows = rest.partition("\n\n")[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("ground", list(Ground)),
        ("exemption", list(Exemption)),
        ("step", list(STEPS)),
        ("role", list(Role)),
        ("event", list(EventKind)),
        ("kind", list(RequestKind)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_tables_of_the_records_agree_with_the_code(heading: str, words: list[str]) -> None:
    """docs/records.md lists every one once, in the code's order."""
    assert column(heading) == words


def test_a_ground_is_told_to_be_for_what_it_is_for() -> None:
    """The table of grounds says of each whether somebody is shown or hidden on it."""
    for row in section("docs/records.md", "Deciding").splitlines():
        if found := re.match(r"\| `([\w-]+)` \|.*\| (visible|hidden) \|$", row):
            assert Ground(found[1]) in grounds_for(Verdict[found[2].upper()])


def test_every_check_is_explained() -> None:
    """The guide, or for a signed package the records, has a row for every check, by the name that stands in reports."""
    explained = set(re.findall(r"^\| `([^`]+)` \|", section("docs/guide.md", "The checks, one by one"), re.MULTILINE))
    explained |= set(column("check"))
    assert explained == {*CheckName, *SealName}


def told() -> set[str]:
    """Every file that docs/architecture.md gives a place; one without a folder is in that of the one before it."""
    found = set()
    for row in section("docs/architecture.md", "Where things are").splitlines():
        folder = Path()
        for name in re.findall(r"([\w/]+\.(?:py|toml))`", row.split("|")[1] if row.startswith("|") else ""):
            folder = Path(name).parent if "/" in name else folder
            found.add(str(folder / Path(name).name))
    return found


def test_every_module_has_its_place_in_the_architecture() -> None:
    """docs/architecture.md names the file of every module, and none that is gone."""
    known = [*(ROOT / "redact").rglob("*.py"), *(ROOT / "models").glob("*.py")]
    there = {named(path) for path in known if path.name != "__init__.py" and "migrations" not in path.parts}
    alone = {name for name in there if name.startswith("redact/video/")}  # many, and named in rows of their own
    assert there - alone == told() - alone - {f"models/{TABLES}"}
    assert told() & alone <= there


def test_exit_codes_agree_with_the_errors() -> None:
    """The table of exit codes in the README has the codes that errors carry, 0, that of Ctrl-C, and no others."""
    table = [int(code) for code in re.findall(r"^\| (\d+) \|", section("README.md", "Exit codes"), re.MULTILINE)]
    errors = {RedactError.exit_code, *(child.exit_code for child in RedactError.__subclasses__())}
    assert table == sorted({0, *errors, STOPPED})


def test_the_changelog_has_a_place_for_what_comes() -> None:
    """Whoever changes something finds where to write it down."""
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("page", ADRS, ids=named)
def test_every_decision_names_its_price(page: Path) -> None:
    """A decision tells its context, what was decided, and what it costs, under its own number."""
    text = page.read_text()
    assert text.startswith(f"# {page.name[:4]} ")
    assert [heading for heading in HEADING.findall(text)[1:] if "#" not in heading] == ["Context", "Decision", "Price"]


def test_decisions_are_numbered_without_a_gap() -> None:
    """The numbers of the decisions run from 1."""
    assert [int(page.name[:4]) for page in ADRS] == list(range(1, len(ADRS) + 1))
