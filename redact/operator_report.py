"""The operator's report: what was found, in pictures, and where to look first. Never part of a release."""

from __future__ import annotations

from base64 import b64encode
from fractions import Fraction
from html import escape
from string import Template
from typing import TYPE_CHECKING

from redact.findings import Standing
from redact.governance.request import format_time
from redact.risk import first_looks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from redact.findings import Finding
    from redact.manifest import Manifest
    from redact.risk import Risk
    from redact.unexplained import Place

__all__ = ["operator_report"]

LISTED = 30
"""Seconds listed, at most; the file beside the page has all of them."""

PAGE = Template("""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>$title</title>
<style>
:root { color-scheme: light; }
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 56rem; margin: 0 auto 2rem;
  padding: 0 1rem; }
.restricted { position: sticky; top: 0; margin: 0 -1rem; padding: .6rem 1rem; background: #8f1414; color: #fff; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.outcome { border: 2px solid; border-left-width: .8rem; padding: .8rem 1rem; font-weight: 600; }
.released { color: #0b5c2b; } .withheld { color: #8f1414; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid #bbb; padding: .35rem .8rem .35rem 0; }
th[scope=row] { white-space: nowrap; } code { font-size: .9rem; } td ul { margin: 0; padding-left: 1.1rem; }
figure { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0; padding: .8rem 0; border-bottom: 1px solid #bbb; }
figure img { max-width: 100%; height: auto; align-self: flex-start; } figcaption { flex: 1 1 18rem; }
@media print { .restricted { position: static; border: 3px solid #8f1414; color: #8f1414; background: #fff; }
  figure, tr { break-inside: avoid; } }
</style>
</head>
<body>
<p class="restricted"><strong>RESTRICTED: may show third parties.</strong> For whoever made this copy alone. Not part
of the release: do not send it, do not file it with the copy, and delete it when the request is closed.</p>
<main>
<h1>$title</h1>
<p class="outcome $mood">$outcome</p>
$body
</main>
</body>
</html>
""")

PLACES = 40
"""Places listed at which something moved, at most: those at which it lasted longest."""

MOVED = {
    "review": """No network found anybody in these, and they are <strong>not hidden</strong>. Look at each. Is it a
person who must not be seen? Run the same command again with <code>--motion hide</code>, or release a shorter part.""",
    "hide": """No network found anybody in these. They are hidden, as the request says.""",
}
"""What to do about movement that nobody explains, by what the request chose."""

HEADS = {
    Standing.OPEN: "Found outside the masks",
    Standing.ACCEPTED: "Found and accepted",
    Standing.EARLIER: "Found on an earlier copy of this run",
}
"""Title for each standing of a finding, what matters most first."""

ADVICE = {
    Standing.OPEN: """The second look found these on the last copy. Look at each picture. Is it a person, a face or a
plate that must not be seen? Hide more, or release a shorter part. Is it nobody who is to be hidden, such as a poster or
a statue? Then run the same command again with the words beside it and your reason; both are recorded and named in the
released report. An id stands for one place, about as large as the thing itself, for about half a second.""",
    Standing.ACCEPTED: """The operator said that these show nobody who is to be hidden. They are named, without a
picture, in the report and in the manifest.""",
    Standing.EARLIER: """These were added to what had been found, and the second look did not see them on the last
copy. Where one is nobody, and ought to be seen, it can be accepted in the same way.""",
}


def operator_report(
    manifest: Manifest,
    findings: Sequence[Finding],
    risks: Sequence[Risk],
    *,
    withheld: bool,
    begins: Fraction = Fraction(0),
    whole: str = "",
    moved: Sequence[Place] = (),
) -> str:
    """Tell the operator of MANIFEST's copy what was found, in pictures, and where to look first, as one HTML page.

    BEGINS is the time of the master at which the copy begins; WHOLE names the file with all of RISKS. MOVED is where
    something moved that nobody was found in.
    """
    body = [_first(risks, begins, whole), *(_found(findings, standing) for standing in HEADS)]
    if not findings:
        body.append("<h2>Findings</h2><p>The second look found nothing outside the masks, on any copy of this run.</p>")
    body += [_moved(moved, str(manifest.request.get("motion"))), _failed(manifest)]
    title = f"Operator's report {manifest.request.get('reference', '')}"
    return PAGE.substitute(
        title=escape(title.strip()),
        mood="withheld" if withheld else "released",
        outcome=escape(_outcome(manifest, findings, withheld=withheld)),
        body="\n".join(filter(None, body)),
    )


