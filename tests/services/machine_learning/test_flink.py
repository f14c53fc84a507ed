import urllib.error
import urllib.request
from contextlib import suppress

import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PACKAGE = (
    "org.apache.flink:flink-runtime-web:1.20.3+org.apache.flink:flink-clients:1.20.3"
    "+org.apache.flink:flink-streaming-java:1.20.3"
)
JARS = ROOT / ".fleet/maven/flink-runtime-web/lib"
MAIN = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
SETTINGS = """jobmanager.rpc.address: {address}
jobmanager.rpc.port: 6123
jobmanager.bind-host: {address}
jobmanager.memory.process.size: 1600m
rest.address: {address}
rest.bind-address: {address}
rest.port: 8081
io.tmp.dirs: {dir}
web.tmpdir: {dir}
"""


def test_the_examples_are_judged_as_written():
    assert wrong_examples("machine_learning/flink") == []


def is_ready(running):
    """Its page answers 503 until its leader is elected."""
    with suppress(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://{running.address}:8081/", timeout=5).close()
        return True
    return False


def start(server):
    if not JARS.exists():
        pytest.skip("flink-runtime-web is part of `make fleet`")
    argv = ["java", "-Xmx512m", "-cp", f"{JARS}/*", MAIN, "--configDir", "{dir}"]
    files = {"config.yaml": SETTINGS}
    return server(argv, [8081], package=PACKAGE, files=files, ready=is_ready, patience_s=120)


@pytest.mark.timeout(240)
@pytest.mark.fleet("flink", "open", lint="flink:1.20.3")
def test_a_job_manager_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "flink", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["flink-no-auth"])
    assert verdict.row.version == "1.20.3"
    assert verdict.row.evidence == {"jobs": 0, "uploads": True}
    assert see(running).service == "flink"


@pytest.mark.timeout(240)
@pytest.mark.fleet("flink", "protected")
def test_a_password_in_front_of_its_jobs_protects(server, see):
    public = ("= /", "= /config")
    front = server.front(f"http://{start(server).address}:8081", 8081, public=public, user="u", password="p")
    verdict = see(front, "flink", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
