"""Time, passed in: logic uses the monotonic clock, records use UTC."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime


def loop_s() -> float:
    """Return seconds on the clock of the running loop, which is the one that keeps the time of its waits."""
    return asyncio.get_running_loop().time()


@dataclass(frozen=True, slots=True)
class Clock:
    """The real clock; tests pass one that jumps."""

    def now_s(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    def utc(self) -> str:
        """Return the wall-clock time in ISO 8601, UTC, whole seconds."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
