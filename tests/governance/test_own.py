"""A person's own key: opened by its passphrase alone, and held open by an agent for whoever it is of."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import PASSPHRASE, made_key

from redact.errors import InputUnusable, NotPermitted, RedactError, Refusal, UsageProblem
from redact.files import canonical_json
from redact.governance.people import agent
from redact.governance.people.mine import make_key, own_key
from redact.governance.people.own import FILE, LEAST, OwnKey, read_claim
from redact.user import ALL, user_name

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAYLOAD = b"redact-event/1\nsomething"


@pytest.fixture
def key(tmp_path: Path) -> OwnKey:
    """A key of A. Example's account."""
    return made_key(tmp_path / "settings", "a.example")


def with_passphrase(key: OwnKey, words: bytes | None) -> OwnKey:
    """Give KEY to somebody who says WORDS."""
    return OwnKey(key.folder, key.account, lambda: words)


def test_a_key_signs_once_its_passphrase_was_given(key: OwnKey) -> None:
    """It is its owner's alone, and what is public of it knows the signature."""
    signer = with_passphrase(key, PASSPHRASE.encode()).signer()
    assert key.claim().key.verify(signer.sign(PAYLOAD), PAYLOAD)
    assert signer.keyid == key.claim().key.keyid
    assert [stat.S_IMODE(path.stat().st_mode) for path in (key.folder, key.path)] == [0o700, 0o600]


def test_one_passphrase_however_it_is_typed(tmp_path: Path) -> None:
    """Letters that keyboards put together in two ways are the same."""
    OwnKey(tmp_path / "k", "a", lambda: None).make("häuser am fluß".encode())
    assert OwnKey(tmp_path / "k", "a", "ha\u0308user am fluß".encode).signer()


@pytest.mark.parametrize(
    ("words", "code"), [(None, Refusal.PASSPHRASE_MISSING), (b"another one", Refusal.PASSPHRASE_WRONG)]
)
def test_nothing_else_opens_it(key: OwnKey, words: bytes | None, code: Refusal) -> None:
    """A sentence says what to do."""
    with pytest.raises(NotPermitted) as refused:
        with_passphrase(key, words).signer()
    assert (refused.value.code, bool(refused.value.advice)) == (code, True)


def test_a_key_is_not_made_without_a_passphrase_or_twice(tmp_path: Path) -> None:
    """Nor under one that is too short."""
    key = OwnKey(tmp_path / "k", "a", lambda: None)
    with pytest.raises(NotPermitted, match="no key yet"):
        key.signer()
    with pytest.raises(NotPermitted, match="passphrase of your own"):
        key.make(None)
    with pytest.raises(UsageProblem, match="characters at least"):
        key.make(b"x" * (LEAST - 1))
    assert not key.exists
    key.make(b"x" * LEAST)
    with pytest.raises(UsageProblem, match="has a key already"):
        key.make(b"x" * LEAST)


@pytest.mark.parametrize("spoil", ["folder", "file", "account", "cost", "letters"])
def test_a_key_that_was_tampered_with_signs_nothing(key: OwnKey, spoil: str) -> None:
    """Whatever of its file is changed is bound to the sealed half."""
    said = json.loads(key.path.read_bytes())
    if spoil == "folder":
        key.folder.chmod(0o750)
    elif spoil == "file":
        key.path.write_bytes(b"{}")
    elif spoil == "account":
        said["claim"]["account"] = "b.example"
    elif spoil == "cost":
        said["stretching"]["iterations"] = 2
    else:
        said["sealed"] = said["sealed"][:-8] + "AAAAAAA="
    if spoil in {"account", "cost", "letters"}:
        key.path.write_bytes(canonical_json(said))
    with pytest.raises(RedactError):
        with_passphrase(key, PASSPHRASE.encode()).signer()


