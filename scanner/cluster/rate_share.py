"""How workers share the rate of a run: what each may take of what the others leave; pure.

All shares stand in one record that is changed by comparing and setting. A share counts until nobody has renewed it for
a lease, and its owner stops using it before that: a worker that is cut off never makes the sum exceed the rate. No two
clocks are compared: everybody measures from what he saw himself, and he can't see a share before it was written.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.cluster.names import read_word
from scanner.core.errors import Malformed, UsageError
from scanner.core.jsontext import Json, parse_json
from scanner.report.field import Field

LIMIT_BYTES = 256 << 10
MOST_WORKERS = 2_000
_FASTEST = 1e12


@dataclass(frozen=True, slots=True)
class Share:
    """What a worker takes of the rate."""

    worker: str
    rate: float
    """Attempts a second."""
    beat: int
    """Counts renewals."""


def fair_share(total: float, others: Sequence[Share], most: float) -> float:
    """Return what a worker takes beside others: an equal part, as far as they have left it, and no more than `most`."""
    left = total - sum(share.rate for share in others)
    return max(0.0, min(total / (len(others) + 1), left, most))


class SharesSeen:
    """Remembers when each share was first seen, and so which of them still count."""

    def __init__(self, lease_s: float) -> None:
        """Take how long a share counts when nobody renews it."""
        self._lease_s = lease_s
        self._seen: dict[tuple[str, int], float] = {}

    def living(self, shares: Iterable[Share], now_s: float) -> list[Share]:
        """Return those that count at that time."""
        held = list(shares)
        self._seen = {(share.worker, share.beat): self._seen.get((share.worker, share.beat), now_s) for share in held}
        return [share for share in held if now_s - self._seen[share.worker, share.beat] <= self._lease_s]


def encode_shares(shares: Iterable[Share]) -> bytes:
    """Return the record."""
    held: Json = [{"worker": one.worker, "rate": one.rate, "beat": one.beat} for one in shares]
    return json.dumps(held, separators=(",", ":")).encode()


def decode_shares(data: bytes) -> list[Share]:
    """Return the shares of a record; raises Malformed for anything else."""
    try:
        members = list(Field(parse_json(data, LIMIT_BYTES), "", Path("the shares of the rate")))
        if len(members) > MOST_WORKERS:
            raise Malformed(f"more than {MOST_WORKERS} workers share the rate")
        return [
            Share(read_word(one["worker"].text()), one["rate"].number(_FASTEST), one["beat"].whole()) for one in members
        ]
    except (UsageError, ValueError) as error:
        raise Malformed(f"the shares of the rate can't be read: {error}") from error
