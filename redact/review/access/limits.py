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
    """Passphrases that opened nothing over the last while, by account and by whoever tried.

    So many from one place turn away who is there; only many more, from several places, turn others away as well. Else
    anybody who reaches the page could keep everybody from signing in.
    """

    per_account: int = 5
    """Of one account, by one asker."""
    in_all: int = 30
    """By one asker; and of one account, by all of them."""
    everywhere: int = 150
    """By all askers: each is on record, and costs a while of work."""
    over_s: float = 15 * 60
    _tried: list[tuple[float, str, object]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, account: str, asker: object = "") -> int:
        """Give how many more ASKER may fail for ACCOUNT after this one. Raises Turned where too many have failed.

        Whoever may try counts as having failed until `passed`, so that many at once are not let through.
        """
        with self._lock:
            now = time.monotonic()
            self._tried = [one for one in self._tried if now - one[0] < self.over_s]
            theirs = [at for at, _, who in self._tried if who == asker]
            mine = [at for at, name, who in self._tried if (name, who) == (account, asker)]
            some = [at for at, name, _ in self._tried if name == account]
            every = [at for at, *_ in self._tried]
            limits = (mine, self.per_account), (theirs, self.in_all), (some, self.in_all), (every, self.everywhere)
            over = [tried[-most] for tried, most in limits if len(tried) >= most]
            if over:
                minutes = max(1, round((self.over_s - (now - max(over))) / 60))
                message = "Too many passphrases were tried."
                advice = f"Wait {minutes} minutes, and try again. Every passphrase that opens nothing is recorded."
                raise Turned(429, "too-many-tries", message, advice)
            self._tried.append((now, account, asker))
            return self.per_account - len(mine) - 1

    def passed(self, account: str, asker: object = "") -> None:
        """Forget what failed for ACCOUNT where ASKER is, since its owner is there."""
        with self._lock:
            self._tried = [one for one in self._tried if one[1:] != (account, asker)]
