"""Who may do what, and the second pair of eyes. What is not allowed here by name is forbidden."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from redact.advice import Given, Step, Task
from redact.errors import NotPermitted, Refusal
from redact.governance.rules.organisation import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redact.governance.rules.organisation import Organisation, Person

__all__ = [
    "PERMITTED",
    "Action",
    "Approval",
    "allowed",
    "camera_approvers",
    "check_approval",
    "check_cameras",
    "four_eyes",
    "permit",
    "roles_for",
]

DIGEST = re.compile(r"[0-9a-f]{64}")
SHOWN = 12
"""Hex digits of a digest that people are shown."""


class Action(StrEnum):
    """What someone may want to do."""

    VIEW = "view"
    DECIDE = "decide"
    RENDER = "render"
    APPROVE = "approve"
    RELEASE = "release"
    RECORD_REQUEST = "record-request"
    ATTACH = "attach"
    SCAN = "scan"
    REFUSE = "refuse"
    CLOSE = "close"
    HOLD = "hold"
    LIFT = "lift"
    PURGE = "purge"
    ROTATE_KEY = "rotate-key"
    ENROL = "enrol"
    READ = "read"


WORDS = {
    Action.VIEW: "view footage",
    Action.DECIDE: "decide who is visible",
    Action.RENDER: "make a copy",
    Action.APPROVE: "approve a copy",
    Action.RELEASE: "release a copy",
    Action.RECORD_REQUEST: "record a request",
    Action.ATTACH: "attach footage to a request",
    Action.SCAN: "scan footage",
    Action.REFUSE: "refuse a request",
    Action.CLOSE: "close a request",
    Action.HOLD: "place a hold on footage",
    Action.LIFT: "lift a hold",
    Action.PURGE: "purge footage",
    Action.ROTATE_KEY: "change the signing key",
    Action.ENROL: "say whose keys and roles are on record",
    Action.READ: "read the register",
}
"""Each action as it stands in a sentence after "may"."""

PERMITTED: dict[Role, frozenset[Action]] = {
    Role.OPERATOR: frozenset(
        {
            Action.RECORD_REQUEST,
            Action.ATTACH,
            Action.SCAN,
            Action.DECIDE,
            Action.RENDER,
            Action.RELEASE,
            Action.VIEW,
            Action.HOLD,
            Action.READ,
        }
    ),
    Role.REVIEWER: frozenset({Action.VIEW, Action.DECIDE, Action.READ}),
    Role.APPROVER: frozenset({Action.VIEW, Action.APPROVE, Action.READ}),
    Role.DPO: frozenset(Action),
}
"""What each role may do."""


@dataclass(frozen=True, slots=True)
class Approval:
    """That someone approved something, and what exactly it was."""

    by: str
    """User of the operating system."""
    at: str
    """ISO 8601, UTC."""
    digest: str
    """SHA-256 of what was approved."""

    def __post_init__(self) -> None:
        """Check that it approves something in particular."""
        if not self.by or not DIGEST.fullmatch(self.digest):
            message = f"Approval needs who gave it and a SHA-256, not {self.by!r} and {self.digest!r}"
            raise ValueError(message)


def permit(organisation: Organisation, user: str, action: Action) -> Person:
    """Give the person behind USER of the operating system, who may do ACTION. Raises NotPermitted for anyone else."""
    person = organisation.user(user)
    if person is None:
        message = f"The user {user or 'without a name'} is not in organisation.toml, and so may not {WORDS[action]}."
        advice = f"{_who_may(organisation, action)} Ask them, or have the account added under [people]."
        raise NotPermitted(message, advice, code=Refusal.UNKNOWN_USER)
    if action not in allowed(person.roles):
        message = f"{person.name} (user {user}, {_listed(person.roles)}) may not {WORDS[action]}."
        raise NotPermitted(
            message,
            f"{_who_may(organisation, action)} Ask them, or have the role added to the account.",
            code=Refusal.ROLE_LACKING,
        )
    return person


def allowed(roles: Iterable[Role]) -> frozenset[Action]:
    """Give all that whoever has ROLES may do."""
    return frozenset[Action]().union(*(PERMITTED[role] for role in roles))


def roles_for(action: Action) -> tuple[Role, ...]:
    """List the roles that may do ACTION."""
    return tuple(role for role in Role if action in PERMITTED[role])


def four_eyes(approver: str, deciders: Iterable[str]) -> None:
    """Let APPROVER through who is none of DECIDERS: those who decided who is visible, or made the copy.

    Raises NotPermitted otherwise, and where nobody is on record: without a first person there is no second.
    """
    known = {_account(user) for user in deciders}
    if not known or "" in known:
        message = "It is not on record who decided on this copy and made it, so nobody can be the second person."
        raise NotPermitted(
            message,
            "Make the copy again, so that it is recorded who did: ",
            Step(Task.RENDER, ""),
            code=Refusal.MAKERS_UNKNOWN,
        )
    if not _account(approver) or _account(approver) in known:
        message = (
            f"{approver or 'A user without a name'} decided on this copy or made it, and so may not approve it:"
            " four eyes means that a second person approves."
        )
        raise NotPermitted(
            message,
            "Ask someone else with the role approver or dpo: ",
            Step(Task.APPROVE, ""),
            code=Refusal.SAME_PERSON,
        )


def camera_approvers(organisation: Organisation, cameras: Iterable[str]) -> frozenset[str] | None:
    """Give the accounts that may approve the footage of all CAMERAS together; None where the register names none.

    Nobody may, where one of CAMERAS is empty or not on a register that names approvers of any: it may be one of theirs.
    """
    if not any(camera.approvers for camera in organisation.cameras.values()):
        return None
    known = [organisation.camera(name) for name in cameras]
    if None in known:
        return frozenset()
    named = [frozenset(camera.approvers) for camera in known if camera and camera.approvers]
    return frozenset.intersection(*named) if named else None


def check_cameras(organisation: Organisation, approver: str, cameras: Iterable[str]) -> None:
    """Let APPROVER through who may approve the footage of CAMERAS, "" where none was said. Raises NotPermitted."""
    for name in sorted(set(cameras)):
        may = camera_approvers(organisation, [name])
        if may is not None and organisation.camera(name) is None:
            of = f"{name}, which is not on the register of cameras" if name else "no camera"
            message = f"The register of cameras names who may approve, and some of this footage is of {of}."
            again = Step(Task.ATTACH, "", (Given.FILE, Given.CAMERA))
            raise NotPermitted(message, "Say which camera it is of: ", again, code=Refusal.CAMERA_OF_OTHERS)
        if may is not None and approver not in may:
            message = f"The register of cameras does not name {approver} among those who may approve footage of {name}."
            who = _listed((f"{organisation.called(one)} (user {one})" for one in sorted(may)), "or")
            raise NotPermitted(message, f"Ask {who}: ", Step(Task.APPROVE, ""), code=Refusal.CAMERA_OF_OTHERS)


def check_approval(approval: Approval | None, digest: str, *, what: str = "plan") -> Approval:
    """Give back APPROVAL where it is of DIGEST, the SHA-256 of WHAT is there now. Raises NotPermitted otherwise."""
    if not DIGEST.fullmatch(digest):
        message = f"a SHA-256 in hex is needed, not {digest!r}"
        raise ValueError(message)
    if approval is None:
        message = "Nobody has approved this copy, and a copy is released only once a second person has approved it."
        advice = "Ask someone with the role approver or dpo, who neither decided nor made the copy: "
        raise NotPermitted(message, advice, Step(Task.APPROVE, ""), code=Refusal.NOT_APPROVED)
    if approval.digest != digest:
        message = (
            f"The approval by {approval.by} is void: the {what} has changed since"
            f" ({approval.digest[:SHOWN]} was approved, {digest[:SHOWN]} is there now)."
        )
        raise NotPermitted(
            message, "Have it looked at and approved again: ", Step(Task.APPROVE, ""), code=Refusal.APPROVAL_VOID
        )
    return approval


def _account(user: str) -> str:
    """USER as accounts are told apart: a directory that ignores case must not make two people of one."""
    return user.strip().casefold()


def _who_may(organisation: Organisation, action: Action) -> str:
    """Say which roles may do ACTION, and who has them."""
    roles = roles_for(action)
    people = [
        f"{person.name} (user {user})"
        for user, person in sorted(organisation.people.items())
        if set(roles) & set(person.roles)
    ]
    held = f"which {_listed(people, 'and')} {'have' if len(people) > 1 else 'has'}" if people else "which nobody has"
    return f"To {WORDS[action]} takes the role {_listed(roles, 'or')}, {held}."


def _listed(items: Iterable[str], last: str = "and") -> str:
    """ITEMS as a sentence lists them."""
    words = list(items)
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)
