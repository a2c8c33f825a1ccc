"""The operator's report: what was found, in pictures, and where to look first. Never part of a release."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from redact.document.document import Bullets, Code, Document, Figure, Grid, Paragraph, Section, Strong, runs, section
from redact.document.html import to_html
from redact.report.risk import first_looks
from redact.request.model import format_time
from redact.verify.findings import Standing
from redact.verify.remedies import SAME_AGAIN, remedy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from redact.document.document import Block, Run, Words
    from redact.package.manifest import Manifest
    from redact.report.risk import Risk
    from redact.track.unexplained import Place
    from redact.verify.evidence import Evidence
    from redact.verify.findings import Finding

__all__ = ["operator_report"]

LISTED = 30
"""Seconds listed, at most; the file beside the page has all of them."""

PLACES = 40
"""Places listed at which something moved, at most: those at which it lasted longest."""

RESTRICTED: tuple[Run, ...] = (
    Strong("RESTRICTED: may show third parties."),
    (
        " For whoever made this copy alone. Not part of the release: do not send it, do not file it with the copy, and "
        "delete it when the request is closed."
    ),
)

MOVED: dict[str, Words] = {
    "review": (
        "No network found anybody in these, and they are ",
        Strong("not hidden"),
        ". Look at each. Is it a person who must not be seen? Run the same command again with ",
        Code("--motion hide"),
        ", or release a shorter part.",
    ),
    "hide": "No network found anybody in these. They are hidden, as the request says.",
}
"""What to do about movement that nobody explains, by what the request chose."""

HEADS = {
    Standing.OPEN: "Found outside the masks",
    Standing.ACCEPTED: "Found and accepted",
    Standing.EARLIER: "Found on an earlier copy of this run",
}
"""Title for each standing of a finding, what matters most first."""

ADVICE = {
    Standing.OPEN: (
        "The second look found these on the last copy. Look at each picture. Is it a person, a face or a plate that "
        "must not be seen? Hide more, or release a shorter part. Is it nobody who is to be hidden, such as a poster or "
        "a statue? Then run the same command again with the words beside it and your reason; both are recorded and "
        "named in the released report. An id stands for one place, about as large as the thing itself, for about half "
        "a second."
    ),
    Standing.ACCEPTED: (
        "The operator said that these show nobody who is to be hidden. They are named, without a picture, in the "
        "report and in the manifest."
    ),
    Standing.EARLIER: (
        "These were added to what had been found, and the second look did not see them on the last copy. Where one is "
        "nobody, and ought to be seen, it can be accepted in the same way."
    ),
}


def operator_report(
    manifest: Manifest,
    findings: Sequence[Finding],
    risks: Sequence[Risk],
    evidence: Sequence[Evidence] = (),
    *,
    withheld: bool,
    begins: Fraction = Fraction(0),
    whole: str = "",
    moved: Sequence[Place] = (),
) -> str:
    """Tell the operator of MANIFEST's copy what was found, in pictures, and where to look first, as one HTML page.

    BEGINS is the time of the master at which the copy begins; WHOLE names the file with all of RISKS. MOVED is where
    something moved that nobody was found in, EVIDENCE where checks failed.
    """
    none = "" if findings else "The second look found nothing outside the masks, on any copy of this run."
    sections = (
        *section("Checks that failed", *_failed(manifest, evidence)),
        *_first(risks, begins, whole),
        *(part for standing in HEADS for part in _found(findings, standing)),
        *section("Findings", Paragraph(none)),
        *_moved(moved, str(manifest.request.get("motion"))),
    )
    title = f"Operator's report {manifest.request.get('reference', '')}"
    outcome = _outcome(manifest, findings, withheld=withheld)
    return to_html(Document(title, outcome, good=not withheld, sections=sections, banner=RESTRICTED))


def _outcome(manifest: Manifest, findings: Sequence[Finding], *, withheld: bool) -> str:
    if not withheld:
        return f"{manifest.output.name} passed every check. Watch it once from beginning to end before it leaves."
    still = sum(finding.standing is Standing.OPEN for finding in findings)
    sentence = f"{still} finding{'s' * (still != 1)} outside the masks. " if still else ""
    return f"WITHHELD: {manifest.output.name} was not released, and may show third parties. {sentence}".strip()


def _first(risks: Sequence[Risk], begins: Fraction, whole: str) -> Iterator[Section]:
    """List the seconds to look at first, and show those of which there is a picture."""
    worst = [risk for risk in risks if risk.score > 0]
    begun = f" The copy begins at {format_time(begins)} of the master." if begins else ""
    note = (
        "Times are the master's, as a player shows them. This is the order in which to look, and no measurement: the "
        f"scores are a judgement, within this clip alone, and a second not listed is not known to be safe.{begun}"
    )
    if not worst:
        note = f"Nothing sets one second apart from another. {note}"
    first = ", ".join(map(_clock, first_looks(risks))) if worst else ""
    rows = tuple((_clock(risk.second), f"{risk.score:.2f}", Bullets(risk.reasons)) for risk in worst[:LISTED])
    rest = f"; the other {len(worst) - LISTED:,} are in {whole}" if whole and len(worst) > LISTED else ""
    caption = f"{min(len(worst), LISTED):,} of {len(risks):,} seconds{rest}."
    seconds = Grid(caption, ("Time", "Score", "Why"), rows)
    shown = (_still(risk) for risk in worst if risk.picture)
    head = Paragraph((Strong(first),) if first else "")
    return section("Where to look first", head, Paragraph(note), *shown, seconds)


def _still(risk: Risk) -> Figure:
    """Show the copy in the second of RISK, and why to look there."""
    at = _clock(risk.second)
    return Figure(((Strong(at),), *risk.reasons), risk.picture, f"The copy at {at} of the master")


def _found(findings: Sequence[Finding], standing: Standing) -> Iterator[Section]:
    """Show those of FINDINGS of one STANDING; nothing where there is none."""
    matching = [finding for finding in findings if finding.standing is standing]
    if matching:
        yield Section(f"{HEADS[standing]} ({len(matching):,})", (Paragraph(ADVICE[standing]), *map(_shown, matching)))


def _shown(finding: Finding) -> Figure:
    """Show one FINDING with its picture."""
    left, top, right, bottom = finding.place
    lines: tuple[Words, ...] = (
        (Strong(finding.id),),
        f"{finding.kind.name.lower()} at {format_time(finding.at)} of the master (frame {finding.frame:,})",
        f"from {left}, {top} to {right}, {bottom} px of the picture as seen; score {finding.score:.2f}",
    )
    if finding.standing is not Standing.ACCEPTED:
        lines = (*lines, (Code(f'--accept {finding.id} --reason "…"'),))
    return Figure(lines, finding.picture, finding.said)


def _moved(moved: Sequence[Place], choice: str) -> Iterator[Section]:
    """List where something MOVED that nobody was found in, and what the CHOICE was; nothing where nothing did."""
    longest = sorted(moved, key=lambda place: place.first - place.last)[:PLACES]
    rows = tuple(
        (f"{format_time(place.first)} to {format_time(place.last)}", _where(place)) for place in sorted(longest)
    )
    most = f"; the {PLACES} that lasted longest" if len(moved) > PLACES else ""
    caption = f"Times of the master, and where it was half way between them, in px of the picture as seen{most}."
    if moved:
        title = f"Movement in which nobody was found ({len(moved):,})"
        yield from section(title, Paragraph(MOVED.get(choice, "")), Grid(caption, ("Time", "Place"), rows))


def _where(place: Place) -> str:
    return f"from {place.box[0]}, {place.box[1]} to {place.box[2]}, {place.box[3]} px"


def _failed(manifest: Manifest, evidence: Sequence[Evidence]) -> Iterator[Block]:
    """Tell of each check that failed what was measured and what to do, and show the worst of it."""
    failed = [check for check in manifest.checks if not check.passed]
    for check in failed:
        yield Paragraph((Strong(check.name), f": {check.found}"))
        yield Paragraph(("What to do: ", *runs(remedy(check.name))))
        yield from (_proof(proof) for proof in evidence if proof.check == check.name)
    if failed:
        yield Paragraph(SAME_AGAIN)


def _proof(evidence: Evidence) -> Figure:
    """Show EVIDENCE of the place at which a check failed."""
    left, top, right, bottom = evidence.place
    lines: tuple[Words, ...] = (
        (Strong(f"{evidence.said[:1].upper()}{evidence.said[1:]}."),),
        f"At {format_time(evidence.at)} of the master (frame {evidence.frame:,})",
        f"from {left}, {top} to {right}, {bottom} px of the picture as seen",
        "From left to right: the master, what was to be written, the copy.",
    )
    return Figure(lines, evidence.picture, f"{evidence.check} at {format_time(evidence.at)}")


def _clock(second: int) -> str:
    return format_time(Fraction(second))
