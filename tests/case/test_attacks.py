"""One person alone cannot release: each way that was tried, with a shell, the group's rights and the register.

Every attacker here has a key of their own that is on record as an operator's, and may write wherever the group may.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from cases import REF, approved, as_user, released, with_roles
from hypothesis import given
from hypothesis import strategies as st
from people import enrol, key_of, made_key

from redact.case.anchor import anchor_of, read_anchor
from redact.case.approving import approve, parcel
from redact.case.audit import audit
from redact.case.releasing import sign_ledger
from redact.errors import InputUnusable, NotPermitted, RedactError, Refusal, UsageProblem
from redact.governance.enrolment import LEAST, recover, revoke
from redact.governance.enrolment import enrol as put_on_record
from redact.governance.founding import rebuild
from redact.governance.home import FOUNDING, LEDGER, REGISTER
from redact.governance.ledger.events import Event, EventKind
from redact.governance.ledger.faults import Fault
from redact.governance.ledger.lines import Hand, Head, read_line, spell_line
from redact.governance.office import Office
from redact.governance.rules.organisation import FILE
from redact.package.reader import opened as opened_package
from redact.package.verify_package import seal_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from redact.governance.ledger.lines import Entry
    from redact.governance.people.own import OwnKey

pytest_plugins = ("stages",)

ROOT = Path(__file__).parents[2]


def statements(office: Office, *written: str, values: tuple[Any, ...] = ()) -> None:
    """Write to the database behind the program's back."""
    with closing(sqlite3.connect(office.home / REGISTER)) as database, database:
        for statement in written:
            database.execute(statement, values)


def appended(office: Office, kind: EventKind, by: str, key: OwnKey | None, **data: Any) -> None:
    """Write a line to the ledger without the program: it follows from the last, says BY, and KEY signs it."""
    event = Event(kind=kind, by=by, reference=REF, data=data)
    hand = Hand(office.founding.organisation, key.signer()) if key else None
    with office.ledger.locked() as held:
        held.append(held.prepare([event], hand))


def codes(office: Office) -> set[Fault]:
    """Say what a check of the log finds, for whoever reads."""
    with Office.open(office.home, settle=False) as again:
        return {problem.code for problem in audit(again).problems}


def nothing_leaves(office: Office) -> None:
    """Whoever has the organisation's key cannot release, and a check of the log finds why."""
    with pytest.raises(RedactError), Office.open(office.home) as again:
        released(again)
    assert not (office.home / "cases" / REF / "releases").exists()


def last(office: Office) -> Entry:
    """Give the last line."""
    return read_line((office.home / LEDGER).read_bytes().splitlines(keepends=True)[-1])


# the four ways that were found


def test_an_approval_put_into_the_database_approves_nothing(made: Office) -> None:
    """A row among the events, as two INSERTs made one, is refused by name, and a check of the log finds it."""
    digest = parcel(made, REF, native=False).digest
    row = (
        made.register.known().rows + 1,
        "f" * 32,
        "2026-03-02T09:00:00.000000+00:00",
        REF,
        json.dumps({"digest": digest}),
    )
    insert = "INSERT INTO events VALUES (?, ?, ?, 'approver', 'release-approved', ?, '', '', ?)"
    statements(made, insert, values=row)
    with (
        pytest.raises(RedactError, match=r"never recorded: release-approved by approver") as named,
        Office.open(made.home),
    ):
        pass
    assert "id ffffffff" in str(named.value)
    nothing_leaves(made)
    assert codes(made) == {Fault.NOT_COMPARED}


def test_an_approval_in_the_place_of_a_row_approves_nothing(made: Office) -> None:
    """The number of rows is right; what counts is the ledger."""
    digest = parcel(made, REF, native=False).digest
    change = "UPDATE events SET kind = 'release-approved', by = 'approver', data = ?"
    change += " WHERE seq = (SELECT max(seq) FROM events)"
    statements(made, change, values=(json.dumps({"digest": digest}),))
    nothing_leaves(made)
    assert codes(made) == {Fault.REGISTER_DIFFERS}


