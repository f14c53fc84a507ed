"""Adds a run to a history: its facts are kept as they are, and the lives that they change are derived at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, and_, insert, select

from scanner.core.moment import utc_of
from scanner.core.report import ScanReport
from scanner.core.text import clean
from scanner.findings.identity import pair
from scanner.findings.run_coverage import scope_words
from scanner.history.store import begun, planner_counts
from scanner.history.store.derive import Turned, Writer
from scanner.history.store.open import Store
from scanner.history.store.rows import Values, known_by, next_id, number_of, upsert
from scanner.history.store.sights import demand_seen, packed, seen_ids
from scanner.history.store.tables import endpoint, looked, run


@dataclass(frozen=True, slots=True)
class Added:
    """What adding a run did."""

    report: ScanReport
    """The report with `first_seen`, its findings under the ids that the history has for them."""
    run: int
    """Its number in the history."""
    was_there: bool
    """Whether the run had been added before: then nothing was changed."""
    turned: tuple[Turned, ...]
    lost: tuple[str, ...]
    """Ids of runs whose writer died before they were kept; their reports have to be added again."""


def add_run(store: Store, report: ScanReport, now: str) -> Added:
    """Add one report; `now` is when that happens, UTC. Raises UsageError for one that has no place in it, StoreError.

    Either all of it is kept or nothing.
    """
    demand_seen(report, now)
    ticket, lost = begun.begin(store, report.run.id, now)
    with store.writing() as connection:
        known_run = _run_number(connection, report)
        if known_run is not None:
            begun.end(connection, ticket)
            return Added(_named(report, _first_seen(connection, report)), known_run, True, (), lost)
        number = _write_run(connection, report, now)
        writer = Writer(connection, report, number)
        writer.seen()
        writer.missing()
        writer.flush()
        _write_endpoints(connection, report, number)
        begun.end(connection, ticket)
        planner_counts.refresh(connection)
    return Added(_named(writer.report, writer.first_seen), number, False, tuple(writer.turned), lost)


def _key(report: ScanReport) -> dict[str, str]:
    return {
        "run_id": clean(report.run.id, 64),
        "shard": clean(report.run.shard, 32),
        "vantage": clean(report.run.vantage or "", 64),
    }


def _run_number(connection: Connection, report: ScanReport) -> int | None:
    same = and_(*(run.c[name] == value for name, value in _key(report).items()))
    return connection.scalars(select(run.c.id).where(same)).one_or_none()


def _write_run(connection: Connection, report: ScanReport, now: str) -> int:
    number = next_id(connection, run)
    coverage = report.coverage
    connection.execute(
        insert(run).values(
            id=number,
            **_key(report),
            started=utc_of(report.run.started),
            ended=utc_of(report.run.ended),
            added=now,
            status=report.run.status.value,
            engine=clean(report.run.engine, 32),
            scope_sha256=clean(report.run.scope_sha256, 64),
            scope_options=scope_words(report.run),
            planned=coverage.endpoints_planned,
            looked_at=coverage.looked_at,
            open=coverage.open,
            inconclusive=coverage.inconclusive,
            findings=len(report.findings),
        )
    )
    connection.execute(insert(looked).values(run=number, sight=packed(report)))
    return number


def _first_seen(connection: Connection, report: ScanReport) -> Mapping[int, str]:
    known = known_by(connection, seen_ids(report.findings))
    return {place: old.life.first_seen for place, old in pair(known, report.findings).items()}


def _named(report: ScanReport, first_seen: Mapping[int, str]) -> ScanReport:
    findings = tuple(
        replace(one, first_seen=first_seen.get(place, one.first_seen)) for place, one in enumerate(report.findings)
    )
    return replace(report, findings=findings)


def _write_endpoints(connection: Connection, report: ScanReport, number: int) -> None:
    at = utc_of(report.run.started)
    rows: dict[tuple[str, int, str], Values] = {}
    for one in report.endpoints:
        key = (str(one.endpoint.address), one.endpoint.port, one.endpoint.transport.value)
        rows[key] = {
            "address": key[0],
            "number": number_of(one.endpoint.address),
            "port": key[1],
            "transport": key[2],
            "name": clean(one.endpoint.name or one.endpoint.host or "", 512),
            "status": one.status.value,
            "service": clean(one.service or "", 64),
            "product": one.product or "",
            "version": one.version or "",
            "first_seen": at,
            "last_seen": at,
            "last_run": number,
        }
    upsert(
        connection, endpoint, ("address", "port", "transport"), list(rows.values()),
        least=("first_seen",), latest="last_seen", fixed=("number",),
    )  # fmt: skip
