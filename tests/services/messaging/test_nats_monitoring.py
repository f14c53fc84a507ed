import pytest

from tests.support.checks import wrong_examples


def test_the_examples_are_judged_as_written():
    assert wrong_examples("messaging/nats-monitoring") == []


@pytest.fixture
def monitored(server):
    argv = ["nats-server", "-a", "{address}", "-p", "4222", "-m", "8222", "--user", "u", "--pass", "p"]
    return server(argv, [8222, 4222], package="nats-server")


@pytest.mark.fleet("nats-monitoring", "open", lint="nats:2.9")
def test_the_monitoring_port_is_exposed_though_clients_need_a_password(monitored, see):
    verdict = see(monitored, "nats-monitoring", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["nats-monitoring-open"])
    assert verdict.row.version.startswith("2.")
    assert verdict.row.evidence["client_auth_required"] is True
    assert see(monitored, "messaging").service == "nats-monitoring"


@pytest.mark.fleet("nats-monitoring", "protected", unlike={"elsewhere": "a password hides the page that names it"})
def test_a_password_in_front_protects(monitored, server, see):
    upstream = f"http://{monitored.address}:8222"
    front = server.front(upstream, 8222, public=("= /varz",), user="u", password="p")
    verdict = see(front, "nats-monitoring", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("nats-monitoring", "look-alike")
def test_general_statistics_alone_identify(monitored, server, see):
    front = server.front(f"http://{monitored.address}:8222", 8222, allow=("= /varz",))
    verdict = see(front, "nats-monitoring")
    assert (verdict.status, verdict.rules) == ("protected", [])