@pytest.mark.parametrize("way", ["trigger", "view"])
def test_a_database_that_lies_about_who_did_it_is_asked_nothing(made: Office, way: str) -> None:
    """A trigger or a view gives the maker's own approval to somebody else; it is the ledger's line that counts."""
    lied = "CASE kind WHEN 'release-approved' THEN 'approver' ELSE by END"
    columns = f'seq, id, at, {lied} AS "by", kind, reference, clip, "on", data'
    trigger = (
        "CREATE TRIGGER lie AFTER INSERT ON events BEGIN UPDATE events SET by = 'approver' WHERE seq = new.seq; END"
    )
    view = f"CREATE VIEW events AS SELECT {columns} FROM kept"  # noqa: S608  the attack itself
    ways = {"trigger": (trigger,), "view": ("ALTER TABLE events RENAME TO kept", view)}
    appended(made, EventKind.APPROVED, made.user, made.own, digest=parcel(made, REF, native=False).digest)
    with Office.open(made.home):
        pass
    statements(made, *ways[way])
    with pytest.raises(NotPermitted, match="four eyes"), Office.open(made.home) as again:
        released(again)
    assert Fault.REGISTER_DIFFERS in codes(made)


def test_who_somebody_is_in_a_namespace_of_their_own_is_not_believed(made: Office) -> None:
    """The kernel lets anybody be anybody there; nothing is recorded, and no key of the other is at hand."""
    tool = shutil.which("unshare")
    if not tool:
        pytest.skip("there is no unshare")
    code = (
        "import sys; from pathlib import Path; from redact.governance.office import Office\n"
        "from redact.governance.ledger.events import EventKind\n"
        "with Office.open(Path(sys.argv[1])) as office:\n"
        "    print(office.user); office.record(office.event(EventKind.DENIED, data={'what': 'a lie'}))"
    )
    command = [tool, "-U", "--map-user=20001", sys.executable, "-c", code, str(made.home)]
    before = (made.home / LEDGER).read_bytes()
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if "unshare failed" in done.stderr:
        pytest.skip("no user namespaces here")
    assert done.returncode
    assert (made.home / LEDGER).read_bytes() == before
    assert "user namespace" in done.stderr or "belongs to" in done.stderr or "is not open" in done.stderr


def test_roles_that_somebody_wrote_are_nothing_until_a_dpo_has_signed_them(made: Office) -> None:
    """Also where the file is in its place, with the right owner: an operator has no power from it."""
    with_roles(made, "operator", "operator", "approver")
    operator = as_user(made, "operator")
    changed = Office.open(made.home)
    with changed as office:  # the DPO looks, and it is on record
        assert office.register.events(kinds=(EventKind.CONFIGURED,))[-1].by == made.user
    with_roles(made, "operator", "operator", "dpo")
    with Office.open(made.home, settle=False) as office, pytest.raises(NotPermitted, match="no DPO has put") as refused:
        as_user(office, "operator").note_configuration()
    assert refused.value.code is Refusal.NOT_CONFIRMED
    assert codes(made) == {Fault.CONFIGURATION_DIFFERS}
    assert operator.user == "operator"


def test_who_signs_their_own_roles_has_none(made: Office) -> None:
    """A line that says so is no line, whoever's key is under it but a DPO's."""
    text = (made.home / FILE).read_text()
    with_roles(made, "operator", "operator", "approver")
    organisation = json.loads(json.dumps(made.organisation.plain()))
    organisation["people"]["operator"]["roles"] = ["dpo"]
    digest = made.organisation.digest
    appended(made, EventKind.CONFIGURED, "operator", key_of("operator"), digest=digest, organisation=organisation)
    (made.home / FILE).write_text(text)
    assert Fault.SIGNER_MAY_NOT in codes(made)
    nothing_leaves(made)


# signatures


