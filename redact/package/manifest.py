"""The manifest: everything a copy was made from, and what was measured on it, as one file of plain JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from redact.errors import InputUnusable
from redact.files import canonical_json, read_small, reason_of, sha256_bytes, sha256_file
from redact.legible import one_line
from redact.records.kinds import Kind, Origin
from redact.records.plan import digest
from redact.video.program import described

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from fractions import Fraction
    from pathlib import Path

    from redact.paint.spec import CopySpec
    from redact.records.clip import Clip
    from redact.records.plan import Check, MaskPlan
    from redact.records.tracks import Detector

__all__ = [
    "LARGEST",
    "LONGEST_NAME",
    "VERSION",
    "AcceptedRecord",
    "Account",
    "Asked",
    "DamageRecord",
    "Manifest",
    "describe",
    "frame_times",
    "load_manifest",
    "output_of",
    "tie",
    "times_digest",
    "tool_version",
]

VERSION: Literal["redact-manifest/1"] = "redact-manifest/1"

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]
DRAWN = Origin.DRAWN.name.lower()
"""What a box is around that a person drew: nobody says of what kind it is."""
LARGEST = 8 * 1024 * 1024
"""Bytes of a manifest, which mostly has a few thousand."""
LONGEST_NAME = 255
"""Bytes; no file system has a name that is longer."""


def _short(name: str) -> str:
    """Give back NAME. Raises ValueError where no file can be called so."""
    if len(name.encode()) > LONGEST_NAME:
        message = f"a name of more than {LONGEST_NAME} bytes"
        raise ValueError(message)
    return name


# A name in a manifest is never a way out of its folder.
FileName = Annotated[str, Field(pattern=r"^[^/\x00]+$")]
OutputName = Annotated[FileName, AfterValidator(_short)]


class _Strict(BaseModel):
    """A part of a manifest: nothing unknown, nothing converted, nothing changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DamageRecord(_Strict):
    """What could not be decoded as it was recorded."""

    hidden: Count
    """Frames hidden whole because they decoded damaged."""
    lost: Count
    """Packets from which no picture came."""
    retimed: Count
    """Frames whose time was moved to the next free tick."""
    notes: tuple[str, ...]


class Source(_Strict):
    """The master."""

    name: FileName
    sha256: Digest
    size_bytes: Count
    frames: Count
    width: Count
    """px as coded."""
    height: Count
    """px as coded."""
    forced_rate: str | None = None
    """Frames per second that the operator gave, where the file carries no times; as a fraction."""
    stream: int | None = None
    """Index of the video stream in the file."""
    damage: DamageRecord
    remarks: tuple[str, ...] = ()
    """What of it is not in the copy, or had to be guessed, without being damaged."""


class ModelRecord(_Strict):
    """A network that looked."""

    name: str
    sha256: Digest


class PlanRecord(_Strict):
    """What was hidden."""

    sha256: Digest
    boxes: Count
    tracks: Count
    by_kind: dict[str, Count]
    """Boxes around people, faces and plates, those that a person drew, and of frames hidden whole."""
    by_origin: dict[str, Count]
    """Boxes that were seen, filled in, extended or drawn."""


class Output(_Strict):
    """The redacted copy."""

    name: OutputName
    sha256: Digest
    size_bytes: Count


class Times(_Strict):
    """When the copy's frames are shown, so that a missing or moved frame is noticed without the master."""

    count: Count
    first_frame: Count
    """Index of the copy's first frame in the master."""
    offset_s: str
    """Seconds, as a fraction, from the master's times to the copy's: copy = master - offset."""
    sha256: Digest
    """Of the copy's frame times, as `times_digest` spells them."""


class CheckRecord(_Strict):
    """One thing verified on the finished copy."""

    name: str
    passed: bool
    found: str


class AcceptedRecord(_Strict):
    """Something that the second look found outside the masks, and that was let stand."""

    id: str
    kind: str
    time: str
    """As a player shows it for the master."""
    reason: str
    by: str
    """User of the operating system who accepted it."""


class Manifest(_Strict):
    """Everything one copy was made from, and what was measured on it. `redact-manifest/1`."""

    version: Literal["redact-manifest/1"]
    tool: str
    made_at: str
    """ISO 8601, UTC."""
    decided_by: str
    """Who decided what stays visible."""
    request: dict[str, Any]
    """As asked, defaults included."""
    request_file_sha256: Digest | None
    source: Source
    models: tuple[ModelRecord, ...]
    plan: PlanRecord
    output: Output
    times: Times
    checks: tuple[CheckRecord, ...]
    warnings: tuple[str, ...]
    accepted: tuple[AcceptedRecord, ...] = ()
    second_program: str = ""
    """The program that decoded master and copy for the checks, with its version; empty in older manifests."""

    @property
    def passed(self) -> bool:
        """Whether every check passed, and there was one: a copy nobody checked has not passed."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def to_bytes(self) -> bytes:
        """Spell it in the one canonical way."""
        return canonical_json(self.model_dump(mode="json"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a copy answers."""

    request: Mapping[str, Any]
    """As plain JSON."""
    file_sha256: str | None = None
    """Of the request's file, where there is one."""
    decided_by: str = ""
    """Who reviewed; empty where no one did and the rule alone decided."""


