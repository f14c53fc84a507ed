"""The lines of an audit log, made of our own words, addresses and numbers: nothing that a peer said gets in."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from scanner.core.address import to_address
from scanner.core.audit import Attempt, SocketRecord
from scanner.core.jsontext import Json
from scanner.core.ports import Transport


class Kind(NamedTuple):
    """What the attempts of one line have in common."""

    transport: Transport
    attempt: Attempt
    source_port: int | None


@dataclass(slots=True)
class Batch:
    """The attempts of one line."""

    began_s: float
    count: int = 0
    bytes_out: int = 0
    to: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Address numbers by port."""


def utc(seconds: float) -> str:
    """Return a time in ISO 8601, UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def swept(kind: Kind, batch: Batch) -> dict[str, Json]:
    """Return the line of what a sweep has sent."""
    line: dict[str, Json] = {
        "kind": "sweep",
        "t": utc(batch.began_s),
        "until": utc(time.time()),
        "transport": kind.transport.value,
        "attempt": kind.attempt,
        "count": batch.count,
        "sweep": {
            str(port): [str(to_address(number)) for number in numbers] for port, numbers in sorted(batch.to.items())
        },
    }
    if kind.transport is Transport.UDP:
        line["bytes_out"] = batch.bytes_out
    if kind.source_port is not None:
        line["source_port"] = kind.source_port
    return line


def asked(what: str, numbers: Sequence[int]) -> dict[str, Json]:
    """Return the line of questions about addresses."""
    of: list[Json] = [str(to_address(number)) for number in numbers]
    return {"kind": "asked", "until": utc(time.time()), "what": what, "count": len(of), "of": of}


def told(one: SocketRecord) -> dict[str, Json]:
    """Return the line of a conversation."""
    line: dict[str, Json] = {
        "kind": "conversation",
        "t": utc(one.opened_s),
        "until": utc(time.time()),
        "to": str(one.address),
        "port": one.port,
        "transport": one.transport.value,
        "source_port": one.source_port,
        "probe": one.asker,
        "bytes_out": one.bytes_out,
        "bytes_in": one.bytes_in,
        "outcome": one.outcome,
    }
    return line | ({"datagrams": one.datagrams} if one.transport is Transport.UDP else {"tls": one.tls})


def delegated(program: str, arguments: str, ports: str, targets: str) -> dict[str, Json]:
    """Return the line of a program that sends on its own."""
    return {
        "kind": "delegated",
        "t": utc(time.time()),
        "program": program,
        "arguments": arguments,
        "ports": ports,
        "targets": targets,
        "note": "it sends on its own: what it sent and when is not recorded here",
    }
