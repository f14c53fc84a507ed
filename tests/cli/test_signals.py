import asyncio
import os
import signal

import pytest

from scanner.cli.signals import stop_on_signals

ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", ENDING)
async def test_the_first_signal_asks_for_the_end_and_says_so(number, capsys):
    stop = asyncio.Event()
    with stop_on_signals(stop):
        os.kill(os.getpid(), number)
        async with asyncio.timeout(10):
            await stop.wait()
    assert "will be marked interrupted" in capsys.readouterr().err


async def test_the_second_one_ends_the_task_at_once(capsys):
    stop = asyncio.Event()

    async def run():
        with stop_on_signals(stop):
            os.kill(os.getpid(), signal.SIGTERM)
            await stop.wait()
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        task = group.create_task(run())
    assert task.cancelled()
    assert capsys.readouterr().err.count("stopping") == 1


async def test_afterwards_the_signals_are_as_they_were():
    with stop_on_signals(asyncio.Event()):
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
