"""Run inside a namespace: looks at one endpoint and prints the verdict as JSON.

Arguments: address, port, service, transport, and `around` to look around it as well.
"""

import asyncio
import json
import sys
from ipaddress import ip_address

from scanner.core.address import to_number
from scanner.core.intervals import Intervals
from scanner.core.scope import Scope
from tests.fleet.around import look_around
from tests.fleet.verdict import look
from tests.support.look import ALL, LOOPBACK
from tests.support.servers import forwarder


async def main() -> None:
    address, port, service, transport, *more = sys.argv[1:]
    number = to_number(ip_address(address))
    probe = ALL.find(service).probe
    scope = Scope(LOOPBACK.numbers | Intervals([(number, number)]))
    verdict = await look(address, int(port), (probe,), transport=transport, scope=scope)
    around = await look_around(forwarder(address, int(port)), int(port), probe, verdict, scope) if more else None
    proof = [list(exchange) for exchange in verdict.facts.proof] if verdict.facts else []
    seen = {"status": verdict.status, "rules": verdict.rules, "note": verdict.row.note, "proof": proof}
    print(json.dumps({**seen, "around": around}))  # noqa: T201 - the parent process reads it


if __name__ == "__main__":
    asyncio.run(main())
