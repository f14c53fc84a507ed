import asyncio
import contextlib

import pytest

from scanner.cluster.connection import ServerLost, connect, demand_extra, distrust, speaking
from scanner.cluster.server_url import Keys, read_server_url
from scanner.core.errors import SetupError

GOOD = {"tls_required": True, "auth_required": True}


@pytest.mark.parametrize(
    ("host", "info", "told"),
    [
        ("127.0.0.1", {}, ""),
        ("10.0.0.1", GOOD, ""),
        ("10.0.0.1", {"tls_required": True, "tls_verify": True}, ""),
        ("10.0.0.1", {"auth_required": True}, "no TLS|demand TLS"),
        ("10.0.0.1", {"tls_available": True, "auth_required": True}, "demand TLS"),
        ("nats.example.org", {"tls_required": True}, "anybody"),
        ("nats.example.org", {}, "demand TLS"),
    ],
)
def test_off_loopback_a_server_has_to_demand_tls_and_credentials(host, info, told):
    import re

    assert re.search(told, distrust(host, info)) if told else distrust(host, info) == ""


@pytest.mark.parametrize("error", [OSError("gone"), TimeoutError(), ValueError("x"), KeyError("y")])
def test_whatever_the_client_raises_means_that_it_may_be_asked_again(error):
    with pytest.raises(ServerLost), speaking():
        raise error


def test_without_the_extra_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "nats.aio.client", None)
    with pytest.raises(SetupError, match=r"pip install 'exposure-scanner\[cluster\]'"):
        demand_extra()


@pytest.fixture
async def first_line():
    """Play a server that says one line; returns how to start it, and what it was told."""
    heard = []
    servers = []

    async def start(line):
        async def serve(reader, writer):
            writer.write(line)
            heard.append(await reader.read(4_096))
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        servers.append(server)
        return server.sockets[0].getsockname()[1]

    yield start, heard
    for server in servers:
        server.close()


@pytest.mark.parametrize("line", [b"SSH-2.0-x\r\n", b"INFO nonsense\r\n", b"INFO []\r\n"])
async def test_what_is_no_nats_server_ends_in_one_line(first_line, line):
    start, _ = first_line
    url = read_server_url(f"nats://127.0.0.1:{await start(line)}", Keys(), {})
    with pytest.raises(SetupError, match=url.shown):
        async with connect(url, "test", asyncio.Event()):
            pass


async def test_no_credential_is_sent_to_a_server_that_takes_tls_away(first_line, monkeypatch):
    # Loopback is let in without TLS; here it stands for a server elsewhere.
    monkeypatch.setattr("scanner.cluster.connection.names_this_machine", lambda host: False)
    start, heard = first_line
    port = await start(b'INFO {"server_id":"x","version":"2.9.10","max_payload":1048576,"auth_required":true}\r\n')
    url = read_server_url(f"tls://ops@127.0.0.1:{port}", Keys(), {"EXPOSURE_CLUSTER_PASSWORD": "hush"})
    with pytest.raises(SetupError, match="does not demand TLS"):
        async with connect(url, "test", asyncio.Event()):
            pass
    assert heard
    assert b"hush" not in b"".join(heard)


async def test_a_server_with_which_no_connection_comes_to_be_is_not_waited_for_for_ever(first_line, monkeypatch):
    # The client of NATS did not come back from a certificate of another authority.
    monkeypatch.setattr("scanner.cluster.connection.CONNECT_S", 0.1)
    start, _ = first_line
    url = read_server_url(f"nats://127.0.0.1:{await start(b'')}", Keys(), {})
    with pytest.raises(SetupError, match=r"no connection within 0\.1 s"):
        async with connect(url, "test", asyncio.Event()):
            pass
