"""The small messages between coordinator and workers: a job, what became of it, and a sign of life.

Each is a JSON object of at most LIMIT_BYTES. Reading one raises Malformed for anything that does not fit.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from scanner.cluster.names import MOST_CHUNKS, Chunk, is_run, read_word
from scanner.cluster.parcel import Parcel, read_parcel
from scanner.core.errors import Malformed, UsageError
from scanner.core.jsontext import Json, parse_json
from scanner.core.text import clean
from scanner.report.field import Field

LIMIT_BYTES = 16 << 10
"""Longest message that is read, in bytes."""
DETAIL_CHARS = 400
_MOST = 1 << 40
"""Most endpoints of a chunk that a sign of life may speak of."""
T = TypeVar("T")


class Refusal(StrEnum):
    """Why a worker did not do a chunk."""

    OUT_OF_SCOPE = "out-of-scope"
    """It goes beyond what the worker itself may touch."""
    UNREADABLE = "unreadable"
    """The job or the plan is none, or is of another version."""
    CANT = "cant"
    """The worker's machine lacks what the plan asks for."""
    SET_ASIDE = "set-aside"
    """Too many workers took it and did not come back."""
    TOO_LONG = "too-long"
    """The report is longer than may be sent."""


@dataclass(frozen=True, slots=True)
class Job:
    """A chunk as it waits; which one it is stands in its subject."""

    count: int
    """How many chunks the run was cut into."""
    plan: Parcel
    lease_s: float
    """How long a worker may be unheard until another one gets the chunk."""

    def encode(self) -> bytes:
        """Return the message."""
        return _text({"count": self.count, "plan": self.plan.to_json(), "lease_s": self.lease_s})


@dataclass(frozen=True, slots=True)
class Done:
    """A chunk was done, and here is its report."""

    worker: str
    report: Parcel

    def encode(self) -> bytes:
        """Return the message."""
        return _text({"worker": self.worker, "report": self.report.to_json()})


@dataclass(frozen=True, slots=True)
class Refused:
    """A chunk was not done, and will not be."""

    worker: str
    why: Refusal
    detail: str

    def encode(self) -> bytes:
        """Return the message."""
        return _text({"worker": self.worker, "refused": self.why.value, "detail": clean(self.detail, DETAIL_CHARS)})


Outcome = Done | Refused


@dataclass(frozen=True, slots=True)
class Count:
    """How far a chunk has come."""

    planned: int = 0
    open: int = 0
    closed: int = 0
    filtered: int = 0
    unreachable: int = 0
    hosts: int = 0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Alive:
    """A worker is there, and perhaps busy with a chunk."""

    worker: str
    vantage: str
    chunk: Chunk | None = None
    count: Count = Count()

    def encode(self) -> bytes:
        """Return the message."""
        held: dict[str, Json] = {"worker": self.worker, "vantage": self.vantage}
        if self.chunk is not None:
            held["run"], held["index"] = self.chunk.run, self.chunk.index
            held["count"] = {name: getattr(self.count, name) for name in Count.__slots__}
        return _text(held)


def read_job(data: bytes) -> Job:
    """Return a job."""

    def read(field: Field) -> Job:
        lease_s = field["lease_s"].number(3_600.0)
        if lease_s < 1.0:
            field["lease_s"].fail("a time of 1 second or more")
        return Job(field["count"].whole(1, MOST_CHUNKS), read_parcel(field["plan"]), lease_s)

    return _read(data, "a job", read)


def read_outcome(data: bytes) -> Outcome:
    """Return what became of a chunk."""

    def read(field: Field) -> Outcome:
        worker = _word(field["worker"])
        if field["refused"].given:
            return Refused(worker, field["refused"].word(Refusal), clean(field["detail"].text(""), DETAIL_CHARS))
        return Done(worker, read_parcel(field["report"]))

    return _read(data, "an outcome", read)


def read_alive(data: bytes) -> Alive:
    """Return a sign of life."""

    def read(field: Field) -> Alive:
        worker, vantage = _word(field["worker"]), _word(field["vantage"])
        if not field["run"].given:
            return Alive(worker, vantage)
        run = field["run"].text()
        if not is_run(run):
            field["run"].fail("the id of a run")
        count = Count(**{name: field["count"][name].whole(0, _MOST) for name in Count.__slots__})
        return Alive(worker, vantage, Chunk(run, vantage, field["index"].whole(1, MOST_CHUNKS)), count)

    return _read(data, "a sign of life", read)


def _word(field: Field) -> str:
    try:
        return read_word(field.text())
    except ValueError:
        field.fail("a name")


def _read(data: bytes, what: str, read: Callable[[Field], T]) -> T:
    try:
        return read(Field(parse_json(data, LIMIT_BYTES), "", Path(what)))
    except UsageError as error:
        raise Malformed(str(error)) from error


def _text(held: dict[str, Json]) -> bytes:
    return json.dumps(held, separators=(",", ":")).encode()
