"""The endpoints that no finding speaks for: those that could not be heard out, and the attack surface."""

from collections.abc import Iterator
from html import escape

from scanner.core.count import counted
from scanner.core.finding import Status
from scanner.core.report import EndpointRow, ScanReport
from scanner.report.page.elements import table
from scanner.report.phrases import product_of, remarks, surface

_HEADS = ("Status", "Endpoint", "Service", "Note")


def endpoint_tables(report: ScanReport) -> Iterator[str]:
    """Yield a table of inconclusive endpoints, then one of all others, where there are any."""
    rows = surface(report)
    unheard = [row for row in rows if row.status is Status.INCONCLUSIVE]
    if unheard:
        told = f"{counted(len(unheard), 'open endpoint')} that could not be heard out: neither clean nor exposed"
        yield '<h2 id="inconclusive">Inconclusive</h2>'
        yield from table(told, _HEADS, map(_row, unheard))
    known = [row for row in rows if row.status is not Status.INCONCLUSIVE]
    if known:
        told = f"{counted(len(known), 'endpoint')} that answered and gave nothing away"
        yield '<h2 id="surface">Attack surface</h2>'
        yield from table(told, _HEADS, map(_row, known))


def _row(row: EndpointRow) -> str:
    name = f"<br>{escape(row.endpoint.name)}" if row.endpoint.name else ""
    service = product_of(row) if row.status is not Status.OPEN else ""
    return (
        f'<tr><td class="word">{row.status.value}</td>'
        f'<td><span class="place">{escape(str(row.endpoint))}</span>{name}</td>'
        f"<td>{escape(service)}</td><td>{escape(remarks(row))}</td></tr>"
    )
