"""Small values that the tests of this room share."""

from ipaddress import ip_address

from scanner.core.address import to_number
from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access
from scanner.core.intervals import Intervals
from scanner.core.plan import ScanPlan, Target
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.scope import Scope
from scanner.core.sends import get, line
from scanner.core.space import Space


async def never(_talk):
    raise AssertionError("judging must not ask")


def target(first: str, last: str | None = None, **fields) -> Target:
    span = (to_number(ip_address(first)), to_number(ip_address(last or first)))
    return Target(text=first, addresses=Intervals([span]), **fields)


def plan(*targets: Target) -> ScanPlan:
    return ScanPlan(targets=targets, scope=Scope(), space=Space(), seed=1)


def endpoint(address: str, port: int = 6379, **fields) -> Endpoint:
    return Endpoint(ip_address(address), port, **fields)


def rule(rule_id: str = "redis-no-password", controls: Controls = Controls.DATA, **fields) -> Rule:
    given = {
        "title": "Redis answers without a password",
        "why": "Anybody reads and changes the data.",
        "holds": reads(Access.METADATA, "it answered"),
        "remedy": ("requirepass ...",),
    }
    return Rule(id=rule_id, controls=controls, **(given | fields))


REDIS = Probe(id="redis", title="Redis", ports=tcp(6379), sends=(line(b"PING\r\n"),), ask=never, rules=(rule(),))
DOCKER = Probe(
    id="docker-api",
    title="Docker Engine API",
    ports=tcp(2375),
    sends=(get("/_ping"),),
    ask_http=never,
    rules=(rule("docker-api-no-auth", Controls.HOST, holds=reads(Access.CONTROL, "it listed its containers")),),
)
