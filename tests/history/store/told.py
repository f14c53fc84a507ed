"""Runs for stories: which findings a run on a day has, and what it says of the others."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from sqlalchemy import select

from scanner.core.address import to_number
from scanner.core.endpoint import Endpoint
from scanner.core.finding import FindingState, Severity, Status
from scanner.core.intervals import Intervals
from scanner.core.ports import PortSet
from scanner.core.report import EndpointRow, ScanReport
from scanner.core.space import Block, Space
from scanner.findings.run_coverage import space_words
from scanner.history.store.add import add_run
from scanner.history.store.ask import story
from scanner.history.store.tables import event, finding
from scanner.history.store.walk import Wanted, findings
from tests.report import samples

NOW = "2026-12-31T00:00:00Z"
HOSTS = tuple(f"10.0.0.{number}" for number in range(1, 9))


def time_of(day: int) -> str:
    return (datetime(2026, 10, 31, 6, tzinfo=UTC) + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")


def told(
    day: int,
    *findings,
    protected=(),
    silent=(),
    hosts=HOSTS,
    closed=None,
    vantage=None,
    name=None,
) -> ScanReport:
    """Return the report of a day: `findings` are seen, other hosts refuse unless they are protected or silent."""
    numbers = Intervals((to_number(ip_address(host)), to_number(ip_address(host))) for host in hosts)
    space = Space([Block(numbers, PortSet.of((6379,)))])
    rows = [EndpointRow(endpoint=one.endpoint, status=Status.EXPOSED, service=one.service) for one in findings]
    rows += [
        EndpointRow(endpoint=Endpoint(ip_address(host), 6379), status=Status.PROTECTED, service="redis")
        for host in protected
    ]
    open_hosts = {str(row.endpoint.address) for row in rows}
    refused = [host for host in hosts if host not in open_hosts and host not in silent] if closed is None else closed
    coverage = samples.coverage(
        endpoints_planned=len(hosts), open=len(rows), closed=len(refused),
        filtered=len(hosts) - len(rows) - len(refused), closed_list=tuple(f"{host}:6379" for host in refused),
    )  # fmt: skip
    run = samples.run(
        id=name or f"run-{day}-{vantage or ''}", started=time_of(day), ended=time_of(day), vantage=vantage,
        options={"space": space_words(space)},
    )  # fmt: skip
    return ScanReport(run=run, coverage=coverage, endpoints=tuple(rows), findings=tuple(findings))


def found(host: str, **changes):
    return replace(samples.finding(host), **changes)


STAYS, FIXED, FLAPS, VANISHES, GROWS, MOVES, ACCEPTED, LATE = HOSTS
NAME = "e" * 64


def run_of(day):
    """What stood open on each of thirty days."""
    seen = [found(STAYS, owner="ops")]
    protected, silent = [], []
    if day < 10:
        seen.append(found(FIXED, owner="web"))
    else:
        protected.append(FIXED)
    if day % 10 < 5:
        seen.append(found(FLAPS))
    if day < 15:
        seen.append(found(VANISHES))
    else:
        silent.append(VANISHES)
    seen.append(found(GROWS, severity=Severity.CRITICAL if day >= 20 else Severity.MEDIUM))
    if day < 12:
        seen.append(found(MOVES, fingerprint="f" * 64, aliases=(NAME,)))
    else:
        seen.append(found("10.0.0.99", fingerprint="d" * 64, aliases=(NAME,)))
    decided = FindingState.ACCEPTED if day >= 5 else FindingState.NEW
    seen.append(found(ACCEPTED, state=decided, accepted_reason="mirror" if day >= 5 else None))
    if day >= 28:
        seen.append(found(LATE))
    return told(day, *seen, protected=protected, silent=silent, hosts=(*HOSTS, "10.0.0.99"))


def happened(connection, place):
    (held,) = findings(connection, Wanted(text=f"{place}:"))
    return [f"{turn.value}:{at[8:10]}" for at, turn, _ in story(connection, held.fingerprint).events]


def lives(store):
    """Return the life of each place: how it shows, and its days."""
    with store.reading() as connection:
        return {
            held.place: (held.shows, held.first_seen[8:10], held.last_seen[8:10], (held.gone_at or "")[8:10])
            for held in findings(connection, Wanted())
        }


def turns(store, place):
    """Return the turns in the life of a place, each with its day."""
    with store.reading() as connection:
        rows = connection.execute(
            select(event.c.turn, event.c.at)
            .join(finding, finding.c.id == event.c.finding)
            .where(finding.c.place == place)
            .order_by(event.c.at, event.c.turn)
        )
        return [f"{turn}:{at[5:10]}" for turn, at in rows]


def add(store, *reports):
    """Add runs one after the other; return what the last one did."""
    return [add_run(store, report, NOW) for report in reports][-1]
