import socket

import numpy as np
import pytest

from scanner.core.address import V4_FIRST
from scanner.core.errors import SetupError
from scanner.sweep.kernel import Route
from scanner.sweep.syn import link as module
from scanner.sweep.syn.cookies import Cookies
from scanner.sweep.syn.link import RingLink
from scanner.sweep.syn.routes import Interface, Piece, Routes
from tests.sweep.syn.rings import Ring, addresses, targets

BASE = 0x0A_10_00_00
OWN = socket.inet_aton("10.16.0.200")
ETHERNET = {1: Interface(1, "eth0", bytes.fromhex("020000000001"))}
TUNNEL = {1: Interface(1, "tun0", None)}


class RxRing:
    def __init__(self, *_):
        self.drops = 2

    def dropped(self):
        return self.drops

    def close(self):
        self.drops = None


@pytest.fixture
def rings(monkeypatch):
    made = []

    def open_ring(*_, **__):
        made.append(Ring())
        return made[-1]

    monkeypatch.setattr(module, "TxRing", open_ring)
    monkeypatch.setattr(module, "RxRing", RxRing)
    return made


def open_link(*routes, interfaces=ETHERNET, resolve=lambda *_: {}):
    """Each route gets 16 addresses."""
    pieces = [
        Piece(V4_FIRST + BASE + 16 * place, V4_FIRST + BASE + 16 * place + 15, route)
        for place, route in enumerate(routes)
    ]
    link = RingLink(Routes(pieces), Cookies(bytes(16)), 60_000, 256, {4})
    link.open_senders(interfaces, resolve)
    return link


def pause():
    pytest.fail("there was room")


def router(last):
    return Route(1, OWN, socket.inet_aton(f"10.16.0.{last}"))


def known(_interface, _source, wanted):
    return {address: bytes([2, 0, 0, 0, 0, address[3]]) for address in wanted if address[3] % 2}


def test_of_neighbours_only_those_that_answered_are_sent_to(rings):
    link = open_link(Route(1, OWN), resolve=known)
    sent = link.send(0, targets(16), 60_000, pause)
    assert sent.tolist() == [bool(last % 2) for last in range(16)]
    assert rings[0].sent == addresses(16)[1::2]
    assert rings[0].frames[:8, 5].tolist() == list(range(1, 16, 2))


def test_behind_a_router_everything_is_sent_to_the_router(rings):
    link = open_link(router(201), resolve=known)
    assert link.send(0, targets(16), 60_000, pause) is None
    assert rings[0].sent == addresses(16)


def test_behind_a_router_that_does_not_answer_nobody_can_be_reached(rings):
    link = open_link(router(202), resolve=known)
    assert link.send(0, targets(16), 60_000, pause).tolist() == [False] * 16
    assert rings == []


def test_a_link_without_ethernet_asks_nobody(rings):
    link = open_link(Route(1, OWN), interfaces=TUNNEL, resolve=lambda *_: pytest.fail("no link addresses here"))
    assert link.send(0, targets(16), 60_000, pause) is None


def test_parts_that_share_a_router_share_a_ring_and_own_addresses_need_none(rings):
    open_link(router(201), router(201), router(203), Route(1, OWN, local=True), Route(0), resolve=known)
    assert len(rings) == 2


def test_too_many_routers_and_no_source_address_are_errors_that_name_the_remedy(rings, monkeypatch):
    monkeypatch.setattr(module, "MOST_SENDERS", 1)
    with pytest.raises(SetupError, match="--engine connect"):
        open_link(router(201), router(203), resolve=known)
    with pytest.raises(SetupError, match="no address to send from"):
        open_link(Route(1))


def test_too_many_neighbours_are_refused_before_they_are_asked(rings, monkeypatch):
    monkeypatch.setattr(module, "MOST_NEIGHBOURS", 15)
    with pytest.raises(SetupError, match="smaller range"):
        open_link(Route(1, OWN), resolve=lambda *_: pytest.fail("asked"))


def test_what_the_link_refused_is_tried_again_and_drops_are_told(rings):
    link = open_link(router(201), resolve=known)
    rings[0].down = True
    link.send(0, targets(4), 60_000, pause)
    assert link.stuck()
    rings[0].down = False
    assert not link.stuck()
    assert not link.sending()
    assert rings[0].sent == addresses(4)
    assert link.dropped() == 2
    link.close()
    assert rings[0].closed


def test_ipv6_neighbours_are_found_by_their_whole_address():
    high, low = 0xFD00 << 48, 5
    address = (high << 64 | low).to_bytes(16)
    neighbours = module._Neighbours({address: bytes.fromhex("020000000005")}, 6)
    wanted = module.Targets(
        6, np.arange(2), np.array([[high, 5], [high, 6]], dtype=np.uint64), np.array([80, 80], dtype=np.uint32)
    )
    macs, found = neighbours.of(wanted)
    assert found.tolist() == [True, False]
    assert macs[0].tobytes() == bytes.fromhex("020000000005")