@pytest.mark.parametrize(
    ("by", "signer", "fault"),
    [
        ("approver", None, Fault.UNSIGNED),
        ("approver", "operator", Fault.SIGNER_UNKNOWN),
        ("approver", "nobody", Fault.SIGNER_UNKNOWN),
        ("operator", "operator", Fault.SIGNER_MAY_NOT),
        ("reviewer", "reviewer", Fault.SIGNER_MAY_NOT),
    ],
)
def test_a_line_that_says_somebody_else_approved_is_no_line(
    made: Office, by: str, signer: str | None, fault: Fault
) -> None:
    """Signed by nobody, by another, or by one who may not: it is found, named, and stops everything."""
    digest = parcel(made, REF, native=False).digest
    appended(made, EventKind.APPROVED, by, key_of(signer) if signer else None, digest=digest)
    assert fault in codes(made)
    nothing_leaves(made)


def test_an_old_approval_does_not_come_again(made: Office) -> None:
    """Its signature is of its place: neither the same line nor the same event counts further on."""
    approved(made)
    old = last(made)
    sign_ledger(made)
    fresh = Event.of(old.event.plain() | {"id": "e" * 32})
    with made.ledger.locked() as held:
        plain = json.loads(spell_line(held.head, fresh)) | {"keyid": old.keyid, "signature": old.signature}
        text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        held.append([read_line(f"{text}\n".encode())])
    assert codes(made) == {Fault.SIGNATURE_WRONG}
    nothing_leaves(made)


def test_a_line_of_another_organisation_counts_nowhere_else(made: Office) -> None:
    """Whose ledger it is stands under every signature."""
    event = Event(kind=EventKind.APPROVED, by="approver", reference=REF, data={"digest": "0" * 64})
    with made.ledger.locked() as held:
        held.append(held.prepare([event], Hand("0" * 32, key_of("approver").signer())))
    assert codes(made) == {Fault.SIGNATURE_WRONG}


def test_a_line_signed_again_by_somebody_else_is_found(made: Office) -> None:
    """Whoever writes the whole ledger anew from some line on cannot sign for the others."""
    lines = [read_line(line) for line in (made.home / LEDGER).read_bytes().splitlines(keepends=True)]
    head, out = Head.EMPTY, b""
    hand = Hand(made.founding.organisation, key_of("operator").signer())
    for entry in lines:
        line = entry.line if entry.event.kind is not EventKind.DECIDED else spell_line(head, entry.event, hand)
        line = line if read_line(line).prev == head.sha256 else spell_line(head, entry.event, hand)
        head, out = read_line(line).head, out + line
    (made.home / LEDGER).write_bytes(out)
    assert Fault.SIGNER_UNKNOWN in codes(made)
    nothing_leaves(made)


def test_a_ledger_made_anew_from_the_first_line_is_found(made: Office) -> None:
    """HOME, which nobody but its owner can write to, says on which key the ledger is founded."""
    key, organisation = key_of("operator"), made.founding.organisation
    data = {"claim": key.claim().model_dump(mode="json"), "founds": organisation}
    line = spell_line(
        Head.EMPTY, Event(kind=EventKind.ENROLLED, by="operator", data=data), Hand(organisation, key.signer())
    )
    (made.home / LEDGER).write_bytes(line)
    statements(made, "DELETE FROM facts", "DELETE FROM events", "DELETE FROM attachments", "DELETE FROM requests")
    assert Fault.FOUNDED_OTHERWISE in codes(made)
    nothing_leaves(made)


def test_a_ledger_without_signatures_is_none(made: Office) -> None:
    """Taking them all away does not make it one of before."""
    lines = (made.home / LEDGER).read_bytes().splitlines(keepends=True)
    head, out = Head.EMPTY, b""
    for line in lines:
        spelt = spell_line(head, read_line(line).event)
        head, out = read_line(spelt).head, out + spelt
    (made.home / LEDGER).write_bytes(out)
    assert Fault.FOUNDED_OTHERWISE in codes(made)
    nothing_leaves(made)