@dataclass(frozen=True, slots=True)
class Account:
    """What came of a copy."""

    checks: Iterable[Check]
    warnings: Iterable[str] = ()
    accepted: Iterable[AcceptedRecord] = ()


def output_of(copy: Path, name: str) -> Output:
    """Describe the file at COPY, which will be called NAME."""
    return Output(name=name, sha256=sha256_file(copy), size_bytes=copy.stat().st_size)


def describe(spec: CopySpec, asked: Asked, detectors: Sequence[Detector], output: Output, account: Account) -> Manifest:
    """Write down how OUTPUT, the copy by SPEC and DETECTORS, came to be, what was ASKED, and the ACCOUNT of it."""
    return Manifest(
        version=VERSION,
        tool=tool_version(),
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        decided_by=asked.decided_by or "no one: everyone is hidden by default, except whom the request names",
        request=dict(asked.request),
        request_file_sha256=asked.file_sha256,
        source=_source(spec.clip),
        models=tuple(ModelRecord(name=d.name, sha256=d.digest) for d in detectors),
        plan=_plan(spec.plan),
        output=output,
        times=_times(spec),
        checks=tuple(CheckRecord(name=c.name, passed=bool(c.passed), found=one_line(c.found)) for c in account.checks),
        warnings=tuple(map(one_line, account.warnings)),
        accepted=tuple(account.accepted),
        second_program=described(),
    )


def load_manifest(path: Path) -> Manifest:
    """Read the manifest at PATH. Raises InputUnusable where it is none, or of another version."""
    try:
        return Manifest.model_validate_json(read_small(path, LARGEST))
    except OSError as problem:
        message = f"{path} cannot be read ({reason_of(problem, 'unknown')})."
        raise InputUnusable(message) from problem
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the file"
        reason = first["msg"].removeprefix("Value error, ")
        message = f"{path} is not a {VERSION} manifest ({where}: {reason})."
        raise InputUnusable(message, "Ask for the release again, or use the version of redact that made it.") from wrong


def tool_version() -> str:
    """Name and version of this program."""
    try:
        return f"redact-video {version('redact-video')}"
    except PackageNotFoundError:
        return "redact-video, not installed"


def frame_times(clip: Clip, frames: tuple[int, int], offset: Fraction) -> list[Fraction]:
    """Seconds at which the copy shows the half-open range FRAMES of CLIP, OFFSET seconds earlier than the master."""
    return [int(tick) * clip.time_base - offset for tick in clip.pts[slice(*frames)]]


def times_digest(times: Iterable[Fraction]) -> str:
    """SHA-256 of TIMES, each as whole microseconds on a line of its own, so that any decoder's clock compares."""
    return sha256_bytes("".join(f"{round(time * 1_000_000)}\n" for time in times).encode())


def _source(clip: Clip) -> Source:
    damage = clip.damage
    notes = tuple(map(one_line, damage.notes))
    return Source(
        name=one_line(clip.path.name),
        sha256=clip.sha256,
        size_bytes=clip.size_bytes,
        frames=len(clip),
        width=clip.width,
        height=clip.height,
        forced_rate=str(clip.forced_rate) if clip.forced_rate else None,
        damage=DamageRecord(hidden=len(damage.hidden), lost=int(damage.lost), retimed=int(damage.retimed), notes=notes),
        stream=clip.stream,
        remarks=tuple(map(one_line, clip.remarks)),
    )


def _plan(plan: MaskPlan) -> PlanRecord:
    origins = [Origin(origin).name.lower() for origin in plan.origin.tolist()]
    names = [
        "whole frame" if track < 0 else DRAWN if origin == DRAWN else Kind(kind).name.lower()
        for track, kind, origin in zip(plan.track.tolist(), plan.kind.tolist(), origins, strict=True)
    ]
    return PlanRecord(
        sha256=digest(plan),
        boxes=len(plan.xyxy),
        tracks=len(set(plan.track[plan.track >= 0].tolist())),
        by_kind=dict(Counter(names)),
        by_origin=dict(Counter(origins)),
    )


def _times(spec: CopySpec) -> Times:
    times = frame_times(spec.clip, spec.plan.frames, spec.offset)
    return Times(
        count=len(times), first_frame=spec.plan.frames[0], offset_s=str(spec.offset), sha256=times_digest(times)
    )


def tie(master: str, plan: str, request: object) -> str:
    """Give the digest that ties a copy to MASTER and PLAN, both SHA-256, and to REQUEST as plain JSON."""
    request_sha256 = sha256_bytes(canonical_json(request))
    return sha256_bytes(canonical_json({"master": master, "plan": plan, "request": request_sha256}))
