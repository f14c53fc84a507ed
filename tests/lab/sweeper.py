"""Runs one sweep and prints what it found as JSON: python -m tests.lab.sweeper '{"networks": [...], "tcp": [...]}'.

Keys: networks, tcp, udp, seed, shard, payloads (port to hex), list (print every open endpoint), raw (the SYN engine
instead of connect), and those of Pace.
"""

import asyncio
import json
import resource
import sys
import time

from scanner.core.address import to_address
from scanner.sweep.connect.engine import ConnectEngine
from scanner.sweep.engine import Engine
from scanner.sweep.syn.engine import SynEngine
from tests.sweep.jobs import make_job, make_plan, run


def main() -> None:
    wanted = json.loads(sys.argv[1])
    listed = wanted.pop("list", False)
    raw = wanted.pop("raw", False)
    payloads = {int(port): bytes.fromhex(data) for port, data in wanted.pop("payloads", {}).items()}
    if wanted.get("rate") == "unlimited":
        wanted["rate"] = float("inf")
    if "shard" in wanted:
        wanted["shard"] = tuple(wanted["shard"])
    job = make_job(make_plan(wanted.pop("networks"), wanted.pop("tcp", ()), wanted.pop("udp", ()), **wanted))
    engine: Engine = ConnectEngine(payloads)
    began_s = time.perf_counter()
    events = asyncio.run(run(SynEngine(engine) if raw else engine, job))
    tally = job.tally
    result = {
        "seconds": time.perf_counter() - began_s,
        "planned": tally.planned,
        "open": tally.open,
        "closed": tally.closed,
        "filtered": tally.filtered,
        "unreachable": tally.unreachable,
        "unscanned": tally.unscanned,
        "alive": tally.hosts_alive,
        "loss": tally.estimated_loss,
        "problems": [problem._asdict() for problem in tally.problems],
        "unscanned_list": tally.unscanned_list[:5],
        "distinct": len({(event.address, event.port, event.transport) for event in events}),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if listed:
        result["events"] = sorted([str(to_address(event.address)), event.port] for event in events)
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
