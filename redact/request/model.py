"""The request: what was asked, by whom, and what the copy must hide. Read from TOML, checked at the border."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationError,
    model_validator,
)

from redact.advice import Given, Sentence
from redact.errors import UsageProblem
from redact.files import canonical_json, sha256_bytes
from redact.records.kinds import Cover, Kind, Style
from redact.request.choices import KINDS_HELP, NATIVE, Audio, Hide, RequestKind, Unexplained
from redact.request.toml import read, sentences

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "UNREFERENCED",
    "Keep",
    "Reference",
    "Request",
    "Span",
    "format_time",
    "parse_keep",
    "parse_span",
    "parse_time",
]

UNREFERENCED = "UNREFERENCED"
"""What stands in the watermark of a copy that answers no request on record."""

TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+)(\.\d{1,6})?")
MINUTE_S = 60
HOUR_S = 3600


KINDS = {Hide.PEOPLE: Kind.PERSON, Hide.FACES: Kind.FACE, Hide.PLATES: Kind.PLATE}


def parse_time(text: object) -> Fraction:
    """Read a time: "SS.s", "MM:SS.s" or "HH:MM:SS.s", or a plain number of seconds. Raises ValueError."""
    if isinstance(text, Fraction):
        return text
    if isinstance(text, int | float) and not isinstance(text, bool):
        text = str(text)
    match = TIME.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match or (match[2] and int(match[3]) >= MINUTE_S) or (match[1] and int(match[2]) >= MINUTE_S):
        message = f"{text} is not a time"
        raise ValueError(message)
    whole = int(match[1] or 0) * HOUR_S + int(match[2] or 0) * MINUTE_S + int(match[3])
    return whole + Fraction(match[4] or 0)


def format_time(seconds: Fraction) -> str:
    """Write SECONDS as "MM:SS.s", or "HH:MM:SS.s" from an hour on, so that `parse_time` reads it back."""
    micro = round(seconds * 1_000_000)
    whole, part = divmod(micro, 1_000_000)
    minutes, rest = divmod(whole, MINUTE_S)
    hours, minutes = divmod(minutes, MINUTE_S)
    tail = f".{part:06d}".rstrip("0").rstrip(".")
    return f"{hours:02d}:{minutes:02d}:{rest:02d}{tail}" if hours else f"{minutes:02d}:{rest:02d}{tail}"


Seconds = Annotated[Fraction, BeforeValidator(parse_time), PlainSerializer(format_time)]
Pixel = Annotated[StrictInt, Field(ge=0)]
# What the watermark font and a file name can both carry.
Reference = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./_-]{0,39}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]{0,80}$")]
TIME_HELP = 'a time in quotes: "SS.s", "MM:SS.s" or "HH:MM:SS.s"'


class _Checked(BaseModel):
    """A record in which nothing unknown stands and nothing can be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True)


class Keep(_Checked):
    """Someone who stays visible: whoever is at a point of the picture at a time."""

    at: Seconds = Field(description=TIME_HELP)
    point: tuple[Pixel, Pixel] = Field(description="[x, y] in px of the picture as seen upright, such as [640, 360]")
    name: Line | None = Field(default=None, description="up to 80 characters")

    @property
    def x(self) -> int:
        """Px from the left of the upright picture."""
        return self.point[0]

    @property
    def y(self) -> int:
        """Px from the top of the upright picture."""
        return self.point[1]


class Span(_Checked):
    """A stretch of the clip, half-open."""

    start: Seconds = Field(validation_alias="from", serialization_alias="from", description=TIME_HELP)
    end: Seconds = Field(validation_alias="to", serialization_alias="to", description=TIME_HELP)

    @model_validator(mode="after")
    def _forwards(self) -> Span:
        if self.end <= self.start:
            message = f"from {format_time(self.start)} to {format_time(self.end)} is empty: it must end after it begins"
            raise ValueError(message)
        return self


