import pytest

from scanner.cli.history_options import AddOptions
from scanner.cli.run_history import add_reports, keep, open_history
from scanner.core.errors import UsageError
from scanner.core.exit_code import ExitCode
from tests.history.store.told import HOSTS, found, time_of, told


def test_a_run_is_kept_and_its_findings_get_their_day(tmp_path):
    with open_history(str(tmp_path / "h.db"), make=True) as store:
        keep(store, told(1, found(HOSTS[0])))
        report = keep(store, told(5, found(HOSTS[0])))
    assert report.findings[0].first_seen == time_of(1)


def test_a_report_that_can_not_be_read_adds_nothing(tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    with pytest.raises(UsageError, match=r"broken\.json"):
        add_reports(AddOptions(reports=(broken,), history=str(tmp_path / "h.db")))
    assert not (tmp_path / "h.db").exists()


def test_no_report_adds_nothing(tmp_path):
    assert add_reports(AddOptions(reports=(), history=str(tmp_path / "h.db"))) is ExitCode.CLEAN
