"""Whether a run looked at an endpoint at all: without that, a finding that is missing proves nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from scanner.core.address import to_address, to_number
from scanner.core.endpoint import Endpoint
from scanner.core.errors import UsageError
from scanner.core.finding import Status
from scanner.core.intervals import Intervals
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.plan import describe
from scanner.core.ports import PortSet, Transport, port_key
from scanner.core.report import EndpointRow, Run, RunStatus, ScanReport
from scanner.core.space import Block, Space
from scanner.targets.numbers import numbers_of_span
from scanner.targets.ports import parse_ports
from scanner.targets.span import parse_span

OPTION = "space"
"""The run option that holds the planned space in words."""
EndpointKey: TypeAlias = tuple[str, int, str]
"""What makes an endpoint the same one in two reports: address, port, transport."""
_MOST_SPANS = 2_000
_INSIDE = "host"
"""The engine of a view from the inside."""
# What decides which endpoints a run plans, for reports that hold no space.
_SAME_SCOPE = ("targets", "target_files", "from_compose", "exclude", "ports", "host")


def endpoint_key(endpoint: Endpoint) -> EndpointKey:
    """Return what makes an endpoint the same one in two reports."""
    return str(endpoint.address), endpoint.port, endpoint.transport.value


def scope_words(run: Run) -> str:
    """Return what decides which endpoints a run plans, as one text: the same text, the same endpoints."""
    held: dict[str, Json] = {key: run.options.get(key) for key in _SAME_SCOPE}
    shard = run.options.get("shard", run.shard)
    # The cut into shards follows the seed.
    return json.dumps([held, shard, run.seed if shard != "1/1" else None], sort_keys=True)


def space_words(space: Space) -> Json:
    """Return the planned endpoints as blocks of address ranges and ports, None when there are too many to list."""
    if sum(len(block.addresses.spans) + len(block.ports.keys.spans) for block in space.blocks) > _MOST_SPANS:
        return None
    return [
        {"addresses": [_range(*span) for span in block.addresses.spans], "ports": _port_words(block.ports)}
        for block in space.blocks
    ]


def planned_space(options: Mapping[str, Json]) -> Space | None:
    """Return what a run with these options planned, None when they can't say."""
    blocks = as_list(options.get(OPTION))
    if not blocks or options.get("shard", "1/1") != "1/1":
        return None
    try:
        return Space(tuple(_block(as_object(block)) for block in blocks))
    except UsageError:
        return None


def in_space(space: Space, endpoint: Endpoint) -> bool:
    """Tell whether an endpoint is among those of a space."""
    try:
        number = to_number(endpoint.address)
    except OSError:
        return False
    return space.holds(number, port_key(endpoint.transport, endpoint.port))


_PROVING = (Status.INCONCLUSIVE, Status.OPEN, Status.IDENTIFIED, Status.EXPOSED, Status.PROTECTED)
"""From what proves nothing of a fix to what proves it."""


def _web_place(endpoint: Endpoint) -> tuple[str | None, str]:
    return endpoint.host, endpoint.base_path


class _Listed(NamedTuple):
    endpoints: frozenset[str]
    complete: bool
    """Whether the list names every endpoint that was not looked at."""


