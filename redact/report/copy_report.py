"""The report an officer files: one page of plain words and measured numbers, without a picture of anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redact.document.document import (
    Bullets,
    Code,
    Document,
    Facts,
    Grid,
    Link,
    Paragraph,
    Section,
    Strong,
    runs,
    section,
)
from redact.document.html import to_html
from redact.verify.remedies import SAME_AGAIN, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from redact.document.document import Block, Run
    from redact.package.manifest import DamageRecord, Manifest

__all__ = ["ASKED", "LIMITS", "copy_sections", "report"]

ASKED = {
    "sar": "subject access request",
    "third-party": "third party disclosure request",
    "police": "request from the police or another enforcement agency",
    "statutory": "request from an agency that the law entitles to ask",
    "foi": "freedom of information request: what is given to one is given to the world",
    "tenant-access": "request under the social tenants' access scheme",
    "complaint": "complaint",
    "plates": "number plates",
    "blur": "frosted glass, made only from the picture around each region: nothing of what is hidden is left in it",
    "fill": "one fixed colour",
    "pixelate": "mosaic, made of what it covers: its colours give away who is under it",
    "body": "the whole body",
    "head": "the head",
    "face": "the face only",
    "review": "listed for whoever made the copy, not hidden",
    "hide": "hidden",
    "ignore": "neither hidden nor listed",
}
FOUND = {
    "person": "Around people",
    "face": "Around faces",
    "plate": "Around number plates",
    "whole frame": "Whole frames, because they decoded damaged",
    "seen": "Of these, found on that very frame",
    "filled": "Of these, between two sightings",
    "extended": "Of these, before the first sighting or after the last",
    "drawn": "Drawn by a person",
}
CHECKING = "How to check this release"

LIMITS = (
    (
        "Detection is not perfect. Someone very small, far away, in the dark or seen in a mirror can be missed by the "
        "first look and by the second. Watch the copy once from beginning to end before it leaves."
    ),
    (
        "People can be known by more than what is covered: by where they are, whom they are with, how they move, a "
        "house number, a dog, or a clock and a place name that the camera burned into the picture."
    ),
    "The checks say what was measured on this file. A copy edited, re-encoded or renamed later is another file.",
    (
        "The digests show that the files belong together. They are not a signature: who can change all of them can "
        "change the manifest too."
    ),
)


def report(manifest: Manifest, *, withheld: bool = False, pending: bool = False, operators: str = "") -> str:
    """Tell what MANIFEST records as one HTML page that needs nothing else. WITHHELD: the copy was not released.

    OPERATORS names the operator's report beside it, which a report of a withheld copy leads to.
    """
    *body, files = copy_sections(manifest)
    sections = (
        *body,
        *section("What this does not prove", Bullets(LIMITS)),
        files,
        *(
            section("What to do now", *_remedies(manifest, operators))
            if withheld
            else section(CHECKING, _how(manifest))
        ),
    )
    title = f"Redaction report {manifest.request.get('reference', '')}"
    outcome = _outcome(manifest, withheld=withheld, pending=pending)
    return to_html(Document(title, outcome, good=not withheld, sections=sections))


def copy_sections(manifest: Manifest, level: int = 1) -> Iterator[Section]:
    """Give what MANIFEST says of one copy, under headings of LEVEL; what holds for every copy is not in it."""
    yield from section("What was asked", Facts(tuple(_asked(manifest.request))), level=level)
    yield from section("What was hidden", *_hidden(manifest), level=level)
    yield from section("What was checked on the finished copy", _checks(manifest), level=level)
    yield from section("What was found and let stand", _accepted(manifest), level=level)
    damage = Bullets(manifest.source.damage.notes)
    yield from section("The master and its damage", Facts(tuple(_master(manifest))), damage, level=level)
    yield from section("To think about", Bullets(manifest.warnings), level=level)
    yield from section("Files and networks", Facts(tuple(_files(manifest))), level=level)


def _outcome(manifest: Manifest, *, withheld: bool, pending: bool) -> str:
    failed = sum(not check.passed for check in manifest.checks)
    if withheld:
        return (
            f"WITHHELD. {failed} of {len(manifest.checks)} checks failed, so nothing was released. "
            "Restricted: the withheld copy may show third parties. Do not pass it on."
        )
    state = "Made, and not released yet: somebody else approves it first" if pending else "Released"
    return (
        f"{state}. All {len(manifest.checks)} checks on the finished copy passed. "
        f"{manifest.output.name} is a redacted copy and an exhibit of its own; the master was not changed."
    )


def _say(word: Any) -> str:
    return ASKED.get(str(word), str(word))


def _asked(request: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """What the request says, in its own order, in words."""
    span, keep = request.get("span"), request.get("keep") or ()
    yield "Reference", str(request.get("reference", ""))
    yield "Kind", _say(request["kind"]) if request.get("kind") else "not stated"
    yield "Recipient", str(request.get("recipient") or "not stated")
    yield "Copy number", str(request.get("copy_number", 1))
    yield "To hide", ", ".join(_say(item) for item in request.get("hide", ()))
    yield "To stay visible", "; ".join(_kept(item) for item in keep) or "no one"
    yield "Part of the master", f"{span['from']} to {span['to']}" if span else "all of it"
    yield "Covered of a person", _say(request.get("cover"))
    yield "Covered with", _say(request.get("style"))
    if "people" in request.get("hide", ()) and request.get("motion"):
        yield "What moves, and nobody was found in", _say(request["motion"])
    yield "Sound", _sound(request)


def _kept(keep: dict[str, Any]) -> str:
    name = f"{keep['name']}: " if keep.get("name") else ""
    return f"{name}whoever is at {keep['point'][0]}, {keep['point'][1]} px at {keep['at']}"


def _sound(request: dict[str, Any]) -> str:
    if request.get("audio") != "keep":
        return "muted throughout"
    muted = ", ".join(f"{span['from']} to {span['to']}" for span in request.get("mute", ()))
    return f"kept, muted from {muted}" if muted else "kept"


def _hidden(manifest: Manifest) -> Iterator[Block]:
    plan = manifest.plan
    if not plan.boxes:
        yield Paragraph("Nothing was found that the request asks to hide.")
        return
    counts = {**plan.by_kind, **plan.by_origin}
    yield Paragraph(
        f"{plan.boxes:,} regions on {manifest.times.count:,} frames, belonging to {plan.tracks:,} tracks. A track "
        "is one person, face or plate followed through the picture; someone who leaves and returns makes two."
    )
    yield Facts(tuple((FOUND.get(name, name), f"{n:,}") for name, n in counts.items()))
    yield Paragraph(f"Decided by {manifest.decided_by}.")


def _checks(manifest: Manifest) -> Grid:
    rows = tuple(
        (check.name, "passed" if check.passed else (Strong("FAILED"),), check.found) for check in manifest.checks
    )
    return Grid("Made on the encoded file, before it got its name.", ("Check", "Result", "Measured"), rows)


def _master(manifest: Manifest) -> Iterable[tuple[str, str]]:
    source = manifest.source
    yield "File", source.name
    yield "Picture", f"{source.width} x {source.height} px, {source.frames:,} frames"
    yield "In the copy", f"{manifest.times.count:,} frames, from frame {manifest.times.first_frame:,} on"
    if source.forced_rate:
        yield "Rate", f"{source.forced_rate} frames per second, as the operator said: the file carries no times"
    yield "Damage", _damage(source.damage)


def _damage(damage: DamageRecord) -> str:
    counts = {
        "frames decoded damaged and were hidden whole": damage.hidden,
        "packets gave no picture": damage.lost,
        "frames had a time that was missing or wrong, and were moved": damage.retimed,
    }
    return "; ".join(f"{count:,} {kind}" for kind, count in counts.items() if count) or "none found"


def _files(manifest: Manifest) -> Iterable[tuple[str, str]]:
    yield "Made", f"{manifest.made_at} by {manifest.tool}"
    yield "Master, SHA-256", manifest.source.sha256
    yield "Master, size", f"{manifest.source.size_bytes:,} bytes"
    yield "Copy", manifest.output.name
    yield "Copy, SHA-256", manifest.output.sha256
    yield "Copy, size", f"{manifest.output.size_bytes:,} bytes"
    yield "Plan, SHA-256", manifest.plan.sha256
    if manifest.request_file_sha256:
        yield "Request file, SHA-256", manifest.request_file_sha256
    for model in manifest.models:
        yield f"Network {model.name}", model.sha256


def _accepted(manifest: Manifest) -> Grid:
    """List what the second look found and the operator accepted."""
    rows = tuple(
        (finding.id, f"{finding.kind} at {finding.time}", finding.reason, finding.by) for finding in manifest.accepted
    )
    caption = "The second look found these outside the masks; the operator said that they show nobody to be hidden."
    return Grid(caption, ("Finding", "What and when", "Reason given", "By"), rows)


def _remedies(manifest: Manifest, operators: str) -> Iterator[Block]:
    """Say what to do about every check that failed, and where its pictures are."""
    rest = ", which shows what was found and says what to do; it is for whoever ran the job alone."
    lead: tuple[Run, ...] = (" Read ", Link(operators, operators), rest) if operators else ()
    yield Paragraph(("There is no release. ", SAME_AGAIN, *lead))
    failed = [check.name for check in manifest.checks if not check.passed]
    yield Bullets(tuple((Strong(name), ": ", *runs(remedy(name))) for name in failed))


def _how(manifest: Manifest) -> Paragraph:
    return Paragraph(
        (
            "Keep the copy, the manifest and this report in one folder and run ",
            Code("redact verify"),
            (
                " on that folder. It needs neither a network nor the master, and ends with exit code 0 only if all "
                "holds. Without redact, compare the SHA-256 of "
            ),
            Code(manifest.output.name),
            " with the one above.",
        )
    )
