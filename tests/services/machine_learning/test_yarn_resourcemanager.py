import urllib.error
import urllib.request
from contextlib import suppress

import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PACKAGE = (
    "org.apache.hadoop:hadoop-yarn-server-resourcemanager:3.3.6"
    "+org.apache.hadoop:hadoop-yarn-server-timelineservice:3.3.6+org.apache.hadoop:hadoop-hdfs:3.3.6"
)
JARS = ROOT / ".fleet/maven/hadoop-yarn-server-resourcemanager/lib"
MAIN = "org.apache.hadoop.yarn.server.resourcemanager.ResourceManager"
FIFO = "org.apache.hadoop.yarn.server.resourcemanager.scheduler.fifo.FifoScheduler"
LOG = """log4j.rootLogger=ERROR,C
log4j.appender.C=org.apache.log4j.ConsoleAppender
log4j.appender.C.layout=org.apache.log4j.SimpleLayout
"""
YARN = {
    "yarn.resourcemanager.hostname": "{address}",
    "yarn.resourcemanager.scheduler.class": FIFO,
}
LOGIN = {
    "hadoop.http.filter.initializers": "org.apache.hadoop.security.AuthenticationFilterInitializer",
    "hadoop.http.authentication.type": "simple",
    "hadoop.http.authentication.simple.anonymous.allowed": "false",
    "hadoop.http.authentication.signature.secret.file": "{dir}/secret",
}


def test_the_examples_are_judged_as_written():
    assert wrong_examples("machine_learning/yarn-resourcemanager") == []


def settings(values):
    rows = (f"<property><name>{name}</name><value>{value}</value></property>" for name, value in values.items())
    return f"<configuration>{''.join(rows)}</configuration>"


def start(server, login):
    if not JARS.exists():
        pytest.skip("hadoop-yarn-server-resourcemanager is part of `make fleet`")
    files = {"yarn-site.xml": settings(YARN), "core-site.xml": settings(login), "log4j.properties": LOG, "secret": "x"}
    argv = ["java", "-Xmx512m", "--add-opens=java.base/java.lang=ALL-UNNAMED", "-cp", f"{{dir}}:{JARS}/*", MAIN]
    return server(argv, [8088], package=PACKAGE, files=files, patience_s=120)


def warm(running):
    """The first question has classes loaded for longer than a scan waits."""
    with suppress(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://{running.address}:8088/ws/v1/cluster/info", timeout=60).close()


@pytest.mark.timeout(240)
@pytest.mark.fleet("yarn-resourcemanager", "open")
def test_a_manager_without_a_login_is_exposed(server, see):
    running = start(server, {})
    warm(running)
    verdict = see(running, "yarn-resourcemanager", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["yarn-resourcemanager-no-auth"])
    assert verdict.row.version == "3.3.6"
    assert see(running).service == "yarn-resourcemanager"


@pytest.mark.timeout(240)
@pytest.mark.fleet("yarn-resourcemanager", "protected")
def test_a_login_protects(server, see):
    running = start(server, LOGIN)
    warm(running)
    verdict = see(running, "yarn-resourcemanager", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
