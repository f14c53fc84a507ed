"""One question, one answer over UDP: core.talk.DatagramTalk for real."""

import asyncio
import secrets
import socket
from dataclasses import dataclass

from scanner.core.audit import Audit
from scanner.core.endpoint import Endpoint
from scanner.core.errors import TimedOut
from scanner.core.scope import Scope
from scanner.core.sends import Verb
from scanner.net.budget import Budget
from scanner.net.classify import classify
from scanner.net.dial import open_socket, socket_address
from scanner.net.guard import Guard
from scanner.net.pressure import when_there_is_room

_LARGEST = 65_535
_PATIENCE_S = (1.0, 2.0)
"""Wait after the first and after the second sending: one repetition, because UDP loses (RFC 8085 section 3.1)."""


@dataclass(slots=True)
class Datagrams:
    """UDP questions to one endpoint."""

    endpoint: Endpoint
    scope: Scope
    guard: Guard
    budget: Budget
    audit: Audit | None = None
    """Takes the account of what is sent; None for nobody."""

    async def ask(self, data: bytes, *, any_port: bool = False) -> bytes:
        """Send one datagram, once more if nothing comes, and return the first answer of that address."""
        self.guard.demand(Verb.DATAGRAM, data)
        self.scope.demand(self.endpoint.address)
        sock = await when_there_is_room(self._opened, self.budget)
        try:
            return await self._ask(sock, data, any_port=any_port)
        except OSError as error:
            raise classify(error) from None
        finally:
            sock.close()

    def nonce(self, count: int) -> bytes:
        """Return unpredictable bytes."""
        return secrets.token_bytes(count)

    async def _opened(self) -> socket.socket:
        return open_socket(self.endpoint.address, socket.SOCK_DGRAM, self.audit, self.guard.probe_id)

    async def _ask(self, sock: socket.socket, data: bytes, *, any_port: bool) -> bytes:
        loop = asyncio.get_running_loop()
        peer = socket_address(self.endpoint.address, self.endpoint.port)
        if not any_port:
            # A connected socket hears the ICMP port unreachable of a closed port, and no stranger.
            await loop.sock_connect(sock, peer)
        for patience_s in _PATIENCE_S:
            if any_port:
                await loop.sock_sendto(sock, data, peer)
            else:
                await loop.sock_sendall(sock, data)
            try:
                async with asyncio.timeout(min(self.budget.patience.of(patience_s), self.budget.left_s())):
                    return await self._receive(sock, str(peer[0]))
            except TimeoutError:
                continue
        raise TimedOut("no answer in time")

    async def _receive(self, sock: socket.socket, host: str) -> bytes:
        loop = asyncio.get_running_loop()
        while True:
            answer, sender = await loop.sock_recvfrom(sock, _LARGEST)
            if str(sender[0]).partition("%")[0] == host:
                self.budget.spend(len(answer))
                return answer
            # A stranger spends nothing of the budget; the loop gets its turn, so that a flood ends with the patience.
            await asyncio.sleep(0)
