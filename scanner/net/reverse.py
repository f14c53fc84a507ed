"""Asks what the addresses that answered are called in the DNS (PTR records): labels for people, and nothing else.

The system's resolver is asked, in daemon threads while the scan goes on: getnameinfo can't be cancelled, and a dead
name server must neither hold the scan up nor keep the program from ending. What it answers is whatever the owner of
the address wrote there, so it never becomes a target, part of the scope or of a fingerprint.
"""

import asyncio
import queue
import socket
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import TypeAlias

from scanner.core.address import Address, to_number
from scanner.core.audit import Audit
from scanner.core.errors import StoreError
from scanner.core.hostname import host_name
from scanner.net.clock import Clock
from scanner.net.dial import socket_address
from scanner.targets.special import Reach, reach

Ask: TypeAlias = Callable[[Address], str]
"""Returns the name of an address as the resolver gives it; raises OSError or ValueError when there is none."""

PATIENCE_S = 1.5
"""How long the end of a scan waits for all names that are still missing, in seconds."""
MOST_IN_FLIGHT = 8
"""Questions that the resolver has before it at once."""
MOST_ADDRESSES = 4_096
"""Addresses of one run that are asked about."""


class ReverseNames:
    """The names of one run's addresses, each asked for once."""

    def __init__(
        self, reaches: Collection[Reach] = (Reach.PRIVATE,), ask: Ask | None = None, audit: Audit | None = None
    ) -> None:
        """Ask about addresses that reach so far; by default not about public ones, which others' servers answer for."""
        self._ask = ask or system_ask
        self._audit = audit
        self._reaches = frozenset(reaches)
        self._names: dict[Address, str] = {}
        self._wanted: set[Address] = set()
        self._missing = 0
        self._complete = asyncio.Event()
        self._over = threading.Event()
        self._questions: queue.SimpleQueue[Address | None] = queue.SimpleQueue()
        self._threads = 0

    def want(self, address: Address) -> None:
        """Have an address asked about soon; returns at once."""
        if address in self._wanted or len(self._wanted) >= MOST_ADDRESSES or self._over.is_set():
            return
        if reach(to_number(address) if address.version == 4 else int(address)) not in self._reaches:
            return
        self._wanted.add(address)
        self._missing += 1
        self._complete.clear()
        self._questions.put(address)
        if self._threads < MOST_IN_FLIGHT:
            self._threads += 1
            work = (asyncio.get_running_loop(),)
            threading.Thread(target=self._work, args=work, name="reverse", daemon=True).start()

    async def settle(self, clock: Clock, *, patience_s: float = PATIENCE_S) -> Mapping[Address, str]:
        """Return the names that are known, after waiting `patience_s` at most for those still asked for."""
        if self._missing and patience_s > 0:
            async with asyncio.TaskGroup() as both:
                waits = {both.create_task(self._complete.wait()), both.create_task(clock.sleep(patience_s))}
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                for wait in waits:
                    wait.cancel()
        self._over.set()
        for _ in range(self._threads):
            self._questions.put(None)
        return dict(self._names)

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ask one address after the other, in a thread; the loop may be gone when a late answer comes."""
        while (address := self._questions.get()) is not None and not self._over.is_set():
            name = None
            with suppress(OSError, ValueError, StoreError):
                self._note(address)
                name = host_name(self._ask(address))
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._take, address, name)

    def _note(self, address: Address) -> None:
        """Tell the audit log, if there is one; raises StoreError, and then nobody is asked."""
        if self._audit is not None:
            self._audit.asked("reverse-dns", [to_number(address)])

    def _take(self, address: Address, name: str | None) -> None:
        self._missing -= 1
        if name is not None:
            self._names[address] = name
        if not self._missing:
            self._complete.set()


def system_ask(address: Address) -> str:
    """Ask the system's resolver for an address's name; raises OSError when it has none."""
    return socket.getnameinfo(socket_address(address, 0), socket.NI_NAMEREQD)[0]
