"""Computers that work together: real schedulers, workers and clients, which are killed, frozen and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from test_batch import calls, folder_of

from redact.errors import InputUnusable, UsageProblem
from redact.jobs.alike import different, versions
from redact.jobs.outcomes import SUMMARY
from redact.jobs.security import meeting

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]

CLIENT = """
import json, signal, sys
from functools import partial
from pathlib import Path
from test_batch import ASKED, Recipe, batch, by_content
from redact.jobs.cluster import cluster
from redact.jobs.leases import Terms
from redact.jobs.security import meeting

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background is begun without
    folder, out, address, patience, *tls = sys.argv[1:]
    crew = partial(cluster, place=meeting(address, *map(Path, tls)), patience_s=float(patience),
                   note=lambda line: print(line, file=sys.stderr, flush=True))
    made = batch(Path(folder), Path(out), partial(by_content, ASKED), recipe=Recipe(ASKED), crew=crew,
                 terms=Terms(0.3, 5.0))
    print(json.dumps(dict((one.master.name, [one.state, one.code, one.said]) for one in made)))
"""
"""A batch whose clips say what becomes of them."""


RUN = "import runpy, sys; sys.argv[1:1] = ['worker']; runpy.run_module('cli', run_name='__main__')"
"""The end of a script that is a worker."""


class Office:
    """Computers of one office, each of which is a process here."""

    def __init__(self, folder: Path, tls: dict[str, list[str]] | None = None) -> None:
        """Let them work in FOLDER; TLS: the certificates of each."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.folder, self.tls = folder, tls or {}
        self.all: list[subprocess.Popen[str]] = []

    def start(self, *words: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """Start the program with WORDS, or a script."""
        paths = os.pathsep.join([str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "jobs")])
        command = [sys.executable, *(words if words[0] == "-c" else ("-m", "cli", *words))]
        kept = (self.folder / f"said-{len(self.all)}").open("w+")
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=kept,
            text=True,
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": paths} | (env or {}),
        )
        kept.close()
        self.all.append(process)
        return process

    def said(self, process: subprocess.Popen[str]) -> str:
        """What PROCESS told people so far."""
        return (self.folder / f"said-{self.all.index(process)}").read_text()

    def scheduler(self) -> subprocess.Popen[str]:
        """Start the scheduler, and wait until it is there."""
        process = self.start("scheduler", self.address, *self.tls.get("scheduler", []))
        self.until(process, "Computers can meet")
        return process

    def worker(self, *words: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """Start somebody who works, and wait until they are there."""
        process = self.start("worker", self.address, *self.tls.get("worker", []), *words, env=env)
        self.until(process, "At work")
        return process

    def until(self, process: subprocess.Popen[str], words: str) -> None:
        """Wait until PROCESS says WORDS."""
        end = time.monotonic() + 120
        while words not in self.said(process):
            assert time.monotonic() < end, self.said(process)
            assert process.poll() is None, self.said(process)
            time.sleep(0.1)

    def batch(self, patience_s: float = 60) -> subprocess.Popen[str]:
        """Start a batch of the folder `in`."""
        places = (str(self.folder / "in"), str(self.folder / "out"))
        tls = [word for word in self.tls.get("client", []) if not word.startswith("--")]
        return self.start("-c", CLIENT, *places, self.address, str(patience_s), *tls)

    def result(self, process: subprocess.Popen[str]) -> dict[str, list[object]]:
        """Wait until the batch PROCESS ends; what became of every clip."""
        out, _ = process.communicate(timeout=240)
        assert process.returncode == 0, self.said(process)
        return dict(json.loads(out))


@contextmanager
def office(folder: Path, tls: dict[str, list[str]] | None = None) -> Iterator[Office]:
    """An office that is left empty."""
    made = Office(folder, tls)
    try:
        yield made
    finally:
        for process in made.all:
            process.kill()
        for process in made.all:
            process.wait()
            if process.stdout:
                process.stdout.close()


def clips(count: int, **others: str) -> dict[str, str]:
    """COUNT clips that take a moment, and OTHERS."""
    return {f"c{number:02}_mp4": "moment" for number in range(count)} | others


def test_several_computers_make_every_copy_once(tmp_path: Path) -> None:
    """Two workers share a folder of clips; a clip that fails and one that always crashes are named, after few tries."""
    folder_of(tmp_path / "in", **clips(6, x_mp4="unusable", y_mp4="crash", notes_txt="words"))
    with office(tmp_path) as here:
        here.scheduler()
        here.worker()
        here.worker()
        found = here.result(here.batch())
    made = {name: [state, code] for name, (state, code, _) in found.items()}
    expected = {f"c{number:02}.mp4": ["released", 0] for number in range(6)}
    assert made == expected | {"x.mp4": ["failed", 3], "y.mp4": ["failed", 1], "notes.txt": ["skipped", 0]}
    assert "exit code -9" in str(found["y.mp4"][2])
    counted = Counter(calls(tmp_path / "in"))
    assert counted.pop("y.mp4") == 3
    assert set(counted.values()) == {1}
    summary = json.loads((tmp_path / "out" / SUMMARY).read_bytes())
    assert (summary["waiting"], len(summary["files"])) == (0, 9)
    assert not [path for path in (tmp_path / "out").iterdir() if path.name.endswith(".part")]


def signed(folder: Path, office_name: str) -> list[str]:
    """Make an authority OFFICE_NAME and one certificate that it signed; the options that name them."""
    now, made = datetime.now(UTC), []
    authority = Ed25519PrivateKey.generate()
    for role, key in (("ca", authority), ("desk", Ed25519PrivateKey.generate())):
        subject, issuer = (
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} of {office_name}")]) for name in (role, "ca")
        )
        builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        limited = builder.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
        known = limited.add_extension(x509.BasicConstraints(ca=role == "ca", path_length=None), critical=True)
        made.append(folder / f"{office_name}-{role}.pem")
        made[-1].write_bytes(known.sign(authority, None).public_bytes(Encoding.PEM))
    made.append(folder / f"{office_name}-desk.key")
    made[-1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return [word for pair in zip(("--ca", "--cert", "--key"), map(str, made), strict=True) for word in pair]


def test_certificates_say_who_may_take_part(tmp_path: Path) -> None:
    """Those of one authority work together; whoever has another's, or none, is met by nobody."""
    folder_of(tmp_path / "in", a_mp4="fine")
    ours, theirs = signed(tmp_path, "ours"), signed(tmp_path, "theirs")
    with office(tmp_path, {"scheduler": ours, "worker": ours, "client": ours}) as here:
        here.scheduler()
        here.worker()
        for words in (theirs, []):
            here.tls["client"] = words
            stranger = here.batch()
            stranger.communicate(timeout=120)
            assert stranger.returncode != 0
            assert "does not let this computer in" in here.said(stranger)
        assert calls(tmp_path / "in") == []
        here.tls["client"] = ours
        assert here.result(here.batch())["a.mp4"][:2] == ["released", 0]


def test_workers_and_scheduler_that_die_change_nothing(tmp_path: Path) -> None:
    """A worker is killed with a clip in hand, then the scheduler, which comes back: every copy is made."""
    folder_of(tmp_path / "in", **clips(12))
    with office(tmp_path) as here:
        scheduler = here.scheduler()
        first, _ = here.worker(), here.worker()
        asked = here.batch()
        while len(calls(tmp_path / "in")) < 3:
            time.sleep(0.05)
        first.kill()
        while len(calls(tmp_path / "in")) < 6:
            time.sleep(0.05)
        scheduler.kill()
        scheduler.wait()
        time.sleep(1)
        here.scheduler()
        found = here.result(asked)
    assert [one for one in found.values() if one[0] != "released"] == []
    assert max(Counter(calls(tmp_path / "in")).values()) <= 2, "only what a killed worker had in hand is begun again"
    assert len(list((tmp_path / "out").glob("*.redacted.mp4"))) == 12


def test_a_worker_that_sees_another_folder_is_refused(tmp_path: Path) -> None:
    """It is named, with what to do, before the first clip."""
    folder_of(tmp_path / "in", a_mp4="fine")
    (tmp_path / "elsewhere").mkdir()
    with office(tmp_path) as here:
        here.scheduler()
        blind = here.start("-c", f"import redact.jobs.leases as l; l.FOLDER = '.elsewhere'; {RUN}", here.address)
        here.until(blind, "At work")
        asked = here.batch()
        asked.wait(timeout=60)
        assert "it must be the same one, by the same name, on every computer" in here.said(asked)
    assert calls(tmp_path / "in") == []


@pytest.mark.slow
def test_a_worker_that_is_another_program_is_refused_or_leaves(tmp_path: Path) -> None:
    """One that is there before the batch stops it; one that comes later gets nothing to do, and says why."""
    folder_of(tmp_path / "in", **clips(16))
    other = f"import redact.jobs.alike as a; a.version = lambda _: '0'; {RUN}"
    with office(tmp_path) as here:
        here.scheduler()
        old = here.start("-c", other, here.address)
        here.until(old, "At work")
        refused = here.batch()
        refused.wait(timeout=60)
        assert "cannot take part: it has av 0, and not" in here.said(refused)
        old.kill()
        old.wait()
        here.worker()
        asked = here.batch()
        while not calls(tmp_path / "in"):
            time.sleep(0.05)
        late = here.start("-c", other, here.address)
        found = here.result(asked)
        assert {str(state) for state, _, _ in found.values()} == {"released"}
        with suppress(AssertionError):
            here.until(late, "At work")
    assert set(Counter(calls(tmp_path / "in")).values()) == {1}


@pytest.mark.slow
def test_a_clip_that_takes_too_much_memory_is_named(tmp_path: Path) -> None:
    """Its process is ended, the worker goes on, and after three tries it is said what it was."""
    folder_of(tmp_path / "in", a_mp4="hungry", b_mp4="fine")
    with office(tmp_path) as here:
        here.scheduler()
        here.worker("--memory", "0.7")
        found = here.result(here.batch())
    assert found["b.mp4"][0] == "released"
    assert found["a.mp4"][:2] == ["failed", 1]
    assert "because it took more than 0.7 GiB of memory" in str(found["a.mp4"][2])


def test_a_batch_that_is_stopped_stops_its_workers(tmp_path: Path) -> None:
    """The clip in hand is dropped, and tidied up, once the batch is gone; the worker stays."""
    folder_of(tmp_path / "in", a_mp4="slow")
    with office(tmp_path) as here:
        here.scheduler()
        worker = here.worker()
        asked = here.batch()
        while not (tmp_path / "out" / "part").exists():
            time.sleep(0.05)
        asked.send_signal(signal.SIGINT)
        asked.wait(timeout=60)
        end = time.monotonic() + 30
        while (tmp_path / "out" / "part").exists():
            assert time.monotonic() < end
            time.sleep(0.1)
        assert worker.poll() is None


@pytest.mark.slow
def test_nobody_at_work_ends_the_batch_after_a_while(tmp_path: Path) -> None:
    """It is said, and what is made stays; without a scheduler it is said at once."""
    folder_of(tmp_path / "in", a_mp4="fine")
    with office(tmp_path) as here:
        lonely = here.batch()
        lonely.wait(timeout=90)
        assert "There is no scheduler at tcp://127.0.0.1" in here.said(lonely)
        here.scheduler()
        waiting = here.batch(patience_s=5)
        waiting.wait(timeout=90)
        assert "Nobody has been at work" in here.said(waiting)


@pytest.mark.parametrize(
    "address",
    ["192.168.0.20:8786", "desk1.office", "0.0.0.0:8786", "tcp://10.1.2.3:1", "[::]:8786", "localhost.evil.org"],
)
def test_no_other_computer_is_let_in_without_certificates(address: str) -> None:
    """Whoever reaches a scheduler can run programs; so nothing but this computer will do."""
    with pytest.raises(UsageProblem, match="could run programs in your name"):
        meeting(address)


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1:8786", "[::1]:9000", "tcp://127.3.2.1:99"])
def test_this_computer_alone_needs_none(address: str) -> None:
    """Processes of one computer meet as they are."""
    assert meeting(address).address.startswith("tcp://")


@pytest.mark.parametrize("address", ["", "a b", "host:0", "host:99999", "udp://host:1", "http://host", "user@host:1"])
def test_what_is_no_address_is_said(address: str) -> None:
    """With an example of one."""
    with pytest.raises(UsageProblem, match="is no address of a computer"):
        meeting(address)


def test_certificates_belong_together(tmp_path: Path) -> None:
    """One alone is no use, and one that cannot be read is named."""
    (tmp_path / "ca.pem").write_text("x")
    with pytest.raises(UsageProblem, match="belong together"):
        meeting("10.0.0.1:8786", tmp_path / "ca.pem")
    with pytest.raises(InputUnusable, match=r"none\.pem cannot be read"):
        meeting("10.0.0.1:8786", *[tmp_path / "none.pem"] * 3)
    place = meeting("10.0.0.1:8786", *[tmp_path / "ca.pem"] * 3)
    assert place.address == "tls://10.0.0.1:8786"
    assert place.connecting["security"].require_encryption is True


def test_what_differs_between_computers_is_named() -> None:
    """The first thing that does, in both versions; what only the other has is nothing."""
    mine = versions()
    assert different(mine, dict(mine) | {"more": "1"}) == ""
    assert different(mine, mine | {"openvino": "1"}) == f"it has openvino 1, and not {mine['openvino']}"
    assert different(mine, {}).startswith("it has redact not at all, and not ")