class Request(_Checked):
    """What is asked of one copy. Times are seconds of the master, points are px of the picture as seen upright."""

    reference: Reference = Field(
        default=UNREFERENCED, description='up to 40 letters, digits, spaces and . / _ - such as "SAR-2026-0142"'
    )
    kind: RequestKind | None = Field(default=None, description=KINDS_HELP)
    recipient: Line = Field(default="", description="up to 80 characters")
    hide: tuple[Hide, ...] = Field(
        default=tuple(Hide), min_length=1, description='a list of "people", "faces" and "plates", at least one'
    )
    keep: tuple[Keep, ...] = Field(default=(), description="tables of at, point and, if you like, name")
    span: Span | None = Field(default=None, description="a table of from and to")
    style: Style = Field(default=Style.BLUR, description='"blur", "fill" or "pixelate"')
    cover: Cover = Field(default=Cover.BODY, description='"body", "head" or "face"')
    audio: Audio = Field(default=Audio.MUTE, description='"mute" or "keep"')
    mute: tuple[Span, ...] = Field(default=(), description='tables of from and to, beside audio = "keep"')
    motion: Unexplained = Field(default=Unexplained.REVIEW, description='"review", "hide" or "ignore"')
    copy_number: Annotated[StrictInt, Field(ge=1, le=9999)] = Field(default=1, description="a number from 1 to 9999")
    overlay: StrictBool = Field(default=False, description="true or false")
    _file_sha256: str | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _mute_needs_sound(self) -> Request:
        if self.mute and self.audio is Audio.MUTE:
            message = 'mute spans only mean something beside audio = "keep": all sound is muted already'
            raise ValueError(message)
        return self

    @classmethod
    def load(cls, path: Path) -> Request:
        """Read the request in the TOML file at PATH. Raises UsageProblem with line, field and accepted values."""
        data, text, document = read(path)
        missing = [name for name in ("reference", "kind", "recipient") if name not in document]
        problems = [f"{path}: {name} is missing. Accepted: {cls.model_fields[name].description}." for name in missing]
        try:
            request = cls.model_validate(document)
        except ValidationError as wrong:
            problems = problems + sentences(wrong, cls, str(path), text)
        if problems:
            raise UsageProblem(Sentence.of_lines(problems), "Correct the request file and run the command again.")
        request._file_sha256 = sha256_bytes(data)  # noqa: SLF001  its own; a field would be open to the file
        return request

    def override(self, changes: Mapping[str, Any]) -> Request:
        """Put CHANGES, by field name, over this request. Raises UsageProblem naming the option."""
        values = {name: getattr(self, name) for name in type(self).model_fields} | dict(changes)
        try:
            changed = type(self).model_validate(values)
        except ValidationError as wrong:
            raise UsageProblem(Sentence.of_lines(sentences(wrong, type(self), "the command line"))) from wrong
        changed._file_sha256 = self._file_sha256  # noqa: SLF001  as above
        return changed

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What is hidden, as the detectors know it, each once."""
        return tuple(sorted({KINDS[item] for item in self.hide}))

    @property
    def unexplained(self) -> Unexplained:
        """What becomes of movement in which nobody was found; where people are not looked for it says nothing."""
        return self.motion if Hide.PEOPLE in self.hide else Unexplained.IGNORE

    @property
    def file_sha256(self) -> str | None:
        """Digest of the request file's bytes as read; None where there was no file."""
        return self._file_sha256

    @property
    def digest(self) -> str:
        """Digest of what is asked, however it was spelt."""
        return sha256_bytes(canonical_json(self.plain()))

    def plain(self) -> dict[str, Any]:
        """Everything asked, defaults included, as plain JSON."""
        return self.model_dump(mode="json", by_alias=True)

    def warnings(self) -> tuple[str, ...]:
        """One sentence for each thing asked that an officer should think about twice."""
        remarks = {
            "No reference was given: this copy answers no request on record.": self.reference == UNREFERENCED,
            "Pixelate is made of what it covers: its colours give away who is under it, to anyone who knows them.": (
                self.style is Style.PIXELATE
            ),
            f"Only the {self.cover} is covered: build, gait and clothes can still identify a person.": (
                self.cover is not Cover.BODY and Hide.PEOPLE in self.hide
            ),
            "Sound is kept: voices and what is said can identify people.": self.audio is Audio.KEEP,
            "What moves, and nobody was found in, is neither hidden nor listed.": (
                self.motion is Unexplained.IGNORE and Hide.PEOPLE in self.hide
            ),
            "People are not hidden, only what the request names.": Hide.PEOPLE not in self.hide,
            "Police and agencies normally receive a bit-for-bit copy; this is a redacted copy and its own exhibit.": (
                self.kind in NATIVE
            ),
        }
        return tuple(sentence for sentence, applies in remarks.items() if applies)


def parse_keep(text: str) -> Keep:
    """Read "00:12.4@640,360". Raises UsageProblem."""
    time, _, point = text.partition("@")
    x, _, y = point.partition(",")
    try:
        return Keep(at=parse_time(time), point=(int(x), int(y)))
    except ValueError as wrong:
        message = Sentence((Given.KEEP, f" {text} cannot be read."))
        raise UsageProblem(message, "Write time@x,y, such as 00:12.4@640,360 (px of the picture as seen).") from wrong


def parse_span(text: str) -> Span:
    """Read "00:10-01:30". Raises UsageProblem."""
    start, _, end = text.partition("-")
    try:
        return Span(start=parse_time(start), end=parse_time(end))
    except ValueError as wrong:
        message = Sentence((Given.SPAN, f" {text} cannot be read."))
        raise UsageProblem(message, "Write from-to, such as 00:10-01:30; it must end after it begins.") from wrong
