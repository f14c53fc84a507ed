import pytest

from tests.support.checks import wrong_examples


def test_the_examples_are_judged_as_written():
    assert wrong_examples("observability/darkstat") == []


def start(server):
    argv = ["darkstat", "-i", "lo", "--no-daemon", "--no-promisc", "-b", "{address}", "-p", "667"]
    return server([*argv, "--chroot", "{dir}", "--user", "nobody"], [667], package="darkstat")


@pytest.mark.root
@pytest.mark.fleet("darkstat", "open")
def test_its_page_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "darkstat", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["darkstat-open"])
    assert see(running).service == "darkstat"


@pytest.mark.root
@pytest.mark.fleet("darkstat", "protected")
def test_a_password_in_front_of_its_hosts_protects(server, see):
    front = server.front(f"http://{start(server).address}:667", 667, public=("= /",), user="u", password="p")
    verdict = see(front, "darkstat", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
