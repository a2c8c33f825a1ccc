"""Who approved a release, as its recipient can check it: a person's own key, and none of those that made it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packages import APPROVER, KEY, MAKER, ORGANISATION, STRANGER, approved, claimed, line_of, native

from redact.governance.ledger.events import EventKind
from redact.package.approval import approval_check
from redact.package.record import ApprovalProof, attest, read_attestation

if TYPE_CHECKING:
    from redact.package.record import ReleaseRecord

RECORD = native({"cam4.mp4": b"footage"})
OTHER = native({"cam5.mp4": b"other footage"})


def proof_of(record: ReleaseRecord) -> ApprovalProof:
    """Give what shows who approved RECORD."""
    assert record.approved is not None
    assert record.approved.proof is not None
    return record.approved.proof


def shown(**changes: Any) -> ReleaseRecord:
    """Show CHANGES in the place of what is true."""
    assert RECORD.approved is not None
    proof = proof_of(RECORD).model_copy(update=changes)
    return RECORD.model_copy(update={"approved": RECORD.approved.model_copy(update={"proof": proof})})


def test_an_approval_of_just_these_files_holds() -> None:
    """Also once it was signed, sent and read; it says who, and with which key."""
    check = approval_check(RECORD)
    assert check.passed, check.found
    assert "B. Example (user approver) approved just this" in check.found
    assert "none of the 1 with which it was decided on and made" in check.found
    sent = attest({"cam4.mp4": RECORD.masters[0].sha256}, RECORD, KEY)
    assert approval_check(read_attestation(sent)[1].predicate) == check


def test_no_approval_is_none() -> None:
    """Nor is one that nobody signed, as of before people had keys."""
    assert RECORD.approved is not None
    unsigned = RECORD.approved.model_copy(update={"proof": None})
    for record in (RECORD.model_copy(update={"approved": None}), RECORD.model_copy(update={"approved": unsigned})):
        assert "Nobody's key signed" in approval_check(record).found
        assert not approval_check(record).passed


FORGED = {
    "an old approval, of other files": shown(what=proof_of(OTHER).what, line=proof_of(OTHER).line),
    "other files under the same digest": shown(what=proof_of(OTHER).what),
    "a line that somebody else signed": shown(
        line=line_of(EventKind.APPROVED, "approver", STRANGER, {"digest": "5" * 64}, RECORD.reference)
    ),
    "the approver's own work": shown(makers=(MAKER.keyid, APPROVER.keyid)),
    "work of nobody": shown(makers=()),
    "a key that the DPO never put on record": shown(enrolments=proof_of(RECORD).enrolments[:1]),
    "keys in the wrong order": shown(enrolments=proof_of(RECORD).enrolments[::-1]),
    "a key that vouches for itself": shown(
        enrolments=(line_of(EventKind.ENROLLED, "approver", APPROVER, {"claim": claimed("approver", APPROVER)}),)
    ),
    "a key that its owner never claimed": shown(
        enrolments=(
            proof_of(RECORD).enrolments[0],
            line_of(
                EventKind.ENROLLED, "dpo", MAKER, {"claim": claimed("approver", APPROVER) | {"account": "somebody"}}
            ),
        )
    ),
    "another organisation's ledger": shown(organisation="f" * 32),
    "a line of another kind": shown(
        line=line_of(EventKind.VIEWED, "approver", APPROVER, {"digest": "5" * 64}, RECORD.reference)
    ),
    "nonsense": shown(line="[]"),
    "half of it": shown(line=proof_of(RECORD).line[:-9]),
    "nothing of what is needed": shown(line="{}\n"),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_whatever_is_forged_does_not_hold(forgery: str) -> None:
    """A sentence, and no trace of an error in the program."""
    check = approval_check(FORGED[forgery])
    assert not check.passed
    assert check.found.startswith("The approval does not hold: ")


@given(st.data())
def test_any_change_of_a_line_is_found(data: st.DataObject) -> None:
    """One letter, in the approval or in what puts keys on record."""
    proof = proof_of(RECORD)
    lines = [proof.line, *proof.enrolments]
    which = data.draw(st.integers(0, len(lines) - 1))
    at = data.draw(st.integers(0, len(lines[which]) - 2))
    letter = data.draw(st.characters(codec="ascii"))
    changed = lines[which][:at] + letter + lines[which][at + 1 :]
    if changed == lines[which]:
        return
    lines[which] = changed
    assert not approval_check(shown(line=lines[0], enrolments=tuple(lines[1:]))).passed


@pytest.mark.parametrize(
    "change", [{"recipient": "somebody else"}, {"copy_number": 2}, {"reference": "SAR-9"}, {"masters": OTHER.masters}]
)
def test_a_record_that_was_not_approved_does_not_hold(change: dict[str, Any]) -> None:
    """Whatever the key of the organisation signed."""
    assert not approval_check(RECORD.model_copy(update=change)).passed


def test_the_identity_of_the_ledger_is_signed() -> None:
    """A founding line of another ledger founds nothing here."""
    elsewhere = line_of(EventKind.ENROLLED, "dpo", MAKER, {"claim": claimed("dpo", MAKER), "founds": "e" * 32})
    assert json.loads(elsewhere)["data"]["founds"] != ORGANISATION
    assert not approval_check(shown(enrolments=(elsewhere, proof_of(RECORD).enrolments[1]))).passed
    assert approval_check(approved(OTHER)).passed
