"""What came with a recording and is no footage, such as an index or the maker's player: kept, and leaving with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from redact.advice import Step, Task
from redact.case.asked import clip_named, still_open
from redact.case.folder import clip_locked, locked
from redact.case.footage import check_attached, keep_as_it_is, master, master_name
from redact.errors import UsageProblem
from redact.files import sha256_file
from redact.governance.ledger.events import EventKind
from redact.governance.rules.authority import Action
from redact.request.choices import NATIVE

if TYPE_CHECKING:
    from pathlib import Path

    from redact.case.asked import Asked
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow

__all__ = ["Companion", "companions", "keep_companion"]

FOLDER = "companions"
"""In the folder of a master, with which it goes."""


class Companion(NamedTuple):
    """A file that came with a recording."""

    name: str
    path: Path
    sha256: str


def keep_companion(office: Office, reference: str, clip_name: str | None, path: Path) -> Companion:
    """Keep the file at PATH, bit for bit, with the clip CLIP_NAME of the request REFERENCE.

    It is never opened. One that was lost or damaged is put back. Raises UsageProblem where the request gets no
    recordings as they are, or it is kept already.
    """
    office.permit(Action.ATTACH, reference)
    with office.refusals(reference):
        request = still_open(office, reference)
        _check_native(request)
        clip = clip_named(request.clips, clip_name)
        master(office, clip)
        sha256, name = sha256_file(path), master_name(path)
        with clip_locked(office, clip.sha256), locked(office, reference):
            check_attached(still_open(office, reference), clip)
            for known in companions(office, reference, clip):
                if known.sha256 == sha256 and not _there(known):
                    name = known.name
                elif known.sha256 == sha256 or known.name == name:
                    message = f"{known.name} is kept with {clip.name} already."
                    raise UsageProblem(message, "See what is: ", Step(Task.SHOW_REQUEST, reference))
            office.folder("masters", clip.sha256, FOLDER)
            target = _place(office, clip, sha256)
            keep_as_it_is(office, path, target, sha256)
            data = {"name": name, "sha256": sha256, "size_bytes": target.stat().st_size}
            office.record(office.event(EventKind.COMPANION, reference=reference, clip=clip.sha256, data=data))
    return Companion(name, target, sha256)


def companions(office: Office, reference: str, clip: ClipRow) -> tuple[Companion, ...]:
    """List what is kept with CLIP for the request REFERENCE, in the order in which it came: since it was attached last.

    Taking the clip off takes off what came with it.
    """
    kinds = (EventKind.COMPANION, EventKind.DETACHED)
    kept: dict[str, Companion] = {}
    for event in office.register.events(reference=reference, kinds=kinds, clip=clip.sha256):
        if event.kind is EventKind.DETACHED:
            kept.clear()
            continue
        sha256 = event.data["sha256"]
        kept.setdefault(sha256, Companion(event.data["name"], _place(office, clip, sha256), sha256))
    return tuple(kept.values())


def _there(companion: Companion) -> bool:
    """Tell whether COMPANION is still what was kept."""
    return companion.path.is_file() and sha256_file(companion.path) == companion.sha256


def _place(office: Office, clip: ClipRow, sha256: str) -> Path:
    """Say where the companion SHA256 of CLIP lies: under its digest, whatever it is called."""
    return office.home / "masters" / clip.sha256 / FOLDER / sha256


def _check_native(request: Asked) -> None:
    if request.kind not in NATIVE:
        message = (
            f"{request.reference} is a {request.kind.value} request. What came with a recording leaves with it as it "
            "is, and so only for the police and for agencies that the law entitles."
        )
        raise UsageProblem(message, "Leave it out.")
