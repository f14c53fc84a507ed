import asyncio
import re
from datetime import UTC, datetime
from types import SimpleNamespace

from scanner.net import clock
from scanner.net.clock import Clock


def test_the_clock_of_the_logic_is_the_monotonic_one(monkeypatch):
    monkeypatch.setattr(clock, "time", SimpleNamespace(monotonic=lambda: 7.0))
    assert Clock().now_s() == 7.0


def test_records_have_utc_in_whole_seconds():
    before = datetime.now(UTC).replace(microsecond=0)
    text = Clock().utc()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)
    assert before <= datetime.fromisoformat(text) <= datetime.now(UTC)


async def test_whoever_waits_lets_others_run():
    ran = []
    asyncio.get_running_loop().call_soon(ran.append, 1)
    await Clock().sleep(0)
    assert ran == [1]
