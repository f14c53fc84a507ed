"""Where a finding belongs in the standards that people are asked for; the codes are in standards.toml."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any, NamedTuple

from scanner.core.finding import Finding
from scanner.core.tomltext import parse_toml

_WEB_ONLY = "owasp-api-2023"
_CONTAINERS_ONLY = "owasp-docker"
_REGISTRIES = frozenset({"docker-registry"})
CONTAINER_PLATFORMS = frozenset(
    {
        "cadvisor",
        "docker-api",
        "docker-registry",
        "etcd",
        "etcd-grpc",
        "kubelet",
        "kubernetes-api",
        "podman-api",
        "portainer",
    }
)
"""The services that run containers, or tell them what to run."""


@dataclass(frozen=True, slots=True)
class Standard:
    """One standard in one edition."""

    id: str
    name: str
    source: str
    """Where it is published."""
    titles: Mapping[str, str]
    """Code -> its title; only codes that findings can have, but for the lists of ten."""


class Kind(NamedTuple):
    """What a finding is an instance of, and the codes that follow from it."""

    id: str
    cwe: frozenset[int]
    """One of these is enough."""
    when: str
    """A cause that no weakness tells; empty for none."""
    codes: Mapping[str, Sequence[str]]


@cache
def standards() -> tuple[Standard, ...]:
    """Return every standard, in the order in which reports tell them."""
    return tuple(
        Standard(entry["id"], entry["name"], entry["source"], MappingProxyType(entry["titles"]))
        for entry in _data()["standard"]
    )


def codes(finding: Finding) -> dict[str, tuple[str, ...]]:
    """Return standard -> codes of a finding, in the order of the standard; every standard is there."""
    return codes_of(
        finding.cwe,
        service=finding.service,
        web=finding.url.startswith(("http://", "https://")),
        port=not finding.endpoint.subject,
        compromised=bool(finding.compromise),
    )


def codes_of(
    cwe: Sequence[int], *, service: str, web: bool, port: bool = True, compromised: bool = False
) -> dict[str, tuple[str, ...]]:
    """Return standard -> codes of a weakness of a service, in the order of the standard; every standard is there."""
    return dict(_codes_of(frozenset(cwe), service, web, _causes(service, port, compromised)))


def _causes(service: str, port: bool, compromised: bool) -> frozenset[str]:
    held = {"port": port, "registry": service in _REGISTRIES, "compromise": compromised}
    return frozenset(cause for cause, holds in held.items() if holds)


@lru_cache(maxsize=4_096)
def _codes_of(
    cwe: frozenset[int], service: str, web: bool, causes: frozenset[str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    held = [kind for kind in kinds() if kind.when in causes or not kind.cwe.isdisjoint(cwe)]
    left_out = {_WEB_ONLY: not web, _CONTAINERS_ONLY: service not in CONTAINER_PLATFORMS}
    return tuple((one.id, () if left_out.get(one.id) else tuple(_of(one, held))) for one in standards())


def _of(standard: Standard, held: Sequence[Kind]) -> Iterator[str]:
    wanted = {code for kind in held for code in kind.codes.get(standard.id, ())}
    return (code for code in standard.titles if code in wanted)


@cache
def kinds() -> tuple[Kind, ...]:
    """Return every kind of finding that has codes."""
    return tuple(
        Kind(entry["id"], frozenset(entry.get("cwe", ())), entry.get("when", ""), entry["codes"])
        for entry in _data()["kind"]
    )


@cache
def _data() -> dict[str, Any]:
    file = resources.files("scanner.findings").joinpath("standards.toml")
    return parse_toml(file.read_text("utf-8"), "standards.toml")
