"""How often somebody may ask, and how often try a passphrase."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from redact.review.words import Turned

__all__ = ["Buckets", "Failures"]

MANY = 4096
"""Askers that are remembered; whoever has not asked for longest is forgotten first."""


class Buckets:
    """For each asker a bucket that fills by so many a second and holds so many."""

    def __init__(self, each_s: float, most: float) -> None:
        """Let everybody ask EACH_S times a second for long, and MOST times at once."""
        self._each_s, self._most = each_s, most
        self._left: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def take(self, asker: object) -> bool:
        """Tell whether ASKER may ask now."""
        now = time.monotonic()
        left, at = self._left.pop(asker, (self._most, now))
        left = min(self._most, left + (now - at) * self._each_s)
        self._left[asker] = (left - 1 if left >= 1 else left), now
        while len(self._left) > MANY:
            self._left.popitem(last=False)
        return left >= 1


@dataclass
class Failures:
    """Passphrases that opened nothing, for each account and in all, over the last while."""

    per_account: int = 5
    in_all: int = 30
    over_s: float = 15 * 60
    _tried: dict[str, list[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, account: str) -> int:
        """Give how many more may fail for ACCOUNT after this one. Raises Turned where too many have, or in all.

        Whoever may try counts as having failed until `passed`, so that many at once are not let through.
        """
        with self._lock:
            now = time.monotonic()
            recent = {name: [at for at in tried if now - at < self.over_s] for name, tried in self._tried.items()}
            self._tried = {name: tried for name, tried in recent.items() if tried}
            mine = self._tried.get(account, [])
            if len(mine) >= self.per_account or sum(map(len, self._tried.values())) >= self.in_all:
                oldest = min([*mine[-self.per_account :], *(tried[0] for tried in self._tried.values())])
                minutes = max(1, round((self.over_s - (now - oldest)) / 60))
                message = "Too many passphrases were tried."
                advice = f"Wait {minutes} minutes, and try again. Every passphrase that opens nothing is recorded."
                raise Turned(429, "too-many-tries", message, advice)
            self._tried.setdefault(account, []).append(now)
            return self.per_account - len(self._tried[account])

    def passed(self, account: str) -> None:
        """Forget what failed for ACCOUNT, since its owner is here."""
        with self._lock:
            self._tried.pop(account, None)
