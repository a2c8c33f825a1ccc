"""The own key of whoever runs this, and what opens it: an agent for a sitting, the environment, or who is asked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from redact.errors import InputUnusable
from redact.governance.keys import passphrase_from
from redact.governance.people.agent import held_key, start
from redact.governance.people.own import VARIABLE, OwnKey, Unlocked, own_folder
from redact.user import user_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from redact.governance.people.own import Claim

__all__ = ["hold_open", "make_key", "own_key"]


def own_key(ask: Callable[[], bytes | None] | None = None) -> OwnKey:
    """Give the own key of whoever runs this; ASK for its passphrase where nothing else holds it."""

    def passphrase() -> bytes | None:
        said = passphrase_from(os.environ, VARIABLE)
        return ask() if said is None and ask else said

    return OwnKey(own_folder(), user_name(), passphrase, held_key)


def make_key(own: OwnKey, choose: Callable[[], bytes | None] | None = None) -> Claim:
    """Give what others are to know of OWN, which is made if there is none; CHOOSE gives its passphrase.

    Raises NotPermitted where nobody is there to choose one.
    """
    if own.exists:
        return own.claim()
    said = passphrase_from(os.environ, VARIABLE)
    return own.make(choose() if said is None and choose else said)


def hold_open(own: OwnKey) -> bool:
    """Have an agent hold OWN, which was just made, for a sitting; tells whether one does."""
    signer = own.signer()
    if isinstance(signer, Unlocked):
        try:
            start(signer)
        except InputUnusable:  # the passphrase is asked for again, then
            return False
    return True
