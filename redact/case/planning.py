"""How a copy would be made of a clip now: the plan of its scan, of what is decided and of what is drawn, unrendered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redact.case.answered import apart
from redact.case.asked import asked
from redact.case.copies import wanted_of
from redact.case.correcting import corrections, drawn
from redact.case.correcting import digest_of as drawn_digest
from redact.case.deciding import rulings, wording
from redact.case.known import Recent, known
from redact.case.since import revision
from redact.governance.ledger.events import now
from redact.governance.rules.authority import Action
from redact.jobs.draft import drafted, naming
from redact.report.risk import rank

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from redact.case.correcting import Correction
    from redact.case.deciding import Ruling
    from redact.case.known import Known
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.jobs.draft import Draft
    from redact.report.risk import Risk
    from redact.request.model import Request

__all__ = ["Present", "plan_key", "plan_now", "present", "risks_now"]

KEPT = 4
"""Plans that are kept at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Present:
    """How a clip stands for a request at this moment."""

    known: Known
    rulings: tuple[Ruling, ...]
    corrections: tuple[Correction, ...]
    revision: int
    """Of what is recorded about the clip in this case."""
    request: Request
    """What a copy made now would be asked to be."""
    apart: frozenset[tuple[str, str]]
    """Pairs of subjects of whom somebody said that they are two people."""
    reference: str
    clip: ClipRow


_recent: Recent[Draft] = Recent(KEPT)
_risks: Recent[tuple[Risk, ...]] = Recent(KEPT)


def present(office: Office, reference: str, clip: ClipRow, settings: Mapping[str, Any] | None = None) -> Present:
    """Give how CLIP stands for the request REFERENCE, and what is asked of a copy with SETTINGS, fields of Request.

    Raises NotPermitted for whoever may not view it, UsageProblem where it was not scanned.
    """
    office.permit(Action.VIEW, reference)
    with office.refusals(reference):
        seen = revision(office, reference, clip)  # first: what comes in meanwhile is no part of it
        there = known(office, reference, clip)
    decided = rulings(office, reference, clip, there.sha256)
    corrected = corrections(office, reference, clip, there.sha256)
    wanted = wanted_of(office, asked(office, reference), settings or {}, decided, corrected)
    two = apart(office, reference, clip, there.sha256)
    return Present(there, decided, corrected, seen, wanted, two, reference, clip)


def plan_now(stands: Present) -> Draft:
    """Give who would be hidden where if the copy were made as a clip STANDS, by the same way as when it is made."""
    return _recent.get(plan_key(stands), lambda: _drafted(stands))


def risks_now(stands: Present) -> tuple[Risk, ...]:
    """Rank the seconds of a clip as it STANDS, the one to look at first at the head."""
    return _risks.get(plan_key(stands), lambda: _ranked(plan_now(stands)))


def plan_key(stands: Present) -> Hashable:
    """Give what decides on the plan of a clip as it STANDS, and on what is said of it."""
    names = tuple((ruling.subject, ruling.name) for ruling in stands.rulings)
    what = (stands.known.sha256, stands.request.digest, drawn_digest(stands.corrections))
    return *what, names, stands.apart, stands.reference, stands.known.scan.clip.path


def _ranked(draft: Draft) -> tuple[Risk, ...]:
    scan = draft.scan
    poses = sum(not pose.doubtful for pose in scan.poses)
    return rank(scan.clip, draft.tracks, draft.plan, draft.decisions, scan.cuts, moved=draft.moved, poses=poses)


def _drafted(stands: Present) -> Draft:
    """Work out the plan of a clip as it STANDS."""
    words = wording(stands.reference, stands.clip, stands.rulings)
    there, drew = stands.known, drawn(stands.corrections)
    who = naming(
        stands.request,
        there.scan,
        now(),
        drew,
        wording=words,
        apart=stands.apart,
        everyone=there.people,
        found=there.found,
    )
    return drafted(stands.request, there.scan, who)
