from dataclasses import replace

import pytest

from scanner.cluster.chunk_report import read_chunk_report, undone_report, undone_run
from scanner.cluster.worker import as_bytes
from scanner.core.errors import Malformed
from scanner.core.plan import Shard
from scanner.core.report import Coverage, RunStatus, ScanReport
from tests.cluster.plans import plan_of
from tests.report import samples

PLAN = plan_of("127.0.0.0/30", ports="6379,6380", seed=7)
SHARD = Shard(index=1, count=2)


def chunk(findings=(), **run):
    fields = {"shard": "1/2", "scope_sha256": PLAN.space.digest, "endpoints_total": 8, "seed": 7}
    rows = tuple(samples.row_of(one) for one in findings)
    return ScanReport(
        run=samples.run(**{**fields, **run}),
        coverage=Coverage(addresses=4, ports=2, endpoints_planned=4, open=1, closed=3, asked=1, answered=1),
        endpoints=rows,
        findings=tuple(findings),
    )


def read(report, vantage=None):
    return read_chunk_report(as_bytes(report), PLAN, SHARD, vantage)


def test_the_report_of_a_chunk_is_taken_and_says_from_where():
    found = samples.finding()
    report = read(chunk([found], vantage="a lie"), "dmz")
    assert report.findings == (found,)
    assert report.run.vantage == "dmz"
    assert read(chunk([found], vantage="a lie")).run.vantage is None


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (chunk(seed=8), "another run"),
        (chunk(shard="2/2"), "another run"),
        (chunk(scope_sha256="ab" * 32), "another run"),
        (chunk(endpoints_total=9), "another number"),
        (replace(chunk(), coverage=replace(chunk().coverage, endpoints_planned=5)), "another number"),
        (replace(chunk(), coverage=replace(chunk().coverage, closed=2)), "each endpoint once"),
        (chunk([samples.finding("10.0.0.1")]), "nobody asked about"),
        (chunk([samples.finding(port=22)]), "nobody asked about"),
    ],
)
def test_a_report_of_anything_else_is_refused(report, told):
    with pytest.raises(Malformed, match=told):
        read(report)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"schema": "exposure-scanner/report/v1"}', b"\xff" * 100])
def test_what_is_no_report_is_refused(data):
    with pytest.raises(Malformed):
        read_chunk_report(data, PLAN, SHARD, None)


def test_what_nobody_did_is_unscanned_to_the_last_endpoint():
    lent = undone_run(PLAN, "0123456789abcdef", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", stopped=False)
    report = undone_report(PLAN, SHARD, "dmz", "no worker was heard", lent)
    assert report.coverage.balanced
    assert report.coverage.unscanned == report.coverage.endpoints_planned == 4
    assert report.run.status is RunStatus.INCOMPLETE
    assert report.problems[0].kind.leaves_gap
    assert read_chunk_report(as_bytes(report), PLAN, SHARD, "dmz") == report
