import socket

import pytest

from tests.fleet.plugin import digest_tree
from tests.fleet.server import accepts

CONFIG = """
tickTime=2000
dataDir={dir}/data
clientPort=2181
clientPortAddress={address}
admin.serverAddress={address}
admin.serverPort=8080
"""

# What the image writes into zoo.cfg for it.
ALL_COMMANDS = {"environment": {"ZOO_4LW_COMMANDS_WHITELIST": "*"}}


def serving(running) -> bool:
    """Tell whether the server is past its start-up: it accepts connections before that."""
    with socket.socket() as sock:
        sock.settimeout(2)
        sock.connect((running.address, 2181))
        sock.sendall(b"srvr")
        answer = sock.recv(4096)
    is_up = bool(answer) and b"not currently serving" not in answer
    return is_up and all(accepts(running.address, port) for port in running.ports)


def start(server, extra: str = "", ports=(2181,)):
    jars = ("zookeeper", "slf4j-simple", "servlet-api", "jetty9-util-ajax")
    classes = ":".join(f"/usr/share/java/{jar}.jar" for jar in jars)
    return server(
        ["java", "-Xmx128m", "-XX:+UseSerialGC", "-cp", classes, "org.apache.zookeeper.server.quorum.QuorumPeerMain",
         "{dir}/zoo.cfg"],
        list(ports), package="zookeeper", files={"zoo.cfg": CONFIG + extra}, patience_s=50, ready=serving,
    )  # fmt: skip


@pytest.mark.fleet("zookeeper", "open", lint="zookeeper:3.8", given=ALL_COMMANDS)
@pytest.mark.fleet("zookeeper-admin", "open", lint="zookeeper:3.8", given=ALL_COMMANDS)
def test_open_commands_and_the_admin_server_are_exposed_and_unchanged(server, see, unchanged):
    running = start(server, "4lw.commands.whitelist=*\n", (2181, 8080))
    with unchanged(lambda: digest_tree(running.directory / "data")):
        verdict = see(running, "zookeeper", golden="open")
        admin = see(running, "zookeeper-admin", port=8080, golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["zookeeper-commands-open"])
    assert verdict.row.version == "3.8.0"
    assert (admin.status, admin.rules) == ("exposed", ["zookeeper-admin-no-auth"])
    assert see(running).service == "zookeeper"


@pytest.mark.fleet(
    "zookeeper-admin", "protected", unlike={"elsewhere": "a password hides the front page that names it"}
)
def test_a_password_in_front_of_the_admin_server_protects(server, see):
    upstream = f"http://{start(server, ports=(2181, 8080)).address}:8080"
    front = server.front(upstream, 8080, public=("= /commands",), user="u", password="p")
    verdict = see(front, "zookeeper-admin", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("zookeeper", "look-alike")
def test_the_default_command_alone_leaves_it_identified(server, see):
    running = start(server, "admin.enableServer=false\n")
    verdict = see(running, "zookeeper", golden="default")
    assert (verdict.status, verdict.rules) == ("identified", [])
    assert "session" in verdict.row.note


@pytest.mark.fleet("zookeeper", "protected")
def test_closed_commands_leave_nothing_but_the_version(server, see):
    closed = "4lw.commands.whitelist=ruok\nadmin.enableServer=false\n"
    verdict = see(start(server, closed), "zookeeper")
    assert (verdict.status, verdict.rules) == ("identified", [])
