import asyncio
import errno
from ipaddress import ip_address

import pytest

from scanner.core.errors import ScopeError
from scanner.core.intervals import Intervals
from scanner.core.scope import Scope
from scanner.net.connect_check import ConnectResult, connect_check
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


@pytest.mark.parametrize("code", [errno.ECONNRESET, errno.EPIPE])
async def test_a_peer_that_resets_what_it_has_accepted_is_there(monkeypatch, code):
    async def reset(_loop, _sock, _address):
        raise OSError(code, "reset")

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", reset)
    assert await connect_check(HERE, 80, LOOPBACK, 2.0) is ConnectResult.ACCEPTED
