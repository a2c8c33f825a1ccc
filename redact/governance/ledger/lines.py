"""What a line of the ledger says, how it is spelt, and what whoever wrote it has signed."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar

from redact.governance.ledger.events import Event

if TYPE_CHECKING:
    from redact.package.envelope import Signer

__all__ = ["FIRST", "Entry", "Hand", "Head", "line_payload", "read_line", "spell_line"]

FIRST = "0" * 64
"""What stands where the first line names the line before it."""

DECODER = json.JSONDecoder()
ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
FIELDS = {member.name: dict if member.name == "data" else str for member in fields(Event)} | {"seq": int, "prev": str}
SIGNATURE = ("keyid", "signature")
NAMES = tuple(sorted(FIELDS))
TYPES = tuple(FIELDS[name] for name in NAMES)
SIGNED_NAMES = tuple(sorted((*FIELDS, *SIGNATURE)))
SIGNED_TYPES = tuple(FIELDS.get(name, str) for name in SIGNED_NAMES)


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a ledger, and with it all before."""

    seq: int
    """Its number, from 1; 0 where there is none."""
    sha256: str
    """Hex SHA-256 of its bytes, newline included; 64 zeros where there is none."""

    EMPTY: ClassVar[Head]


Head.EMPTY = Head(0, FIRST)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger."""

    seq: int
    prev: str
    """Hex SHA-256 of the line before it."""
    event: Event
    line: bytes
    """As it stands in the file, newline included."""
    sha256: str
    keyid: str = ""
    """Of the key that signs it; empty where nobody does."""
    signature: str = ""
    """Base64."""

    def payload(self, organisation: str) -> bytes:
        """Give what its signature is of, in the ledger of ORGANISATION."""
        return line_payload(organisation, self.keyid, spell_line(Head(self.seq - 1, self.prev), self.event))

    @property
    def raw_signature(self) -> bytes | None:
        """Its signature as bytes; None where there is none, or one that is not spelt as the program spells it."""
        try:
            raw = b64decode(self.signature, validate=True)
        except ValueError:
            return None
        return raw if raw and b64encode(raw).decode() == self.signature else None

    @property
    def head(self) -> Head:
        """It, as the last line of a ledger."""
        return Head(self.seq, self.sha256)


@dataclass(frozen=True, slots=True)
class Hand:
    """Whoever writes lines: the key of a person, in one organisation's ledger."""

    organisation: str
    """Its identity, so that a line is worth nothing in another ledger."""
    signer: Signer

    def signature(self, line: bytes) -> dict[str, str]:
        """Sign LINE, an unsigned one; gives what stands in the line then."""
        payload = line_payload(self.organisation, self.signer.keyid, line)
        return {"keyid": self.signer.keyid, "signature": b64encode(self.signer.sign(payload)).decode()}


def spell_line(head: Head, event: Event, hand: Hand | None = None) -> bytes:
    """Write EVENT as the line after HEAD, signed by HAND.

    Raises ValueError, TypeError or RecursionError where JSON has no word for it. Only `read_line` tells whether it
    means the same when it is read again.
    """
    plain = {"seq": head.seq + 1, "prev": head.sha256, **event.plain()}
    return _spell(plain | hand.signature(_spell(plain)) if hand else plain)


def line_payload(organisation: str, keyid: str, line: bytes) -> bytes:
    """Spell what the key KEYID signs of LINE, which says no signature, in the ledger of ORGANISATION."""
    return b"redact-event/1\n" + f"{organisation}\n{keyid}\n".encode() + line


def read_line(line: bytes) -> Entry:
    """Read one LINE with its newline. Raises ValueError with what is wrong, as the end of a sentence."""
    try:
        plain, _ = DECODER.raw_decode(line.decode())
        canonical = _spell(plain)
    except UnicodeEncodeError as wrong:
        message = "it has half a character"
        raise ValueError(message) from wrong
    except UnicodeDecodeError as wrong:
        message = "it is not UTF-8"
        raise ValueError(message) from wrong
    except json.JSONDecodeError as wrong:
        message = f"it is not JSON ({wrong.msg} at character {wrong.pos + 1})"
        raise ValueError(message) from wrong
    except (ValueError, RecursionError) as wrong:
        message = "it has a number or a nesting that is not allowed"
        raise ValueError(message) from wrong
    if canonical != line:
        message = "it is spelt another way than the program spells it"
        raise ValueError(message)
    return _entry(plain, line)


def _spell(plain: Any) -> bytes:
    return (ENCODER.encode(plain) + "\n").encode()


def _entry(plain: Any, line: bytes) -> Entry:
    """Make the entry of what LINE says. Raises ValueError as `read_line` does."""
    if not isinstance(plain, dict) or tuple(plain) not in {NAMES, SIGNED_NAMES}:  # what is spelt well is sorted
        message = "its fields are not those of an entry"
        raise ValueError(message)
    if tuple(map(type, plain.values())) != (TYPES if len(plain) == len(TYPES) else SIGNED_TYPES):
        message = "one of its fields is of another type"
        raise ValueError(message)
    seq, prev = plain.pop("seq"), plain.pop("prev")
    keyid, signature = (plain.pop(name, "") for name in SIGNATURE)
    try:
        event = Event.of(plain)
    except ValueError as problem:
        message = f"it is no event ({problem})"
        raise ValueError(message) from problem
    return Entry(seq, prev, event, line, sha256(line).hexdigest(), keyid, signature)
