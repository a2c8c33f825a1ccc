"""Long work on a real server: how queues, progress, event streams and uploads of others fail, each as a case.

Looked up in their trackers: learningequality/studio 2022 and radiasoft/sirepo 2313 (what runs or waits is lost on
reload); celery 5935 and 4671 (done twice); jobrunr 15 and WorldBank/open-transit-indicators 183 (running for ever, and
nobody behind it is begun); rqueue 56 (forgotten after a restart); nextcloud/server 10800 and gmantele/vollt 72 (rests
of broken uploads); mar10/wsgidav 6 (half a file taken for a whole one); nginx 1505 (streams held back on their way);
sse-starlette 8 and 128 (an open stream keeps the server from ending); freenet-core 5213 (the seventh tab hangs);
VapourBox 63 (stop that does not stop); learningequality/kolibri 5501 (progress that runs backwards). What needs no
server is in test_queue.py.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from cases import QUICK, REF, attached, decided, only, opened, scanned
from corridor import corridor
from gates import Gate
from servers import Caller, serving

from redact.governance.office import Office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servers import Served

    from redact.review.desk import Desk

TESTS = Path(__file__).parents[1]
LOADS = "import cli.review, desks; cli.review.load = desks.red_squares"
PATHS = os.pathsep.join(map(str, (TESTS, TESTS / "review" / "armed", TESTS.parent)))
WAIT_S = 60


@contextmanager
def served(desk: Desk) -> Iterator[Served]:
    """Serve the records of DESK, with what finds red squares."""
    with serving(desk.home, first=LOADS, PYTHONPATH=PATHS) as server:
        yield server


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """A gate that is open."""
    return Gate(tmp_path / "gate")


def case_of(desk: Desk, folder: Path, *, ruled: bool = True) -> str:
    """Bring a case to where somebody was decided on, if RULED; give where the calls about its clip are."""
    with Office.open(desk.home) as office:
        attached(office, corridor(folder / "cam4.mp4"))
        if ruled:
            scanned(office)
            decided(office)
        return f"/api/requests/{REF}/clips/{only(office).sha256}"


class Stream:
    """Server-sent events, as a browser reads them."""

    def __init__(self, caller: Caller) -> None:
        """Open it for CALLER."""
        self._connection = http.client.HTTPConnection("127.0.0.1", urlsplit(caller.served.origin).port, timeout=WAIT_S)
        headers = caller.headers | {"Host": urlsplit(caller.served.origin).netloc, "Accept": "text/event-stream"}
        self._connection.request("GET", "/api/jobs/events", headers=headers)
        self.answer = self._connection.getresponse()

    def next(self) -> dict[str, Any]:
        """Give the next job that is told of."""
        while line := self.answer.readline():
            if line.startswith(b"data: "):
                job: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
                return job
        message = "the stream has ended"
        raise EOFError(message)

    def until(self, name: str, *states: str) -> list[dict[str, Any]]:
        """Give all that is told of the job NAME until it is in one of STATES."""
        told: list[dict[str, Any]] = []
        while not told or told[-1]["state"] not in states:
            job = self.next()
            told += [job] if job["id"] == name else []
        return told

    def close(self) -> None:
        """Close it."""
        self._connection.close()


def test_whoever_reloads_sees_what_runs_and_what_waits(
    desk: Desk, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second stream, such as of a page that was loaded again, begins with all there is; nothing holds it back."""
    base = case_of(desk, tmp_path)
    gate.shut(monkeypatch, "redact.jobs.release:verify before")
    with served(desk) as server:
        caller = Caller.of(server)
        running = caller.call("POST", f"{base}/copies", QUICK).json()
        waiting = caller.call("POST", f"{base}/scan").json()
        gate.reached()
        for _ in range(2):
            with closing(Stream(caller)) as stream:
                assert stream.answer.getheader("X-Accel-Buffering") == "no"
                assert stream.answer.getheader("Cache-Control") == "no-store"
                told = {job["id"]: job for job in (stream.next(), stream.next())}
            assert (told[running["id"]]["state"], told[waiting["id"]]["state"]) == ("running", "waiting")
        gate.open()
        with closing(Stream(caller)) as stream:
            shares = [job["share"] for job in stream.until(running["id"], "done")]
        assert shares == sorted(shares)
        assert shares[-1] == 1


