import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PROGRAM = str(ROOT / ".fleet/pypi/mitmproxy/bin/mitmweb")


def test_the_examples_are_judged_as_written():
    assert wrong_examples("infrastructure/mitmweb") == []


def start(server):
    argv = [PROGRAM, "--web-host", "{address}", "--web-port", "8081", "--listen-host", "{address}"]
    more = ["--listen-port", "8085", "--no-web-open-browser", "--set", "confdir={dir}"]
    return server([*argv, *more], [8081], package="mitmproxy", patience_s=60)


@pytest.mark.timeout(180)
@pytest.mark.fleet("mitmweb", "open", lint="mitmproxy/mitmproxy:11.0.2")
def test_a_server_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "mitmweb", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["mitmweb-no-auth"])
    assert verdict.row.evidence == {"flows": 0}
    assert see(running).service == "mitmweb"


@pytest.mark.timeout(180)
@pytest.mark.fleet("mitmweb", "protected")
def test_a_password_in_front_of_it_protects(server, see):
    front = server.front(f"http://{start(server).address}:8081", 8081, public=("= /",), user="u", password="p")
    verdict = see(front, "mitmweb", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
