"""Who is signed in, and who has guessed too often; in memory, gone with the process."""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from scanner.net.clock import Clock

LIFETIME_S = 12 * 3_600.0
"""Longest session, in seconds: a working day."""
_MOST_SESSIONS = 1_000
_FREE_TRIES = 5
_FIRST_PAUSE_S = 2.0
_MOST_PAUSE_S = 900.0
_MOST_NAMES = 10_000


@dataclass(slots=True)
class Sessions:
    """Sessions by the digest of their secret: who reads this memory can't take one over."""

    clock: Clock = field(default_factory=Clock)
    _held: OrderedDict[str, tuple[str, float]] = field(default_factory=OrderedDict)

    def begin(self, name: str) -> str:
        """Return the secret of a new session."""
        secret = secrets.token_urlsafe(32)
        self._held[_digest(secret)] = (name, self.clock.now_s() + LIFETIME_S)
        while len(self._held) > _MOST_SESSIONS:
            self._held.popitem(last=False)
        return secret

    def who(self, secret: str) -> str | None:
        """Return whose session it is, None when there is none (any more)."""
        held = self._held.get(_digest(secret))
        if held is None or held[1] < self.clock.now_s():
            self._held.pop(_digest(secret), None)
            return None
        return held[0]

    def end(self, secret: str) -> None:
        """End a session."""
        self._held.pop(_digest(secret), None)


@dataclass(slots=True)
class Tries:
    """Wrong passwords by user and by address: each one more makes the pause twice as long."""

    clock: Clock = field(default_factory=Clock)
    _wrong: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)

    def wait_s(self, *keys: str) -> float:
        """Return how long somebody has to wait before the next try, in seconds; 0 for not at all."""
        return max(0.0, *(self._wrong.get(key, (0, 0.0))[1] - self.clock.now_s() for key in keys))

    def failed(self, *keys: str) -> None:
        """Count a wrong password."""
        for key in keys:
            count = self._wrong.pop(key, (0, 0.0))[0] + 1
            # An exponent is bounded before it is raised: a float has an end.
            pause_s = _FIRST_PAUSE_S * 2 ** min(20, count - _FREE_TRIES) if count >= _FREE_TRIES else 0.0
            self._wrong[key] = (count, self.clock.now_s() + min(_MOST_PAUSE_S, pause_s))
        while len(self._wrong) > _MOST_NAMES:
            self._wrong.popitem(last=False)

    def succeeded(self, *keys: str) -> None:
        """Forget wrong passwords after a right one."""
        for key in keys:
            self._wrong.pop(key, None)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two secrets in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