def test_two_accounts_with_one_key_are_one_person(made: Office) -> None:
    """A key is on record once, and an account has one."""
    twice = key_of("operator").claim()
    with pytest.raises(NotPermitted, match="was there already"):
        enrol(made, twice)
    other = made_key(made.home.parent / "second", "operator").claim()
    with pytest.raises(NotPermitted, match="a second key"):
        enrol(made, other)


def test_a_key_is_its_owner_s_who_claimed_it_and_read_it_out(made: Office, tmp_path: Path) -> None:
    """A file that was changed on its way is of another fingerprint, or signed by no key."""
    claim = made_key(tmp_path / "new", "newcomer").claim()
    right = claim.key.keyid[:LEAST]
    for account, given_claim, told in (
        ("newcomer", claim, "0" * LEAST),
        ("newcomer", claim, right[: LEAST - 1]),
        ("newcomer", claim, ""),
        ("operator", claim, right),
    ):
        with pytest.raises(UsageProblem):
            put_on_record(made, account, given_claim, told)
    with pytest.raises(NotPermitted):
        put_on_record(as_user(made, "operator"), "newcomer", claim, right)
    stolen = claim.model_copy(update={"account": "operator"})
    with pytest.raises(NotPermitted, match="not claimed"):
        enrol(made, stolen)
    assert put_on_record(made, "newcomer", claim, f"{right[:4]} {right[4:8].upper()} {right[8:]}").account == "newcomer"


# keys that are lost, and people who leave


def test_what_a_revoked_key_signed_before_stays_and_after_counts_not(made: Office) -> None:
    """Order in the ledger decides, whatever time a line says."""
    approved(made)
    revoke(made, "approver", "left on Friday")
    assert codes(made) == set()
    with pytest.raises(NotPermitted, match="No key of approver is on record"):
        approve(as_user(made, "approver"), REF, native=False, watched=True)
    early = Event(
        kind=EventKind.APPROVED, by="approver", reference=REF, data={"digest": "0" * 64}, at="2020-01-01T00:00:00+00:00"
    )
    with made.ledger.locked() as held:
        held.append(held.prepare([early], Hand(made.founding.organisation, key_of("approver").signer())))
    assert codes(made) == {Fault.SIGNER_REVOKED}
    nothing_leaves(made)


def test_a_lost_key_is_revoked_and_another_put_in_its_place(made: Office, tmp_path: Path) -> None:
    """By the DPO; the new one is of the same person, who is still no second one for what they made."""
    again = made_key(tmp_path / "again", "operator")
    revoke(made, "operator", "lost")
    put_on_record(made, "operator", again.claim(), again.claim().key.keyid[:LEAST])
    assert made.people().active("operator") is not None
    assert [key.revoked > 0 for key in made.people().keys.values() if key.account == "operator"] == [True, False]
    with pytest.raises(UsageProblem, match="No key of"):
        revoke(made, "stranger", "lost")
    with pytest.raises(NotPermitted):
        revoke(as_user(made, "reviewer"), "operator", "to be rid of them")
    assert revoke(as_user(made, "reviewer"), "reviewer", "my disk was stolen").account == "reviewer"


def test_the_last_dpo_cannot_lock_everybody_out(made: Office) -> None:
    """Neither by revoking their key nor in the organisation's file."""
    with pytest.raises(UsageProblem, match="the only DPO"):
        revoke(made, made.user, "lost")
    text = (made.home / FILE).read_text()
    (made.home / FILE).write_text(text.replace('roles = ["dpo"]', 'roles = ["operator"]'))
    with pytest.raises(UsageProblem, match="leaves no DPO"), Office.open(made.home):
        pass


def test_a_dpo_s_lost_key_is_replaced_under_the_organisation_s(made: Office, tmp_path: Path) -> None:
    """By whoever owns that; nobody else can, and it stands in the log."""
    made.signing_key()
    new = made_key(tmp_path / "new", made.user)
    with Office.open(made.home, own=new) as office:
        with pytest.raises(NotPermitted, match="is not the one that is on record"):
            sign_ledger(office)
        assert recover(office).account == made.user
        sign_ledger(office)
        with pytest.raises(UsageProblem, match="is on record"):
            recover(office)
    assert codes(made) == set()
    with pytest.raises(NotPermitted, match="is no DPO"):
        recover(as_user(made, "operator"))


