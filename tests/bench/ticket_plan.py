"""How long a plan takes and what it holds: 2,000 findings against 10,000 tickets, for each tracker.

Run with: python -m tests.bench.ticket_plan. The tracker is the strict server of the tests in a process of its own; what
it costs is timed apart, by reading the same pages without looking at them.
"""

import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

from scanner.tickets import escape
from scanner.tickets.fields import Fields
from scanner.tickets.http import Web
from scanner.tickets.marker import Marker, key_of_finding, member_of
from scanner.tickets.ticket import write_ticket
from tests.tickets.servers.defectdojo import DefectDojoServer
from tests.tickets.servers.github import GitHubServer
from tests.tickets.servers.gitlab import GitLabServer
from tests.tickets.servers.jira import JiraDataCenterServer, JiraServer
from tests.tickets.servers.servicenow import ServiceNowServer
from tests.tickets.stage import Stage
from tests.tickets.worlds import fingerprint, night, redis_finding

TICKETS, FINDINGS = 10_000, 2_000
SERVERS = (GitHubServer, GitLabServer, JiraServer, JiraDataCenterServer, ServiceNowServer, DefectDojoServer)
KINDS = {kind.__name__: kind for kind in SERVERS}


def _findings(count: int) -> list:
    return [
        redis_finding(f"127.8.{at // 250}.{at % 250 + 1}", fingerprint=fingerprint("many", at)) for at in range(count)
    ]


def _body(finding) -> str:
    marker = Marker(key_of_finding(finding.fingerprint), (member_of(finding),))
    ticket = write_ticket([finding], marker, Fields(project="acme/ops"), night(1).run, host=False)
    return escape.markdown(ticket.blocks, marker.text)


def _serve(name: str, pipe) -> None:
    async def serve() -> None:
        server = KINDS[name]()
        server.crowd([_body(finding) for finding in _findings(TICKETS)])
        async with server:
            pipe.send((server.url, server.config()))
            await asyncio.get_running_loop().run_in_executor(None, pipe.recv)

    asyncio.run(serve())


async def _plan(name: str, config: str) -> tuple[float, float, int, int]:
    waited = 0.0
    once = Web._once

    async def timed(self, *args):
        nonlocal waited
        began = time.perf_counter()
        answer = await once(self, *args)
        waited += time.perf_counter() - began
        return answer

    Web._once = timed
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tickets.toml"
        file.write_text(config)
        stage = Stage(KINDS[name].tracker, file, KINDS[name].environment, timeout_s=60.0)
        report = night(1, *_findings(FINDINGS))
        began = time.perf_counter()
        actions = await stage.plan(report)
        return time.perf_counter() - began, waited, stage.requests, len(actions)


def main(names: list[str]) -> None:
    for name in names or list(KINDS):
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=(name, theirs))
        process.start()
        _, config = ours.recv()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        total, waited, requests, actions = asyncio.run(_plan(name, config))
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ours.send(None)
        process.join()
        sys.stdout.write(
            f"{name}: {total:.2f} s, of which {total - waited:.2f} s ours; {requests} requests, {actions} actions, "
            f"{(after - before) / 1024:.0f} MiB more than before\n"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
