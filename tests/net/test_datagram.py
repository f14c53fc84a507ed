"""One question over UDP: what strangers send spends nothing and ends nothing."""

import socket
from ipaddress import IPv4Address

from scanner.core.address import to_number
from scanner.core.endpoint import Endpoint
from scanner.core.intervals import Intervals
from scanner.core.ports import Transport
from scanner.core.scope import Scope
from scanner.core.sends import datagram
from scanner.net import datagram as module
from scanner.net.budget import Budget
from scanner.net.datagram import Datagrams
from scanner.net.guard import Guard

PEER = Endpoint(IPv4Address("127.0.0.2"), 69, Transport.UDP)
NUMBER = to_number(PEER.address)


async def test_what_strangers_send_spends_nothing_of_the_budget(monkeypatch):
    answers = [(b"x" * 900, ("127.0.0.3", 1))] * 5 + [(b"answer", ("127.0.0.2", 5_000))]
    talk = Datagrams(
        PEER, Scope(Intervals([(NUMBER, NUMBER)])), Guard("toy", (datagram(b"hello"),), PEER), Budget(1e12, 1_000)
    )

    class Loop:
        async def sock_recvfrom(self, _sock, _most):
            return answers.pop(0)

    monkeypatch.setattr(module.asyncio, "get_running_loop", Loop)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        assert await talk._receive(sock, "127.0.0.2") == b"answer"
    assert talk.budget.bytes_left == 1_000 - len(b"answer")
