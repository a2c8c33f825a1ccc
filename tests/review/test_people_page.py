"""A team on one page: invited, put on record by the fingerprint that is read out, and taken off it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from desks import SECOND, Browser
from people import PASSPHRASE

from redact.governance.office import Office
from redact.governance.rules.organisation import FILE
from redact.review.access.persons import Persons
from redact.user import user_name

if TYPE_CHECKING:
    from redact.review.desk import Desk

NEW = "c.example"


def named(desk: Desk, account: str = NEW, roles: str = '"reviewer"') -> None:
    """Have ACCOUNT named in the organisation's file."""
    path = desk.home / FILE
    path.write_text(f'{path.read_text()}\n[people."{account}"]\nname = "C. Example"\nroles = [{roles}]\n')


def invited(browser: Browser, account: str = NEW) -> str:
    """Have ACCOUNT invited; gives the secret of the link."""
    answer = browser.post(f"/api/people/{account}/invitation")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["path"]).removeprefix("/join/")


def test_somebody_joins_from_an_invitation_to_the_record(browser: Browser, desk: Desk) -> None:
    """The key is made by its owner, waits for the DPO, and signs them in once its fingerprint was read out."""
    named(desk)
    token = invited(browser)
    other = Browser(desk)
    joined = other.post("/api/join", json={"token": token, "passphrase": "five words of my own"})
    assert joined.status_code == 200, joined.text
    waiting = other.post("/api/sign-in", json={"account": NEW, "passphrase": "five words of my own"})
    assert (waiting.status_code, waiting.json()["code"]) == (403, "not-enrolled")
    assert waiting.json()["message"].endswith(f": {joined.json()['fingerprint'][:19]}")
    digits = joined.json()["fingerprint"][:19]
    put = browser.post(f"/api/people/{NEW}/enrolment", json={"fingerprint": digits})
    assert put.status_code == 201, put.text
    assert (put.json()["key"]["here"], put.json()["waits"]) == (True, False)
    assert other.signs_in(NEW, "five words of my own").get("/api/me").json()["may"] == ["decide", "read", "view"]


def test_somebody_new_is_added_on_the_page(browser: Browser, desk: Desk) -> None:
    """The file says so, all else in it as it was; it is on record under the DPO's key, and they can be invited."""
    path = desk.home / FILE
    before, mode = path.read_text(), path.stat().st_mode
    sent = {"account": NEW, "name": "C. Example", "roles": ["reviewer", "approver"]}
    assert browser.post("/api/people", json=sent).status_code == 201
    assert path.read_text().startswith(before.rstrip())
    assert path.stat().st_mode == mode
    with Office.open(desk.home) as office:
        (last,) = office.register.events(limit=1)
        assert (last.kind, last.by) == ("organisation-configured", user_name())
        assert office.organisation.people[NEW].roles == ("reviewer", "approver")
    assert invited(browser)


@pytest.mark.parametrize(
    "sent",
    [
        {"account": SECOND, "name": "D. Example", "roles": ["dpo"]},
        {"account": "d.example", "name": "B. Example", "roles": ["dpo"]},
        {"account": "B.EXAMPLE", "name": "D. Example", "roles": ["dpo"]},
        {"account": "d.example", "name": "", "roles": ["dpo"]},
        {"account": "d.example", "name": "D. Example", "roles": []},
        {"account": "d.example", "name": "D. Example", "roles": ["king"]},
        {"account": "a/b", "name": "D. Example", "roles": ["dpo"]},
        {"account": 'x"]\nname = "y', "name": "D. Example", "roles": ["dpo"]},
    ],
)
def test_who_cannot_stand_in_the_file_is_not_added(sent: dict[str, Any], browser: Browser, desk: Desk) -> None:
    """One person twice, nobody, nothing, or what would be another line of the file: it stays as it is."""
    path = desk.home / FILE
    before = path.read_bytes()
    assert browser.post("/api/people", json=sent).status_code == 400
    assert path.read_bytes() == before


def test_only_the_dpo_adds_anybody(second: Browser, desk: Desk) -> None:
    """Others are refused."""
    before = (desk.home / FILE).read_bytes()
    sent = {"account": NEW, "name": "C. Example", "roles": ["dpo"]}
    assert second.post("/api/people", json=sent).status_code == 403
    assert (desk.home / FILE).read_bytes() == before


