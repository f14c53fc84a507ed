"""What `exposure verify` asks again: one rule at one endpoint, of a report or as typed.

A report is a file, and a file can name anything: whatever leads to a request passes the gate that targets pass.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from scanner.core.errors import UsageError
from scanner.core.finding import Finding
from scanner.core.plan import ScanPlan, describe
from scanner.core.ports import Transport
from scanner.core.probe import DefaultPort, Probe
from scanner.core.rule import Rule
from scanner.core.sends import Verb
from scanner.core.suggestion import did_you_mean
from scanner.core.text import clean
from scanner.findings.url import is_secured, schemes_of
from scanner.net.guard import changes_something
from scanner.probes.registry import Registry
from scanner.targets.parse import parse_name, parse_target
from scanner.targets.plan import resolve_targets
from scanner.targets.spec import HostName, Span

_WEB = ("http", "https")
_ACTS = frozenset(
    {"delete", "remove", "destroy", "drop", "purge", "wipe", "reset", "restart", "reboot", "shutdown", "quit", "kill"}
    | {"logout", "disable", "revoke", "exec", "execute"}
)
"""Words of a path below which nothing is asked that nobody typed: to read it may be to do it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One rule that is said to hold at one endpoint."""

    rule: str
    title: str
    service: str
    url: str
    place: str
    """An address or a host name, which passes the gate of targets."""
    port: int
    transport: Transport = Transport.TCP
    name: str | None = None
    host: str | None = None
    scheme: str | None = None
    base_path: str = ""
    tls: bool = False
    """Whether the service spoke TLS."""
    fingerprint: str | None = None


def claim_of_finding(finding: Finding, *, tls: bool) -> Claim:
    """Return what a finding of a report claims; raises UsageError for a host or a path that no target may have."""
    endpoint = finding.endpoint
    if endpoint.subject:
        where = clean(endpoint.name or "that machine", 60)
        raise UsageError(
            f"{clean(endpoint.subject, 120)} was seen from the inside; run `exposure host` on {where} again"
        )
    scheme = finding.url.partition("://")[0]
    if endpoint.host is not None and parse_name(endpoint.host) != endpoint.host:
        raise UsageError(f"the finding's host {clean(endpoint.host, 60)} is not the name of a host")
    spec = parse_target(f"http://{describe(endpoint.address, endpoint.port)}{endpoint.base_path}")
    if spec.base_path != endpoint.base_path:
        raise UsageError(f"the finding's path {clean(endpoint.base_path, 60)} is not the path of a target")
    _demand_harmless(endpoint.base_path)
    return Claim(
        rule=finding.rule,
        title=finding.title,
        service=finding.service,
        url=finding.url,
        place=str(endpoint.address),
        port=endpoint.port,
        transport=endpoint.transport,
        name=endpoint.name,
        host=endpoint.host,
        scheme=scheme if scheme in _WEB else None,
        base_path=endpoint.base_path,
        tls=tls,
        fingerprint=finding.fingerprint,
    )


def claim_of_endpoint(text: str, rule_id: str, registry: Registry) -> Claim:
    """Return the claim that a rule holds at an endpoint as tickets name it: redis://10.0.0.5:6379, 10.0.0.5:161/udp.

    Raises UsageError for an unknown rule, a scheme that is not the service's and whatever is no target.
    """
    probe, rule = _find_rule(rule_id, registry)
    scheme, separator, rest = text.strip().partition("://")
    scheme = scheme.lower() if separator else ""
    udp = not separator and text.strip().endswith("/udp")
    if scheme in _WEB:
        spec = parse_target(text)
    else:
        if scheme and scheme not in {*schemes_of(probe), "tcp"}:
            known = " or ".join(f"{one}://" for one in (*schemes_of(probe), *_WEB))
            raise UsageError(f"{clean(text, 80)}: {probe.id} is asked with {known}, or as host:port")
        spec = parse_target(rest.rstrip("/") if separator else text.strip().removesuffix("/udp"))
    if spec.port is None or not isinstance(spec.place, Span | HostName):
        raise UsageError(f"{clean(text, 80)}: --endpoint names one host and one port, such as 10.0.0.5:6379")
    _demand_harmless(spec.base_path)
    return Claim(
        rule=rule.id,
        title=rule.title,
        service=probe.id,
        url=text.strip(),
        place=spec.place.name if isinstance(spec.place, HostName) else str(spec.place),
        port=spec.port,
        transport=Transport.UDP if udp else Transport.TCP,
        scheme=spec.scheme if spec.scheme in _WEB else None,
        base_path=spec.base_path,
        tls=spec.scheme == "https" or is_secured(probe, scheme),
    )


def plan_claim(claim: Claim, registry: Registry, *, allow_public: bool) -> ScanPlan:
    """Return the plan for the one endpoint; raises ScopeError or UsageError for an address that is not private."""
    prefix = "U:" if claim.transport is Transport.UDP else ""
    found = resolve_targets(
        (claim.place,), ports=f"{prefix}{claim.port}", catalogue=registry.ports, allow_public=allow_public
    )
    targets = tuple(
        replace(
            target,
            name=claim.name or target.name,
            host=claim.host or target.host,
            base_path=claim.base_path,
            scheme=claim.scheme,
        )
        for target in found.targets
    )
    return ScanPlan(targets=targets, scope=found.scope, space=found.space, seed=0, problems=found.problems)


def probes_for(claim: Claim, registry: Registry) -> tuple[Probe, ...]:
    """Return the probes to ask: the claim's own, at home on its port whatever the number, and all asked by default.

    The others are there in case another service has taken the port.
    """
    here = DefaultPort(claim.port, claim.transport, claim.tls)
    return tuple(
        replace(entry.probe, ports=(here, *entry.probe.ports)) if entry.id == claim.service else entry.probe
        for entry in registry.entries
        if not entry.named_only or entry.id == claim.service
    )


def _find_rule(rule_id: str, registry: Registry) -> tuple[Probe, Rule]:
    for probe, rule in _rules(registry):
        if rule.id == rule_id:
            return probe, rule
    near = did_you_mean(rule_id, [rule.id for _, rule in _rules(registry)])
    raise UsageError(f"no rule {clean(rule_id, 60)}{near or '; docs/rules.md lists them, and --checks adds your own'}")


def _rules(registry: Registry) -> Iterator[tuple[Probe, Rule]]:
    return ((probe, rule) for probe in registry.probes for rule in probe.rules)


def _demand_harmless(base_path: str) -> None:
    words = set(re.split(r"[^a-z]+", base_path.lower()))
    if words & _ACTS or changes_something(Verb.GET, f"{base_path}/".encode()):
        raise UsageError(
            f"the path {clean(base_path, 60)} may do something when it is asked for; "
            "name it to `exposure scan` if it is a product's own"
        )
