"""The organisation's file: what is read, and what is said of a wrong one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from redact.advice import Sentence, Task
from redact.errors import InputUnusable, RedactError, UsageProblem
from redact.files import sha256_file
from redact.governance.rules.organisation import (
    FILE,
    Key,
    Nation,
    Organisation,
    Person,
    Retention,
    Role,
    template,
    with_person,
)

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'name = "A housing association"\n'
TAIL = '[people.aex]\nname = "A. Example"\nroles = ["dpo"]\n'


def write(folder: Path, text: str) -> Path:
    """Put TEXT in an organisation's file."""
    path = folder / FILE
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    """What is said of a wrong file."""
    with pytest.raises(UsageProblem) as problem:
        Organisation.load(write(folder, text))
    assert FILE in str(problem.value.advice)
    return problem.value.what.replace(f"{folder}/", "")


def test_the_shortest_file_gets_the_policy_s_limits(tmp_path: Path) -> None:
    """Who sets nothing gets 30 days, England and Wales, and a folder of their own."""
    read = Organisation.load(write(tmp_path, HEAD + TAIL))
    assert (read.nation, read.database, read.group, read.letters) == (Nation.ENGLAND_AND_WALES, "", "", {})
    assert (read.retention, read.key) == (Retention(footage_days=30, working_days=30, release_days=180), Key())
    assert (read.key.valid_days, read.folder_mode, read.file_mode) == (730, 0o700, 0o600)
    assert read.user("aex") == Person(name="A. Example", roles=(Role.DPO,))
    assert read.user("bex") is None


def test_a_full_file_is_read(tmp_path: Path) -> None:
    """Every key of the file reaches the record."""
    body = """
nation = "scotland"
database = "postgresql+psycopg://redact@server/redact"
group = "disclosure"
[retention]
footage_days = 14
working_days = 1
release_days = 3650
[key]
valid_days = 365
[letters]
contact = '''
By post:
1 Example Street'''
[people."HOUSING\\\\a.example"]
name = "The officer"
roles = ["operator", "reviewer", "operator"]
"""
    read = Organisation.load(write(tmp_path, HEAD + body + TAIL))
    assert (read.nation, read.group, read.folder_mode, read.file_mode) == ("scotland", "disclosure", 0o2770, 0o660)
    assert read.retention == Retention(footage_days=14, working_days=1, release_days=3650)
    assert read.key.valid_days == 365
    assert read.letters == {"contact": "By post:\n1 Example Street"}
    assert read.people["HOUSING\\a.example"].roles == (Role.OPERATOR, Role.REVIEWER)


def test_the_digest_is_of_the_bytes_as_read(tmp_path: Path) -> None:
    """A comment changes it; what was made without a file has none."""
    path = write(tmp_path, HEAD + TAIL)
    first = Organisation.load(path)
    assert first.digest == sha256_file(path)
    assert Organisation.load(write(tmp_path, "# new\n" + HEAD + TAIL)).digest != first.digest
    assert Organisation(name="x", people=first.people).digest == ""


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    """The database's address stays out of what is printed and written down."""
    read = Organisation.load(write(tmp_path, HEAD + 'database = "postgresql://redact:hunter2@server/redact"\n' + TAIL))
    assert "hunter2" in read.database
    assert "hunter2" not in repr(read)
    assert "hunter2" not in str(read.plain())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('nation = "wales"', 'line 2: nation = "wales" is not accepted. Accepted: "england-and-wales", "scotland"'),
        ('natoin = "scotland"', "line 2: natoin is not known. Did you mean nation?"),
        ('database = "mysql://server/redact"', "line 2: database = "),
        ('group = "a b"', 'line 2: group = "a b" is not accepted.'),
        ("[retention]\nfootage_days = 0", "line 3: retention.footage_days = 0 is not accepted. Accepted: a number of"),
        ("[retention]\nfootage_days = 3651", "line 3: retention.footage_days = 3651 is not accepted."),
        ('[retention]\nfootage_days = "30"', 'line 3: retention.footage_days = "30" is not accepted.'),
        ("[retention]\nfootage_days = true", "line 3: retention.footage_days = true is not accepted."),
        ("[retention]\nfootage_day = 3", "line 3: retention.footage_day is not known. Did you mean footage_days?"),
        ("[key]\nvalid_days = 30.5", "line 3: key.valid_days = 30.5 is not accepted."),
        ("[letters]\ncontact = 5", "line 3: letters.contact = 5 is not accepted. Accepted: a table of texts"),
        ('[people.bex]\nname = "B"\nroles = ["boss"]', 'line 4: people.bex.roles[1] = "boss" is not accepted.'),
        ('[people.bex]\nname = "B"\nroles = []', "line 4: people.bex.roles = [] is not accepted."),
        ('[people.bex]\nname = "B"', "line 2: people.bex.roles is missing."),
        ('[people.bex]\nname = ""\nroles = ["dpo"]', 'line 3: people.bex.name = "" is not accepted.'),
        ('[people." bex"]\nname = "B"\nroles = ["dpo"]', "is not accepted."),
        ('[people."b:ex"]\nname = "B"\nroles = ["dpo"]', "is not accepted."),
        ("nation = scotland", "line 2, column 10: Invalid value."),
    ],
)
def test_a_wrong_file_gets_line_field_and_accepted_values(tmp_path: Path, body: str, said: str) -> None:
    """Whoever wrote the file can correct it from the message alone, and each fault is told once."""
    complained = complaint(tmp_path, f"{HEAD}{body}\n{TAIL}")
    assert said in complained
    assert complained.count("\n") == 0


