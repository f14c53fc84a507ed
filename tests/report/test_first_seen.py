"""Since when a finding is known, and how old it is, stands in every form that people read."""

import io
import re

import pytest

from scanner.report.formats import html, markdown, table
from scanner.report.writer import WriteOptions
from scanner.tickets.fields import Fields
from scanner.tickets.marker import Marker, key_of_finding, member_of
from scanner.tickets.ticket import Rows, write_ticket
from tests.report import samples

RUN = samples.run(started="2026-01-01T12:00:00Z")


def written(writer, first_seen):
    out = io.StringIO()
    writer.write(samples.report(samples.finding(first_seen=first_seen), run=RUN), out, WriteOptions())
    return re.sub(r"\s+", " ", out.getvalue())


@pytest.mark.parametrize("writer", [table, markdown, html])
def test_a_report_tells_since_when_and_how_long(writer):
    assert "2025-12-01, 31 days before this run" in written(writer, "2025-12-01T00:00:00Z")
    assert "before this run" not in written(writer, None)


@pytest.mark.parametrize(
    ("first_seen", "words"),
    [
        ("2025-12-01T00:00:00Z", "2025-12-01T00:00:00Z, 31 days before this run"),
        ("2025-12-31T12:00:00Z", "2025-12-31T12:00:00Z, 1 day before this run"),
        ("2026-01-01T06:00:00Z", "2026-01-01T06:00:00Z, less than a day before this run"),
        ("some day", "some day"),
        ("2026-01-01", "2026-01-01"),
        (None, f"{RUN.ended} at the latest"),
    ],
)
def test_a_ticket_tells_it_too(first_seen, words):
    finding = samples.finding(first_seen=first_seen)
    marker = Marker(key_of_finding(finding.fingerprint), (member_of(finding),))
    ticket = write_ticket((finding,), marker, Fields(project="acme/ops"), RUN, host=False)
    (rows,) = [
        dict(block.rows) for block in ticket.blocks if isinstance(block, Rows) and "First seen" in dict(block.rows)
    ]
    assert rows["First seen"] == words
