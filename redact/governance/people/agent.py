"""The agent: a process of one person that holds their key open for a sitting, so that they give its passphrase once.

It listens on a socket in a folder that only they can enter, answers nobody but processes of theirs, as the kernel tells
who they are, signs lines of a ledger and nothing else, and forgets the key when nobody has asked for a while.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import struct
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from redact.errors import InputUnusable
from redact.governance.people.own import Claim, Unlocked, is_private, own_folder
from redact.package.public_key import VerifyingKey

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["IDLE_S", "held_key", "lock", "serve", "socket_path", "start"]

IDLE_S = 30 * 60
"""Seconds without a question after which the key is forgotten."""

SIGNS = b"redact-event/1\n"
"""How all begins that it signs."""

LARGEST = 1 << 24
"""Bytes of a question."""
WAIT_S = 5
NAME = "redact-agent.sock"
CREDENTIALS = struct.Struct("3i")


def socket_path() -> Path:
    """Say where the agent listens: in the folder that the system gives a sitting, else beside the key."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(runtime) if runtime else own_folder()
    return folder / NAME


def held_key(keyid: str) -> HeldKey | None:
    """Give the key KEYID as the agent holds it; None where no agent of this user does."""
    answer = _ask({"do": "who"})
    return HeldKey(keyid) if answer and answer.get("keyid") == keyid else None


def lock() -> bool:
    """Have the agent forget the key; tells whether there was one that did."""
    return bool(_ask({"do": "lock"}))


def start(key: Unlocked, idle_s: float = IDLE_S) -> None:
    """Start an agent that holds KEY until nobody has asked for IDLE_S seconds. Raises InputUnusable."""
    lock()
    path = socket_path()
    if not _private(path.parent):
        message = f"{path.parent} is not a folder of yours alone, so no agent can listen there."
        raise InputUnusable(message, f"Close it: chmod 700 {path.parent}")
    environment = {name: value for name, value in os.environ.items() if "PASSPHRASE" not in name}
    command = [sys.executable, "-m", "redact.governance.people.agent", str(idle_s)]
    given = {"claim": key.claim.model_dump(), "private": b64encode(key.private.private_bytes_raw()).decode()}
    with suppress(subprocess.TimeoutExpired):
        done = subprocess.run(
            command,
            input=json.dumps(given).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
            timeout=WAIT_S,
            check=False,
        )
        if not done.returncode and held_key(key.keyid):
            return
    message = f"No agent could be started at {path}."
    raise InputUnusable(message, "Give your passphrase with each command instead.")


def serve(key: Unlocked, path: Path, idle_s: float) -> None:
    """Answer at PATH for KEY until it is to be forgotten, or nobody has asked for IDLE_S seconds.

    It goes on in a process of its own; whoever calls this ends as soon as it listens.
    """
    with suppress(FileNotFoundError):
        path.unlink()  # of an agent that is gone: one that is there was locked before
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        os.umask(0o177)
        listener.bind(str(path))
        listener.listen()
        if os.fork():
            os._exit(0)
        try:
            _answer_all(listener, key, idle_s)
        finally:
            with suppress(FileNotFoundError):
                path.unlink()


def _answer_all(listener: socket.socket, key: Unlocked, idle_s: float) -> None:
    """Answer whoever comes to LISTENER, one after the other."""
    end = time.monotonic() + idle_s
    while (left := end - time.monotonic()) > 0:
        listener.settimeout(left)
        with suppress(OSError):
            peer, _ = listener.accept()
            with peer:
                if not _served(peer, key):
                    return
                end = time.monotonic() + idle_s


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A key that the agent holds."""

    keyid: str

    def sign(self, payload: bytes) -> bytes:
        """Sign PAYLOAD. Raises InputUnusable where the agent has forgotten the key meanwhile."""
        answer = _ask({"do": "sign", "payload": b64encode(payload).decode()}) or {}
        try:
            return b64decode(answer["signature"], validate=True)
        except (KeyError, ValueError, TypeError) as problem:
            message = "The agent does not hold your key any more, or would not sign with it."
            raise InputUnusable(message, "Do it again; your passphrase is asked for.") from problem


def _served(peer: socket.socket, key: Unlocked) -> bool:
    """Answer one question of PEER, if it is this user's; False where the key is to be forgotten."""
    peer.settimeout(WAIT_S)
    if _user(peer) != os.geteuid():
        return True
    try:
        asked = json.loads(_read(peer))
        answer = _answer(asked, key)
    except (ValueError, TypeError, KeyError, AttributeError, OSError):
        answer = {}
    with suppress(OSError):
        peer.sendall(json.dumps(answer).encode() + b"\n")
    return answer.get("locked") is not True


def _answer(asked: Any, key: Unlocked) -> dict[str, Any]:
    """Answer what was ASKED. Raises ValueError, TypeError or KeyError where it is no question."""
    if asked["do"] == "who":
        return {"keyid": key.keyid}
    if asked["do"] == "lock":
        return {"locked": True}
    payload = b64decode(asked["payload"], validate=True)
    if asked["do"] != "sign" or not payload.startswith(SIGNS):
        message = "only lines of a ledger are signed"
        raise ValueError(message)
    return {"signature": b64encode(key.sign(payload)).decode()}


def _ask(question: Mapping[str, str]) -> dict[str, Any] | None:
    """Ask this user's agent QUESTION; None where there is none."""
    path = socket_path()
    if not path.is_socket() or not _private(path.parent):
        return None
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(WAIT_S)
            connection.connect(str(path))
            if _user(connection) != os.geteuid():
                return None
            connection.sendall(json.dumps(dict(question)).encode() + b"\n")
            answer = json.loads(_read(connection))
            return answer if isinstance(answer, dict) else None
    except (OSError, ValueError):
        return None


def _user(connection: socket.socket) -> int:
    """Give the number of the user at the other end, as the kernel knows it; -1 where it cannot say."""
    if not hasattr(socket, "SO_PEERCRED"):
        return -1
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    return int(CREDENTIALS.unpack(raw)[1])


def _private(folder: Path) -> bool:
    """Tell whether FOLDER is one of this user's and nobody else's."""
    try:
        facts = folder.lstat()
    except OSError:
        return False
    return is_private(facts)


def _read(connection: socket.socket) -> bytes:
    """Read a line. Raises ValueError where it is too long."""
    data = b""
    while not data.endswith(b"\n"):
        part = connection.recv(1 << 16)
        if not part:
            break
        data += part
        if len(data) > LARGEST:
            message = "too long"
            raise ValueError(message)
    return data


def _main() -> None:
    """Hold the key that is given on standard input."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    given = json.loads(sys.stdin.buffer.read())
    private = Ed25519PrivateKey.from_private_bytes(b64decode(given["private"]))
    claim = Claim.model_validate(given["claim"])
    if VerifyingKey(private.public_key()).keyid == claim.key.keyid:
        serve(Unlocked(claim, private), socket_path(), float(sys.argv[1]))


if __name__ == "__main__":
    _main()
