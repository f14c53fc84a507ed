"""The hosts that answered as inline SVG, network by network, each coloured and lettered by its worst finding."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from ipaddress import ip_network
from typing import NamedTuple

from scanner.core.address import Address
from scanner.core.count import counted
from scanner.core.finding import FindingState, Severity, Status
from scanner.core.report import ScanReport

_COLUMNS, _CELL, _ROW = 7, 45, 26
_MOST_NETWORKS, _MOST_HOSTS = 24, 256
_PREFIX = {4: 24, 6: 64}
_QUIET, _UNHEARD = "quiet", "unheard"
_WORDS = {_UNHEARD: "not heard out", _QUIET: "without a finding"}


class Map(NamedTuple):
    """The picture of each network, and what is not in one."""

    networks: tuple[tuple[str, str], ...]
    """Network and its SVG element."""
    left_out: str
    """In words; empty for nothing."""


def network_map(report: ScanReport) -> Map:
    """Return the networks in the order of their addresses, those with the worst findings where there are too many."""
    by_network: defaultdict[str, dict[Address, str]] = defaultdict(dict)
    for address, kind in _hosts(report).items():
        prefix = _PREFIX[address.version]
        by_network[str(ip_network(f"{str(address).partition('%')[0]}/{prefix}", strict=False))][address] = kind
    shown = set(sorted(by_network, key=lambda network: _gravity(by_network[network].values()))[:_MOST_NETWORKS])
    drawn = tuple((name, _picture(name, hosts)) for name, hosts in by_network.items() if name in shown)
    rest = [hosts for name, hosts in by_network.items() if name not in shown]
    return Map(
        drawn, f"and {counted(len(rest), 'more network')} with {counted(sum(map(len, rest)), 'host')}" if rest else ""
    )


def _hosts(report: ScanReport) -> Mapping[Address, str]:
    """Return every address that answered with the class of its worst state, sorted by address."""
    worst: dict[Address, Severity] = {}
    for finding in report.findings:
        if finding.state is not FindingState.ACCEPTED and not finding.endpoint.subject:
            address = finding.endpoint.address
            worst[address] = max(finding.severity, worst.get(address, Severity.INFO))
    unheard = {row.endpoint.address for row in report.endpoints if row.status is Status.INCONCLUSIVE}
    every = {row.endpoint.address for row in report.endpoints} | worst.keys()
    kinds = {one: worst[one].word if one in worst else _UNHEARD if one in unheard else _QUIET for one in every}
    return dict(sorted(kinds.items(), key=lambda pair: (pair[0].version, int(pair[0]), str(pair[0]))))


def _gravity(kinds: Iterable[str]) -> tuple[int, ...]:
    counts = Counter(kinds)
    return tuple(-counts[kind] for kind in _kinds())


def _kinds() -> tuple[str, ...]:
    return (*(severity.word for severity in reversed(Severity)), _UNHEARD, _QUIET)


def _picture(network: str, hosts: Mapping[Address, str]) -> str:
    counts = Counter(hosts.values())
    told = ", ".join(f"{counts[kind]:,} {_WORDS.get(kind, kind)}" for kind in _kinds() if counts[kind])
    shown = tuple(hosts.items())[:_MOST_HOSTS]
    height = -(-len(shown) // _COLUMNS) * _ROW
    label = escape(f"Hosts of {network} by worst finding: {told}")
    cells = "".join(_cell(index, address, kind) for index, (address, kind) in enumerate(shown))
    return (
        f'<svg class="map" role="img" aria-label="{label}" viewBox="0 0 {_COLUMNS * _CELL} {height}">{cells}</svg>'
        f"<p class='soft'>{escape(told)}</p>"
    )


def _cell(index: int, address: Address, kind: str) -> str:
    down, along = divmod(index, _COLUMNS)
    left, top = along * _CELL, down * _ROW
    return (
        f'<g class="{kind}"><title>{escape(f"{address}: {_WORDS.get(kind, kind)}")}</title>'
        f'<rect x="{left}" y="{top}" width="{_CELL - 2}" height="{_ROW - 3}" rx="3"/>'
        f'<text x="{left + _CELL // 2 - 1}" y="{top + 16}">{escape(_short(address))}{_letter(kind)}</text></g>'
    )


def _short(address: Address) -> str:
    """Return the last part of an address, which tells hosts of one network apart."""
    last = str(address).partition("%")[0].replace(":", ".").rpartition(".")[2]
    return last or "0"


def _letter(kind: str) -> str:
    return {_QUIET: "", _UNHEARD: " ?"}.get(kind, f" {kind[0].upper()}")


LEGEND: Sequence[str] = (
    *(f"{severity.word[0].upper()} {severity.word}" for severity in reversed(Severity)),
    "? not heard out",
    "no letter: without a finding",
)
"""What the letters mean, for readers to whom colours say nothing."""