@dataclass(frozen=True, slots=True)
class RunCoverage:
    """What one run can say of the endpoints that an earlier run saw."""

    rows: Mapping[EndpointKey, tuple[EndpointRow, ...]]
    """All rows of a port: several URLs or host names may have been looked at behind it."""
    space: Space | None
    same_scope: bool
    """Whether the earlier run had the same options, so that it planned the same endpoints."""
    blind: bool
    listed: _Listed
    closed: frozenset[str] | None
    """Every endpoint that refused, None when the run was too large to keep them."""
    answering: frozenset[str]
    """Hosts of which a port is open or refused, as far as they are named."""
    silence: bool
    """Whether any endpoint stayed silent or was out of reach, so that a host which names no port may be down."""
    heard_to_the_end: bool = True
    """Whether silence means something in the run: it did not lose its network, nor hosts that had answered."""
    every_open_named: bool = True
    """Whether each open port has a row of its own: where a filter answers for a network, one row stands for many."""
    whole: bool = True
    """Whether a view from the inside saw all of its machine: only then is a subject that is missing gone."""
    inside: bool = False
    """Whether it was such a view: it lists every listener, so one that is missing is shut without being asked."""

    @classmethod
    def of(cls, report: ScanReport, earlier: ScanReport) -> "RunCoverage":
        """Return what a report can say of the endpoints of an earlier one."""
        closed = _closed(report)
        rows: dict[EndpointKey, tuple[EndpointRow, ...]] = {}
        for row in report.endpoints:
            rows[endpoint_key(row.endpoint)] = (*rows.get(endpoint_key(row.endpoint), ()), row)
        return cls(
            rows=rows,
            space=planned_space(report.run.options),
            same_scope=scope_words(report.run) == scope_words(earlier.run),
            blind=report.coverage.open + report.coverage.closed == 0,
            listed=_listed(report),
            closed=closed,
            answering=frozenset(
                text.rpartition(":")[0] for text in (*(closed or ()), *(str(row.endpoint) for row in report.endpoints))
            ),
            silence=report.coverage.filtered + report.coverage.unreachable > 0,
            heard_to_the_end=not any(problem.kind.doubts_silence for problem in report.problems),
            # A merged report counts a port once for each place that reached it.
            every_open_named=report.coverage.open
            <= sum(max(1, len(held[0].reached_from)) for held in rows.values() if not held[0].endpoint.subject),
            whole=report.run.status is RunStatus.COMPLETE,
            inside=report.run.engine == _INSIDE,
        )

    def row(self, endpoint: Endpoint) -> EndpointRow | None:
        """Return what the run says of an endpoint that was open, else None.

        Of several URLs behind a port the one that is meant counts: that another is protected proves nothing for it.
        Where none is meant exactly, the one that proves least speaks.
        """
        rows = self.rows.get(endpoint_key(endpoint), ())
        exact = [row for row in rows if _web_place(row.endpoint) == _web_place(endpoint)]
        return min(exact or rows, key=lambda row: _PROVING.index(row.status), default=None)

    def why_shut(self, endpoint: Endpoint) -> str:
        """Return in words how an endpoint that has no row was found shut; empty when the run can't say that it is."""
        if self.why_unseen(endpoint):
            return ""
        if endpoint.subject:
            return "it is not on the machine any more"
        if self.inside:
            return "nothing listens there on the machine any more"
        host_answers = str(endpoint).rpartition(":")[0] in self.answering
        if self.closed is None:
            return "the port is not open any more" if host_answers or not self.silence else ""
        if str(endpoint) in self.closed:
            return "the port refuses connections now"
        # A silent port on a host that answers elsewhere is filtered; a silent host may be down.
        return "the port stays silent now, and its host answers on others" if host_answers else ""

    def why_unknown(self, endpoint: Endpoint) -> str:
        """Return why an endpoint that has no row is not known to be shut."""
        silent = "its host did not answer" if self.closed is not None else "which endpoints refused was not kept"
        return self.why_unseen(endpoint) or silent

    def is_planned(self, endpoint: Endpoint) -> bool:
        """Tell whether the run was to look at an endpoint, as far as it can say."""
        return self.same_scope if self.space is None else in_space(self.space, endpoint)

    def why_unseen(self, endpoint: Endpoint) -> str:
        """Return why the run says nothing of an endpoint that has no row; empty when it looked."""
        if not self.is_planned(endpoint):
            return "not in the scope of the newer run"
        if endpoint.subject or self.inside:
            return "" if self.whole else "the newer run could not see all of the machine"
        if self.blind:
            return "nothing answered the newer run"
        if not self.heard_to_the_end and str(endpoint) not in (self.closed or ()):
            return "the newer run lost its network, or was blocked on its way"
        if not self.every_open_named and str(endpoint) not in (self.closed or ()):
            return "the newer run found more ports open than it names one by one"
        unseen = not self.listed.complete or describe(endpoint.address, endpoint.port) in self.listed.endpoints
        return "the newer run did not look at it" if unseen else ""


def _listed(report: ScanReport) -> _Listed:
    # The lines read `10.0.0.5:6379: why`; a line in other words may speak of any endpoint.
    lines = report.coverage.unscanned_list
    endpoints = frozenset(line.partition(": ")[0] for line in lines)
    plain = [line for line in lines if line.startswith("[") or (line[:1].isdigit() and ":" in line)]
    return _Listed(endpoints, len(plain) == report.coverage.unscanned)


def _closed(report: ScanReport) -> frozenset[str] | None:
    coverage = report.coverage
    return frozenset(coverage.closed_list) if len(coverage.closed_list) == coverage.closed else None


def _block(words: Mapping[str, Json]) -> Block:
    spans = [parse_span(as_text(text) or "") for text in as_list(words.get("addresses"))]
    numbers = [numbers_of_span(span) for span in spans if span is not None]
    ports = parse_ports(as_text(words.get("ports")) or "", PortSet())
    return Block(Intervals(pair for part in numbers for pair in part.spans), ports)


def _range(first: int, last: int) -> str:
    return str(to_address(first)) if first == last else f"{to_address(first)}-{to_address(last)}"


def _port_words(ports: PortSet) -> str:
    words: list[str] = []
    for transport, prefix in ((Transport.TCP, ""), (Transport.UDP, "U:")):
        spans = Intervals((port, port) for _, port in ports.only(transport)).spans
        words += [f"{prefix}{first}" if first == last else f"{prefix}{first}-{last}" for first, last in spans]
    return ",".join(words)
