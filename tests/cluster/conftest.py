import socket

import pytest

from tests.cluster.nats_server import nats_server


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as held:
        return held.getsockname()[1]


@pytest.fixture(scope="session")
def nats_url(tmp_path_factory):
    """Return the URL of a real server on loopback that the tests of this room share; runs keep to their own ids."""
    server = nats_server(free_port(), tmp_path_factory.mktemp("nats"))
    yield f"nats://127.0.0.1:{server.port}"
    server.stop()
