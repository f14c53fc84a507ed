"""A network and a clock of our own for the connect sweep: hosts are Python objects, a minute takes milliseconds."""

import asyncio
import errno
import heapq
import selectors
import socket
from collections import deque
from dataclasses import dataclass
from unittest.mock import patch

from scanner.net.clock import Clock
from scanner.sweep.connect.engine import ConnectEngine
from tests.sweep.jobs import make_job, run

REPEATS_S = (0.0, 1.0, 2.0, 3.0)
"""When the kernel sends a SYN (Linux 6.5 and later)."""


START_S = 1_000.0
"""What the clock says when a sweep begins."""


class Selector(selectors.DefaultSelector):
    """Instead of waiting it moves the time on."""

    def __init__(self):
        super().__init__()
        self.time_s = START_S

    def select(self, timeout=None):
        ready = super().select(0)
        if not ready and timeout:
            self.time_s += timeout
        return ready


class Loop(asyncio.SelectorEventLoop):
    def __init__(self):
        self.virtual = Selector()
        super().__init__(self.virtual)

    def time(self):
        return self.virtual.time_s


class Host:
    """Refuses every port but the open ones; subclasses say which questions they hear."""

    rtt_s = 0.002

    def __init__(self, *opened):
        self.opened = frozenset(opened)
        self.asked = []
        self.dropped = []

    def hears(self, port, now_s):
        return True

    def says(self, port, now_s):
        self.asked.append(now_s)
        if not self.hears(port, now_s):
            self.dropped.append(now_s)
            return None
        return 0 if port in self.opened else errno.ECONNREFUSED


class Within:
    """Counts what happened within the last second."""

    def __init__(self):
        self.times = deque()

    def note(self, now_s):
        self.count(now_s)
        self.times.append(now_s)

    def count(self, now_s):
        while self.times and self.times[0] <= now_s - 1.0:
            self.times.popleft()
        return len(self.times)


class Limited(Host):
    """Drops connections above so many a second; with `only_resets` just the answers of closed ports."""

    def __init__(self, *opened, limit=200, only_resets=False):
        super().__init__(*opened)
        self.limit, self.only_resets, self.heard = limit, only_resets, Within()

    def hears(self, port, now_s):
        if self.only_resets and port in self.opened:
            return True
        if self.heard.count(now_s) >= self.limit:
            return False
        self.heard.note(now_s)
        return True


class Shy(Host):
    """Falls silent for a while, or for good, once it is asked more often than that in a second."""

    def __init__(self, *opened, limit=200, sulks_s=8.0):
        super().__init__(*opened)
        self.limit, self.sulks_s, self.recent, self.until_s, self.sulks = limit, sulks_s, Within(), 0.0, 0

    def hears(self, port, now_s):
        self.recent.note(now_s)
        if now_s < self.until_s:
            return False
        if self.recent.count(now_s) > self.limit:
            self.until_s, self.sulks = now_s + self.sulks_s, self.sulks + 1
            return False
        return True


class Filtered(Host):
    """Silent but for some ports."""

    def __init__(self, *opened, closed=()):
        super().__init__(*opened)
        self.closed = frozenset(closed)

    def hears(self, port, now_s):
        return port in self.opened or port in self.closed


class Refusing(Host):
    """Stands behind a firewall that resets every connection from one moment to another, counted from the start."""

    def __init__(self, *opened, from_s, to_s):
        super().__init__(*opened)
        self.from_s, self.to_s = START_S + from_s, START_S + to_s

    def says(self, port, now_s):
        said = super().says(port, now_s)
        return errno.ECONNREFUSED if self.from_s <= now_s < self.to_s else said


@dataclass
class Network:
    """Hosts by address; every other address is silent. It is the sweep's watch, and makes its sockets."""

    hosts: dict
    loop: Loop
    stall: tuple[float, float] | None = None
    """When the whole process stands still, and for how long."""

    def __post_init__(self):
        self._coming, self._numbers, self._open = [], 0, {}

    def socket(self, family, _flags=0):
        self._numbers += 1
        return Socket(self, self._numbers, family)

    def fileno(self):
        return None

    def connecting(self, fd):
        return None

    reading = forget = connecting

    def close(self):
        return None

    def syn(self, sock, after_s):
        heapq.heappush(self._coming, (self.loop.time() + after_s, sock.number, "ask", None))

    def ready(self):
        now_s, found = self.loop.time(), []
        if self.stall is not None and now_s >= START_S + self.stall[0]:
            self.loop.virtual.time_s += self.stall[1]
            self.stall = None
        while self._coming and self._coming[0][0] <= now_s:
            at_s, number, what, said = heapq.heappop(self._coming)
            sock = self._open.get(number)
            if sock is None or sock.code is not None:
                continue
            if what == "answer":
                sock.code = said
                found.append(number)
                continue
            host = self.hosts.get(sock.name[0])
            answer = host.says(sock.name[1], at_s) if host is not None else None
            if answer is not None:
                heapq.heappush(self._coming, (at_s + host.rtt_s, number, "answer", answer))
        return found


class Socket:
    def __init__(self, network, number, family):
        self.network, self.number, self.family, self.code, self.name = network, number, family, None, None

    def connect_ex(self, name):
        if self.name is not None:
            return errno.EALREADY
        self.name = name
        self.network._open[self.number] = self
        for after_s in REPEATS_S:
            self.network.syn(self, after_s)
        return errno.EINPROGRESS

    def fileno(self):
        return self.number

    def getsockopt(self, *_):
        return self.code

    def setsockopt(self, *_):
        return None

    def getsockname(self):
        return ("192.0.2.1", self.number)

    def getpeername(self):
        return self.name

    def close(self):
        self.network._open.pop(self.number, None)


def sweep(plan, hosts, *, stop_s=None, stall=None):
    """Sweep hosts, given by address as text; returns the open ports, the tally and how many seconds it took.

    `stop_s`: when to interrupt the sweep; `stall`: when the process stands still, and for how many seconds.
    """
    loop = Loop()
    network = Network(hosts, loop, stall)

    async def go():
        job = make_job(plan)
        job.clock = _Clock(loop)
        engine = ConnectEngine(watch=lambda: network, neighbours=lambda _: None)
        began_s = loop.time()
        if stop_s is not None:
            loop.call_later(stop_s, job.stop.set)
        found = await run(engine, job)
        return sorted(event.port for event in found), job.tally, loop.time() - began_s

    with asyncio.Runner(loop_factory=lambda: loop) as runner, patch.object(socket, "SocketType", network.socket):
        return runner.run(go())


class _Clock(Clock):
    def __init__(self, loop):
        object.__setattr__(self, "_loop", loop)

    def now_s(self):
        return self._loop.time()
