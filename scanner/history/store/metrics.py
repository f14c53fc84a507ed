"""A history as Prometheus metrics (Prometheus text exposition format 0.0.4); no label holds an address or a name."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from scanner.core.finding import Severity
from scanner.core.moment import seconds_between
from scanner.history.store.ask import NOT_OVER, latest_run
from scanner.history.store.life import Shows, Turn
from scanner.history.store.rows import SHOWS
from scanner.history.store.tables import OPEN, daily, finding, standing


def exposition(connection: Connection, now: str) -> str:
    """Return all metrics at a time (ISO 8601, UTC)."""
    return "".join(f"{line}\n" for line in _lines(connection, now))


def _lines(connection: Connection, now: str) -> Iterator[str]:
    there = select(standing.c.severity, standing.c.accepted, func.sum(standing.c.count)).where(NOT_OVER)
    counts = {
        (severity, accepted): int(number)
        for severity, accepted, number in connection.execute(there.group_by(standing.c.severity, standing.c.accepted))
    }
    yield "# HELP exposure_findings_open Findings that are not proven gone."
    yield "# TYPE exposure_findings_open gauge"
    for severity in reversed(Severity):
        for accepted in (False, True):
            number = counts.get((int(severity), accepted), 0)
            yield f'exposure_findings_open{{severity="{severity.word}",accepted="{str(accepted).lower()}"}} {number}'
    yield "# HELP exposure_oldest_open_seconds Age of the oldest finding that is open and not accepted."
    yield "# TYPE exposure_oldest_open_seconds gauge"
    for severity in reversed(Severity):
        waits = (OPEN, finding.c.severity == int(severity), finding.c.accepted.is_(False))
        oldest = connection.scalar(select(func.min(finding.c.opened_at)).where(*waits)) or now
        yield f'exposure_oldest_open_seconds{{severity="{severity.word}"}} {int(seconds_between(oldest, now))}'
    untold = standing.c.shows == SHOWS.index(Shows.INCONCLUSIVE)
    unheard = connection.scalar(select(func.sum(standing.c.count)).where(untold))
    yield "# HELP exposure_findings_inconclusive Open findings of which the last run could not tell."
    yield "# TYPE exposure_findings_inconclusive gauge"
    yield f"exposure_findings_inconclusive {unheard or 0}"
    yield "# HELP exposure_findings_total Transitions of findings since the history began."
    yield "# TYPE exposure_findings_total counter"
    sums = select(daily.c.turn, func.sum(daily.c.count)).group_by(daily.c.turn)
    totals = {turn: int(number) for turn, number in connection.execute(sums)}
    for turn in (Turn.NEW, Turn.BACK, Turn.GONE):
        yield f'exposure_findings_total{{turn="{turn.value}"}} {totals.get(turn.value, 0)}'
    yield from _last_run(connection, now)


def _last_run(connection: Connection, now: str) -> Iterator[str]:
    last = latest_run(connection)
    if last is None:
        return
    yield "# HELP exposure_last_run_age_seconds Time since the last run of the history began."
    yield "# TYPE exposure_last_run_age_seconds gauge"
    yield f"exposure_last_run_age_seconds {int(seconds_between(last.started, now))}"
    yield "# HELP exposure_last_run_coverage_ratio Share of the planned endpoints that the last run looked at."
    yield "# TYPE exposure_last_run_coverage_ratio gauge"
    yield f"exposure_last_run_coverage_ratio {last.looked_at / last.planned if last.planned else 0:.6f}"
