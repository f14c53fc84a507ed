import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples
from tests.support.standins import see_stand_in


def test_the_examples_are_judged_as_written():
    assert wrong_examples("machine_learning/dagster") == []


def test_a_start_page_at_every_path_does_not_hide_an_open_interface():
    verdict = see_stand_in("dagster", "open")
    assert (verdict.status, verdict.rules) == ("exposed", ["dagster-no-auth"])
    assert verdict.row.decoy is None
    assert verdict.row.version == "1.13.28"


PROGRAM = str(ROOT / ".fleet/pypi/dagster-webserver/bin/dagster-webserver")


@pytest.mark.timeout(180)
@pytest.mark.fleet("dagster", "open")
def test_a_real_server_is_exposed(server, see):
    argv = [PROGRAM, "-h", "{address}", "-p", "3000", "--empty-workspace"]
    running = server(argv, [3000], package="dagster-webserver", env={"DAGSTER_HOME": "{dir}"}, patience_s=120)
    verdict = see(running, "dagster", golden="real-open")
    assert (verdict.status, verdict.rules) == ("exposed", ["dagster-no-auth"])
    assert see(running).service == "dagster"
