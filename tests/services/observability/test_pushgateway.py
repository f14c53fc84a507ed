import urllib.request

import pytest

from tests.services.observability.test_prometheus import WEB
from tests.support.checks import wrong_examples


def test_the_examples_are_judged_as_written():
    assert wrong_examples("observability/pushgateway") == []


@pytest.fixture
def pushgateway(server):
    def start(*options):
        argv = ["prometheus-pushgateway", "--web.listen-address={address}:9091", "--persistence.file=", *options]
        return server(argv, [9091], package="prometheus-pushgateway", files={"web.yml": WEB})

    return start


@pytest.mark.fleet("pushgateway", "open", lint="prom/pushgateway:v1.5.1")
def test_a_plain_server_is_exposed_and_unchanged(pushgateway, see, unchanged):
    running = pushgateway("--web.enable-admin-api")
    url = f"http://{running.address}:9091"
    urllib.request.urlopen(urllib.request.Request(f"{url}/metrics/job/shop", b"sold 3\n"), timeout=5).close()

    def state():
        with urllib.request.urlopen(f"{url}/api/v1/metrics", timeout=5) as answer:
            return answer.read()

    with unchanged(state):
        verdict = see(running, "pushgateway", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["pushgateway-open"])
    assert verdict.row.version.startswith("1.")
    assert verdict.row.evidence == {"groups": 1, "admin_api": "true", "lifecycle_api": "false"}
    assert see(running, "observability").service == "pushgateway"


@pytest.mark.fleet("pushgateway", "protected")
def test_a_password_turns_everybody_away(pushgateway, see):
    verdict = see(pushgateway("--web.config.file={dir}/web.yml"), "pushgateway")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("pushgateway", "protected")
def test_a_password_in_front_of_the_interface_protects(pushgateway, server, see):
    front = server.front(f"http://{pushgateway().address}:9091", 9091, public=("= /",), user="u", password="p")
    verdict = see(front, "pushgateway", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
