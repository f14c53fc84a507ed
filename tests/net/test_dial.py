import errno
import socket
from ipaddress import ip_address

import pytest

from scanner.core.errors import Crowded, LocalFault, Refused, ScopeError, TalkError, Unreachable
from scanner.core.intervals import Intervals
from scanner.core.scope import Scope
from scanner.net import dial
from tests.support.look import LOOPBACK
from tests.support.servers import forever, serving

HERE = ip_address("127.0.0.1")


async def test_a_connection_is_open_and_does_not_block():
    async with serving(forever) as port:
        with await dial.dial(HERE, port, LOOPBACK, 5.0) as sock:
            assert sock.getpeername() == ("127.0.0.1", port)
            assert not sock.getblocking()
        with pytest.raises(ScopeError):
            await dial.dial(HERE, port, Scope(Intervals([(5, 6)])), 5.0)
    with pytest.raises(Refused):
        await dial.dial(HERE, port, LOOPBACK, 5.0)


def fails(monkeypatch, connect=None, make=None):
    """Let every connect(), or every socket(), of the module fail; returns the sockets that were made."""
    made = []

    class Failing(socket.socket):
        def __init__(self, *args):
            if make is not None:
                raise OSError(make, "x")
            super().__init__(*args)
            made.append(self)

        def connect(self, address):
            if connect is not None and self.type == socket.SOCK_STREAM:
                raise OSError(connect.pop(0), "x")
            if connect:
                raise OSError(connect[0], "x")

    monkeypatch.setattr(dial.socket, "socket", Failing)
    return made


@pytest.mark.parametrize(
    ("codes", "error"),
    [
        ([errno.EHOSTUNREACH], Unreachable),
        ([errno.ENETUNREACH, errno.ENETUNREACH], LocalFault),
        ([errno.ENETUNREACH, errno.EPERM], Unreachable),
        ([errno.EADDRNOTAVAIL], Crowded),
    ],
    ids=["host-unreachable", "no-route", "route-not-to-be-told", "crowded"],
)
async def test_a_machine_without_a_way_is_not_a_host_without_one(monkeypatch, codes, error):
    made = fails(monkeypatch, connect=codes)
    with pytest.raises(error):
        await dial.dial(HERE, 9, LOOPBACK, 5.0)
    assert all(sock.fileno() == -1 for sock in made)


async def test_a_machine_without_a_socket_left_says_so(monkeypatch):
    fails(monkeypatch, make=errno.EMFILE)
    with pytest.raises(Crowded):
        await dial.dial(HERE, 9, LOOPBACK, 5.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1", ("127.0.0.1", 9)),
        ("::1", ("::1", 9, 0, 0)),
        ("fe80::1%7", ("fe80::1", 9, 0, 7)),
        ("fe80::1%lo", ("fe80::1", 9, 0, socket.if_nametoindex("lo"))),
    ],
)
def test_a_link_local_address_has_its_interface(text, expected):
    assert dial.socket_address(ip_address(text), 9) == expected


async def test_dialling_through_an_interface_that_is_not_there_fails_cleanly():
    class Any:
        def demand(self, address):
            pass

    with pytest.raises(TalkError):
        await dial.dial(ip_address("fe80::1%none-such"), 9, Any(), 5.0)


def test_this_machine_knows_a_way_to_itself_and_none_through_an_interface_that_is_not_there():
    assert dial.has_route(HERE)
    assert not dial.has_route(ip_address("fe80::1%none-such"))