def test_an_open_stream_keeps_no_server_from_ending(desk: Desk, tmp_path: Path) -> None:
    """Ctrl-C ends it in seconds, and whoever listens is told; so does signing out end the stream."""
    case_of(desk, tmp_path, ruled=False)
    with served(desk) as server:
        caller = Caller.of(server)
        with closing(Stream(caller)) as left:
            assert caller.call("POST", "/api/sign-out").status == 204
            with pytest.raises(EOFError):
                left.next()
        with closing(Stream(Caller.of(server))) as stream:
            begun = time.monotonic()
            server.process.send_signal(signal.SIGINT)
            server.process.wait(20)
            assert time.monotonic() - begun < 10
            with pytest.raises((EOFError, http.client.HTTPException, OSError)):
                stream.next()


def test_many_tabs_leave_room_for_pages(desk: Desk) -> None:
    """A browser keeps six connections to a server: the fifth stream of one session is told not to come again."""
    with served(desk) as server:
        caller = Caller.of(server)
        streams = [Stream(caller) for _ in range(5)]
        assert [stream.answer.status for stream in streams] == [200] * 4 + [204]
        assert caller.call("GET", "/api/jobs").status == 200
        for stream in streams:
            stream.close()
        end = time.monotonic() + WAIT_S
        while (again := Stream(caller)).answer.status != 200:
            again.close()
            assert time.monotonic() < end
            time.sleep(0.2)
        again.close()


@pytest.mark.parametrize("framing", ["Content-Length: 5000000", "Transfer-Encoding: chunked"])
def test_of_footage_that_breaks_off_nothing_is_left(framing: str, desk: Desk) -> None:
    """Half of it came, then the network went: no file, no job, and nobody takes half a clip for a whole one."""
    with Office.open(desk.home) as office:
        opened(office)
    with served(desk) as server:
        caller = Caller.of(server)
        said = {"Host": urlsplit(server.origin).netloc, **caller.headers}
        head = [f"PUT /api/requests/{REF}/uploads/cam4.mp4 HTTP/1.1", framing]
        head += [f"{name}: {value}" for name, value in said.items()]
        body = b"1e8480\r\n" + bytes(2_000_000) + b"\r\n" if "chunked" in framing else bytes(2_000_000)
        arrived = desk.folder / "uploads"
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall("\r\n".join([*head, "", ""]).encode() + body)
            wait_for(lambda: any(path.is_file() and path.stat().st_size for path in arrived.rglob("*")))
        wait_for(lambda: not list(arrived.iterdir()))
        assert caller.call("GET", "/api/jobs").json() == {"jobs": []}


def test_footage_that_was_on_its_way_when_the_server_was_killed_is_swept(desk: Desk) -> None:
    """The next server finds the rest, and deletes it."""
    with Office.open(desk.home) as office:
        opened(office)
    arrived = desk.folder / "uploads"
    with served(desk) as server:
        caller = Caller.of(server)
        head = [f"PUT /api/requests/{REF}/uploads/cam4.mp4 HTTP/1.1", f"Host: {urlsplit(server.origin).netloc}"]
        head += ["Content-Length: 5000000", *(f"{name}: {value}" for name, value in caller.headers.items())]
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall("\r\n".join([*head, "", ""]).encode() + bytes(2_000_000))
            wait_for(lambda: any(path.is_file() and path.stat().st_size for path in arrived.rglob("*")))
            server.process.kill()
    assert list(arrived.rglob("*.mp4"))
    with served(desk) as server:
        Caller.of(server)
        assert list(arrived.iterdir()) == []


def test_a_server_that_is_killed_while_a_copy_is_made_loses_no_decision(
    desk: Desk, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between two decisions: both are on record, the copy goes on at the next sign-in, and is made of both."""
    base = case_of(desk, tmp_path)
    gate.shut(monkeypatch, "redact.jobs.release:verify before")
    with served(desk) as server:
        caller = Caller.of(server)
        making = caller.call("POST", f"{base}/copies", QUICK).json()
        worker = gate.reached()
        server.process.kill()
    wait_for(lambda: not Path(f"/proc/{worker}").exists())
    gate.open()
    ledger = (desk.home / "ledger" / "ledger.jsonl").read_bytes()
    with served(desk) as server:
        caller = Caller.of(server)
        with closing(Stream(caller)) as stream:
            told = stream.until(making["id"], "done", "failed")
        assert told[-1]["state"] == "done"
        assert caller.call("GET", f"{base}/copy").json()["stale"] is False
    assert (desk.home / "ledger" / "ledger.jsonl").read_bytes().startswith(ledger)
    assert not [path for path in desk.home.rglob("*.part") if path.is_file()]


def wait_for(there: Any) -> None:
    """Wait until what is asked is THERE."""
    end = time.monotonic() + WAIT_S
    while not there():
        assert time.monotonic() < end
        time.sleep(0.05)
