"""Who may take part in a batch on several computers: nobody but this one, or whoever has a certificate."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redact.advice import Given
from redact.errors import InputUnusable, UsageProblem
from redact.files import reason_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PORT", "Meeting", "meeting"]

PORT = 8786
"""Where it is met if no other port is named."""

ADDRESS = re.compile(r"(?:(?:tcp|tls)://)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]/:@\s]+)(?::(?P<port>[0-9]{1,5}))?")
LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where computers meet, and how they know each other."""

    host: str
    port: int
    ca: Path | None = None
    """Certificate of the authority that signed everybody's; None where all are processes of this computer."""
    cert: Path | None = None
    key: Path | None = None

    @property
    def address(self) -> str:
        """Spell it for Dask."""
        return f"{'tls' if self.ca else 'tcp'}://{self.host}:{self.port}"

    @property
    def connecting(self) -> dict[str, Any]:
        """What connections are made with."""
        from distributed.security import Security  # noqa: PLC0415  an extra, which not everybody has

        if not self.ca:
            return {}
        own = {
            f"tls_{who}_{what}": str(file) for who in ROLES for what, file in (("cert", self.cert), ("key", self.key))
        }
        return {"security": Security(require_encryption=True, tls_ca_file=str(self.ca), **own)}


ROLES = ("client", "scheduler", "worker")


def meeting(address: str, ca: Path | None = None, cert: Path | None = None, key: Path | None = None) -> Meeting:
    """Read ADDRESS, HOST:PORT, where computers meet that know each other by certificates of the authority CA.

    Raises UsageProblem where others could come in: whoever reaches such a place can run programs in the name of those
    who meet there. Raises InputUnusable where a file cannot be read.
    """
    found = ADDRESS.fullmatch(address)
    if not found or not 0 < int(found["port"] or PORT) <= LAST_PORT:
        message = f"'{address}' is no address of a computer, such as localhost:{PORT} or 192.168.0.20:{PORT}."
        raise UsageProblem(message)
    given = [file for file in (ca, cert, key) if file is not None]
    if given and not (ca and cert and key):
        message = "An authority, a certificate and its key belong together, and not all three were given."
        raise UsageProblem(message, "Give all three; the authority with ", Given.AUTHORITY, ".")
    host = found["host"]
    if not given and not _here(host.strip("[]")):
        message = f"{host} is not this computer alone, and whoever reaches it could run programs in your name."
        remedy = (
            "Let certificates say who may: name the authority with ",
            Given.AUTHORITY,
            ", and this computer's own.",
        )
        raise UsageProblem(message, *remedy)
    for file in given:
        _readable(file)
    return Meeting(host, int(found["port"] or PORT), ca, cert, key)


def _here(host: str) -> bool:
    """Tell whether HOST can be reached from this computer alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _readable(file: Path) -> None:
    try:
        with file.open("rb") as stream:
            stream.read(1)
    except OSError as problem:
        message = f"{file} cannot be read ({reason_of(problem)})."
        raise InputUnusable(message, "Check the name and that you may read it.") from problem