def test_nobody_takes_over_a_dpo_without_the_organisation_s_key(made: Office, tmp_path: Path) -> None:
    """A line that says that it vouches is none."""
    made.signing_key()
    key = made_key(tmp_path / "new", made.user)
    claim = key.claim().model_dump(mode="json")
    appended(made, EventKind.ENROLLED, made.user, key, claim=claim, endorsed="AAAA")
    assert codes(made) == {Fault.KEY_WRONG}


def test_another_key_of_the_organisation_is_none(made: Office) -> None:
    """What signs releases is named by what signed before; only a DPO puts it on record."""
    made.signing_key()
    event = made.register.events(kinds=(EventKind.KEY_CREATED,))[-1]
    appended(made, EventKind.KEY_CREATED, made.user, made.own, **dict(event.data))
    assert codes(made) == {Fault.KEY_WRONG}


# HOME


LOOSE: dict[str, Callable[[Path], object]] = {
    "HOME": lambda home: home.chmod(0o2770),
    "who may do what": lambda home: (home / FILE).chmod(0o660),
    "what it is founded on": lambda home: (home / FOUNDING).chmod(0o666),
    "the keys": lambda home: (home / "keys").chmod(0o750),
    "the ledger's folder": lambda home: (home / "ledger").chmod(0o777),
    "the ledger's folder, without its bit": lambda home: (home / "ledger").chmod(0o770),
    "the ledger": lambda home: (home / LEDGER).chmod(0o666),
}


@pytest.mark.parametrize("what", LOOSE)
def test_a_folder_that_others_could_change_is_refused_with_what_mends_it(made: Office, what: str) -> None:
    """And what mends it is a command that does."""
    made.signing_key()
    LOOSE[what](made.home)
    with pytest.raises(NotPermitted) as refused, Office.open(made.home):
        pass
    assert refused.value.code is Refusal.LOOSE_FOLDER
    command = str(refused.value.advice).partition("closes it: ")[2]
    subprocess.run(command, shell=True, check=True)  # noqa: S602  what people are told to give
    with Office.open(made.home) as office:
        assert audit(office).wrong == []


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can be another user")
def test_a_member_of_the_group_puts_nothing_in_the_place_of_what_is_the_owner_s(made: Office) -> None:
    """Neither the organisation's file, nor the keys, nor the ledger: moving them away is refused by the computer."""
    import grp  # noqa: PLC0415  only here

    group = next(one for one in grp.getgrall() if one.gr_gid)
    with TemporaryDirectory(prefix="redact") as folder:
        Path(folder).chmod(0o755)
        home = Path(shutil.copytree(made.home, Path(folder) / "home"))
        text = (home / FILE).read_text().replace('group = ""', f'group = "{group.gr_name}"')
        (home / FILE).write_text(text)
        with Office.open(home) as office:
            office.signing_key()
        command = ["setpriv", "--reuid=20001", "--regid=20001", f"--groups={group.gr_gid}", "--bounding-set=-all"]
        moves = [
            ("organisation.toml", "x"),
            ("keys", "x"),
            ("founding.json", "x"),
            (LEDGER, "ledger/x"),
            ("ledger", "x"),
        ]
        moves += [("cases", "x"), ("register", "x")]
        for name, to in moves:
            move = [*command, "--inh-caps=-all", "mv", str(home / name), str(home / to)]
            done = subprocess.run(move, capture_output=True, text=True, check=False)
            assert done.returncode, name
        with Office.open(home) as office:
            assert audit(office).wrong == []


# the register, and everybody who checks


