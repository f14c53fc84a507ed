from dataclasses import replace

from scanner.core.finding import Status
from scanner.core.report import EndpointRow
from scanner.core.unheard import Unheard
from scanner.report.page.endpoint_tables import endpoint_tables
from tests.report import samples
from tests.report.page.reading import parsed, rows, text_of


def test_what_could_not_be_heard_out_stands_apart():
    unheard = EndpointRow(endpoint=samples.endpoint(), status=Status.INCONCLUSIVE, reason=Unheard.TIMED_OUT)
    report = replace(samples.report(), endpoints=(*samples.report().endpoints, unheard))
    assert [text_of(head) for head in parsed(endpoint_tables(report)).iter("h2")] == ["Inconclusive", "Attack surface"]
    first, *rest = [row for row in rows(endpoint_tables(report)) if row]
    assert first == ["inconclusive", "127.0.0.1:6379", "?", "it did not answer in time (timed-out)"]
    assert [row[0] for row in rest] == ["protected", "identified", "open"]


def test_nothing_open_is_no_table():
    assert not list(endpoint_tables(samples.clean_report()))
