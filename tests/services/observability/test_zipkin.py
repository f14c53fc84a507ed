import pytest

from tests.fleet.server import ROOT, answers
from tests.support.checks import wrong_examples
from tests.support.standins import see_stand_in


def test_the_examples_are_judged_as_written():
    assert wrong_examples("observability/zipkin") == []


def test_a_stand_in_without_a_login_is_exposed_with_a_count():
    verdict = see_stand_in("zipkin", "open")
    assert (verdict.status, verdict.rules) == ("exposed", ["zipkin-open"])
    assert ("services", 1) in verdict.row.evidence.items()


def test_a_stand_in_with_a_login_is_protected():
    verdict = see_stand_in("zipkin", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


JAR = ROOT / ".fleet" / "maven" / "zipkin-server" / "lib" / "zipkin-server-3.4.2-exec.jar"
LISTEN = ("ip={address}", "port=9411", "protocols[0]=http")


@pytest.fixture(scope="module")
def zipkin(module_server):
    module_server.need("io.zipkin:zipkin-server:3.4.2:exec", "java")
    if not JAR.exists():
        pytest.skip("Zipkin's jar is missing; run `make fleet`")
    argv = ["java", "-Xmx200m", "-jar", str(JAR), *(f"--armeria.ports[0].{option}" for option in LISTEN)]
    return module_server(
        argv, [9411], package="io.zipkin:zipkin-server:3.4.2:exec", patience_s=90, ready=answers("/health")
    )


@pytest.mark.timeout(120)
@pytest.mark.fleet("zipkin", "open", lint="openzipkin/zipkin:3.4")
def test_a_plain_server_is_exposed(zipkin, see):
    verdict = see(zipkin, "zipkin", golden="open")
    assert (verdict.status, verdict.rules, verdict.row.version) == ("exposed", ["zipkin-open"], "3.4.2")
    assert see(zipkin, "observability").service == "zipkin"


@pytest.mark.timeout(120)
@pytest.mark.fleet("zipkin", "protected", unlike={"elsewhere": "a password hides the front page that names it"})
def test_a_password_in_front_of_the_interface_protects(zipkin, server, see):
    upstream = f"http://{zipkin.address}:9411"
    front = server.front(upstream, 9411, public=("= /zipkin/config.json",), user="u", password="p")
    verdict = see(front, "zipkin", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
