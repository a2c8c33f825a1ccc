"""How the local servers of others were got into, each by the report of it, and that this one is not.

Climbing out of folders (InvokeAI #133, label-studio GHSA-cpmr-mw4j-99r7), things of one case by the name of another
(kanboard #1080) and what is no HTTP are among the hundreds of requests of `test_hostile.py`.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from desks import ORIGIN, SECOND, Browser, new_desk
from hostile import HOSTS, ORIGINS
from people import PASSPHRASE
from servers import Caller, serving

from cli.main import redact
from redact.governance.office import Office
from redact.governance.people import own
from redact.review.access.admission import NOBODY
from redact.review.access.guard import HEADERS
from redact.review.access.limits import Failures
from redact.review.access.peers import ESTABLISHED, TABLES
from redact.review.access.persons import Persons
from redact.review.access.punctual import EACH
from redact.review.access.sessions import cookie_name
from redact.review.access.tickets import Purpose
from redact.review.desk import FOLDER
from redact.review.words import Turned
from redact.user import user_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from servers import Served

    from redact.review.desk import Desk

STRANGER = 20001
"""A user of the operating system without a name."""

AS_STRANGER = """
import http.client, json, sys
port, path, cookie = int(sys.argv[1]), sys.argv[2], sys.argv[3]
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
answer = connection.getresponse()
print(json.dumps([answer.status, answer.getheader("location"), answer.getheader("set-cookie")]))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Records of two people."""
    desk = new_desk(tmp_path_factory.mktemp("known") / "home")
    desk.close()
    yield desk.home
    shutil.rmtree(Persons().folder, ignore_errors=True)


@pytest.fixture
def served(home: Path) -> Iterator[Served]:
    """These records, served by a process of its own."""
    with serving(home) as running:
        yield running


def stranger_asks(served: Served, path: str, cookie: str = "") -> list[Any]:
    """Have another user of this computer ask for PATH; gives status, where to, and what is to be kept."""
    tool = shutil.which("setpriv")
    if os.geteuid() or not tool:
        pytest.skip("only root can act as another user")
    command = [tool, "--reuid", str(STRANGER), "--clear-groups", sys.executable, "-c", AS_STRANGER]
    arguments = [str(served.port), path, cookie]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True, cwd="/")
    answer: list[Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("host", HOSTS)
def test_no_other_name_is_answered(host: str, browser: Browser) -> None:
    """DNS rebinding (restview #51, quick-lint-js #951, stellar-core #1517): the name has to be ours, port and all."""
    answer = browser.get("/api/me", headers={"host": host.format(port=8765)})
    assert answer.status_code in {400, 421}
    assert "account" not in answer.text


@pytest.mark.parametrize("origin", ORIGINS)
def test_no_other_page_changes_anything(origin: str, browser: Browser) -> None:
    """A page elsewhere sends what needs no asking beforehand, with the cookie (jupyter/notebook #1830)."""
    body = json.dumps({"reference": "SAR-9", "kind": "sar"})
    said = {"origin": origin.format(port=8765), "content-type": "text/plain", "sec-fetch-site": "cross-site"}
    assert browser.post("/api/requests", content=body, headers=said).status_code == 403
    said = {"origin": origin.format(port=8765), "content-type": "application/json"}
    assert browser.post("/api/requests", content=body, headers=said).status_code == 403
    assert browser.get("/api/requests").json() == []


def test_a_link_that_another_user_read_signs_nobody_in(served: Served) -> None:
    """Links stand in the arguments of programs, which all users can read (cqs #1337)."""
    status, where, kept = stranger_asks(served, served.link.removeprefix(served.origin))
    assert (status, where, kept) == (303, "/sign-in?then=%2F", None)


def test_the_link_signs_in_whoever_runs_it_and_works_once(home: Path) -> None:
    """Given again, the command makes another for the server that runs, and a link that was used is worth nothing."""
    with serving(home) as served:
        path = served.link.removeprefix(served.origin)
        first, again = served.call("GET", path), served.call("GET", path)
        assert (first.status, first.headers["location"], "set-cookie" in first.headers) == (303, "/", True)
        assert (again.headers["location"], "set-cookie" in again.headers) == ("/sign-in?then=%2F", False)
        words = ["review", "SAR/1", "--no-open", "--json"]
        done = CliRunner().invoke(redact, words, env={"REDACT_HOME": str(home)})
        assert done.exit_code == 0, done.output
        other = served.call("GET", json.loads(done.stdout)["link"].removeprefix(served.origin))
        assert (other.headers["location"], "set-cookie" in other.headers) == ("/requests/SAR~1", True)


def test_the_link_asks_for_the_passphrase_where_no_key_is_held_open(home: Path) -> None:
    """Nothing but the key itself signs in."""
    with serving(home, REDACT_OWN_PASSPHRASE="") as served:
        answer = served.call("GET", served.link.removeprefix(served.origin))
        asked = f"/sign-in?then=%2F&account={user_name()}"
        assert (answer.headers["location"], "set-cookie" in answer.headers) == (asked, False)


def test_a_cookie_is_worth_nothing_to_another_user(served: Served) -> None:
    """Cookies are the same for every port of a computer (mikewest/scheming-cookies #5, umami #270)."""
    caller = Caller.of(served)
    assert caller.call("GET", "/api/me").status == 200
    assert stranger_asks(served, "/api/me", caller.cookie)[0] == 401
    assert caller.call("GET", "/api/me").status == 200


def test_two_servers_do_not_sign_each_other_out() -> None:
    """Nor do their cookies have one name (nengo-gui #981); beyond loopback none but the host itself sets it."""
    names = {cookie_name(origin) for origin in ("http://127.0.0.1:1", "http://127.0.0.1:2", "https://a.example")}
    assert len(names) == 3
    assert cookie_name("https://a.example").startswith("__Host-")


def test_no_secret_is_written_down(home: Path) -> None:
    """Links stood in logs (joplin-web #56, macaron-artifacts #58, natlas #139), and in what is sent on as referrer."""
    with serving(home) as served:
        path = served.link.removeprefix(served.origin)
        caller, token = Caller.of(served), path.removeprefix("/enter/")
        served.call("GET", path, {"Host": "evil.example"})
        served.call("GET", f"/api/requests?text={token}")
        bad = json.dumps({"account": SECOND, "passphrase": "another secret"}).encode()
        said = {"Origin": served.origin, "Content-Type": "application/json"}
        assert served.call("POST", "/api/sign-in", said, bad).status == 403
        secrets = [token, caller.csrf, caller.cookie.partition("=")[2], "another secret", PASSPHRASE]
        written = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
        assert [secret for secret in secrets if secret.encode() in written] == []
        assert b'"/enter/' in (home / FOLDER / "turned-away.log").read_bytes()
        assert caller.call("GET", "/").headers["referrer-policy"] == "no-referrer"


def test_whoever_dawdles_is_hung_up_on(home: Path) -> None:
    """Heads that come letter by letter held connections open for minutes (xorbitsai/inference #5213)."""
    first = "import redact.review.access.punctual as p; p.WAIT_S = 0.5"
    with serving(home, first=first) as served:
        for begun in (b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1", b"POST /api/sign-in HT"):
            at = time.monotonic()
            assert served.raw(begun, 10) == b""
            assert time.monotonic() - at < 5


def test_a_body_that_never_comes_is_not_waited_for(desk: Desk) -> None:
    """The rest of what was said to come is waited for, for a while."""
    first = (
        "import redact.review.desk as d; d.Settings.__init__.__defaults__ = (frozenset(), 900, 43200, 1 << 20, 1, 1, 1)"
    )
    with serving(desk.home, first=first) as served:
        caller = Caller.of(served)
        head = "".join(f"{name}: {value}\r\n" for name, value in caller.headers.items())
        head += f"Host: 127.0.0.1:{served.port}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n"
        got = served.raw(f"POST /api/requests HTTP/1.1\r\n{head}\r\n{{".encode(), 10)
        assert got.split()[1] in {b"400", b"408"}


@pytest.mark.parametrize(
    "then", ["//evil.example", "/\\evil.example", "https://evil.example", "/%2fevil.example", "javascript:x", "/\t/e"]
)
def test_nobody_is_sent_elsewhere(then: str, desk: Desk) -> None:
    """Where one goes on to after signing in is here (jupyter/help #204, Rackula #2917, next.js #17411)."""
    token = desk.tickets.issue(Purpose.ENTER, user_name(), user_name())
    answer = Browser(desk).get(f"/enter/{token}", params={"then": then})
    assert answer.headers["location"] == "/sign-in?then=%2F"
    assert 'data-then="/"' in Browser(desk).get("/sign-in", params={"then": then}).text


def test_a_link_that_a_browser_fetches_ahead_is_not_used_up(desk: Desk) -> None:
    """Links were spent before anybody opened them (rekorderlig #106, all-in-one-clipboard #41)."""
    token = desk.tickets.issue(Purpose.ENTER, user_name(), user_name())
    browser = Browser(desk)
    assert browser.get(f"/enter/{token}", headers={"sec-purpose": "prefetch;prerender"}).status_code == 403
    assert browser.head(f"/enter/{token}").status_code == 405
    assert desk.tickets.look(Purpose.ENTER, token)


def test_passphrases_cannot_be_tried_one_after_the_other(desk: Desk) -> None:
    """Five for an account, then none for a while, not the right one either (boring-ui #1467, keepass4web-rs #275)."""
    browser = Browser(desk)
    tried = [browser.post("/api/sign-in", json={"account": SECOND, "passphrase": f"word {n}"}) for n in range(6)]
    assert [answer.status_code for answer in tried] == [403] * 5 + [429]
    assert browser.post("/api/sign-in", json={"account": SECOND, "passphrase": PASSPHRASE}).status_code == 429
    browser.signs_in()
    with Office.open(desk.home) as office:
        denied = [event for event in office.register.events() if event.kind == "action-denied"]
    assert [event.by for event in denied] == [NOBODY] * 5
    assert all(SECOND in event.data["what"] and "word" not in event.data["what"] for event in denied)


def test_nobody_learns_which_accounts_there_are(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words for an account that is not there (duino-coin #1168), at the same cost."""
    browser, spent = Browser(desk), []

    def stretched(how: Any, _passphrase: bytes) -> bytes:
        spent.append((how.memory_kib, how.iterations))
        return b"0" * 32

    monkeypatch.setattr(own, "_stretched", stretched)
    known, unknown = (
        browser.post("/api/sign-in", json={"account": account, "passphrase": "wrong words"})
        for account in (SECOND, "nobody-at-all")
    )
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert spent == [(own.MEMORY_KIB, own.ITERATIONS)] * 2


def test_many_accounts_are_no_way_around_it(desk: Desk) -> None:
    """What fails is counted in all as well."""
    browser = Browser(desk)
    statuses = [
        browser.post("/api/sign-in", json={"account": f"a{n}", "passphrase": "wrong words"}).status_code
        for n in range(desk.failures.in_all + 1)
    ]
    assert statuses[-2:] == [403, 429]


def test_whoever_tries_passphrases_keeps_nobody_else_out() -> None:
    """Neither by many accounts nor by many tries of one; many places guess slowly all the same."""
    failures = Failures()
    for count in range(failures.in_all):
        failures.check(SECOND if count < failures.per_account else f"a{count}", "there")
    for account in (SECOND, "a-other"):
        with pytest.raises(Turned):
            failures.check(account, "there")
    assert failures.check(SECOND, "here") == failures.per_account - 1
    failures.passed(SECOND, "here")
    for place in range(failures.in_all - failures.per_account):
        failures.check(SECOND, place)
    with pytest.raises(Turned):
        failures.check(SECOND, "here")
    assert failures.check("a-other", "here") == failures.per_account - 1


def test_whoever_opens_connections_keeps_nobody_else_out(desk: Desk) -> None:
    """A hundred at a time from one place; those beyond are hung up on, before they count among all there may be."""
    with serving(desk.home) as served, ExitStack() as held:
        for _ in range(3 * EACH):
            held.enter_context(closing(socket.create_connection(("127.0.0.1", served.port))))
        end = time.monotonic() + 15  # those that are let in are hung up on later, by `WAIT_S`
        while (there := _connections(served.port)) > EACH and time.monotonic() < end:
            time.sleep(0.1)
        assert EACH / 2 < there <= EACH


def _connections(port: int) -> int:
    """Count those that the server at PORT holds open."""
    lines = [line.split() for line in TABLES[4].read_text(encoding="ascii").splitlines()]
    return sum((line[1], line[3]) == (f"0100007F:{port:04X}", ESTABLISHED) for line in lines)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "example.org"])  # noqa: S104  it is what is refused
def test_nothing_is_served_to_others_in_the_open(host: str, home: Path) -> None:
    """Others listened to the whole network without anybody having asked for it (dbhub #305, OpenShell #23)."""
    done = CliRunner().invoke(redact, ["review", "--no-open", "--host", host], env={"REDACT_HOME": str(home)})
    assert done.exit_code == 2
    assert "--certificate" in done.stderr


def test_every_answer_stays_in_its_page(browser: Browser) -> None:
    """No frame of others, no script but ours, nothing kept, no name of a server: whatever the answer is."""
    for path in ("/api/me", "/api/requests/NONE", "/nothing", "/", "/api/openapi.json"):
        answer = browser.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS, path
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers
    assert browser.options("/api/me", headers={"origin": ORIGIN}).status_code == 405
