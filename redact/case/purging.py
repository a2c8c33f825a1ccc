"""What is kept and what is past its time: listed, held, and deleted so that it is known to be gone."""

from __future__ import annotations

import os
import re
import uuid
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from redact.advice import Give, Given, Task
from redact.case.folder import SHORT, clip_locked, locked, scans_path
from redact.case.sheet import CUTS, PAGE
from redact.errors import NotPermitted, Refusal, UsageProblem
from redact.governance.erase import erase, survey
from redact.governance.kept import civil_day, footage, limits
from redact.governance.ledger.events import EventKind
from redact.governance.rules.authority import Action
from redact.governance.rules.organisation import Role
from redact.governance.rules.retention import Copy, CopyKind, Footage, Hold, check_hold, check_purge, copy_state, state
from redact.governance.rules.working_days import UK, say
from redact.jobs.kept import ENDING
from redact.package.names import COPY, OPERATORS, SHOWN, WITHHELD
from redact.package.reader import digest_of, opened
from redact.package.record import ENVELOPE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from redact.advice import Part
    from redact.governance.erase import Erased
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow, ReleaseRow
    from redact.governance.rules.retention import Kept

__all__ = ["Item", "held", "hold", "items", "lift", "purge"]

STAYS = frozenset({"releases", "reports", ".lock"})
"""What is kept in the folder of a case when its working copies go."""

UNMASKED = (PAGE, CUTS, f"*.{OPERATORS}", f"*.{WITHHELD[COPY]}", f"*.{SHOWN}", f".*{ENDING}")
"""What is made of footage and shows people in it unmasked: it goes when the footage does."""

DIGEST = re.compile(r"[0-9a-f]{64}")


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
    envelope: str = ""
    """SHA-256 of a release's envelope."""
    known: bool = True
    """Whether footage is on the register."""

    @property
    def there(self) -> bool:
        """Whether any of it is on the disk."""
        return any(os.path.lexists(path) for path in self.paths)


def items(office: Office, today: date | None = None) -> tuple[Item, ...]:
    """List everything that is kept TODAY, footage first; what was purged already is left out."""
    day = today or _today()
    clips = [_footage(office, clip, day) for clip in office.register.clips() if not clip.purged_at]
    known = {item.clip for item in clips}
    left = [item for sha256 in _on_disk(office) if sha256 not in known and (item := _orphan(office, sha256, day))]
    copies = [item for reference in _cases(office) if (item := _working(office, reference, day))]
    releases = [_release(office, row, day) for row in office.register.releases() if _stands(row)]
    return (*clips, *left, *copies, *releases)


def hold(office: Office, clip: ClipRow, reason: str, review: date) -> str:
    """Keep the footage of CLIP for an incident until somebody lifts it; give the hold's name.

    Raises NotPermitted where it is purged, or past its time and whoever asks is not the DPO.
    """
    person = office.permit(Action.HOLD)
    words = " ".join(reason.split())
    if not words:
        message = "A hold is placed with its reason."
        raise UsageProblem(message, "Say it in a sentence with ", Give(Given.REASON, "…"), ".")
    placed = Hold(words, review, office.user)
    name = f"h{uuid.uuid4().hex[:8]}"
    data = {"hold": name, "reason": words, "review": review.isoformat()}
    with office.refusals(), clip_locked(office, clip.sha256):
        there = office.register.clip(clip.sha256)
        check_hold(footage(office, there), limits(office), placed, _today(), dpo=Role.DPO in person.roles)
        office.record(office.event(EventKind.HELD, clip=clip.sha256, data=data))
    return name


def lift(office: Office, name: str, why: str) -> None:
    """Lift the hold NAME. Raises UsageProblem where there is none."""
    office.permit(Action.LIFT)
    holds = [row for row in office.register.holds() if row.id == name]
    words = " ".join(why.split())
    if not holds or not words:
        message = f"There is no hold {name}." if not holds else "A hold is lifted with a reason."
        advice: tuple[Part, ...] = ("See which there are: ", Task.LIST_RETENTION)
        raise UsageProblem(message, *(advice if not holds else ("Say it with ", Given.WHY, ".")))
    office.record(office.event(EventKind.HOLD_LIFTED, clip=holds[0].sha256, data={"hold": name, "why": words}))


