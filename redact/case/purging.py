"""What is kept and what is past its time: listed, held, and deleted so that it is known to be gone."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from redact.case.folder import locked, master_path
from redact.case.releasing import recover
from redact.errors import NotPermitted, UsageProblem
from redact.governance.authority import Action, Role
from redact.governance.erase import erase, survey
from redact.governance.events import EventKind
from redact.governance.kept import footage, limits
from redact.governance.retention import Copy, CopyKind, Hold, check_hold, check_purge, copy_state, state
from redact.package import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from redact.governance.erase import Erased
    from redact.governance.office import Office
    from redact.governance.register import ClipRow, ReleaseRow
    from redact.governance.retention import Kept

__all__ = ["Item", "held", "hold", "items", "lift", "purge"]


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is kept for a time."""

    what: str
    """footage, working or release."""
    kept: Kept
    paths: tuple[Path, ...]
    reference: str = ""
    clip: str = ""
    """SHA-256 of the master."""
    release: str = ""

    @property
    def there(self) -> bool:
        """Whether any of it is on the disk."""
        return any(path.exists() for path in self.paths)


def items(office: Office, today: date | None = None) -> tuple[Item, ...]:
    """List everything that is kept TODAY, footage first; what was purged already is left out."""
    day = today or _today()
    clips = [_footage(office, clip, day) for clip in office.register.clips() if not clip.purged_at]
    folders = sorted((office.home / "cases").iterdir())
    copies = [item for folder in folders if (item := _working(office, folder, day)).there]
    releases = [_release(office, row, day) for row in office.register.releases() if _stands(row)]
    return (*clips, *copies, *releases)


def hold(office: Office, clip: ClipRow, reason: str, review: date) -> str:
    """Keep the footage of CLIP for an incident until somebody lifts it; give the hold's name.

    Raises NotPermitted where it is purged, or past its time and whoever asks is not the DPO.
    """
    person = office.permit(Action.HOLD)
    words = " ".join(reason.split())
    if not words:
        message = "A hold is placed with its reason."
        raise UsageProblem(message, 'Say it in a sentence with --reason "…".')
    placed = Hold(words, review, office.user)
    with office.refusals():
        check_hold(footage(office, clip), limits(office), placed, _today(), dpo=Role.DPO in person.roles)
    name = f"h{uuid.uuid4().hex[:8]}"
    data = {"hold": name, "reason": words, "review": review.isoformat()}
    office.record(office.event(EventKind.HELD, clip=clip.sha256, data=data))
    return name


def lift(office: Office, name: str, why: str) -> None:
    """Lift the hold NAME. Raises UsageProblem where there is none."""
    office.permit(Action.LIFT)
    found = [one for one in office.register.holds() if one.id == name]
    words = " ".join(why.split())
    if not found or not words:
        message = f"There is no hold {name}." if not found else "A hold is lifted with a reason."
        raise UsageProblem(message, "See which there are: redact retention list" if not found else "Say it with --why.")
    office.record(office.event(EventKind.HOLD_LIFTED, clip=found[0].sha256, data={"hold": name, "why": words}))


def held(office: Office) -> list[tuple[str, str, str, str]]:
    """List the holds: name, clip, reason, and when somebody has to look again."""
    names = {clip.sha256: clip.name for clip in office.register.clips()}
    return [(one.id, names.get(one.sha256, one.sha256[:12]), one.reason, one.review) for one in office.register.holds()]


def purge(office: Office, wanted: Sequence[Item], today: date | None = None) -> Iterator[tuple[Item, Erased]]:
    """Delete what is WANTED, each with what became of it. It is recorded before and after.

    Killed in between, the same command deletes the rest. Raises NotPermitted for what something keeps.
    """
    office.permit(Action.PURGE)
    with office.refusals():
        for item in wanted:
            check_purge(item.kept)
    for item in wanted:
        yield item, _purged(office, item, today or _today())


def _purged(office: Office, item: Item, today: date) -> Erased:
    """Delete one item: no request is opened for it, nor hold placed, between the last look and the record."""
    if not item.reference:
        return _erased(office, item)
    with locked(office, item.reference):
        recover(office, item.reference)
        now = next((one for one in items(office, today) if _same(one, item)), item)
        check_purge(now.kept)
        return _erased(office, now)


def _erased(office: Office, item: Item) -> Erased:
    found = survey(item.paths, within=None if item.what == "release" else office.home)
    _check_still(item)
    data = {
        "what": item.what,
        "release": item.release,
        "paths": [str(one.path) for one in found.files],
        "sha256": [item.clip] if item.clip else [],
        "files": [one.sha256 for one in found.files],
    }
    facts = {"reference": item.reference, "clip": item.clip, "data": data}
    office.record(office.event(EventKind.PURGE_BEGUN, **facts))
    erased = erase(item.paths, within=None if item.what == "release" else office.home)
    office.record(office.event(EventKind.PURGED, **facts))
    return erased


def _check_still(item: Item) -> None:
    """Raise NotPermitted where what is at a release's path is not that release any more."""
    for path in item.paths if item.what == "release" else ():
        if path.exists() and digest_of(path) is None:
            message = f"{path} is not the release that was put there."
            raise NotPermitted(message, "Look what it is, and move it away; then purge again.")


def _same(one: Item, other: Item) -> bool:
    return (one.what, one.reference, one.clip, one.release) == (other.what, other.reference, other.clip, other.release)


def _footage(office: Office, clip: ClipRow, today: date) -> Item:
    paths = master_path(office, clip).parent, office.home / "scans" / clip.sha256
    return Item("footage", state(footage(office, clip), limits(office), today), paths, clip=clip.sha256)


def _working(office: Office, folder: Path, today: date) -> Item:
    """Everything in the case FOLDER but what was released, and the reports that are the record."""
    row = office.register.request(unquote(folder.name))
    ended = date.fromisoformat(row.ended_on) if row.ended_on else None
    copy = Copy(name=f"Working copies of {row.reference}", reference=row.reference, kind=CopyKind.WORKING, since=ended)
    paths = tuple(path for path in sorted(folder.iterdir()) if path.name not in ("releases", "reports", ".lock"))
    return Item("working", copy_state(copy, limits(office), today), paths, reference=row.reference)


def _release(office: Office, row: ReleaseRow, today: date) -> Item:
    day = date.fromisoformat(row.at[:10]) if row.state == "released" else None
    copy = Copy(name=Path(row.path).name, reference=row.reference, kind=CopyKind.RELEASE, since=day)
    kept = copy_state(copy, limits(office), today)
    return Item("release", kept, (Path(row.path),), reference=row.reference, release=row.id)


def _stands(row: ReleaseRow) -> bool:
    return row.state != "abandoned" and not row.purged_at


def _today() -> date:
    return date.today()  # noqa: DTZ011  the day where the organisation is
