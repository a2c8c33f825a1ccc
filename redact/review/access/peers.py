"""Whose browser is at the other end of a connection on this computer, as the kernel knows it.

Cookies are the same for every port of a computer, and the arguments of programs can be read by all its users; so a
link or a cookie alone does not say who has it.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

__all__ = ["ESTABLISHED", "TABLES", "owner_of"]

TABLES = {4: Path("/proc/net/tcp"), 6: Path("/proc/net/tcp6")}
"""Where Linux lists connections, with the user of each."""

LOCAL, REMOTE, STATE, USER = 1, 2, 3, 7
"""Columns of these tables."""

ESTABLISHED = "01"


def owner_of(client: tuple[str, int] | None, server: tuple[str, int] | None) -> int | None:
    """Give the user of the operating system who has the connection from CLIENT to SERVER open on this computer.

    None where it comes from another, or the system does not tell.
    """
    if client is None or server is None:
        return None
    try:
        here, there = ip_address(client[0]), ip_address(server[0])
        if not here.is_loopback:
            return None
        wanted = _spelt(here, client[1]), _spelt(there, server[1])
        lines = TABLES[here.version].read_text(encoding="ascii").splitlines()[1:]
    except (ValueError, OSError):
        return None
    for line in lines:
        columns = line.split()
        if (columns[LOCAL], columns[REMOTE]) == wanted and columns[STATE] == ESTABLISHED:
            return int(columns[USER])
    return None


def _spelt(address: IPv4Address | IPv6Address, port: int) -> str:
    """Spell ADDRESS and PORT as these tables do: words of four bytes, each turned round on machines of today."""
    raw = address.packed
    words = (raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    return f"{b''.join(words).hex().upper()}:{port:04X}"
