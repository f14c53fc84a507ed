"""The identity of findings through whole runs: what moves and what does not."""

import pytest

from scanner.core.plan import ScanPlan
from scanner.findings.change import Fate, compare
from scanner.pipeline import scan
from scanner.probes.registry import load_registry
from scanner.probes.runner import Runner
from scanner.standins import redis
from scanner.standins.standin import StandIn
from scanner.standins.start import start
from scanner.sweep.connect.engine import ConnectEngine
from scanner.targets.plan import resolve_targets
from tests.fleet.server import new_address


def open_redis(version="7.0.15", keys=1312):
    info = (
        f"# Server\r\nredis_version:{version}\r\nredis_mode:standalone\r\n# Keyspace\r\ndb0:keys={keys},expires=0\r\n"
    )
    answers = redis._OPEN | {"INFO": redis.bulk(info), "DBSIZE": b":%d\r\n" % keys}
    return StandIn(service="redis", case="open", title="t", port=6379, serve=redis._plays(answers, None), source="s")


async def look(*endpoints, seed=1, **version):
    running = [await start(open_redis(**version), address, port) for address, port in endpoints]
    try:
        registry = load_registry().select(("redis",))
        targets = [f"{address}:{one.port}" for (address, _), one in zip(endpoints, running, strict=True)]
        found = resolve_targets(targets, catalogue=registry.ports)
        plan = ScanPlan(targets=found.targets, scope=found.scope, space=found.space, seed=seed)
        return await scan(plan, ConnectEngine(), Runner(registry.probes, plan.scope))
    finally:
        for one in running:
            one.stop()


def fingerprints(report):
    assert report.findings
    return sorted(finding.fingerprint for finding in report.findings)


@pytest.fixture
def places():
    return [(new_address(), 6379), (new_address(), 6379)]


async def test_the_same_scan_twice_gives_the_same_fingerprints_in_any_order(places):
    first = await look(*places)
    assert fingerprints(first) == fingerprints(await look(*places))
    assert fingerprints(first) == fingerprints(await look(*reversed(places), seed=99))


async def test_another_version_and_other_contents_change_nothing(places):
    before, after = await look(*places), await look(*places, version="8.2.1", keys=7)
    assert {finding.version for finding in before.findings} != {finding.version for finding in after.findings}
    assert fingerprints(before) == fingerprints(after)
    assert {change.fate for change in compare(before, after)} == {Fate.UNCHANGED}


async def test_another_port_is_another_finding(places):
    (address, port), _ = places
    assert not set(fingerprints(await look((address, port)))) & set(fingerprints(await look((address, port + 10_000))))
