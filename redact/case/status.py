"""What comes next in a case: the first thing that keeps it from its end, clip by clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redact.advice import Give, Given, Sentence, Step, Task
from redact.case.approving import approved, parcel
from redact.case.exporting import export_of, to_export
from redact.case.footage import scan_there
from redact.errors import RedactError
from redact.governance.ledger.events import EventKind
from redact.governance.rules.intake import problems
from redact.request.choices import NATIVE, RequestKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redact.case.asked import Asked
    from redact.governance.ledger.events import Event
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow

__all__ = ["comes_next"]


def comes_next(office: Office, request: Asked) -> tuple[Sentence, ...]:
    """Say what is to be done for REQUEST, in order; nothing once it has ended.

    It believes the record and reads no footage; whoever approves or releases has every byte compared.
    """
    if request.row.state != "open":
        return ()
    events = office.register.events(reference=request.reference)
    if request.kind is RequestKind.COMPLAINT:
        return (_complaint(request, events),)
    if any(row.state == "released" for row in office.register.releases(reference=request.reference)):
        return (_released(request, events),)
    export = to_export(export_of(office, request.row), request.reference)
    missing = (lack.sentence for lack in problems(request.intake, events))
    return (*export, *missing, *_work(office, request, bool(export)))


def _complaint(request: Asked, events: Sequence[Event]) -> Sentence:
    """Say what is to be done next for a complaint."""
    kinds, reference = {event.kind for event in events}, request.reference
    for step, what in (
        (EventKind.ACKNOWLEDGED, "Acknowledge the complaint, and record that: "),
        (EventKind.LOOKED_INTO, "Look into it without undue delay, and record what was seen: "),
    ):
        if step not in kinds:
            return Sentence((what, Step(Task.RECORD_STEP, reference, (Give(Given.STEP, step.value),))))
    close = Step(Task.CLOSE_REQUEST, reference, (Given.OUTCOME, Given.NOTE))
    return Sentence(("Tell the outcome without undue delay, and close the complaint with it: ", close))


def _released(request: Asked, events: Sequence[Event]) -> Sentence:
    """Say what is to be done once a copy was released."""
    if request.intake.upload and all(event.kind is not EventKind.UPLOADED for event in events):
        step = Step(Task.RECORD_STEP, request.reference, (Give(Given.STEP, EventKind.UPLOADED.value), Given.NOTE))
        return Sentence((f"Package released. Upload it at {request.intake.upload}, and record the receipt: ", step))
    return Sentence(("Copy released. Close the request: ", Step(Task.CLOSE_REQUEST, request.reference)))


def _work(office: Office, request: Asked, export: bool) -> tuple[Sentence, ...]:
    """Say what of scan, copy, approval and release is missing; each names the step to take.

    EXPORT: that footage is to be attached was said already.
    """
    if export and not request.clips:
        return ()
    native = RequestKind(request.row.kind) in NATIVE
    if request.clips and not native:
        missing = tuple(line for clip in request.clips for line in _not_scanned(office, request.reference, clip))
        if missing:
            return missing
    if not native and not _decided(office, request):
        see = Step(Task.SHOW_SUBJECTS, request.reference, (Give(Given.WHY, "…"),))
        sentence = Sentence(("Nobody is decided on: everyone is hidden. See who is there: ", see))
        return (sentence, *_copies(office, request, native=native))
    return _copies(office, request, native=native)


def _decided(office: Office, request: Asked) -> bool:
    """Tell whether anybody was ever decided on, or a copy made without."""
    kinds = (EventKind.DECIDED, EventKind.RENDERED)
    return not request.clips or bool(office.register.events(reference=request.reference, kinds=kinds))


def _copies(office: Office, request: Asked, *, native: bool) -> tuple[Sentence, ...]:
    """Say what of copy, approval and release is missing."""
    try:
        approved(office, parcel(office, request.reference, native=native, read=False))
    except RedactError as problem:
        return (_said(problem, request.reference),)
    gives = (Given.FOLDER, *([Given.NATIVE] if native else []))
    return (Sentence(("Release it: ", Step(Task.RELEASE, request.reference, gives))),)


def _not_scanned(office: Office, reference: str, clip: ClipRow) -> tuple[Sentence, ...]:
    """Say why there is no scan of CLIP that can be used; nothing where there is one."""
    try:
        scan_there(office, reference, clip)
    except RedactError as problem:
        return (_said(problem, reference),)
    return ()


def _said(problem: RedactError, reference: str) -> Sentence:
    """Say in one line what the PROBLEM with the request REFERENCE is, and what to do."""
    advice = [" ", *problem.advice.about(reference).parts] if problem.advice else []
    return Sentence((" ".join(problem.what.split()), *advice))
