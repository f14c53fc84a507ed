import io
import json

import pytest

from scanner.report.document import SCHEMA, finding_object
from scanner.report.early import MOST_LINES, EarlyRecords, line_of, told_to
from tests.report import samples


class Pipe(io.StringIO):
    """A stream whose reader can go away."""

    def __init__(self):
        super().__init__()
        self.broken, self.flushed = False, []

    def write(self, text):
        if self.broken:
            raise BrokenPipeError
        return super().write(text)

    def flush(self):
        self.flushed.append(self.getvalue())


def records(out):
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_stream_begins_with_its_schema_and_has_each_finding_at_once_as_the_report_will():
    out = Pipe()
    early = EarlyRecords(out, "2026-01-01T00:00:00Z")
    early.tell(samples.finding())
    assert [text.count("\n") for text in out.flushed] == [1, 2]
    begin, proven = records(out)
    assert (begin["type"], begin["schema"], begin["started"]) == ("begin", SCHEMA, "2026-01-01T00:00:00Z")
    assert proven == {"type": "proven", **finding_object(samples.finding())}


def test_whatever_a_peer_says_stays_in_one_line_of_ascii():
    out = Pipe()
    EarlyRecords(out, "now").tell(samples.finding(title="a\nb\x1b[31m\u202e\x00"))
    assert out.getvalue().isascii()
    assert len(records(out)) == 2
    assert not {"\x1b", "\n", "\u202e"} & set(line_of(samples.finding(title="a\nb\x1b[31m\u202e")))


def test_a_reader_that_went_away_costs_nothing_but_the_rest():
    out = Pipe()
    early = EarlyRecords(out, "now")
    out.broken = True
    early.tell(samples.finding())
    out.broken = False
    early.tell(samples.finding())
    assert len(records(out)) == 1


def test_people_get_so_many_lines_and_records_all():
    out, said = Pipe(), []
    tell = told_to(EarlyRecords(out, "now"), said.append)
    for _ in range(MOST_LINES + 5):
        tell(samples.finding())
    assert len(records(out)) == 1 + MOST_LINES + 5
    assert said[:-1] == [line_of(samples.finding())] * MOST_LINES
    assert said[-1] == "more findings follow in the report"


@pytest.mark.parametrize("said", [None])
def test_where_nobody_listens_nothing_is_judged_early(said):
    assert told_to(None, said) is None
