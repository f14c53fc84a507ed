import socket

import pytest

from tests.fleet.server import Server

MEMCACHED = ["memcached", "-u", "nobody", "-l", "{address}", "-p", "11211"]


def start(server, *more: str, **how) -> Server:
    return server([*MEMCACHED, *more], [11211], package="memcached", **how)


def command(running: Server, line: bytes) -> bytes:
    with socket.socket() as sock:
        sock.settimeout(5)
        sock.connect((running.address, 11211))
        sock.sendall(line + b"quit\r\n")
        answer = b""
        while got := sock.recv(65_536):
            answer += got
    return answer


@pytest.mark.fleet("memcached", "open", lint="memcached:1.6")
def test_an_open_cache_is_exposed_and_unchanged(server, see, unchanged):
    running = start(server, "-U", "0")
    command(running, b"set session 0 0 6\r\nsecret\r\n")
    with unchanged(lambda: command(running, b"get session\r\n")):
        verdict = see(running, "memcached", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["memcached-no-auth"])
    assert verdict.row.version.startswith("1.6")
    assert verdict.row.evidence["items"] == 1
    assert see(running).service == "memcached"


@pytest.mark.fleet("memcached", "protected", lint="memcached:1.6")
def test_users_protect(server, see):
    verdict = see(
        start(server, "-Y", "{dir}/users", files={"users": "user:password\n"}), "memcached", golden="password"
    )
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("memcached", "open", transport="udp")
def test_udp_is_a_finding_of_its_own(server, see):
    verdict = see(start(server, "-U", "11211"), "memcached", transport="udp", golden="udp")
    assert (verdict.status, verdict.rules) == ("exposed", ["memcached-udp"])


@pytest.mark.fleet("memcached", "protected", transport="udp")
def test_without_udp_nothing_answers(server, see):
    assert see(start(server, "-U", "0"), "memcached", transport="udp").status == "inconclusive"
