"""Run inside a namespace: looks at one endpoint and prints the verdict as JSON.

Arguments: address, port, service, transport.
"""

import asyncio
import json
import sys
from ipaddress import ip_address

from scanner.core.address import to_number
from scanner.core.intervals import Intervals
from scanner.core.scope import Scope
from scanner.probes.registry import load_registry
from tests.fleet.verdict import look


def main() -> None:
    address, port, service, transport = sys.argv[1:]
    number = to_number(ip_address(address))
    probes = load_registry().select([service]).probes
    scope = Scope(Intervals([(number, number)]))
    verdict = asyncio.run(look(address, int(port), probes, transport=transport, scope=scope))
    proof = [list(exchange) for exchange in verdict.facts.proof] if verdict.facts else []
    seen = {"status": verdict.status, "rules": verdict.rules, "note": verdict.row.note, "proof": proof}
    print(json.dumps(seen))  # noqa: T201 - the parent process reads it


if __name__ == "__main__":
    main()
