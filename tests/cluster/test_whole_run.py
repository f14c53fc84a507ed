import pytest

from scanner.cluster.chunk_report import undone_run
from scanner.cluster.names import ANYWHERE, Chunk
from scanner.cluster.standing import Standing
from scanner.cluster.whole_run import chunk_reports
from scanner.core.report import RunStatus
from tests.cluster.test_coordinator import PLAN, RUN, report_of

CHUNKS = [Chunk(RUN, ANYWHERE, index) for index in (1, 2, 3)]


@pytest.mark.parametrize("stopped", [True, False])
def test_each_chunk_has_a_report_and_a_part_of_one_counts_in_a_stopped_run_alone(stopped):
    standing = Standing(CHUNKS, 0.0)
    standing.accept(CHUNKS[0], report_of(CHUNKS[0], 3))
    standing.accept(CHUNKS[1], report_of(CHUNKS[1], 3, status=RunStatus.INTERRUPTED, unscanned=10))
    standing.fail(CHUNKS[2], "a worker refused it")
    run = undone_run(PLAN, RUN, "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", stopped=stopped)
    reports = chunk_reports(PLAN, standing, 3, run, "nobody came")
    assert [report.run.shard for report in reports] == ["1/3", "2/3", "3/3"]
    sizes = [report.coverage.endpoints_planned for report in reports]
    assert [report.coverage.unscanned for report in reports] == [0, 10 if stopped else sizes[1], sizes[2]]
    assert sum(sizes) == PLAN.space.size
    assert "a worker refused it" in reports[2].problems[0].detail
    assert stopped or "nobody came" in reports[1].problems[0].detail
