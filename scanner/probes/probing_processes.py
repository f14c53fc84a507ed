"""Probing processes: where there is much to ask, as many processes as processors find out who answers.

They are forked before the sweep begins, so that the catalogue, the scope and every limit are the very same, and hold
no socket of the sweep. Each prepares itself while the sweep begins already. A process that dies is a gap for those that
it was asking, and the others go on; where none is left this one asks, except those.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
import warnings
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from scanner.core.endpoint import Endpoint
from scanner.core.errors import ScannerError
from scanner.core.observation import Observation
from scanner.core.probe import Probe
from scanner.net.pipe import Pipe
from scanner.probes.chosen import chosen
from scanner.probes.crash import describe_crash

ENOUGH = 256
"""Endpoints of a plan from which processes are worth the twentieth of a second that they take to start."""
_KEPT = {0, 1, 2}
_SELDOM = 20_000
"""Objects that live longer than they were needed, before a probing process looks for garbage."""

Question: TypeAlias = tuple[Endpoint, bool, bool | None, float]
"""An open endpoint, whether to ask widely, what its URL said of TLS, and by how much limits are stretched."""
Identify: TypeAlias = Callable[[Question], Awaitable[Observation]]
Prepare: TypeAlias = Callable[[], None]
Find: TypeAlias = Callable[[str], Probe]
"""Returns a service's probe by its id."""


def fitting_processes(endpoints: int, *, audited: bool) -> int:
    """Return how many processes should probe for a plan of so many endpoints; 0 for this one alone.

    The audit log is one chain of lines that one process writes; elsewhere than on Linux a fork is not safe.
    """
    if audited or endpoints < ENOUGH or sys.platform != "linux":
        return 0
    processors = len(os.sched_getaffinity(0))
    return processors if processors > 1 else 0


class _Process:
    """One of them, as the process of the sweep sees it."""

    def __init__(self, identify: Identify, prepare: Prepare, find: Find) -> None:
        self.waiting: dict[int, asyncio.Future[Observation]] = {}
        self.dead = False
        self._find = find
        self._pipe = Pipe(self._hear, self._lost)
        self._asked = 0
        self.pid, self._sock = _fork(identify, prepare)

    async def open(self) -> None:
        """Begin to hear what it says."""
        await self._pipe.open(self._sock)

    async def identify(self, question: Question) -> Observation:
        """Return what it learned."""
        number = self._asked = self._asked + 1
        future: asyncio.Future[Observation] = asyncio.get_running_loop().create_future()
        self.waiting[number] = future
        self._pipe.send((number, question))
        try:
            return await future
        except asyncio.CancelledError:
            self._pipe.send((number, None))
            raise
        finally:
            del self.waiting[number]

    async def end(self) -> None:
        """End it and wait until it is gone."""
        self._pipe.close()
        self._sock.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            await asyncio.to_thread(os.waitpid, self.pid, 0)

    def _hear(self, message: tuple[int, Observation | Exception, str | None]) -> None:
        number, told, service = message
        future = self.waiting.get(number)
        if future is None or future.done():
            return
        if isinstance(told, Observation):
            future.set_result(told if service is None else replace(told, probe=self._find(service)))
        else:
            future.set_exception(told)

    def _lost(self) -> None:
        self.dead = True
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(ChildProcessError("the process that asked it has died"))


class ProbingProcesses:
    """Takes each question to the process that has the fewest."""

    def __init__(self, processes: Sequence[_Process], here: Identify) -> None:
        self._processes = processes
        self._here = here
        self._suspects: set[Endpoint] = set()
        """Who was being asked when a process died: one of them may have ended it, and shall not end this one."""

    @classmethod
    async def start(
        cls, identify: Identify, prepare: Prepare, probes: Sequence[Probe], count: int
    ) -> "ProbingProcesses | None":
        """Fork `count` processes that `prepare` and then answer with `identify`, fewer where there is no room for more.

        Call it before there are threads or connections. Returns None when not even one could be made.
        """
        catalogue = chosen(probes)
        places = {service: place for place, service in enumerate(catalogue.ids)}

        def find(service: str) -> Probe:
            return catalogue[places[service]]

        processes: list[_Process] = []
        with suppress(OSError):
            while len(processes) < count:
                processes.append(_Process(identify, prepare, find))
        for process in processes:
            await process.open()
        return cls(processes, identify) if processes else None

    async def identify(self, question: Question) -> Observation:
        """Return what one of the processes learned, or this one once all have died.

        Raises what it raised, ChildProcessError when it died meanwhile, or when nobody is left to ask a suspect.
        """
        alive = [one for one in self._processes if not one.dead]
        if not alive:
            if question[0] in self._suspects:
                raise ChildProcessError("every process that asked has died")
            return await self._here(question)
        try:
            return await min(alive, key=lambda one: len(one.waiting)).identify(question)
        except ChildProcessError:
            self._suspects.add(question[0])
            raise

    async def close(self) -> None:
        """End all of them."""
        for process in self._processes:
            await process.end()


def _fork(identify: Identify, prepare: Prepare) -> tuple[int, socket.socket]:
    here, there = socket.socketpair()
    with warnings.catch_warnings():
        # From Python 3.12 on it warns of threads; what they hold is nothing that a probing process touches.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            pid = os.fork()
        except OSError:
            here.close()
            there.close()
            raise
    if pid:
        there.close()
        return pid, here
    try:
        _live(there, identify, prepare)
    finally:
        os._exit(os.EX_OK)


def _live(sock: socket.socket, identify: Identify, prepare: Prepare) -> None:
    """Be a probing process until the other end of the socket is closed."""
    # What was made until now stays shared: a collection would touch, and so copy, all of it.
    gc.freeze()
    # What an endpoint leaves behind goes by itself, nearly all of it.
    gc.set_threshold(_SELDOM)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    for open_one in [int(one.name) for one in Path("/proc/self/fd").iterdir()]:
        if open_one not in {*_KEPT, sock.fileno()}:
            with suppress(OSError):
                os.close(open_one)
    # The loop that ran where it was forked is not its own.
    asyncio._set_running_loop(None)  # noqa: SLF001 - after a fork nothing else ends it
    asyncio.run(_serve(sock, identify, prepare))


async def _serve(sock: socket.socket, identify: Identify, prepare: Prepare) -> None:
    tasks: dict[int, asyncio.Task[None]] = {}
    gone = asyncio.Event()
    async with asyncio.TaskGroup() as group:

        def hear(message: tuple[int, Question | None]) -> None:
            number, question = message
            if question is not None:
                tasks[number] = group.create_task(_answer(number, question, identify, pipe))
                tasks[number].add_done_callback(lambda _: tasks.pop(number, None))
            elif number in tasks:
                tasks[number].cancel()

        pipe = Pipe(hear, gone.set)
        await pipe.open(sock)
        # In a thread: the first finding need not wait for what others will need.
        group.create_task(asyncio.to_thread(prepare))
        await gone.wait()
        os._exit(os.EX_OK)


async def _answer(number: int, question: Question, identify: Identify, pipe: Pipe) -> None:
    service = None
    told: Observation | Exception
    try:
        told = await identify(question)
        service = told.probe.id if told.probe is not None else None
        told = replace(told, probe=None)
    except ScannerError as error:
        told = error
    except Exception as error:  # noqa: BLE001 - whatever it is, the process of the sweep makes a problem of it
        told = RuntimeError(describe_crash(error))
    pipe.send((number, told, service))
