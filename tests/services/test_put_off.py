"""No question of an open web service may be put off and leave the port clean: each in turn, for every stand-in."""

import asyncio

import pytest

from scanner.probes.http_check import CONTROL_PATH
from scanner.standins.start import load
from tests.fleet.verdict import look
from tests.support.intermediaries import pass_on
from tests.support.jumping import run
from tests.support.look import ALL
from tests.support.servers import listening

pytestmark = pytest.mark.slow

AT_ONCE = 12
OPEN = [
    one
    for one in load()
    if one.serve is not None and one.case == "open" and ALL.find(one.service).probe.ask_http is not None
]
_DEEP = b'{"a":' * 20_000
INSTEAD = {
    "not-now": b"HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n",
    "too-deep": b"HTTP/1.1 200 x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_DEEP) + _DEEP,
}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("instead", INSTEAD)
def test_a_question_that_was_put_off_leaves_no_open_service_clean(instead):
    clean = run(_clean(INSTEAD[instead]))
    assert clean == []


async def _clean(answer: bytes) -> list[str]:
    turn = asyncio.Semaphore(AT_ONCE)
    found: list[str] = []
    tried = 0

    async def play(one):
        nonlocal tried
        probes = (ALL.find(one.service).probe,)
        async with turn, listening(one.serve, one.port) as place:
            asked: dict[str, None] = {}
            async with listening(pass_on(*place, asked=asked), one.port) as front:
                await look(*front, probes)
            for path in filter(_counts, asked):
                async with listening(pass_on(*place, instead={path: answer}), one.port) as front:
                    status = (await look(*front, probes)).status
                tried += 1
                if status not in {"exposed", "inconclusive"}:
                    found.append(f"{one.service} is {status} without {path}")

    async with asyncio.TaskGroup() as group:
        for one in OPEN:
            group.create_task(play(one))
    assert tried > 100
    return found


def _counts(path: str) -> bool:
    return path.startswith("/") and path != CONTROL_PATH and "icon" not in path
