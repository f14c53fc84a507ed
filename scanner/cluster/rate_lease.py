"""A worker's share of the rate of a run, renewed while it works: nothing once it can't be renewed."""

import zlib
from collections.abc import Callable

from scanner.cluster.exchange import Exchange
from scanner.cluster.rate_share import Share, SharesSeen, decode_shares, encode_shares, fair_share
from scanner.core.errors import Malformed

SAFE = 0.7
"""Part of a lease for which its owner uses it; the others count it for the whole."""
_TRIES = 8


class RateLease:
    """One worker's share, as of the last time that it could be renewed."""

    def __init__(
        self,
        exchange: Exchange,
        run: str,
        worker: str,
        *,
        total: float,
        most: float,
        lease_s: float,
        now_s: Callable[[], float],
    ) -> None:
        """Take the rate of the whole run and the most that this worker sends, in attempts a second."""
        self._exchange = exchange
        self.run = run
        self._worker = worker
        self._total = total
        self._most = most
        self._lease_s = lease_s
        self._now_s = now_s
        self._seen = SharesSeen(lease_s)
        self._rate = 0.0
        self._until_s = 0.0
        self._beat = 0

    def share(self) -> float:
        """Return what may be sent a second now; called from any thread."""
        return self._rate if self._now_s() < self._until_s else 0.0

    async def renew(self) -> None:
        """Renew the share, and fit it to how many workers there are; raises ServerLost."""
        for _ in range(_TRIES):
            asked_s = self._now_s()
            record, revision = await self._exchange.shares(self.run)
            others = [one for one in self._living(record) if one.worker != self._worker]
            wanted = fair_share(self._total, others, self._most)
            # Less takes effect before it is told, more only afterwards.
            self._rate = min(self._rate, wanted)
            self._beat += 1
            shares = [*others, Share(self._worker, wanted, self._beat)]
            if await self._exchange.set_shares(self.run, encode_shares(shares), revision):
                self._rate, self._until_s = wanted, asked_s + SAFE * self._lease_s
                return

    async def release(self) -> None:
        """Leave the share to the others; raises ServerLost."""
        self._rate = 0.0
        for _ in range(_TRIES):
            record, revision = await self._exchange.shares(self.run)
            others = [one for one in self._living(record) if one.worker != self._worker]
            if not revision or await self._exchange.set_shares(self.run, encode_shares(others), revision):
                return

    def _living(self, record: bytes) -> list[Share]:
        try:
            shares = decode_shares(record) if record else []
        except Malformed:
            # Whatever it says, it may stand for shares that others use: wait until these are over.
            shares = [Share("unreadable", self._total, zlib.crc32(record))]
        return self._seen.living(shares, self._now_s())
