import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PROGRAM = str(ROOT / ".fleet/pypi/datasette/bin/datasette")
HIDDEN = {"elsewhere": "a password hides the front page that names it"}


def test_the_examples_are_judged_as_written():
    assert wrong_examples("datastores/datasette") == []


def start(server, allow="{}"):
    argv = [PROGRAM, "serve", "-h", "{address}", "-p", "8001", "--create", "{dir}/shop.db", "-m", "{dir}/meta.json"]
    return server(argv, [8001], package="datasette", files={"meta.json": allow}, patience_s=60)


@pytest.mark.timeout(180)
@pytest.mark.fleet("datasette", "open")
def test_a_server_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "datasette", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["datasette-open"])
    assert verdict.row.evidence == {"databases": 1}
    assert see(running).service == "datasette"


@pytest.mark.timeout(180)
@pytest.mark.fleet("datasette", "protected", unlike=HIDDEN)
def test_a_password_in_front_of_it_protects(server, see):
    page = ("= /-/versions.json",)
    front = server.front(f"http://{start(server).address}:8001", 8001, public=page, user="u", password="p")
    verdict = see(front, "datasette", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
