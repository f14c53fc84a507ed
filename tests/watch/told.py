"""A clock that stands still until somebody waits, and sinks that remember."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from scanner.net.clock import Clock
from scanner.watch.sink import SinkError


class Wall(Clock):
    """A wall clock that tests move."""

    def __init__(self):
        object.__setattr__(self, "at_s", datetime(2026, 11, 28, tzinfo=UTC).timestamp())

    def utc(self):
        return datetime.fromtimestamp(self.at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def pass_s(self, seconds):
        object.__setattr__(self, "at_s", self.at_s + seconds)


@dataclass
class Remembering:
    """A sink in this process; `broken` ones take nothing."""

    name: str = "a test"
    broken: bool = False
    got: list = field(default_factory=list)

    async def send(self, digest):
        if self.broken:
            raise SinkError(f"{self.name} is down")
        self.got.append(digest)
