"""Which networks there are: the built-in list, and the operator's own."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from redact.errors import UsageProblem
from redact.files import read_small, reason_of
from redact.legible import one_line
from redact.records.kinds import Kind

__all__ = ["BUILT_IN", "CATALOGUE", "Network", "catalogue", "read"]

CATALOGUE = "REDACT_CATALOGUE"
"""Names the operator's own file."""

BUILT_IN = Path(__file__).with_name("catalogue.toml")

LARGEST = 1024 * 1024
"""Bytes of a catalogue."""

SOURCES = ("wheel", "npm", "url", "path")
PACKAGES = ("wheel", "npm")
BELONGS_TO_SOURCE = frozenset({*SOURCES, "file", "sha256", "architecture"})

Share = Annotated[float, Field(gt=0, lt=1, description="a number between 0 and 1")]
Side = Annotated[int, Field(ge=64, le=8192, description="px, 64 to 8192")]


def _one_line(text: str) -> str:
    """Give back TEXT. Raises ValueError where it is not what it looks like."""
    if one_line(text) != text:
        message = "characters that cannot be seen"
        raise ValueError(message)
    return text


Place = Annotated[str, AfterValidator(_one_line)]


class Network(BaseModel):
    """One network: where its weights come from, what they are, and how to use them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,60}$", description="small letters, digits, dots and hyphens")
    kind: Literal["person", "face", "plate", "voice"] = Field(description='"person", "face", "plate" or "voice"')
    # No name begins as an option does: pip and npm are given it.
    wheel: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?==[A-Za-z0-9][A-Za-z0-9.+!-]*$",
        description='"NAME==VERSION"',
    )
    npm: str | None = Field(
        None,
        pattern=r"^(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*@[0-9][A-Za-z0-9.+-]*$",
        description='"NAME@VERSION"',
    )
    file: Place | None = Field(None, min_length=1, description="the weight file's name inside the package")
    url: str | None = Field(
        None, pattern=r"^https?://[^/\x00-\x20\x7f]+/[^\x00-\x20\x7f]*$", description="an address, https://..."
    )
    path: Place | None = Field(None, min_length=1, description="where the weight file lies")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="64 hexadecimal digits")
    head: Literal["yolo", "centerface", "silero"] = Field(description='"yolo", "centerface" or "silero"')
    classes: Annotated[tuple[int, ...], Field(strict=False)] | None = Field(None, description="[0, 1, ...]")
    score: Share = 0.1
    overlap: Share = 0.6
    sides: Annotated[tuple[Side, ...], Field(strict=False, min_length=2, max_length=3)] = Field(
        (960, 640), description="[960, 640] or [640, 960, 1280]"
    )
    grey: bool = Field(False, description="true or false")
    architecture: str | None = Field(None, pattern=r"^yolo[a-z0-9]+$", description='"yolov8n", "yolo11s", ...')
    precision: Literal["int8", "int8-as-read", "float"] = Field(
        "float", description='"int8", "int8-as-read" or "float"'
    )
    engine: Literal["openvino", "torch"] = Field("openvino", description='"openvino" or "torch"')
    when: Literal["hiding", "keeping"] | None = Field(None, description='"hiding" or "keeping"')
    replaces: str | None = Field(None, description="the name of another network")
    off: bool = Field(False, description="true or false")
    proof: bool = Field(True, description="true or false")
    licence: str = Field("", description="a text")
    measured: str = Field("", description="a text")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = [source for source in SOURCES if getattr(self, source) is not None]
        if len(sources) != 1:
            message = f"needs exactly one of wheel, npm, url and path, but has {' and '.join(sources) or 'none'}"
            raise ValueError(message)
        if sources[0] in PACKAGES and self.file is None:
            message = f"needs `file`, the weight file's name inside the {'package' if self.npm else 'wheel'}"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.suffix not in (".pt", ".onnx"):
            message = f"must end in .pt or .onnx, but its weight file is {self.source}"
            raise ValueError(message)
        if (self.kind == "voice") != (self.head == "silero"):
            message = f"of the kind {self.kind} cannot have the head {self.head}"
            raise ValueError(message)
        if self.suffix == ".pt" and self.head != "yolo":
            message = f"cannot use a .pt file with the head {self.head}"
            raise ValueError(message)
        if self.architecture and (self.suffix, self.head) != (".onnx", "yolo"):
            message = "needs no architecture: only an .onnx file with the head yolo does, where it takes one size alone"
            raise ValueError(message)
        if self.suffix == ".onnx" and self.engine == "torch":
            message = "cannot run an .onnx file with torch"
            raise ValueError(message)
        return self

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Give the kind as the program's own; none of what is heard, and not seen."""
        return () if self.kind == "voice" else (Kind[self.kind.upper()],)

    @property
    def as_it_came(self) -> bool:
        """Whether its weight file is run as it is, and not converted."""
        return self.engine == "torch" or self.kind == "voice"

    @property
    def source(self) -> str:
        """Say where the weight file comes from, for people."""
        package = self.wheel or self.npm
        return f"{self.file} in {package}" if package else str(self.url or self.path)

    @property
    def suffix(self) -> str:
        """Give the ending of the weight file."""
        return Path((self.file or self.url or self.path or "").split("?")[0]).suffix