def held(office: Office) -> list[tuple[str, str, str, str]]:
    """List the holds: name, clip, reason, and when somebody has to look again."""
    names = {clip.sha256: clip.name for clip in office.register.clips()}
    return [(row.id, names.get(row.sha256, row.sha256[:12]), row.reason, row.review) for row in office.register.holds()]


def purge(office: Office, wanted: Sequence[Item], today: date | None = None) -> Iterator[tuple[Item, Erased]]:
    """Delete what is WANTED, each with what became of it. It is recorded before and after.

    Killed in between, the same command deletes the rest. What somebody else purged in the meantime is passed over.
    Raises NotPermitted for what something keeps.
    """
    office.permit(Action.PURGE)
    with office.refusals():
        for item in wanted:
            check_purge(item.kept)
    for item in wanted:
        with office.refusals(item.reference), _held_for(office, item):
            now = _as_it_stands(office, item, today or _today())
            erased = _purged(office, now) if now else None
        if now and erased:
            yield now, erased


def _held_for(office: Office, item: Item) -> AbstractContextManager[Any]:
    """Hold ITEM: no request is opened for it, nor hold placed, between the last look and the record."""
    return locked(office, item.reference) if item.reference else clip_locked(office, item.clip)


def _as_it_stands(office: Office, item: Item, today: date) -> Item | None:
    """Look at ITEM once more; None where it is gone."""
    if item.release:
        rows = office.register.releases(reference=item.reference)
        return next((_release(office, row, today) for row in rows if row.id == item.release and _stands(row)), None)
    if item.reference:
        return _working(office, item.reference, today)
    clips = [clip for clip in office.register.clips() if clip.sha256 == item.clip and not clip.purged_at]
    return _footage(office, clips[0], today) if clips else _left(office, item.clip, today)


def _purged(office: Office, item: Item) -> Erased:
    """Delete one ITEM, and record it before and after."""
    check_purge(item.kept)
    _check_still(office, item)
    within = None if item.release else office.home
    planned = survey(item.paths, within=within)
    data = {
        "what": item.what,
        "release": item.release,
        "paths": [str(file.path) for file in planned.files],
        "sha256": [item.clip] if item.clip else [],
        "files": [file.sha256 for file in planned.files],
    }
    facts = {"reference": item.reference, "clip": item.clip if item.known else "", "data": data}
    office.record(office.event(EventKind.PURGE_BEGUN, **facts))
    erased = erase(item.paths, within=within)
    office.record(office.event(EventKind.PURGED, **facts))
    return erased


def _check_still(office: Office, item: Item) -> None:
    """Raise NotPermitted where what is at a release's path is not that release any more, or more than that."""
    begun = office.register.events(item.reference, (EventKind.RELEASE_BEGUN,)) if item.release else []
    files = {
        *(name for event in begun if event.data["release"] == item.release for name in event.data.get("files", ()))
    }
    for path in item.paths if item.release else ():
        if os.path.lexists(path) and not (digest_of(path) == item.envelope and _names(path) <= {ENVELOPE, *files}):
            message = f"{path} is not the release that was put there, or was changed."
            raise NotPermitted(
                message, "Look what it is, and move it away; then purge again.", code=Refusal.RELEASE_CHANGED
            )


def _names(path: Path) -> set[str]:
    """List what is in the package at PATH."""
    with opened(path) as contents:
        return set(contents.names)


def _footage(office: Office, clip: ClipRow, today: date) -> Item:
    kept = state(footage(office, clip), limits(office), today)
    return Item("footage", kept, _shows(office, clip.sha256), clip=clip.sha256)