def test_a_link_works_once_and_the_last_one_alone(browser: Browser, desk: Desk) -> None:
    """What was used, replaced or made up makes no key."""
    named(desk)
    first, second, other = invited(browser), invited(browser), Browser(desk)
    for token, status in ((first, 404), ("made-up", 404), (second, 200), (second, 404)):
        answer = other.post("/api/join", json={"token": token, "passphrase": "five words of my own"})
        assert answer.status_code == status, (token, answer.text)


def test_a_passphrase_that_is_too_short_costs_nothing(browser: Browser, desk: Desk) -> None:
    """Neither the invitation nor the key that was there before."""
    named(desk)

    def joins(token: str, passphrase: str) -> int:
        return Browser(desk).post("/api/join", json={"token": token, "passphrase": passphrase}).status_code

    assert joins(invited(browser), "words of my own") == 200
    before, token = desk.persons.claim(NEW), invited(browser)
    assert (joins(token, "short"), desk.persons.claim(NEW)) == (400, before)
    assert joins(token, "other words of mine") == 200
    assert desk.persons.claim(NEW) != before
    assert [path.name for path in desk.persons.own(NEW).folder.glob("before-*")] == ["before-1.json"]
    assert not list(desk.persons.folder.glob(".new-*"))


def test_the_dpo_is_told_that_the_file_was_changed(browser: Browser, desk: Desk) -> None:
    """Once, with who has which role now: under their key it is on record."""
    named(desk)
    browser.get("/api/requests")
    (told,) = browser.get("/api/me").json()["told"]
    assert NEW in told
    assert browser.get("/api/me").json()["told"] == []


def test_the_fingerprint_is_compared(browser: Browser, desk: Desk) -> None:
    """Too little of it, or another, puts nothing on record; the page never shows what is to be read out."""
    named(desk)
    joined = Browser(desk).post("/api/join", json={"token": invited(browser), "passphrase": "five words of my own"})
    shown = joined.json()["fingerprint"]
    for said in (shown[:9], "0000 0000 0000 0000", ""):
        assert browser.post(f"/api/people/{NEW}/enrolment", json={"fingerprint": said}).status_code == 400
    people = browser.get("/api/people").text
    assert shown[:9] not in people
    with Office.open(desk.home) as office:
        assert office.people().active(NEW) is None


def test_only_the_dpo_invites_and_enrols(second: Browser, desk: Desk) -> None:
    """Others are refused, and that is on record under their own key."""
    named(desk)
    Browser(desk).signs_in().get("/api/me")  # which puts the changed file on record
    assert second.post(f"/api/people/{NEW}/invitation").status_code == 403
    assert second.post(f"/api/people/{NEW}/enrolment", json={"fingerprint": "0"}).status_code == 403
    with Office.open(desk.home) as office:
        last = office.register.events(limit=2)
    assert [(event.kind, event.by) for event in last] == [("action-denied", SECOND)] * 2


def test_who_is_not_named_or_has_a_key_is_not_invited(browser: Browser) -> None:
    """Neither a stranger, nor whoever runs the page, nor whose key is on record."""
    for account in ("nobody", user_name(), SECOND):
        assert browser.post(f"/api/people/{account}/invitation").status_code == 400


def test_a_revoked_key_signs_out_at_once(browser: Browser, second: Browser, desk: Desk) -> None:
    """Whoever left sees nothing more, on the page that is open already, and signs in no more."""
    assert second.get("/api/me").status_code == 200
    assert browser.post(f"/api/people/{SECOND}/revocation", json={"reason": "left"}).status_code == 201
    assert second.get("/api/me").status_code == 401
    again = Browser(desk).post("/api/sign-in", json={"account": SECOND, "passphrase": PASSPHRASE})
    assert (again.status_code, again.json()["code"]) == (403, "not-enrolled")


def test_a_key_revoked_by_a_command_signs_out_too(second: Browser, desk: Desk) -> None:
    """What another process puts on record counts at the next call."""
    from redact.governance.enrolment import revoke  # noqa: PLC0415  only here

    with Office.open(desk.home) as office:
        revoke(office, SECOND, "left")
    assert second.get("/api/requests").status_code == 401


def test_an_account_names_no_folder_elsewhere(desk: Desk) -> None:
    """However it is spelt, its key is below the folder of this page's people, and two accounts share none."""
    persons = Persons(desk.home / "people")
    accounts = ["..", ".", "a/b", "a%2Fb", "A", "a", "ä", "x" * 80, "a b", "a\\b"]
    folders = [persons.own(account).folder for account in accounts]
    assert len(set(folders)) == len(accounts)
    assert {folder.parent for folder in folders} == {persons.folder}
    assert not {folder.name for folder in folders} & {".", ".."}
