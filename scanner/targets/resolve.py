"""Looks names up, once each, all at the same time, in threads of its own.

The event loop's own pool has a handful of threads, and six slow names would stall everything that shares it. The
threads here are daemons: getaddrinfo can't be cancelled, and a dead DNS server must not keep the program from ending.
"""

import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from scanner.core.address import Address
from scanner.core.problem import Problem, ProblemKind
from scanner.core.text import clean

Lookup: TypeAlias = Callable[[str], Sequence[Address]]
"""Returns all addresses of a name, in the order of preference; raises OSError when there are none."""

MOST_ADDRESSES = 16
"""Addresses of one name that are scanned; all of them are judged."""
_THREADS = 16
_PATIENCE_S = 15.0
_PATIENCE_PER_NAME_S = 0.5


class Answers(NamedTuple):
    """What the names resolved to."""

    addresses: dict[str, tuple[Address, ...]]
    """Every address of each name that resolved, without duplicates."""
    problems: list[Problem]
    """Names that did not, of the kind name-not-resolved."""


def resolve_names(names: Iterable[str], lookup: Lookup, patience_s: float | None = None) -> Answers:
    """Look names up with at most 16 threads; a name that fails or takes too long becomes a problem.

    All names share one deadline: 15 s plus half a second for each unless the caller says otherwise.
    """
    wanted = list(dict.fromkeys(names))
    todo: queue.SimpleQueue[str] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[str, tuple[Address, ...] | OSError | UnicodeError]] = queue.SimpleQueue()
    for name in wanted:
        todo.put(name)
    for _ in range(min(_THREADS, len(wanted))):
        threading.Thread(target=_work, args=(todo, done, lookup), name="resolve", daemon=True).start()
    if patience_s is None:
        patience_s = _PATIENCE_S + _PATIENCE_PER_NAME_S * len(wanted)
    answered = _collect(done, len(wanted), time.monotonic() + patience_s)
    addresses: dict[str, tuple[Address, ...]] = {}
    problems: list[Problem] = []
    for name in wanted:
        answer = answered.get(name)
        if isinstance(answer, tuple) and answer:
            addresses[name] = answer
        else:
            problems.append(Problem(ProblemKind.NAME_NOT_RESOLVED, name, _reason(answer)))
    return Answers(addresses, problems)


def system_lookup(name: str) -> list[Address]:
    """Ask the system's resolver; a name with a dot is tried as absolute first, before search domains can catch it."""
    if "." in name:
        try:
            return _getaddrinfo(f"{name}.")
        except OSError:
            # /etc/hosts and multicast DNS know it without the final dot only.
            return _getaddrinfo(name)
    return _getaddrinfo(name)


def _getaddrinfo(name: str) -> list[Address]:
    found: list[Address] = []
    for _family, _kind, _protocol, _canonical, where in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM):
        host = str(where[0])
        zone = where[3] if len(where) == 4 else 0
        found.append(ipaddress.ip_address(f"{host}%{zone}" if zone and "%" not in host else host))
    return found


def _work(
    todo: "queue.SimpleQueue[str]",
    done: "queue.SimpleQueue[tuple[str, tuple[Address, ...] | OSError | UnicodeError]]",
    lookup: Lookup,
) -> None:
    while True:
        try:
            name = todo.get_nowait()
        except queue.Empty:
            return
        try:
            done.put((name, tuple(dict.fromkeys(lookup(name)))))
        except (OSError, UnicodeError) as error:
            done.put((name, error))


def _collect(
    done: "queue.SimpleQueue[tuple[str, tuple[Address, ...] | OSError | UnicodeError]]", count: int, deadline_s: float
) -> dict[str, tuple[Address, ...] | OSError | UnicodeError]:
    answered: dict[str, tuple[Address, ...] | OSError | UnicodeError] = {}
    while len(answered) < count:
        try:
            name, answer = done.get(timeout=max(0.0, deadline_s - time.monotonic()))
        except queue.Empty:
            break
        answered[name] = answer
    return answered


def _reason(answer: tuple[Address, ...] | OSError | UnicodeError | None) -> str:
    if answer is None:
        return "the name server did not answer in time; the name was not scanned"
    if isinstance(answer, OSError):
        return f"{clean(answer.strerror or str(answer))}; the name was not scanned"
    return "it has no address; the name was not scanned"
