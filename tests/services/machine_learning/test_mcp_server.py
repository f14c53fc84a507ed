import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PROGRAM = str(ROOT / ".fleet/pypi/mcp/bin/python")
SERVER = """from mcp.server.mcpserver import MCPServer
server = MCPServer("fleet")
server.run(transport="streamable-http", host="{address}", port=8000)
"""


def test_the_examples_are_judged_as_written():
    assert wrong_examples("machine_learning/mcp-server") == []


@pytest.mark.fleet(
    "mcp-server", "open", unlike={"proxied": "its start page is missing, and a proxy hides that it is Python's"}
)
def test_a_server_without_a_login_is_exposed(server, see):
    running = server([PROGRAM, "{dir}/server.py"], [8000], package="mcp", files={"server.py": SERVER}, patience_s=60)
    verdict = see(running, "mcp-server", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["mcp-server-no-login"])
    assert see(running).service == "mcp-server"
