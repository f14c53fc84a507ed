import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PACKAGE = "org.questdb:questdb:7.4.2"
JARS = ROOT / ".fleet/maven/questdb/lib"
PORTS = {"HTTP": 9000, "PG_NET": 8812, "LINE_TCP_NET": 9009, "HTTP_MIN_NET": 9003}


def test_the_examples_are_judged_as_written():
    assert wrong_examples("datastores/questdb") == []


def start(server, **more):
    server.need(PACKAGE, str(JARS))
    env = {f"QDB_{name}_BIND_TO": f"{{address}}:{port}" for name, port in PORTS.items()}
    argv = ["java", "-Xmx400m", "-p", str(JARS), "-m", "io.questdb/io.questdb.ServerMain", "-d", "{dir}"]
    return server(argv, [9000], package=PACKAGE, env=env | {"QDB_TELEMETRY_ENABLED": "false"} | more, patience_s=60)


@pytest.mark.timeout(120)
@pytest.mark.fleet("questdb", "open", lint="questdb/questdb:7.4.2")
def test_a_database_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "questdb", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["questdb-no-auth"])
    assert verdict.row.evidence == {"tables": 0}
    assert see(running).service == "questdb"


@pytest.mark.timeout(120)
@pytest.mark.fleet("questdb", "protected")
def test_a_password_in_front_of_its_queries_protects(server, see):
    front = server.front(f"http://{start(server).address}:9000", 9000, public=("= /",), user="u", password="p")
    verdict = see(front, "questdb", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.timeout(120)
@pytest.mark.fleet("questdb", "open", lint="questdb/questdb:7.4.2")
def test_the_login_of_later_releases_locks_nothing(server, see):
    verdict = see(start(server, QDB_HTTP_USER="u", QDB_HTTP_PASSWORD="p"), "questdb")
    assert (verdict.status, verdict.rules) == ("exposed", ["questdb-no-auth"])
