"""Inviting somebody to make a key, with which they sign in here."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from redact.errors import UsageProblem
from redact.governance.home import make_folder
from redact.governance.rules.authority import Action
from redact.governance.rules.organisation import FILE
from redact.review.access.tickets import Purpose, Tickets
from redact.user import user_name

if TYPE_CHECKING:
    from pathlib import Path

    from redact.governance.office import Office

__all__ = ["invite"]


def invite(office: Office, folder: Path, account: str) -> str:
    """Make a link with which ACCOUNT chooses a passphrase; give its path. The server keeps what is its own in FOLDER.

    Raises NotPermitted where whoever is at work is no DPO, UsageProblem where the account is not named by the
    organisation, runs the server, or has a key on record.
    """
    office.permit(Action.ENROL)
    if office.organisation.user(account) is None:
        message = f"No account {account} is named in {FILE}."
        raise UsageProblem(
            message, f"Add them there first, under [people], with a name and roles: {office.home / FILE}"
        )
    if account == user_name():
        message = f"{account} runs the page, and signs in with the key they have."
        raise UsageProblem(message, "Invite somebody else.")
    known = office.people().active(account)
    if known:
        message = f"{account} has a key on record already, since line {known.line}."
        raise UsageProblem(
            message, "If it is lost, or was made elsewhere, let it count no more first, and then invite."
        )
    make_folder(folder, 0o700)
    return f"/join/{quote(Tickets(folder).issue(Purpose.JOIN, account, office.user), safe='')}"