def _outcome(manifest: Manifest, findings: Sequence[Finding], *, withheld: bool) -> str:
    if not withheld:
        return f"{manifest.output.name} was released. Watch it once from beginning to end before it leaves."
    still = sum(finding.standing is Standing.OPEN for finding in findings)
    what = f"{still} finding{'s' * (still != 1)} outside the masks. " if still else ""
    return f"WITHHELD: {manifest.output.name} was not released, and may show third parties. {what}".strip()


def _first(risks: Sequence[Risk], begins: Fraction, whole: str) -> str:
    """List the seconds to look at first."""
    worst = [risk for risk in risks if risk.score > 0]
    first = ", ".join(_clock(second) for second in first_looks(risks))
    begun = f" The copy begins at {format_time(begins)} of the master." if begins else ""
    note = (
        "Times are the master's, as a player shows them. This is the order in which to look, and no measurement: the "
        f"scores are a judgement, within this clip alone, and a second not listed is not known to be safe.{begun}"
    )
    if not worst:
        return f"<h2>Where to look first</h2><p>Nothing sets one second apart from another. {escape(note)}</p>"
    rows = "".join(
        f'<tr><th scope="row">{_clock(risk.second)}</th><td>{risk.score:.2f}</td><td>{_listed(risk.reasons)}</td></tr>'
        for risk in worst[:LISTED]
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Time", "Score", "Why"))
    rest = f"; the other {len(worst) - LISTED:,} are in {whole}" if whole and len(worst) > LISTED else ""
    caption = escape(f"{min(len(worst), LISTED):,} of {len(risks):,} seconds{rest}.")
    return (
        f"<h2>Where to look first</h2><p><strong>{escape(first)}</strong></p><p>{escape(note)}</p>"
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _found(findings: Sequence[Finding], standing: Standing) -> str:
    """Show those of FINDINGS of one STANDING; nothing where there is none."""
    those = [finding for finding in findings if finding.standing is standing]
    if not those:
        return ""
    head = f"<h2>{escape(HEADS[standing])} ({len(those):,})</h2><p>{escape(ADVICE[standing])}</p>"
    return head + "\n".join(map(_shown, those))


def _shown(finding: Finding) -> str:
    """Show one FINDING with its picture."""
    left, top, right, bottom = finding.place
    facts = (
        f"{finding.kind.name.lower()} at {format_time(finding.at)} of the master (frame {finding.frame:,})",
        f"from {left}, {top} to {right}, {bottom} px of the picture as seen; score {finding.score:.2f}",
    )
    coded = b64encode(finding.picture).decode()
    image = f'<img alt="{escape(finding.said)}" src="data:image/jpeg;base64,{coded}">' if coded else ""
    words = (
        ""
        if finding.standing is Standing.ACCEPTED
        else f"<br><code>--accept {finding.id} --reason &quot;…&quot;</code>"
    )
    told = "<br>".join(map(escape, facts))
    return f"<figure>{image}<figcaption><strong>{finding.id}</strong><br>{told}{words}</figcaption></figure>"


def _moved(moved: Sequence[Place], choice: str) -> str:
    """List where something MOVED that nobody was found in, and what the CHOICE was; nothing where nothing did."""
    if not moved:
        return ""
    longest = sorted(moved, key=lambda place: place.first - place.last)[:PLACES]
    rows = "".join(
        f'<tr><th scope="row">{format_time(place.first)} to {format_time(place.last)}</th>'
        f"<td>from {place.box[0]}, {place.box[1]} to {place.box[2]}, {place.box[3]} px</td></tr>"
        for place in sorted(longest)
    )
    most = f"; the {PLACES} that lasted longest" if len(moved) > PLACES else ""
    caption = f"Times of the master, and where it was half way between them, in px of the picture as seen{most}."
    head = f"<h2>Movement in which nobody was found ({len(moved):,})</h2><p>{MOVED.get(choice, '')}</p>"
    columns = '<tr><th scope="col">Time</th><th scope="col">Place</th></tr>'
    return f"{head}<table><caption>{caption}</caption><thead>{columns}</thead><tbody>{rows}</tbody></table>"


def _failed(manifest: Manifest) -> str:
    """List the checks that failed; nothing where all passed."""
    failed = [f"{check.name}: {check.found}" for check in manifest.checks if not check.passed]
    return f"<h2>Checks that failed</h2>{_listed(failed)}" if failed else ""


def _listed(sentences: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ul>"


def _clock(second: int) -> str:
    return format_time(Fraction(second))
