import socket
from ipaddress import ip_address

import pytest

from scanner.core.errors import ScopeError
from scanner.core.intervals import Intervals
from scanner.core.scope import Scope
from scanner.net.connect_check import ConnectResult, connect_check
from scanner.net.icmp import Message, says_nobody
from tests.support.look import LOOPBACK
from tests.support.servers import forever, serving

HERE = ip_address("127.0.0.1")


async def test_an_open_port_accepts_and_a_closed_one_refuses():
    async with serving(forever) as port:
        assert await connect_check(HERE, port, LOOPBACK, 2.0) is ConnectResult.ACCEPTED
    assert await connect_check(HERE, port, LOOPBACK, 2.0) is ConnectResult.REFUSED


async def test_nothing_outside_the_scope_is_knocked_at():
    with pytest.raises(ScopeError):
        await connect_check(HERE, 80, Scope(Intervals([(5, 6)])), 2.0)


@pytest.mark.parametrize("code", [0, 1, 7])
def test_no_such_host_is_told_from(code):
    assert says_nobody(socket.AF_INET, Message(3, code))


@pytest.mark.parametrize("message", [None, *(Message(3, code) for code in (2, 3, 9, 10, 13)), Message(1, 3)])
def test_a_filter_that_refuses(message):
    assert not says_nobody(socket.AF_INET, message)


def test_the_codes_of_version_6():
    assert says_nobody(socket.AF_INET6, Message(1, 3))
    assert not says_nobody(socket.AF_INET6, Message(1, 1))
    assert not says_nobody(socket.AF_INET6, Message(3, 1))
