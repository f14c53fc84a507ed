"""Which findings one run can have looked at: of a long history those are few, and found by their addresses."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from scanner.core.address import order_number
from scanner.core.intervals import Intervals
from scanner.core.report import ScanReport
from scanner.findings.run_coverage import planned_space, scope_words
from scanner.history.store.rows import chunks
from scanner.history.store.tables import OPEN, finding, run

_LOW_128 = (1 << 128) - 1
_MOST_SPANS = 2_000
"""Ranges that are asked for one by one; with more, all that is open is gone through."""


def open_before(connection: Connection, report: ScanReport, at: str, seen: set[int]) -> Iterator[Any]:
    """Yield the findings that were open when a run began, that it may say something of, and that are not in `seen`.

    Each row has the scope options of the run that saw it last.
    """
    numbers: set[int] = set()
    for when in (OPEN, finding.c.gone_at > at):
        numbers.update(_ids(connection, report, [when, finding.c.first_seen <= at]))
    for part in chunks(sorted(numbers - seen)):
        yield from connection.execute(
            select(finding, run.c.scope_options)
            .join(run, run.c.id == finding.c.last_run)
            .where(finding.c.id.in_(part))
            .order_by(finding.c.id)
        ).all()


def _ids(connection: Connection, report: ScanReport, when: Sequence[ColumnElement[bool]]) -> Iterator[int]:
    space = planned_space(report.run.options)
    named = Intervals((number, number) for number in {order_number(row.endpoint.address) for row in report.endpoints})
    spans = (space.addresses | named).spans if space is not None else ()
    if space is not None and len(spans) <= _MOST_SPANS:
        for first, last in spans:
            within = finding.c.number.between(f"{first & _LOW_128:032x}", f"{last & _LOW_128:032x}")
            yield from connection.scalars(select(finding.c.id).where(*when, within))
        return
    # What was planned is not known, but to be the same as in another run of the same options.
    same = set(connection.scalars(select(run.c.id).where(run.c.scope_options == scope_words(report.run))))
    columns = select(finding.c.id, finding.c.number, finding.c.last_run).where(*when)
    with connection.execute(columns, execution_options={"yield_per": 5_000}) as rows:
        for number, place, last in rows:
            if space is not None or last in same or int(place, 16) in named:
                yield number