def _shows(office: Office, sha256: str) -> tuple[Path, ...]:
    """Say where the footage SHA256 is, and all that shows it unmasked or was found in it, in every case."""
    paths = sorted(path for ending in UNMASKED for path in (office.home / "cases").glob(f"*/{sha256[:SHORT]}/{ending}"))
    return (office.home / "masters" / sha256, scans_path(office.home, sha256), *paths)


def _on_disk(office: Office) -> list[str]:
    """Give the digest of all footage of which there is a folder."""
    folders = [path for name in ("masters", "scans") for path in (office.home / name).iterdir()]
    return sorted({path.name for path in folders if DIGEST.fullmatch(path.name)})


def _orphan(office: Office, sha256: str, today: date) -> Item | None:
    """Give the footage SHA256, which is not on the register, unless somebody takes it in at this moment."""
    held = nullcontext() if office.reading else clip_locked(office, sha256, patient=False)
    with suppress(UsageProblem), held:
        known = {clip.sha256 for clip in office.register.clips() if not clip.purged_at}
        return None if sha256 in known else _left(office, sha256, today)
    return None


def _left(office: Office, sha256: str, today: date) -> Item | None:
    """Give what is left on the disk of the footage SHA256, which is not on the register; None where nothing is.

    It may be held by what a register that was lost had on record, so it has the time of footage from the day on which
    it was put there; of that only the disk's own record counts, which whoever puts a backup back cannot set.
    """
    paths = tuple(path for path in _shows(office, sha256) if path.exists())
    if not paths:
        return None
    newest = max(entry.lstat().st_ctime for path in paths for entry in (path, *path.rglob("*")))
    day = datetime.fromtimestamp(newest, UK).date()
    leftover = Footage(sha256=sha256, name=f"Footage {sha256[:12]}", recorded=None, imported=day)
    kept = state(leftover, limits(office), today)
    until = f"here since {say(day)}, and kept until {say(kept.until or day)}"
    reason = f"It is on no register (the program was stopped, or the register is an older one); {until}."
    return Item("footage", replace(kept, reason=reason), paths, clip=sha256, known=False)


def _cases(office: Office) -> list[str]:
    """Give the references of the requests that have a folder."""
    known = {row.reference for row in office.register.requests(limit=None)}
    return sorted(known & {unquote(path.name) for path in (office.home / "cases").iterdir() if path.is_dir()})


def _working(office: Office, reference: str, today: date) -> Item | None:
    """Give everything in a case but what was released, and the reports that are the record; None where nothing is.

    What was begun to be purged counts until it is recorded that it is gone.
    """
    row = office.register.request(reference)
    ended = date.fromisoformat(row.ended_on) if row.ended_on else None
    copy = Copy(name=f"Working copies of {reference}", reference=reference, kind=CopyKind.WORKING, since=ended)
    folder = office.home / "cases" / quote(reference, safe="")
    paths = tuple(path for path in sorted(folder.iterdir()) if path.name not in STAYS) if folder.is_dir() else ()
    if not paths and not _begun(office, reference):
        return None
    return Item("working", copy_state(copy, limits(office), today), paths, reference=reference)


def _begun(office: Office, reference: str) -> bool:
    """Tell whether a purge of the working copies of REFERENCE was begun, and it was not recorded that they are gone."""
    kinds = (EventKind.PURGE_BEGUN, EventKind.PURGED)
    events = [event for event in office.register.events(reference, kinds) if event.data["what"] == "working"]
    return bool(events) and events[-1].kind is EventKind.PURGE_BEGUN


def _release(office: Office, row: ReleaseRow, today: date) -> Item:
    day = civil_day(row.at) if row.state == "released" else None
    copy = Copy(name=Path(row.path).name, reference=row.reference, kind=CopyKind.RELEASE, since=day)
    kept = copy_state(copy, limits(office), today)
    path, envelope = Path(row.path), row.envelope_sha256
    return Item("release", kept, (path,), reference=row.reference, release=row.id, envelope=envelope)


def _stands(row: ReleaseRow) -> bool:
    return row.state != "abandoned" and not row.purged_at


def _today() -> date:
    return date.today()  # noqa: DTZ011  the day where the organisation is
