import pytest

from tests.support.checks import wrong_examples


def test_the_examples_are_judged_as_written():
    assert wrong_examples("infrastructure/ustreamer") == []


def start(server):
    argv = ["ustreamer", "-s", "{address}", "-p", "8080", "-d", "/dev/null"]
    return server(argv, [8080], package="ustreamer")


@pytest.mark.fleet("ustreamer", "open")
def test_a_stream_without_a_password_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "ustreamer", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["ustreamer-no-password"])
    assert verdict.row.evidence == {"clients": 0}
    assert see(running).service == "ustreamer"


@pytest.mark.fleet("ustreamer", "protected")
def test_a_password_in_front_of_its_stream_protects(server, see):
    front = server.front(f"http://{start(server).address}:8080", 8080, public=("= /",), user="u", password="p")
    verdict = see(front, "ustreamer", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
