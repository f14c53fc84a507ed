import pytest

from scanner.cli.keeping import history_in
from scanner.core.errors import StoreError, UsageError
from scanner.core.problem import ProblemKind
from tests.history.store.told import HOSTS, found, time_of, told

REPORT = told(1, found(HOSTS[0]))


def test_without_a_history_a_report_stays_as_it_is():
    with history_in("") as keep:
        assert keep(REPORT) is REPORT


def test_a_report_is_kept_with_its_first_day(tmp_path):
    with history_in(str(tmp_path / "h.db")) as keep:
        assert keep(REPORT).findings[0].first_seen == time_of(1)


def test_a_history_that_can_not_be_opened_ends_the_run_before_it_begins(tmp_path):
    (tmp_path / "h.db").write_text("no database " * 100)
    with pytest.raises(StoreError), history_in(str(tmp_path / "h.db")):
        pytest.fail("nothing may be sent")
    with pytest.raises(UsageError), history_in("10.0.0.0/24"):
        pytest.fail("nothing may be sent")


def test_a_history_that_fails_at_the_end_costs_the_run_nothing_else(tmp_path, monkeypatch):
    def full(*_):
        raise StoreError("the disk is full")

    monkeypatch.setattr("scanner.cli.run_history.add_run", full)
    with history_in(str(tmp_path / "h.db")) as keep:
        report = keep(REPORT)
    (problem,) = report.problems
    assert (report.findings, problem.kind) == (REPORT.findings, ProblemKind.RUN_NOT_SAVED)
    assert "history add" in problem.detail