@pytest.mark.parametrize("user", ["AEX", "\uff41\uff45\uff58", "bex"])
def test_one_person_has_one_account(tmp_path: Path, user: str) -> None:
    """Two accounts of one person would make four eyes of two."""
    text = f'{HEAD}{TAIL}[people."{user}"]\nname = " a.  EXAMPLE"\nroles = ["approver"]\n'
    assert f"people.aex and people.{user} are one person" in complaint(tmp_path, text)


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad", "\u200d", "\U000e0041"])
def test_what_cannot_be_seen_makes_no_second_person(tmp_path: Path, unseen: str) -> None:
    """Two names that look the same are one name."""
    text = f'{HEAD}{TAIL}[people.bex]\nname = "A. Exam{unseen}ple"\nroles = ["approver"]\n'
    complained = complaint(tmp_path, text)
    assert "are one person" in complained or "is not accepted" in complained


@pytest.mark.parametrize("turn", ["\u202e", "\u2066", "\u200f", "\u061c", "\x85", "\u2028"])
@pytest.mark.parametrize("where", ["name", "person", "account", "letter"])
def test_what_turns_or_ends_a_line_is_refused(tmp_path: Path, turn: str, where: str) -> None:
    """It would stand in letters, reports and the log; a name is as it looks."""
    names = {"name": "An association", "person": "B", "account": "bex", "letter": "x"}
    named = names | {where: names[where][:1] + turn + "y"}
    text = (
        f'name = "{named["name"]}"\n[letters]\ncontact = "{named["letter"]}"\n'
        f'{TAIL}[people."{named["account"]}"]\nname = "{named["person"]}"\nroles = ["dpo"]\n'
    )
    assert "not accepted" in complaint(tmp_path, text)


@pytest.mark.parametrize("text", [HEAD, HEAD + "[people]\n", TAIL])
def test_a_file_without_a_name_or_people_is_refused(tmp_path: Path, text: str) -> None:
    """An organisation has a name, and somebody who works there."""
    assert "people" in complaint(tmp_path, text) or "name is missing" in complaint(tmp_path, text)


def test_a_file_that_is_not_there_says_how_to_begin(tmp_path: Path) -> None:
    """The way forward is the setup."""
    with pytest.raises(InputUnusable, match="nothing is set up here") as problem:
        Organisation.load(tmp_path / FILE)
    assert problem.value.advice == Sentence(("Set it up: ", Task.SET_UP))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """The line that is not UTF-8 is named."""
    (tmp_path / FILE).write_bytes(b"name = 'x'\nnation = '\xff'\n")
    with pytest.raises(UsageProblem, match="line 2: it is not UTF-8"):
        Organisation.load(tmp_path / FILE)


def test_nothing_can_be_changed_afterwards(tmp_path: Path) -> None:
    """A role is not added while the program runs."""
    read = Organisation.load(write(tmp_path, HEAD + TAIL))
    with pytest.raises(ValidationError):
        read.name = "other"


def test_the_first_file_loads_and_says_what_it_is(tmp_path: Path) -> None:
    """Its defaults are the program's own, and whoever sets up is the DPO."""
    text = template("aex", "A housing association", "A. Example")
    read = Organisation.load(write(tmp_path, text))
    shortest = Organisation.load(write(tmp_path, HEAD + TAIL))
    assert (read.plain(), read.database) == (shortest.plain(), shortest.database)
    assert all(f"{role} " in text for role in Role)


def test_the_first_file_s_examples_load_too(tmp_path: Path) -> None:
    """Whoever takes the # away from an example gets what it says."""
    lines = template("aex", "A housing association").splitlines()
    begins = ("# [", "# name", "# roles", "# signatory")
    examples = [line.removeprefix("# ") for line in lines if line.startswith(begins)]
    read = Organisation.load(
        write(tmp_path, HEAD + TAIL.replace("A. Example", "B") + "[letters]\n" + "\n".join(examples))
    )
    assert set(read.people) == {"aex", "an.account"}
    assert set(read.letters) == {"signatory"}


@given(st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=90), st.text(max_size=90))
def test_a_first_file_loads_whatever_the_names(
    tmp_path_factory: pytest.TempPathFactory, user: str, name: str, person: str
) -> None:
    """Quotes, backslashes and braces in a name stay what they are; what cannot stand in a file is refused."""
    try:
        text = template(user, name, person)
    except RedactError:
        return
    read = Organisation.load(write(tmp_path_factory.mktemp("any"), text))
    assert read.name == name.strip()
    assert read.people[user].name == (person or user).strip()


@pytest.mark.parametrize("name", ['The "Example" Group', "C:\\Homes {and} Sons", "Cymdeithas Tŷ", "''' # x"])
def test_an_odd_name_stays_what_it_is(tmp_path: Path, name: str) -> None:
    """A name is never read as TOML or as a place in the template."""
    assert Organisation.load(write(tmp_path, template("a.ex", name))).name == name


def test_a_name_that_cannot_stand_in_a_file_is_refused() -> None:
    """A line break in a name does not become a key."""
    with pytest.raises(UsageProblem, match="the command line"):
        template("aex", 'x"\nroles = []')


@pytest.mark.parametrize("text", ['name = "X"\npeople = {a = {name = "A. Example", roles = ["dpo"]}}\n'])
def test_nobody_is_added_where_that_would_break_the_file(text: str) -> None:
    """A file that is written in another way is changed by hand."""
    with pytest.raises(UsageProblem, match="nobody can be added here"):
        with_person(text, "b", "B. Example", [Role.APPROVER])
