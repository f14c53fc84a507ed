import pytest

from tests.fleet.server import ROOT
from tests.services.messaging.test_kafka import start_broker
from tests.support.checks import wrong_examples
from tests.support.raw import connected
from tests.support.standins import see_stand_in


def test_the_examples_are_judged_as_written():
    assert wrong_examples("messaging/kafka-connect") == []


def test_a_stand_in_without_a_login_is_exposed_with_a_count():
    verdict = see_stand_in("kafka-connect", "open")
    assert (verdict.status, verdict.rules) == ("exposed", ["kafka-connect-open"])
    assert ("connectors", 1) in verdict.row.evidence.items()


def test_a_stand_in_with_a_login_is_protected():
    verdict = see_stand_in("kafka-connect", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


PACKAGE = "org.apache.kafka:connect-runtime:3.9.1"
MAVEN = ROOT / ".fleet" / "maven"
PATH = ":".join(f"{MAVEN}/connect-{part}/lib/*" for part in ("runtime", "json", "basic-auth-extension"))
CONF = """
bootstrap.servers=%s:9092
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
offset.storage.file.filename={dir}/offsets
listeners=http://{address}:8083
plugin.discovery=service_load
"""
# What the image writes into its properties for this variable.
EXTENSION = "org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension"
LOGIN_GIVEN = {"environment": {"CONNECT_REST_EXTENSION_CLASSES": EXTENSION}}
LOGIN = f"rest.extension.classes={EXTENSION}\n"
JAAS = (
    "KafkaConnect { org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule"
    ' required file="{dir}/passwords"; };\n'
)


@pytest.fixture(scope="module")
def broker(module_server):
    if not (MAVEN / "connect-runtime" / "lib").exists():
        pytest.skip("the jars of Kafka Connect are missing; run `make fleet`")
    return start_broker(module_server)


@pytest.fixture
def worker(broker, server):
    def start(more=""):
        jaas = "-Djava.security.auth.login.config={dir}/jaas.conf"
        argv = ["java", "-Xmx256m", jaas, "-cp", PATH, "org.apache.kafka.connect.cli.ConnectStandalone", "{dir}/c.conf"]
        files = {"c.conf": CONF % broker.address + more, "jaas.conf": JAAS, "passwords": "u=p\n"}
        return server(argv, [8083], package=PACKAGE, files=files, ready=answers, patience_s=60)

    return start


def answers(running):
    """Tell whether the worker is up: its web server says 404 to everything until then."""
    with connected(running.address, 8083) as sock:
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return b" 404 " not in sock.recv(64)


@pytest.mark.timeout(180)
@pytest.mark.fleet("kafka-connect", "open", lint="confluentinc/cp-kafka-connect:7.9.1", given={})
def test_a_plain_worker_is_exposed(worker, see):
    running = worker()
    verdict = see(running, "kafka-connect", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["kafka-connect-open"])
    assert (verdict.row.version, verdict.row.evidence["connectors"]) == ("3.9.1", 0)
    assert see(running, "messaging").service == "kafka-connect"


@pytest.mark.timeout(180)
@pytest.mark.fleet("kafka-connect", "protected", lint="confluentinc/cp-kafka-connect:7.9.1", given=LOGIN_GIVEN)
def test_a_worker_with_a_login_is_protected(worker, see):
    verdict = see(worker(LOGIN), "kafka-connect", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
