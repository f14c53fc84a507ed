"""Looks at a running server with the product's own network code, and says what the report would say."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Facts
from scanner.core.finding import Finding
from scanner.core.plan import ScanPlan
from scanner.core.ports import Transport
from scanner.core.probe import Probe
from scanner.core.report import EndpointRow
from scanner.core.scope import Scope
from scanner.core.space import Space
from scanner.findings.judge import judge_one
from scanner.probes.registry import load_registry
from scanner.probes.runner import Runner
from tests.support.look import LOOPBACK
from tests.wire.transcript import FOLDER, Transcript, blanked, recording

PLAN = ScanPlan(targets=(), scope=LOOPBACK, space=Space(), seed=1)


@dataclass(frozen=True)
class Verdict:
    """What the report says of one endpoint."""

    row: EndpointRow
    findings: tuple[Finding, ...]
    facts: Facts | None
    transcript: Transcript = field(default_factory=Transcript)

    @property
    def status(self) -> str:
        return str(self.row.status)

    @property
    def service(self) -> str | None:
        return self.row.service

    @property
    def rules(self) -> list[str]:
        return [finding.rule for finding in self.findings]


async def look(
    address: str,
    port: int,
    probes: tuple[Probe, ...],
    *,
    transport: str = "tcp",
    host: str | None = None,
    base_path: str = "",
    scope: Scope = LOOPBACK,
    named: tuple[str, ...] = (),
    now: Callable[[], float] = time.monotonic,
) -> Verdict:
    """Ask one endpoint with these probes and judge the answer; a crash of a probe fails the test."""
    endpoint = Endpoint(ip_address(address), port, Transport(transport), host=host, base_path=base_path)
    seen = await Runner(probes, scope, named=named, now=now).observe(endpoint)
    assert not seen.problems, seen.problems
    row, findings = judge_one(seen, PLAN)
    return Verdict(row, findings, seen.facts)


def see(
    address: str,
    port: int,
    *services: str,
    transport: str = "tcp",
    host: str | None = None,
    golden: str = "",
    write: bool = False,
) -> Verdict:
    """Look with some services (all by default); `golden` names the transcript to compare or, with `write`, to write."""
    probes = load_registry().select(services).probes
    if not golden:
        return asyncio.run(look(address, port, probes, transport=transport, host=host))
    (probe,) = probes
    transcript = Transcript()
    recorded = (recording(probe, transcript),)
    verdict = asyncio.run(look(address, port, recorded, transport=transport, host=host))
    keep_or_compare(probe, golden, verdict, transcript, write=write)
    return Verdict(verdict.row, verdict.findings, verdict.facts, transcript)


def keep_or_compare(probe: Probe, golden: str, verdict: Verdict, transcript: Transcript, *, write: bool) -> None:
    """Write the transcript of a look, or compare what was sent with the one that is kept."""
    endpoint = verdict.row.endpoint
    assert verdict.facts is not None, f"{probe.id} did not recognise its own server; it sent {transcript.sent}"
    transcript.head = {
        "service": probe.id,
        "port": str(endpoint.port),
        "transport": str(endpoint.transport),
        "scheme": "https" if verdict.row.tls else "http",
        "access": verdict.facts.access.word,
        "product": str(verdict.facts.product),
        "version": str(verdict.facts.version),
    }
    file = FOLDER / f"{probe.id}.{golden}.txt"
    if write:
        file.write_text(transcript.text(), "utf-8")
    assert file.exists(), f"no {file.name} yet: run with --write-transcripts and review it"
    kept = Transcript.parse(file.read_text("utf-8"))
    assert blanked(probe.sends, transcript) == blanked(probe.sends, kept), "the probe sends something new"
