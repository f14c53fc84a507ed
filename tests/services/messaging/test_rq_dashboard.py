import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PROGRAM = str(ROOT / ".fleet/pypi/rq-dashboard/bin/rq-dashboard")


def test_the_examples_are_judged_as_written():
    assert wrong_examples("messaging/rq-dashboard") == []


def start(server, *options):
    redis = server(
        ["redis-server", "--bind", "{address}", "--port", "6379", "--save", ""], [6379], package="redis-server"
    )
    argv = [PROGRAM, "-b", "{address}", "-p", "9181", "-u", f"redis://{redis.address}:6379", *options]
    return server(argv, [9181], package="rq-dashboard", patience_s=60)


@pytest.mark.timeout(180)
@pytest.mark.fleet("rq-dashboard", "open", lint="eoranged/rq-dashboard:latest")
def test_a_server_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "rq-dashboard", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["rq-dashboard-no-auth"])
    assert verdict.row.evidence == {"queues": 0}
    assert see(running).service == "rq-dashboard"


@pytest.mark.timeout(180)
@pytest.mark.fleet("rq-dashboard", "protected")
def test_a_password_in_front_of_it_protects(server, see):
    front = server.front(f"http://{start(server).address}:9181", 9181, public=("= /",), user="u", password="p")
    verdict = see(front, "rq-dashboard", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.real
@pytest.mark.timeout(180)
def test_a_login_of_its_own_hides_its_name(server, see):
    verdict = see(start(server, "--username", "u", "--password", "p"), "rq-dashboard")
    assert (verdict.status, verdict.rules) == ("open", [])


@pytest.mark.timeout(180)
@pytest.mark.fleet("rq-dashboard", "open", lint="eoranged/rq-dashboard:latest")
def test_a_password_without_its_user_locks_nothing(server, see):
    verdict = see(start(server, "--password", "p"), "rq-dashboard")
    assert (verdict.status, verdict.rules) == ("exposed", ["rq-dashboard-no-auth"])
