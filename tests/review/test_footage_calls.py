"""Footage over HTTP, from the day it is sent to the package that is downloaded, by two people; and what goes wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cases import OTHER, REF, attached, decided, lines, opened, police, rendered, scanned
from corridor import RedSquare, corridor

from redact.case.asked import asked
from redact.case.footage import scan_clip
from redact.case.parcel import Parcel
from redact.governance.ledger.events import EventKind
from redact.governance.office import Office
from redact.package.names import SHOWN
from redact.review.work.queue import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from desks import Browser
    from httpx2 import Response

    from redact.review.desk import Desk

WAIT_S = 60
JPEG = b"\xff\xd8\xff"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a corridor."""
    return corridor(tmp_path_factory.mktemp("film") / "cam4.mp4")


def at(desk: Desk, *steps: Callable[[Office, Path], object], film: Path) -> None:
    """Bring the case to where the last of STEPS leaves it."""
    with Office.open(desk.home) as office:
        for step in steps:
            step(office, film)


def scanned_badly(office: Office, _film: Path) -> None:
    """Find everyone in the clip but for most frames, so that the second look finds more."""
    (clip,) = asked(office, REF).clips
    scan_clip(office, REF, clip, [RedSquare(lambda index: index >= 10)])


def clip_of(browser: Browser) -> str:
    """Give where the calls about the one clip are."""
    (clip,) = browser.get(f"/api/requests/{REF}").json()["clips"]
    return f"/api/requests/{REF}/clips/{clip['sha256']}"


def good(answer: Response, status: int = 200) -> Any:
    """Give what a call answered that worked."""
    assert answer.status_code == status, answer.text
    return answer.json()


def done(browser: Browser, job: dict[str, Any], state: str = "done") -> dict[str, Any]:
    """Wait until JOB has come to STATE."""
    end = time.monotonic() + WAIT_S
    while (now := good(browser.get(f"/api/jobs/{job['id']}")))["state"] in {"waiting", "running"}:
        assert time.monotonic() < end, now
        time.sleep(0.05)
    assert now["state"] == state, now
    return dict(now)


def kinds(desk: Desk) -> list[str]:
    """List what is on record, oldest first."""
    with Office.open(desk.home) as office:
        return [event.kind.value for event in office.register.events()]


def uploads(desk: Desk) -> list[Path]:
    """List what was sent and is still there."""
    return list((desk.folder / "uploads").rglob("*"))