@given(st.binary(max_size=300))
def test_whatever_is_no_claim_is_a_sentence(data: bytes) -> None:
    """Nothing else is raised."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "x").write_bytes(data)
        with pytest.raises(InputUnusable):
            read_claim(Path(folder) / "x")


def test_a_claim_of_somebody_else_s_key_is_none(key: OwnKey, tmp_path: Path) -> None:
    """The key itself has signed whose it is."""
    claim = key.claim()
    (tmp_path / "x").write_bytes(canonical_json(claim.model_copy(update={"account": "b"}).model_dump(mode="json")))
    with pytest.raises(InputUnusable, match="not signed by the key"):
        read_claim(tmp_path / "x")
    (tmp_path / "x").write_bytes(canonical_json(claim.model_dump(mode="json")))
    assert read_claim(tmp_path / "x") == claim


def test_here_everybody_is_who_they_are() -> None:
    """No namespace maps users; what the test of it looks for is there."""
    assert Path("/proc/self/uid_map").read_text().split() == ALL


# the agent


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that the system gives a sitting; what was started there is stopped."""
    with TemporaryDirectory(prefix="r") as folder:  # a socket's path has to be short
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
        yield Path(folder)
        agent.lock()


def test_the_passphrase_is_given_once_for_a_sitting(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it is locked; the socket is its owner's alone."""
    make_key(own_key())
    agent.start(own_key().unlock())
    monkeypatch.delenv("REDACT_OWN_PASSPHRASE")
    signed = own_key().signer().sign(PAYLOAD)
    assert own_key().claim().key.verify(signed, PAYLOAD)
    assert stat.S_IMODE((runtime / agent.NAME).stat().st_mode) == 0o600
    assert agent.lock()
    assert not agent.lock()
    with pytest.raises(NotPermitted, match="opened by your passphrase"):
        own_key().signer()


def test_an_agent_forgets(runtime: Path) -> None:
    """When nobody has asked for a while; who asks keeps it."""
    make_key(own_key())
    agent.start(own_key().unlock(), 0.6)
    keyid = own_key().claim().key.keyid
    end = time.monotonic() + 10
    while agent.socket_path().exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert agent.held_key(keyid) is None
    assert not (runtime / agent.NAME).exists()


def test_an_agent_signs_lines_of_a_ledger_and_nothing_else(runtime: Path) -> None:
    """Nor for a key that it does not hold."""
    make_key(own_key())
    agent.start(own_key().unlock())
    held = agent.held_key(own_key().claim().key.keyid)
    assert held is not None
    with pytest.raises(InputUnusable, match="would not sign"):
        held.sign(b"DSSEv1 28 application/vnd.in-toto+json")
    assert agent.held_key("0" * 64) is None
    for question in (b"\n", b"{}\n", b"[]\n", b'{"do":"sign"}\n', b'{"do":"sign","payload":7}\n', b"\xff\n"):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(runtime / agent.NAME))
            connection.sendall(question)
            assert json.loads(connection.recv(100)) == {}
    assert held.sign(PAYLOAD)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can be another user")
def test_an_agent_answers_nobody_else(runtime: Path) -> None:
    """Not even one who has opened the folder and the socket to themselves: the kernel says who they are."""
    make_key(own_key())
    agent.start(own_key().unlock())
    runtime.chmod(0o755)
    (runtime / agent.NAME).chmod(0o666)
    code = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
        's.sendall(b\'{"do": "who"}\\n\'); print(s.recv(100))'
    )
    command = ["setpriv", "--reuid=20001", "--clear-groups", sys.executable, "-c", code, str(runtime / agent.NAME)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "keyid" not in done.stdout
    assert agent.held_key(own_key().claim().key.keyid) is None  # nor is one in a folder that others can enter believed
    runtime.chmod(0o700)
    assert agent.held_key(own_key().claim().key.keyid)


def test_no_agent_listens_where_others_can_come_in(runtime: Path) -> None:
    """It says so, and how to close it."""
    make_key(own_key())
    runtime.chmod(0o777)
    with pytest.raises(InputUnusable, match="chmod 700") as problem:
        agent.start(own_key().unlock())
    assert str(runtime) in str(problem.value)
    runtime.chmod(0o700)


def test_a_key_among_the_settings_is_whose_they_are(runtime: Path) -> None:
    """Made once, and found again."""
    claim = make_key(own_key())
    assert (claim.account, own_key().path.name) == (user_name(), FILE)
    assert make_key(own_key()) == claim
    assert runtime.is_dir()