@given(st.data())
def test_any_change_of_what_the_register_remembers_is_found(stages: dict[str, Path], data: st.DataObject) -> None:
    """Rows of its facts and of its version, changed, taken out or put in: found, and never a fault of the program."""
    with TemporaryDirectory() as folder:
        home = Path(shutil.copytree(stages["decided"], Path(folder) / "home"))
        table, key, value = data.draw(
            st.sampled_from([("facts", "key", "value"), ("register_version", "version_num", "")])
        )
        word = data.draw(
            st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=70)
        )
        name = data.draw(st.sampled_from([key, *([value] if value else [])]))
        kind = data.draw(st.sampled_from(["update", "delete", "insert"]))
        with closing(sqlite3.connect(home / REGISTER)) as database, database:
            before = database.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608  ours
            row = data.draw(st.sampled_from([one[0] for one in before]))
            if kind == "update":
                database.execute(f"UPDATE OR IGNORE {table} SET {name} = ? WHERE {key} = ?", (word, row))  # noqa: S608
            elif kind == "delete":
                database.execute(f"DELETE FROM {table} WHERE {key} = ?", (row,))  # noqa: S608  ours
            else:
                marks = ", ".join("?" * len(before[0]))
                database.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", (word,) * len(before[0]))  # noqa: S608
            changed = sorted(before) != sorted(database.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608
        try:
            with Office.open(home, settle=False) as office:
                found = bool(audit(office).problems)
        except InputUnusable as problem:
            found = "register" in problem.what
        assert found == changed
        assert rebuild(home) == len((home / LEDGER).read_bytes().splitlines()) or not changed
        with Office.open(home) as office:
            assert audit(office).wrong == []


def test_everybody_gets_the_same_answer_also_from_a_copy(made: Office, tmp_path: Path) -> None:
    """The keys stand in the ledger: who may not open the organisation's keys checks its signatures all the same."""
    approved(made)
    sign_ledger(made)
    everybody = [audit(made), *(audit(as_user(made, user)) for user in ("operator", "reviewer", "approver"))]
    copy = Path(shutil.copytree(made.home, tmp_path / "copy"))
    shutil.rmtree(copy / "keys")
    with Office.open(copy, settle=False) as office:
        everybody.append(audit(office))
    assert len(set(everybody)) == 1
    assert (everybody[0].wrong, everybody[0].checkpoints) == ([], 1)


def test_a_checkpoint_of_another_key_is_found_by_everybody(made: Office) -> None:
    """Also by those who have no part in the organisation's key."""
    event = sign_ledger(made)
    stranger = key_of("operator").signer()
    appended(made, EventKind.CHECKPOINT, made.user, made.own, **dict(event.data) | {"keyid": stranger.keyid})
    assert Fault.CHECKPOINT_KEY_UNKNOWN in codes(made)


def test_an_anchor_kept_elsewhere_shows_a_ledger_that_was_cut_or_written_anew(made: Office) -> None:
    """Even where every file here was put back to what it was before, keys and all."""
    older = made.home.parent / "older"
    shutil.copytree(made.home, older)
    approved(made)
    line = str(anchor_of(made, sign_ledger(made)))
    anchor = read_anchor(f"Dear auditor,\nplease keep this:\n{line.replace(' ', chr(10))}\nYours")
    assert audit(made, anchor).wrong == []
    with Office.open(older) as office:
        assert audit(office).wrong == []
        assert [problem.code for problem in audit(office, anchor).problems] == [Fault.ANCHOR_DIFFERS]
        for _ in range(4):
            sign_ledger(office)
        assert [problem.code for problem in audit(office, anchor).problems] == [Fault.ANCHOR_DIFFERS]
    for text in ("", "redact-anchor/1", f"{line} {line.replace('line=', 'line=1')}"):
        with pytest.raises(UsageProblem):
            read_anchor(text)


def test_the_recipient_sees_who_approved(made: Office, tmp_path: Path) -> None:
    """In a package that was made of all this; and that it was another key than the makers'."""
    approved(made)
    package = released(made, tmp_path / "out").package.path
    with opened_package(package) as contents:
        seal = seal_of(contents, made.keys.public())
    assert seal.holds, seal.checks
    assert "D. Example" in next(check.found for check in seal.checks if check.name == "approval")
