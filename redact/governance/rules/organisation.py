"""The organisation as its file says it: nation, database, time limits, and who has which role. Read from TOML."""

from __future__ import annotations

import json
import tomllib
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError, model_validator

from redact.advice import Sentence, Task
from redact.errors import InputUnusable, UsageProblem
from redact.files import sha256_bytes
from redact.governance.rules.cameras import CAMERAS_HELP, Camera, CameraName, Regulator
from redact.governance.rules.fields import (
    DAYS_HELP,
    Checked,
    Database,
    Days,
    Group,
    Name,
    User,
    Word,
    Words,
    folded,
)
from redact.governance.rules.working_days import Nation
from redact.request.toml import read, sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from redact.advice import Part

__all__ = [
    "FILE",
    "Key",
    "Nation",
    "Organisation",
    "Person",
    "Retention",
    "Role",
    "changed_roles",
    "template",
    "with_person",
]

FILE = "organisation.toml"
"""Its name in HOME."""

CORRECT_IT = "Correct it, and do it again."
CORRECT = f"Correct {FILE}, and do it again."

ROLES_HELP = 'a list of "operator", "reviewer", "approver" and "dpo", at least one'
PEOPLE_HELP = f"a table [people.USER] for each user of the operating system, with a name and roles, {ROLES_HELP}"


class Retention(Checked):
    """How long things are kept."""

    footage_days: Days = Field(default=30, description=DAYS_HELP)
    """From the recording of a master."""
    working_days: Days = Field(default=30, description=DAYS_HELP)
    """From the end of the request that a working copy was made for; days of the calendar."""
    release_days: Days = Field(default=180, description=DAYS_HELP)
    """From the release of a copy."""


class Key(Checked):
    """The signing key."""

    valid_days: Days = Field(default=730, description=DAYS_HELP)


class Role(StrEnum):
    """What someone is trusted with."""

    OPERATOR = "operator"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    DPO = "dpo"