def test_from_the_footage_to_the_package(desk: Desk, browser: Browser, second: Browser, film: Path) -> None:
    """Sent, looked at for a reason, searched, made, approved by somebody else, released, downloaded and checked."""
    with Office.open(desk.home) as office:
        opened(office)
    sent = browser.put(f"/api/requests/{REF}/uploads/cam4.mp4?camera=Door&scan=true", content=film.read_bytes())
    job = done(browser, good(sent, 202))
    assert (job["kind"], job["name"], job["result"]["name"]) == ("attach", "cam4.mp4", "cam4.mp4")
    assert uploads(desk) == []
    base = clip_of(browser)
    (search,) = [one for one in good(browser.get(base))["jobs"] if one["kind"] == "scan"]
    assert done(browser, search)["result"]["people"] == 2
    (played,) = [one for one in good(browser.get(base))["jobs"] if one["kind"] == "proxy"]
    done(browser, played)
    facts = good(browser.get(base))
    assert (facts["camera"], facts["frames"], facts["scan"]["done"], facts["copy"]["state"]) == (
        "Door",
        50,
        True,
        "none",
    )
    assert facts["sitting"] is None
    sitting = good(browser.post(f"{base}/sittings", json={"why": "to find the requester"}), 201)
    assert good(browser.get(base))["sitting"] == sitting
    good(browser.post(f"{base}/looked", json={"items": ["risk-0"], "seconds": 4}))
    making = good(browser.post(f"{base}/copies", json={"style": "fill", "span": "00:00-00:01"}), 202)
    assert done(browser, making)["result"]["passed"] is True
    copy = good(browser.get(f"{base}/copy"))
    assert (copy["passed"], copy["stale"], copy["settings"]["style"]) == (True, False, "fill")
    assert {check["passed"] for check in copy["checks"]} == {True}
    parcel = good(second.get(f"/api/requests/{REF}/parcel"))
    assert parcel["makers"] == ["A. Example"]
    assert [one["name"] for one in parcel["may_approve"]] == ["B. Example"]
    assert (parcel["approved"], parcel["hindrance"]["code"]) == (None, "not-approved")
    assert [(one["name"], one["items"]) for one in parcel["looked"]] == [("A. Example", 1)]
    own = browser.post(f"/api/requests/{REF}/approval", json={"watched": True, "digest": parcel["digest"]})
    assert (own.status_code, own.json()["code"]) == (403, "same-person")
    early = browser.post(f"/api/requests/{REF}/release", json={})
    assert (early.status_code, early.json()["code"]) == (403, "not-approved")
    given = good(second.post(f"/api/requests/{REF}/approval", json={"watched": True, "digest": parcel["digest"]}), 201)
    assert given["name"] == "B. Example"
    assert good(browser.get(f"/api/requests/{REF}/parcel"))["approved"] == given
    leaving = done(browser, good(browser.post(f"/api/requests/{REF}/release", json={}), 202))
    package = browser.get(f"/api/requests/{REF}/package")
    assert package.headers["content-disposition"].endswith(f'filename="{leaving["result"]["name"]}"')
    key = browser.get("/api/key")
    folder = desk.home.parent
    (folder / "package.zip").write_bytes(package.content)
    (folder / "key.pem").write_bytes(key.content)
    words = [sys.executable, "-m", "cli", "verify", str(folder / "package.zip"), "--key", str(folder / "key.pem")]
    checked = subprocess.run(words, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_reason_is_recorded_once_a_sitting(desk: Desk, browser: Browser, film: Path) -> None:
    """What is no reason is refused in a sentence; the same person at another browser says why again."""
    at(desk, attached, scanned, film=film)
    base = clip_of(browser)
    assert browser.get(f"{base}/frames/0").status_code == 428
    refused = browser.post(f"{base}/sittings", json={"why": "why"})
    assert (refused.status_code, "justification" in refused.json()["message"]) == (400, True)
    for _ in range(2):
        good(browser.post(f"{base}/sittings", json={"why": "to find the requester"}), 201)
    assert browser.get(f"{base}/frames/0").status_code == 200
    assert kinds(desk).count("footage-viewed") == 1


def test_what_came_of_a_copy_is_shown(desk: Desk, browser: Browser, film: Path) -> None:
    """Its report without a reason; what may show third parties only with one, and looking at it goes on record."""
    at(desk, attached, scanned_badly, rendered, film=film)
    base = clip_of(browser)
    report = browser.get(f"{base}/copy/report")
    assert "sandbox" in report.headers["content-security-policy"]
    assert "<title>Redaction report" in report.text
    assert browser.get(f"{base}/copy/operators-report").status_code == 428
    led = browser.get(f"{base}/copy/operators-report", headers={"accept": "text/html"})
    assert (led.status_code, led.headers["location"]) == (303, base.removeprefix("/api"))
    copy = good(browser.get(f"{base}/copy"))
    assert copy["look_first"]
    place = f"{base}/copy/seconds/{copy['look_first'][0]['second']}/picture"
    assert browser.get(place).status_code == 428
    good(browser.post(f"{base}/sittings", json={"why": "to check the copy"}), 201)
    assert browser.get(place).content.startswith(JPEG)
    for _ in range(2):
        shown = browser.get(f"{base}/copy/operators-report")
        assert "RESTRICTED" in shown.text
        assert "data:image/jpeg" in shown.text
    assert kinds(desk)[-2:] == ["footage-viewed"] * 2
    found = [one["id"] for one in copy["findings"]]
    assert found
    assert browser.get(f"{base}/copy/findings/{found[0]}/picture").content.startswith(JPEG)
    listed = [one["id"] for one in good(browser.get(f"{base}/worklist"))["items"]]
    assert {f"finding-{name}" for name in found} <= set(listed)
    assert browser.get(f"{base}/copy/findings/F00000000/picture").status_code == 404
    assert browser.get(f"{base}/copy/evidence/0/picture").status_code == 404


def test_what_is_shown_of_another_copy_is_not_believed(desk: Desk, browser: Browser, film: Path) -> None:
    """The file beside the copy has to be of just that copy; without it the record alone is told."""
    at(desk, attached, scanned, decided, rendered, film=film)
    base = clip_of(browser)
    (path,) = desk.home.glob(f"cases/*/*/*.{SHOWN}")
    assert good(browser.get(f"{base}/copy"))["checks"]
    told = json.loads(path.read_text())
    path.chmod(0o600)
    path.write_text(json.dumps(told | {"copy": "0" * 64}))
    assert good(browser.get(f"{base}/copy"))["checks"] == []
    path.unlink()
    assert good(browser.get(f"{base}/copy"))["passed"] is True


def test_only_what_was_looked_at_is_approved(desk: Desk, browser: Browser, second: Browser, film: Path) -> None:
    """Where a copy was made anew in the meantime, the approval says so and records nothing."""
    at(desk, attached, scanned, decided, rendered, film=film)
    parcel = good(second.get(f"/api/requests/{REF}/parcel"))
    done(browser, good(browser.post(f"{clip_of(browser)}/copies", json={"style": "blur"}), 202))
    late = second.post(f"/api/requests/{REF}/approval", json={"watched": True, "digest": parcel["digest"]})
    assert (late.status_code, late.json()["code"]) == (409, "changed-meanwhile")
    now = good(second.get(f"/api/requests/{REF}/parcel"))["digest"]
    for less in ({"watched": False, "digest": now}, {"watched": True}, {"watched": True, "digest": ""}):
        assert second.post(f"/api/requests/{REF}/approval", json=less).status_code == 400
    assert "release-approved" not in kinds(desk)


def test_the_recording_itself_leaves_for_an_agency(desk: Desk, browser: Browser, second: Browser, film: Path) -> None:
    """Bit for bit, approved by somebody else than whoever attached it."""
    with Office.open(desk.home) as office:
        police(office)
    sent = browser.put("/api/requests/POL-7/uploads/cam4.mp4", content=film.read_bytes())
    done(browser, good(sent, 202))
    parcel = good(second.get("/api/requests/POL-7/parcel"))
    assert (parcel["native"], parcel["shown"]) == (True, [])
    with Office.open(desk.home) as office:
        opened(office, OTHER)  # another request has nothing to do with it
    whole = {"watched": True, "native": True, "digest": parcel["digest"]}
    good(second.post("/api/requests/POL-7/approval", json=whole), 201)
    done(browser, good(browser.post("/api/requests/POL-7/release", json={"native": True}), 202))
    assert browser.get("/api/requests/POL-7/package").content[:2] == b"PK"
    assert browser.get(f"/api/requests/{OTHER}/package").status_code == 404


def test_what_is_given_to_the_world_is_said_to_whoever_approves(
    desk: Desk, second: Browser, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warning of the whole request stands before those of its copies."""
    at(desk, attached, scanned, decided, rendered, film=film)
    before = good(second.get(f"/api/requests/{REF}/parcel"))["warnings"]
    monkeypatch.setattr(Parcel, "remarks", ("It is given to the world.",))
    assert good(second.get(f"/api/requests/{REF}/parcel"))["warnings"] == ["It is given to the world.", *before]


def test_the_organisations_key_is_opened_by_its_passphrase(
    desk: Desk, browser: Browser, second: Browser, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it has one and the server knows none, the release says so, and goes on with it; it is kept nowhere."""
    at(desk, attached, scanned, decided, rendered, film=film)
    with monkeypatch.context() as patch, Office.open(desk.home) as office:
        patch.setenv("REDACT_PASSPHRASE", "nine plain green words")
        office.signing_key()
    parcel = good(second.get(f"/api/requests/{REF}/parcel"))
    good(second.post(f"/api/requests/{REF}/approval", json={"watched": True, "digest": parcel["digest"]}), 201)
    failed = done(browser, good(browser.post(f"/api/requests/{REF}/release", json={}), 202), "failed")
    assert failed["error"]["code"].startswith("passphrase")
    wrong = good(browser.post(f"/api/jobs/{failed['id']}/again", json={"passphrase": "nine red words"}), 202)
    assert done(browser, wrong, "failed")["error"]["code"] == "passphrase-wrong"
    right = good(browser.post(f"/api/jobs/{failed['id']}/again", json={"passphrase": "nine plain green words"}), 202)
    done(browser, right)
    said = b"nine plain green words"
    assert not [path for path in desk.home.rglob("*") if path.is_file() and said in path.read_bytes()]


@pytest.mark.parametrize(
    ("name", "status"),
    [("..", 404), (".hidden.mp4", 400), ("%00.mp4", 400), ("a%2Fb.mp4", 400), (" . ", 400), ("n" * 1001, 400)],
)
def test_odd_names_are_no_files(name: str, status: int, desk: Desk, browser: Browser) -> None:
    """Nothing is written anywhere for them."""
    with Office.open(desk.home) as office:
        opened(office)
    answer = browser.put(f"/api/requests/{REF}/uploads/{name}", content=b"footage")
    assert answer.status_code in {status, 400, 404, 405, 415}, answer.text
    assert uploads(desk) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("fps=0", "frames a second"),
        ("camera=%07", "printable"),
        ("clock_offset=1e99", "clock"),
        ("starts=yesterday", "starts"),
        ("unknown=1", "unknown"),
    ],
)
def test_what_is_said_wrongly_is_refused_before_anything_is_sent(
    query: str, said: str, desk: Desk, browser: Browser
) -> None:
    """Nobody sends an hour of footage to be told then."""
    with Office.open(desk.home) as office:
        opened(office)
    answer = browser.put(f"/api/requests/{REF}/uploads/cam4.mp4?{query}", content=b"footage")
    assert answer.status_code == 400
    assert said in answer.json()["message"]
    assert uploads(desk) == []


