import socket

import pytest


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    return address[1]
