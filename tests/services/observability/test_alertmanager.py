import pytest

from tests.services.observability.test_prometheus import WEB
from tests.support.checks import wrong_examples

CONFIG = "route: {receiver: team}\nreceivers: [{name: team, webhook_configs: [{url: 'http://127.0.0.1:1/?key=hidden-word'}]}]\n"


def test_the_examples_are_judged_as_written():
    assert wrong_examples("observability/alertmanager") == []


@pytest.fixture
def alertmanager(server):
    def start(*options):
        argv = ["prometheus-alertmanager", "--config.file={dir}/a.yml", "--web.listen-address={address}:9093"]
        return server(
            [*argv, "--storage.path={dir}/data", "--cluster.listen-address=", *options],
            [9093],
            package="prometheus-alertmanager",
            files={"a.yml": CONFIG, "web.yml": WEB},
        )

    return start


@pytest.mark.fleet("alertmanager", "open", lint="prom/alertmanager:v0.25.0")
def test_a_plain_server_is_exposed_without_its_secrets(alertmanager, see):
    running = alertmanager()
    verdict = see(running, "alertmanager", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["alertmanager-open"])
    assert verdict.row.version.startswith("0.")
    assert verdict.row.evidence["alerts"] == 0
    assert "hidden-word" not in repr(verdict.row) + repr(verdict.findings)
    assert see(running, "observability").service == "alertmanager"


@pytest.mark.fleet("alertmanager", "protected")
def test_a_password_turns_everybody_away(alertmanager, see):
    verdict = see(alertmanager("--web.config.file={dir}/web.yml"), "alertmanager")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("alertmanager", "protected")
def test_a_password_in_front_of_the_interface_protects(alertmanager, server, see):
    front = server.front(f"http://{alertmanager().address}:9093", 9093, public=("= /",), user="u", password="p")
    verdict = see(front, "alertmanager", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("alertmanager", "look-alike")
def test_a_start_page_alone_is_not_exposed(server, see):
    argv = ["python3", "-m", "http.server", "--bind", "{address}", "9093"]
    page = {"index.html": "<html><head><title>Alertmanager</title></head></html>"}
    verdict = see(server(argv, [9093], package="python3", files=page), "alertmanager")
    assert (verdict.status, verdict.rules) == ("inconclusive", [])
