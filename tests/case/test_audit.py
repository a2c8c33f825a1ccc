"""Whether the record is whole: what is changed in ledger or register is found, and a sound one is called so."""

from __future__ import annotations

import inspect
import re
import sqlite3
from typing import TYPE_CHECKING

import pytest
from cases import REF, as_user, lines, only

from redact.case import audit as audit_module
from redact.case.audit import audit
from redact.case.releasing import sign_ledger
from redact.errors import NotPermitted
from redact.governance.home import REGISTER
from redact.governance.ledger import chain
from redact.governance.ledger.faults import Fault
from redact.governance.office import LEDGER, Office
from redact.governance.people import keyring

if TYPE_CHECKING:
    from redact.case.audit import Audit

pytest_plugins = ("stages",)


def looked(office: Office) -> Audit:
    """Check the records as a command does that writes nothing."""
    with Office.open(office.home, settle=False) as again:
        return audit(again)


def test_a_sound_record_is_called_so(made: Office) -> None:
    """With how many lines, and how many of them are signed for."""
    found = looked(made)
    assert (found.wrong, found.lines) == ([], len(lines(made)))
    assert "no checkpoint yet" in found.summary
    sign_ledger(made)
    assert (
        f"checkpoints sign up to line {found.lines + 1}" in looked(made).summary
    )  # the key that signs is on record first


def test_a_line_that_was_changed_is_found(made: Office) -> None:
    """Whatever was changed in it."""
    path = made.home / LEDGER
    path.write_bytes(path.read_bytes().replace(b"E. Example", b"X. Example", 1))
    codes = [problem.code for problem in looked(made).problems if problem.line]
    assert set(codes) == {Fault.CHANGED, Fault.SIGNATURE_WRONG}


def test_a_ledger_that_lost_its_end_is_found(made: Office) -> None:
    """The register remembers how far it went."""
    path = made.home / LEDGER
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert [problem.code for problem in looked(made).problems] == [Fault.CUT_OFF]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE requests SET recipient = 'somebody else'",
        "DELETE FROM attachments",
        "UPDATE clips SET purged_at = '2026-01-01'",
        "UPDATE events SET by = 'nobody' WHERE kind = 'decision-made'",
    ],
)
def test_a_register_that_was_changed_is_found(made: Office, change: str) -> None:
    """Row by row it is what the ledger makes of it."""
    made.register.close()
    with sqlite3.connect(made.home / REGISTER) as database:
        database.execute(change)
    database.close()
    assert {problem.code for problem in looked(made).problems} == {Fault.REGISTER_DIFFERS}


def test_every_code_is_of_something_that_is_found() -> None:
    """None stands there that nothing can be."""
    text = "".join(inspect.getsource(module) for module in (chain, audit_module, keyring))
    assert set(re.findall(r"\bFault\.([A-Z_]+)", text)) == {code.name for code in Fault}


def test_only_who_may_read_audits(made: Office) -> None:
    """Everyone with a role may."""
    assert audit(as_user(made, "reviewer")).wrong == []
    with pytest.raises(NotPermitted):
        audit(as_user(made, "stranger"))
    assert only(made, REF).name == "cam4.mp4"
