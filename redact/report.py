"""The report an officer files: one page of plain words and measured numbers, without a picture of anybody."""

from __future__ import annotations

from html import escape
from string import Template
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redact.manifest import DamageRecord, Manifest

__all__ = ["report"]

PAGE = Template("""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>$title</title>
<style>
:root { color-scheme: light; }
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 52rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.outcome { border: 2px solid; border-left-width: .8rem; padding: .8rem 1rem; font-weight: 600; }
.released { color: #0b5c2b; } .withheld { color: #8f1414; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid #bbb; padding: .35rem .6rem .35rem 0; }
th[scope=row] { width: 13rem; } code { font-size: .85rem; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } h2 { break-after: avoid; }
  tr { break-inside: avoid; } }
</style>
</head>
<body>
<main>
<h1>$title</h1>
<p class="outcome $mood">$outcome</p>
$body
</main>
</body>
</html>
""")

ASKED = {
    "sar": "subject access request",
    "third-party": "third party disclosure request",
    "police": "request from the police or another enforcement agency",
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
    "drawn": "Of these, drawn by a person",
}
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


def report(manifest: Manifest, *, withheld: bool = False, operators: str = "") -> str:
    """Tell what MANIFEST records as one HTML page that needs nothing else. WITHHELD: the copy was not released.

    OPERATORS names the operator's report beside it, which a report of a withheld copy leads to.
    """
    reference = manifest.request.get("reference", "")
    body = "\n".join(
        [
            *_section("What was asked", _facts(_asked(manifest.request))),
            *_section("What was hidden", _hidden(manifest)),
            *_section("What was checked on the finished copy", _checks(manifest)),
            *_section("What was found and let stand", _accepted(manifest)),
            *_section("The master and its damage", _facts(_master(manifest)), _listed(manifest.source.damage.notes)),
            *_section("To think about", _listed(manifest.warnings)),
            *_section("What this does not prove", _listed(LIMITS)),
            *_section("Files and networks", _facts(_files(manifest))),
            *_section("How to check this release", _how(manifest, operators, withheld=withheld)),
        ]
    )
    return PAGE.substitute(
        title=escape(f"Redaction report {reference}"),
        mood="withheld" if withheld else "released",
        outcome=escape(_outcome(manifest, withheld=withheld)),
        body=body,
    )


def _outcome(manifest: Manifest, *, withheld: bool) -> str:
    failed = sum(not check.passed for check in manifest.checks)
    if withheld:
        return (
            f"WITHHELD. {failed} of {len(manifest.checks)} checks failed, so nothing was released. "
            "Restricted: the withheld copy may show third parties. Do not pass it on."
        )
    return (
        f"Released. All {len(manifest.checks)} checks on the finished copy passed. "
        f"{manifest.output.name} is a redacted copy and an exhibit of its own; the master was not changed."
    )


def _section(title: str, *parts: str) -> list[str]:
    """Head and PARTS, or nothing where all PARTS are empty."""
    return [f"<section><h2>{escape(title)}</h2>", *parts, "</section>"] if any(parts) else []


def _facts(rows: Iterable[tuple[str, str]]) -> str:
    """Make a two-column table of ROWS."""
    lines = (f'<tr><th scope="row">{escape(name)}</th><td>{_text(value)}</td></tr>' for name, value in rows)
    return "<table>" + "\n".join(lines) + "</table>"


def _text(value: str) -> str:
    """VALUE for the page; digests in a fixed face, so that they can be compared by eye."""
    digest = len(value) == 64 and set(value) <= set("0123456789abcdef")  # noqa: PLR2004  SHA-256 in hex
    return f"<code>{value}</code>" if digest else escape(value)


def _listed(sentences: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f"<ul>{items}</ul>" if items else ""


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


def _hidden(manifest: Manifest) -> str:
    plan = manifest.plan
    if not plan.boxes:
        return "<p>Nothing was found that the request asks to hide.</p>"
    counts = {**plan.by_kind, **plan.by_origin}
    summary = (
        f"<p>{plan.boxes:,} regions on {manifest.times.count:,} frames, belonging to {plan.tracks:,} tracks. A track "
        "is one person, face or plate followed through the picture; someone who leaves and returns makes two.</p>"
    )
    return summary + _facts((FOUND.get(name, name), f"{n:,}") for name, n in counts.items()) + _decided(manifest)


def _decided(manifest: Manifest) -> str:
    return f"<p>Decided by {escape(manifest.decided_by)}.</p>"


def _checks(manifest: Manifest) -> str:
    rows = "\n".join(
        f'<tr><th scope="row">{escape(check.name)}</th>'
        f"<td>{'passed' if check.passed else '<strong>FAILED</strong>'}</td><td>{escape(check.found)}</td></tr>"
        for check in manifest.checks
    )
    head = '<tr><th scope="col">Check</th><th scope="col">Result</th><th scope="col">Measured</th></tr>'
    caption = "<caption>Made on the encoded file, before it got its name.</caption>"
    return f"<table>{caption}<thead>{head}</thead><tbody>{rows}</tbody></table>"


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
    return "; ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "none found"


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


def _accepted(manifest: Manifest) -> str:
    """List what the second look found and the operator accepted; nothing where there is nothing."""
    if not manifest.accepted:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(one.id)}</th><td>{escape(one.kind)} at {escape(one.time)}</td>'
        f"<td>{escape(one.reason)}</td><td>{escape(one.by)}</td></tr>"
        for one in manifest.accepted
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Finding", "What and when", "Reason given", "By"))
    caption = "The second look found these outside the masks; the operator said that they show nobody to be hidden."
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _how(manifest: Manifest, operators: str, *, withheld: bool) -> str:
    if withheld:
        where = f'Read <a href="{escape(quote(operators))}">{escape(operators)}</a>, which shows what was found and '
        where = f"{where}says what to do; it is for whoever ran the job alone." if operators else ""
        return f"<p>There is no release. Read the failed checks above, then run the job again. {where}</p>"
    return (
        "<p>Keep the copy, the manifest and this report in one folder and run <code>redact verify</code> on that "
        "folder. It needs neither a network nor the master, and ends with exit code 0 only if all holds. "
        f"Without redact, compare the SHA-256 of <code>{escape(manifest.output.name)}</code> with the one above.</p>"
    )