def catalogue() -> tuple[Network, ...]:
    """Every network in use, in the order of the files. Raises UsageProblem where a file is wrong."""
    tables = read(BUILT_IN)
    own = os.environ.get(CATALOGUE)
    where = Path(own) if own else BUILT_IN
    if own:
        tables = _overlaid(tables, read(where))
    entries = [_entry(name, table, where) for name, table in tables.items()]
    if unknown := {entry.replaces for entry in entries} - {None} - set(tables):
        raise _wrong(where, f"{min(map(str, unknown))}, which one replaces, is not in the catalogue")
    used = [entry for entry in entries if not entry.off]
    replaced = {entry.replaces for entry in used}
    return tuple(entry for entry in used if entry.name not in replaced)


def read(path: Path) -> dict[str, dict[str, Any]]:
    """Read the tables of the catalogue at PATH. Raises UsageProblem where it is none."""
    try:
        tables = tomllib.loads(read_small(path, LARGEST).decode())
    except OSError as problem:
        raise _wrong(path, f"it cannot be read ({reason_of(problem, 'unknown')})") from problem
    except (ValueError, RecursionError) as problem:
        raise _wrong(path, str(problem)) from problem
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise _wrong(path, f"{name} stands outside a [table]")
    return tables


def _overlaid(under: dict[str, dict[str, Any]], over: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Change the tables UNDER by the tables OVER; weights from elsewhere are other weights."""
    tables = dict(under)
    for name, table in over.items():
        kept = tables.get(name, {})
        if any(source in table for source in SOURCES):
            kept = {key: value for key, value in kept.items() if key not in BELONGS_TO_SOURCE}
        tables[name] = kept | table
    return tables


def _entry(name: str, table: dict[str, Any], where: Path) -> Network:
    """Check TABLE, or say what the first thing wrong is."""
    try:
        return Network(name=name, **table)
    except TypeError as problem:
        raise _wrong(where, f"[{name}] must not have a key `name`") from problem
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        raise _wrong(where, f"[{name}] {_sentence(first['type'], first['loc'], first['msg'], table)}") from problem


def _sentence(kind: str, loc: tuple[int | str, ...], message: str, table: dict[str, Any]) -> str:
    if not loc:
        return message.removeprefix("Value error, ")
    key = str(loc[0])
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(key, Network.model_fields, n=1)
        return f"has an unknown key {key}" + (f" (is {close[0]} meant?)" if close else "")
    accepted = Network.model_fields[key].description if key in Network.model_fields else None
    if kind == "missing":
        return f"has no {key}; accepted: {accepted}"
    return f"has {key} = {table.get(key)!r}, which is not accepted; accepted: {accepted or 'a number between 0 and 1'}"


def _wrong(path: Path, what: str) -> UsageProblem:
    where = "" if path == BUILT_IN else f" It is the file that {CATALOGUE} names."
    return UsageProblem(f"The catalogue {path} is wrong: {what.rstrip('.')}.", f"Correct it.{where}")