def test_a_long_name_is_shortened_and_kept(desk: Desk, browser: Browser, film: Path) -> None:
    """As it is where a file is attached at the computer itself; a letter that does not print becomes a mark."""
    with Office.open(desk.home) as office:
        opened(office)
    sent = browser.put(f"/api/requests/{REF}/uploads/%E2%80%AE{'n' * 300}.mp4", content=film.read_bytes())
    name = done(browser, good(sent, 202))["result"]["name"]
    assert len(name.encode()) <= 120
    assert name.startswith("\N{REPLACEMENT CHARACTER}n")
    assert name.endswith(".mp4")


def test_what_is_no_footage_is_told_and_deleted(desk: Desk, browser: Browser) -> None:
    """The job says why; what was sent is gone, and it cannot go on without being sent again."""
    with Office.open(desk.home) as office:
        opened(office)
    sent = browser.put(f"/api/requests/{REF}/uploads/letter.mp4", content=b"Dear Sir or Madam")
    failed = done(browser, good(sent, 202), "failed")
    assert failed["error"]["message"]
    assert not failed["may_go_on"]
    assert uploads(desk) == []
    assert browser.post(f"/api/jobs/{failed['id']}/again").status_code == 409


def test_who_may_not_is_told_so_and_it_is_recorded(desk: Desk, browser: Browser, second: Browser, film: Path) -> None:
    """By role, whatever is asked for; and of another request nothing is reached."""
    file = desk.home / "organisation.toml"
    file.write_text(file.read_text().replace('roles = ["approver", "operator"]', 'roles = ["approver"]'))
    at(desk, attached, scanned, film=film)
    base = clip_of(browser)
    for answer in (
        second.put(f"/api/requests/{REF}/uploads/cam4.mp4", content=b"footage"),
        second.post(f"{base}/scan"),
        second.post(f"{base}/copies", json={}),
        second.post(f"/api/requests/{REF}/release", json={}),
        second.get(f"/api/requests/{REF}/package"),
        second.request("DELETE", base, json={"reason": "not of this request"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "role-lacking"), answer.text
    with Office.open(desk.home) as office:
        opened(office, OTHER)
        assert len(office.register.events(kinds=(EventKind.DENIED,))) == 6
    elsewhere = base.replace(REF, OTHER)
    for path in ("", "/copy", "/copy/report", "/frames/0"):
        assert browser.get(elsewhere + path).status_code == 404
    assert good(second.get("/api/jobs"))["jobs"] == []


def test_a_disk_without_room_takes_nothing(desk: Desk, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said at once how much is needed, and nothing of it stays."""
    with Office.open(desk.home) as office:
        opened(office)
    monkeypatch.setattr("redact.review.work.uploads.RESERVE", 1 << 60)
    answer = browser.put(f"/api/requests/{REF}/uploads/cam4.mp4", content=b"footage")
    assert answer.status_code == 422
    assert "no room" in answer.json()["message"]
    assert uploads(desk) == []


def test_a_copy_is_asked_for_in_words_that_it_knows(desk: Desk, browser: Browser, film: Path) -> None:
    """Otherwise it is said what is wrong, before anything is begun; and nobody is shown who was not looked for."""
    at(desk, attached, film=film)
    base = clip_of(browser)
    early = browser.post(f"{base}/copies", json={})
    assert (early.status_code, early.json()["code"]) == (409, "not-scanned")
    at(desk, scanned, film=film)
    for body in (
        {"style": "gold"},
        {"span": "later"},
        {"accept": ["F0000000a"]},
        {"accept": ["x"], "reason": "a"},
        {"a": 1},
    ):
        answer = browser.post(f"{base}/copies", json=body)
        assert answer.status_code == 400, answer.text
    assert good(browser.get("/api/jobs"))["jobs"] == []


def test_an_accepted_finding_is_of_whoever_asked(desk: Desk, second: Browser, film: Path) -> None:
    """Not of the account that runs the server."""
    at(desk, attached, scanned, decided, film=film)
    body = {"style": "fill", "accept": ["F0000000a"], "reason": "a poster on the wall"}
    job = done(second, good(second.post(f"{clip_of(second)}/copies", json=body), 202))
    assert job["result"]["passed"] is True
    event = next(line for line in lines_of(desk) if line["kind"] == "copy-made")
    assert event["by"] == "b.example"


def lines_of(desk: Desk) -> list[dict[str, Any]]:
    """Read the ledger."""
    with Office.open(desk.home) as office:
        return lines(office)


def test_footage_is_taken_off_with_a_reason(desk: Desk, browser: Browser, film: Path) -> None:
    """And is then no longer of the request."""
    at(desk, attached, film=film)
    base = clip_of(browser)
    assert browser.request("DELETE", base, json={"reason": "no"}).status_code == 400
    assert browser.request("DELETE", base, json={"reason": "sent by mistake"}).status_code == 204
    assert browser.get(base).status_code == 404


def test_stop_and_again_over_http(desk: Desk, browser: Browser, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that waits is stopped and begun again; of one that is not there it is said so."""
    at(desk, attached, film=film)
    monkeypatch.setattr(Jobs, "_free", lambda *_: False)
    base = clip_of(browser)
    job = good(browser.post(f"{base}/scan"), 202)
    assert good(browser.post(f"{base}/scan"), 202)["id"] == job["id"]
    assert good(browser.delete(f"/api/jobs/{job['id']}"), 202)["state"] == "stopped"
    monkeypatch.undo()
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]), prepend=os.pathsep)
    assert good(browser.post(f"/api/jobs/{job['id']}/again"), 202)["state"] == "waiting"
    done(browser, job)
    assert browser.get("/api/jobs/ffffffffffffffff").status_code == 404
    assert browser.delete("/api/jobs/..").status_code in {400, 404, 405}


def test_what_was_interrupted_goes_on_when_its_person_signs_in(desk: Desk, browser: Browser, film: Path) -> None:
    """By itself, and by nobody else's signing in."""
    at(desk, attached, film=film)
    job = good(browser.post(f"{clip_of(browser)}/scan"), 202)
    while good(browser.get(f"/api/jobs/{job['id']}"))["state"] == "waiting":
        time.sleep(0.01)
    desk.close()
    assert desk.part(Jobs).find(job["id"]).state == "interrupted"
    browser.signs_in()
    assert done(browser, job)["result"]["people"] == 2
