import socket

import pytest

from scanner.sweep.connect.in_flight import connected_to_itself


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_socket_that_reached_itself_is_recognised(kind):
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.connect(sock.getsockname())
        assert connected_to_itself(sock)


def test_a_socket_that_reached_somebody_else_is_not():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as sock:
        sock.connect(server.getsockname())
        assert not connected_to_itself(sock)


def test_a_connection_that_is_gone_is_nobody():
    with socket.socket() as sock:
        assert not connected_to_itself(sock)
