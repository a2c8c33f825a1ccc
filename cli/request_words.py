"""A request in words: all of it on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.remedies import spelt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redact.case.asked import Asked
    from redact.governance.office import Office
    from redact.governance.register.register import ReleaseRow

__all__ = ["told"]


def told(office: Office, request: Asked) -> tuple[dict[str, Any], list[str]]:
    """Give a request as facts, and in lines of words."""
    from redact.case.telling import request_facts  # noqa: PLC0415  loads the engine's records

    facts = request_facts(office, request, spelt)
    why, following = facts["clock"]["why"], tuple(facts["next"])
    export = [*(facts["export"]["why"] if facts["export"] else []), *_besides(facts)]
    left = office.register.releases(reference=request.reference)
    lines = [
        *_lines(request),
        "",
        *why,
        *(["", *export] if export else []),
        "",
        *_footage(request),
        *_left(left),
        *_next(following),
    ]
    return facts, lines


def _besides(facts: dict[str, Any]) -> list[str]:
    """Say how a fee stands, and which complaints are about the request."""
    fee = facts["fee"]
    amount = f" of {fee['amount']} pounds" if fee and fee["amount"] else ""
    said = [f"A fee{amount} was {fee['state']} on {fee['day']}."] if fee else []
    return [*said, *(f"The complaint {one['reference']} is about it ({one['state']})." for one in facts["complaints"])]


def _lines(request: Asked) -> list[str]:
    intake = request.intake
    window = (
        f"{intake.window.start:%Y-%m-%d %H:%M:%S} to {intake.window.end:%Y-%m-%d %H:%M:%S}" if intake.window else ""
    )
    facts = {
        "Kind": intake.kind.value,
        "State": f"{request.row.state} {request.row.ended_on} {request.row.outcome}".strip(),
        "Requester": intake.requester,
        "Identity": intake.identity,
        "Recipient": intake.recipient,
        "Lawful basis": intake.lawful_basis,
        "Purpose": intake.purpose,
        "Asked for": window,
        "Cameras": ", ".join(intake.cameras),
        "Note": intake.note,
        "About": intake.about or "",
        "Upload link": intake.upload,
    }
    return [request.reference, *(f"  {name:<14}{value}" for name, value in facts.items() if value)]


def _footage(request: Asked) -> list[str]:
    clips = [f"  {clip.name}  {clip.camera or 'no camera named'}  {clip.sha256[:12]}" for clip in request.clips]
    return ["Footage:", *clips] if clips else ["No footage is attached yet."]


def _left(releases: Sequence[ReleaseRow]) -> list[str]:
    """Say what was released, and where it was put."""
    lines = [
        f"  Copy {row.copy_number} for {row.recipient}: {row.state} {row.at[:10]}"
        f"{', purged since' if row.purged_at else ''}  {row.path}"
        for row in releases
    ]
    return ["", "Releases:", *lines] if lines else []


def _next(following: tuple[str, ...]) -> list[str]:
    return ["", "What comes next:", *(f"  {line}" for line in following)] if following else []
