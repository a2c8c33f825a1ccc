"""Until when the footage of a request can be exported from where it was recorded, by what is on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from redact.advice import Give, Given, Sentence, Step, Task
from redact.governance.ledger.events import EventKind
from redact.governance.register.register import Sought
from redact.governance.rules.completeness import Recording
from redact.governance.rules.fields import folded
from redact.governance.rules.overwrite import Deadline, Kept, Search, Standing, Wanted, deadlines
from redact.request.choices import RequestKind

if TYPE_CHECKING:
    from redact.governance.ledger.events import Event
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow, RequestRow
    from redact.governance.rules.organisation import Organisation

__all__ = ["NOTHING", "Export", "export_of", "kept_by", "overwritten", "to_export"]

NOTHING = "nothing"
"""What a search says that found nothing."""

FIRST = (Standing.PASSED, Standing.UNKNOWN, Standing.RUNS, Standing.DONE)
"""Of several cameras how the worst one stands is told."""


@dataclass(frozen=True, slots=True)
class Export:
    """How it is with the footage of a request."""

    today: date
    cameras: tuple[Deadline, ...]

    @property
    def standing(self) -> Standing:
        """That of the camera with which it is worst."""
        there = {camera.standing for camera in self.cameras}
        return next((standing for standing in FIRST if standing in there), Standing.NONE)

    @property
    def last(self) -> date | None:
        """The last whole day to export all that is missing; None where nothing is, or nobody knows."""
        return min((camera.last for camera in self.cameras if camera.open and camera.last), default=None)

    @property
    def days_left(self) -> int | None:
        """Days until then, below 0 where it has passed."""
        return (self.last - self.today).days if self.last else None

    @property
    def sentences(self) -> tuple[str, ...]:
        """How it is with each camera."""
        return tuple(sentence for camera in self.cameras for sentence in camera.sentences(self.today))

    def plain(self) -> dict[str, Any]:
        """Give it as plain JSON."""
        return {
            "standing": self.standing.value,
            "last": self.last.isoformat() if self.last else None,
            "days_left": self.days_left,
            "why": list(self.sentences),
        }


def export_of(office: Office, row: RequestRow, sought: Sought | None = None, today: date | None = None) -> Export:
    """Say how it is with the footage of the request of ROW, given what was SOUGHT for it, as it stands TODAY.

    What was sought is looked up where it is not given.
    """
    day = today or date.today()  # noqa: DTZ011  the day where the organisation is
    if row.kind == RequestKind.COMPLAINT and not row.asked.get("window"):
        return Export(day, ())
    known = office.register.sought([row.reference]).get(row.reference) if sought is None else sought
    here = known or Sought([], [])
    clips = [_recording(clip) for clip in here.clips]
    searches = [search for event in here.searches if (search := _search(event))]
    return Export(day, deadlines(_wanted(row), clips, searches, kept_by(office.organisation), day))


def overwritten(office: Office, row: RequestRow, today: date) -> bool:
    """Tell whether footage of the request of ROW may have been written over before it was exported, as of TODAY.

    It may where its day passed before it was here, a search had found nothing in time, or the request had ended.
    """
    sought = office.register.sought([row.reference]).get(row.reference, Sought([], []))
    end = date.fromisoformat(row.ended_on) if row.ended_on else today
    without = export_of(office, row, Sought(sought.clips, []), end)
    if without.standing is not Standing.PASSED:
        return False
    last = without.last
    intime = [event for event in sought.searches if last and event.day <= last]
    return export_of(office, row, Sought(sought.clips, intime), end).standing is Standing.PASSED


def kept_by(organisation: Organisation) -> Kept:
    """Say how long the recorders of ORGANISATION keep what they recorded."""
    general = organisation.retention.footage_days
    cameras = organisation.cameras.items()
    return Kept(general, {folded(name): camera.retention_days or general for name, camera in cameras})


def to_export(export: Export, reference: str) -> tuple[Sentence, ...]:
    """Say what is to be done for the request REFERENCE before its footage is written over; nothing where it is here."""
    if export.standing not in {Standing.RUNS, Standing.PASSED, Standing.UNKNOWN}:
        return ()
    attach = Step(Task.ATTACH, reference, (Given.FILE,))
    vain = Step(Task.RECORD_STEP, reference, (Give(Given.STEP, EventKind.SEARCHED.value), Given.NOTHING))
    what = " ".join(sentence for camera in export.cameras if camera.open for sentence in camera.sentences(export.today))
    if export.standing is Standing.UNKNOWN:
        say = Step(Task.CHANGE_REQUEST, reference, (Given.FROM, Given.TO))
        return (Sentence((f"{what} Attach it: ", attach, "; or say which time it is about: ", say)),)
    return (Sentence((f"{what} Attach it: ", attach, "; or record that a search found nothing: ", vain)),)


def _wanted(row: RequestRow) -> Wanted:
    asked = row.asked
    window = asked.get("window") or {}
    start, end = (datetime.fromisoformat(window[key]) if window.get(key) else None for key in ("from", "to"))
    return Wanted(tuple(asked.get("cameras") or ()), start, end)


def _recording(clip: ClipRow) -> Recording:
    """Give CLIP as far as it covers time; only a start that somebody gave counts."""
    starts = datetime.fromisoformat(clip.starts) if clip.starts and clip.starts_from == "operator" else None
    return Recording(
        name=clip.name,
        camera=clip.camera,
        starts=starts,
        duration_s=clip.duration_s or 0.0,
        clock_offset_s=clip.clock_offset_s,
    )


def _search(event: Event) -> Search | None:
    """Give the search of EVENT, if it found nothing."""
    data = event.data
    if not data.get(NOTHING):
        return None
    return Search(str(data["camera"]), datetime.fromisoformat(data["from"]), datetime.fromisoformat(data["to"]))
