"""Looks at a stand-in of scanner.standins with the product's own network code."""

import asyncio

from scanner.probes.registry import load_registry
from scanner.standins.start import load, start
from tests.fleet.server import new_address
from tests.fleet.verdict import Verdict, look


def see_stand_in(service: str, case: str, *, title: str = "", services: tuple[str, ...] | None = None) -> Verdict:
    """Return the verdict on the stand-in of a service; `title` picks one where a case has several."""
    (one,) = [one for one in load() if (one.service, one.case) == (service, case) and title in one.title]
    probes = load_registry().select((service,) if services is None else services).probes

    async def play() -> Verdict:
        address = new_address()
        running = await start(one, address, one.port)
        try:
            return await look(address, running.port, probes)
        finally:
            running.stop()

    return asyncio.run(play())
