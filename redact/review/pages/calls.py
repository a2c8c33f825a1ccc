"""What the page can be asked for, as its own description has it, laid out to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Area", "Call", "Field", "areas"]

BODY = "application/json"


@dataclass(frozen=True, slots=True)
class Field:
    """Something that is given with a call, or comes back."""

    name: str
    kind: str
    needed: bool
    words: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call."""

    method: str
    path: str
    title: str
    words: str
    given: tuple[Field, ...]
    sent: tuple[Field, ...]
    back: tuple[Field, ...]
    form: str
    """Of what comes back, where that is not JSON, or is a list."""


@dataclass(frozen=True, slots=True)
class Area:
    """Calls that belong together."""

    name: str
    calls: tuple[Call, ...]


def areas(described: Mapping[str, Any]) -> tuple[Area, ...]:
    """Lay out what is DESCRIBED, a document of OpenAPI."""
    found: dict[str, list[Call]] = {}
    for path, methods in described["paths"].items():
        for method, call in methods.items():
            area = (call.get("tags") or ["other"])[0]
            found.setdefault(area, []).append(_call(described, method.upper(), path, call))
    return tuple(Area(name, tuple(calls)) for name, calls in found.items())


def _call(described: Mapping[str, Any], method: str, path: str, call: Mapping[str, Any]) -> Call:
    given = tuple(
        Field(one["name"], _kind(described, one["schema"]), one.get("required", False), one.get("description", ""))
        for one in call.get("parameters", ())
    )
    body = call.get("requestBody", {}).get("content", {})
    answer: Mapping[str, Any] = next(
        (told for status, told in sorted(call["responses"].items()) if status.startswith("2")), {}
    )
    content = answer.get("content", {})
    schema = content.get(BODY, {}).get("schema", {})
    listed = schema.get("type") == "array"
    sent, back = body.get(BODY, {}).get("schema", {}), schema.get("items", {}) if listed else schema
    form = "a list, each with" if listed else ", ".join(sorted(set(content) - {BODY}))
    words = " ".join(call.get("description", "").split())
    fields = tuple(_fields(described, sent)), tuple(_fields(described, back))
    return Call(method, path, call.get("summary", ""), words, given, *fields, form)


def _fields(described: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Field]:
    """Give the fields of what has SCHEMA."""
    known = _resolved(described, schema)
    needed = known.get("required", ())
    for name, one in known.get("properties", {}).items():
        yield Field(name, _kind(described, one), name in needed, one.get("description", ""))


def _resolved(described: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give SCHEMA itself, where it only names one."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Mapping[str, Any] = described["components"]["schemas"].get(name, {}) if name else schema
    return found


def _kind(described: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Say in a word or two what a value with SCHEMA is."""
    if "anyOf" in schema:
        kinds = dict.fromkeys(_kind(described, one) for one in schema["anyOf"])
        return " or ".join(kind for kind in kinds)
    if "$ref" in schema:
        known = _resolved(described, schema)
        return _kind(described, known) if "enum" in known else str(known.get("title", "object")).lower()
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    kind = str(schema.get("format") or schema.get("type") or "anything")
    return f"list of {_kind(described, schema.get('items', {}))}" if kind == "array" else kind
