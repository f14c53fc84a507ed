import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PACKAGE = "org.jolokia:jolokia-jvm:1.7.2"
JARS = ROOT / ".fleet/maven/jolokia-jvm/lib"
NOWHERE = {"elsewhere": "its front page is the 404 of Java's own web server: nothing leads to it from another port"}
PROGRAM = "class Wait { public static void main(String[] a) throws Exception { Thread.currentThread().join(); } }"


def test_the_examples_are_judged_as_written():
    assert wrong_examples("observability/jolokia") == []


def start(server, more=""):
    (agent,) = JARS.glob("jolokia-jvm-*.jar") if JARS.exists() else (JARS / "jolokia-jvm.jar",)
    server.need(PACKAGE, str(agent))
    argv = ["java", f"-javaagent:{agent}=port=8778,host={{address}}{more}", "{dir}/Wait.java"]
    return server(argv, [8778], package=PACKAGE, files={"Wait.java": PROGRAM}, patience_s=60)


@pytest.mark.timeout(120)
@pytest.mark.fleet("jolokia", "open", unlike=NOWHERE)
def test_an_agent_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "jolokia", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["jolokia-no-auth"])
    assert verdict.row.version.startswith("1.7")
    assert see(running).service == "jolokia"


@pytest.mark.timeout(120)
@pytest.mark.fleet("jolokia", "protected", unlike=NOWHERE)
def test_a_login_protects(server, see):
    verdict = see(start(server, ",user=u,password=p"), "jolokia", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
