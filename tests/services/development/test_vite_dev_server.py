import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PROGRAM = str(ROOT / ".fleet/npm/vite/node_modules/vite/bin/vite.js")


def test_the_examples_are_judged_as_written():
    assert wrong_examples("development/vite-dev-server") == []


@pytest.mark.fleet("vite-dev-server", "open")
def test_a_server_on_the_network_is_exposed(server, see):
    server.need("vite", PROGRAM)
    argv = ["node", PROGRAM, "--host", "{address}", "--port", "5173", "--strictPort", "{dir}"]
    running = server(argv, [5173], package="vite", files={"index.html": "<h1>app</h1>"}, patience_s=60)
    verdict = see(running, "vite-dev-server", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["vite-dev-server-open"])
    assert see(running).service == "vite-dev-server"