def _some(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    """Refuse no role at all, and count each once."""
    if not roles:
        message = "no role"
        raise ValueError(message)
    return tuple(dict.fromkeys(roles))


class Person(Checked):
    """Someone who works with the program."""

    name: Name = Field(description="1 to 80 characters that can be seen")
    roles: Annotated[tuple[Role, ...], AfterValidator(_some)] = Field(description=ROLES_HELP)


class Organisation(Checked):
    """Who answers requests here, and by which rules."""

    name: Name = Field(description="1 to 80 characters that can be seen")
    nation: Nation = Field(
        default=Nation.ENGLAND_AND_WALES, description='"england-and-wales", "scotland" or "northern-ireland"'
    )
    database: Database = Field(
        default="", repr=False, description='"", or a URL such as "postgresql+psycopg://redact@server/redact"'
    )
    """Where the register is; empty for register.db in HOME. It may hold a password, so it is never shown."""
    group: Group = Field(default="", description='"", or the name of a group of the operating system')
    """Who shares HOME besides its owner."""
    retention: Retention = Field(default=Retention(), description="a table of footage_days, working_days, release_days")
    key: Key = Field(default=Key(), description="a table of valid_days")
    letters: dict[Word, Words] = Field(
        default_factory=dict, description="a table of texts, such as contact, up to 4,000 characters each"
    )
    """What letters say of the organisation."""
    regulator: Regulator = Field(default=Regulator(), description="a table of name, address, foi_name and foi_address")
    cameras: dict[CameraName, Camera] = Field(default_factory=dict, description=CAMERAS_HELP)
    """By name."""
    people: dict[User, Person] = Field(min_length=1, description=PEOPLE_HELP)
    """By user of the operating system."""
    _sha256: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _one_account_each(self) -> Organisation:
        users: dict[str, str] = {}
        for user, person in self.people.items():
            for same in (folded(user), f"name {folded(person.name)}"):
                if users.setdefault(same, user) != user:
                    message = (
                        f"people.{users[same]} and people.{user} are one person, who could then approve what they made"
                        " themselves; give one account to each, and write two people of one name so that they differ"
                    )
                    raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _cameras_apart(self) -> Organisation:
        names: dict[str, str] = {}
        for name, camera in self.cameras.items():
            if names.setdefault(folded(name), name) != name:
                message = (
                    f"cameras.{names[folded(name)]} and cameras.{name} are one camera; write two so that they differ"
                )
                raise ValueError(message)
            for account in camera.approvers:
                person = self.people.get(account)
                if person is None or not {Role.APPROVER, Role.DPO} & set(person.roles):
                    message = (
                        f"cameras.{name}: {account} may approve nothing; name accounts with the role approver or dpo"
                    )
                    raise ValueError(message)
        return self

    @classmethod
    def load(cls, path: Path) -> Organisation:
        """Read the file at PATH. Raises UsageProblem with line, field and accepted values, InputUnusable without it."""
        data, text, document = _read(path)
        try:
            organisation = cls.model_validate(document)
        except ValidationError as wrong:
            raise UsageProblem(Sentence.of_lines(sentences(wrong, cls, str(path), text)), CORRECT) from wrong
        organisation._sha256 = sha256_bytes(data)  # noqa: SLF001  its own; a field would be open to the file
        return organisation

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes it was read from; empty where there was no file."""
        return self._sha256

    @property
    def folder_mode(self) -> int:
        """Permissions of HOME and the folders in it. What is made in a shared one belongs to the group."""
        return 0o2770 if self.group else 0o700

    @property
    def file_mode(self) -> int:
        """Permissions of the files in HOME."""
        return 0o660 if self.group else 0o600

    def user(self, os_user: str) -> Person | None:
        """Give whoever OS_USER is, spelt exactly so."""
        return self.people.get(os_user)

    def called(self, account: str) -> str:
        """Give the name of whoever has ACCOUNT; of one that nobody has any more, the account."""
        person = self.user(account)
        return person.name if person else account

    def camera(self, name: str) -> Camera | None:
        """Give the camera that NAME means, however it is spelt; None where it is not on the register of cameras."""
        return next((camera for known, camera in self.cameras.items() if folded(known) == folded(name)), None)

    def nation_for(self, nation: str | None) -> Nation:
        """Say whose bank holidays count for a request that names NATION, or none."""
        return Nation(nation or self.nation)

    def plain(self) -> dict[str, Any]:
        """Everything it says as plain JSON, but for the database, which may hold a password."""
        return self.model_dump(mode="json", exclude={"database"})


def template(user: str, name: str, person: str = "") -> str:
    """Write a first file for the organisation NAME, in which USER of the operating system, called PERSON, is the DPO.

    Raises UsageProblem where one of them cannot stand in it.
    """
    checked = _first(user, name, person or user)
    values = {"name": _toml(checked.name), "user": _toml(user), "person": _toml(checked.people[user].name)}
    return TEMPLATE.format(**values)


def with_person(text: str, user: str, person: str, roles: Sequence[Role]) -> str:
    """Add USER, called PERSON, who has ROLES, to the TEXT of an organisation's file; all else in it stays as it is.

    Raises UsageProblem where that cannot stand there, such as somebody who is there already.
    """
    document = tomllib.loads(text)
    if user in document.get("people", {}):
        message = f"{user} is named in {FILE} already."
        raise UsageProblem(message, "Choose another account, or change the file.")
    names = [role.value for role in roles]
    document["people"] = document.get("people", {}) | {user: {"name": person, "roles": names}}
    try:
        checked = Organisation.model_validate(document)
    except ValidationError as wrong:
        raise UsageProblem(Sentence.of_lines(sentences(wrong, Organisation, "The form")), CORRECT_IT) from wrong
    listed = ", ".join(map(_toml, checked.people[user].roles))
    table = f"[people.{_toml(user)}]\nname = {_toml(checked.people[user].name)}\nroles = [{listed}]\n"
    whole = f"{text.rstrip()}\n\n{table}"
    try:
        added = Organisation.model_validate(tomllib.loads(whole))
    except (tomllib.TOMLDecodeError, ValidationError):
        added = None
    if added != checked:
        message = f"{FILE} is written in a way to which nobody can be added here."
        raise UsageProblem(message, "Have them added in the file itself.")
    return whole


def _first(user: str, name: str, person: str) -> Organisation:
    document: Mapping[str, Any] = {"name": name, "people": {user: {"name": person, "roles": ["dpo"]}}}
    try:
        return Organisation.model_validate(document)
    except ValidationError as wrong:
        raise UsageProblem(Sentence.of_lines(sentences(wrong, Organisation, "the command line"))) from wrong


def _toml(text: str) -> str:
    """TEXT in quotes. Every JSON string of what a name may hold is a TOML string too."""
    return json.dumps(text, ensure_ascii=False)


def _read(path: Path) -> tuple[bytes, str, dict[str, Any]]:
    """Read PATH, with remedies that name this file."""
    try:
        return read(path)
    except InputUnusable as problem:
        missing = not path.exists()
        sentence = f"{path} does not exist: nothing is set up here." if missing else problem.what
        set_up: tuple[Part, ...] = ("Set it up: ", Task.SET_UP)
        raise InputUnusable(sentence, *(set_up if missing else ("Check that you may read it.",))) from problem
    except UsageProblem as problem:
        raise UsageProblem(problem.what, f"Correct {FILE}: UTF-8 text, with every text in quotes.") from problem


TEMPLATE = """\
# Who answers requests here, and by which rules. A change of this file counts once a DPO has given any command.

name = {name}

# Whose public holidays count for time limits: "england-and-wales", "scotland" or "northern-ireland".
nation = "england-and-wales"

# Where the register is kept. Empty: the file register/register.db. Or a PostgreSQL server, such as
# "postgresql+psycopg://redact@server/redact"; keep its password in ~/.pgpass, not here.
database = ""

# A group of the operating system whose members share this folder. Empty: only its owner can open it.
group = ""

[retention]
# Days that footage is kept after it was recorded, unless a hold or an open request keeps it.
footage_days = 30
# Days that working copies are kept after their request has ended.
working_days = 30
# Days that a released copy is kept here after its release.
release_days = 180

[key]
# Days for which the key that signs releases is good.
valid_days = 730

[letters]
# What letters say. Take the # away from a line and fill it in.
# signatory = "Name, Data Protection Officer"
# contact = "How to reach us"
# organisation_address = "Where letters to you go"
# purposes = "Why we record"

# One table for each person, named after their account on this computer. The roles are:
#   operator   records requests, scans, decides, makes copies, releases, places holds
#   reviewer   views footage and decides who is visible
#   approver   views and approves copies; never one they decided on or made themselves
#   dpo        all of it, and alone: refuses and closes requests, lifts holds, purges, says whose keys are on record
# Nobody else can do anything. A release takes two people, so add a second one, who makes a key of their own.
[people.{user}]
name = {person}
roles = ["dpo"]

# One table for each camera: how many days its recorder really keeps what it recorded, which may be fewer than it is
# set to, where its disk is full sooner. Look at the oldest recording that is still there. It says until when
# footage can be exported; how long footage is kept here is footage_days above.
# [cameras."Camera 4"]
# site = "Example House, entrance"
# owner = "Who answers for it"
# retention_days = 30
# clock = "compared on 2 March 2026: right"
# approvers = ["an.account"]

# [people."an.account"]
# name = "A. Example"
# roles = ["approver"]
"""


def changed_roles(before: Mapping[str, tuple[Role, ...]], organisation: Organisation) -> str:
    """Say who has other roles in ORGANISATION than BEFORE, by account; nothing where nobody has."""
    people = organisation.people.items()
    return ", ".join(
        f"{account} is {' and '.join(person.roles)}"
        for account, person in people
        if set(before.get(account, ())) != set(person.roles)
    )
