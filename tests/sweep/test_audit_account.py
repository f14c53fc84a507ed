"""What engines tell the audit log is what they handed to the kernel: no more, no less."""

import asyncio
import ipaddress
import socket
from collections import Counter

import numpy as np
import pytest

from scanner.core.address import to_address, to_number
from scanner.core.errors import StoreError
from scanner.core.event import PortState
from scanner.core.intervals import Intervals
from scanner.core.ports import Transport
from scanner.sweep import nmap as adapter
from scanner.sweep.connect.connect_notes import note_connects
from scanner.sweep.connect.engine import ConnectEngine
from scanner.sweep.connect.errnos import Fault
from scanner.sweep.connect.neighbours import Neighbours
from scanner.sweep.connect.order import Slot
from scanner.sweep.kernel import Nud
from scanner.sweep.nmap import NmapEngine
from scanner.sweep.syn.layout import Targets
from scanner.sweep.syn.schedule import MOST_ROUNDS
from scanner.sweep.syn.syn_notes import syn_notes
from tests.sweep.jobs import make_job, make_plan, run


class Account:
    """Counts attempts by transport, attempt, source port and place."""

    def __init__(self):
        self.sent = Counter()
        self.bytes_out = 0
        self.questions = []
        self.delegations = []

    def demand(self):
        pass

    def attempts(self, addresses, ports, *, transport, attempt, source_port=None, bytes_out=0):
        for address, port in zip(addresses, ports, strict=True):
            self.sent[transport, attempt, source_port, str(to_address(address)), port] += 1
        self.bytes_out += bytes_out

    def asked(self, what, addresses):
        self.questions += [(what, address) for address in addresses]

    def delegated(self, *words):
        self.delegations.append(words)


class Full(Account):
    def attempts(self, *_, **__):
        raise StoreError("no room")


def swept(engine, plan, account):
    async def go():
        job = make_job(plan)
        job.audit = account
        return await run(engine, job)

    asyncio.run(go())
    return account


def slots(*ports):
    return [Slot(place, to_number(ipaddress.ip_address("10.0.0.1")), port) for place, port in enumerate(ports)]


def test_an_attempt_that_this_machine_refused_was_not_sent():
    taken = slots(80, 81, 82, 83, 84)
    decided = [
        (taken[0], PortState.OPEN),
        (taken[1], Fault.UNCLEAR),
        (taken[2], Fault.NO_ROUTE),
        (taken[3], PortState.UNREACHABLE),
        (taken[4], Fault.CROWDED),
    ]
    account = Account()
    note_connects(account, 2, taken, decided)
    assert [key for *_, key in account.sent] == [80, 81, 83]
    assert {attempt for _, attempt, *_ in account.sent} == {2}


@pytest.mark.parametrize("family", [4, 6])
def test_the_source_port_of_a_syn_tells_its_round(family):
    account = Account()
    if family == 4:
        address, zone = np.array([0x0A000001], dtype=np.uint32), None
    else:
        address, zone = np.array([[0xFD00 << 48, 9]], dtype=np.uint64), np.array([0], dtype=np.uint32)
    targets = Targets(family, np.array([0]), address, np.array([443], dtype=np.uint32), zone)
    note = syn_notes(account, 60_000)
    for source_port in (60_000, 60_001, 60_000 + MOST_ROUNDS):
        note(targets, source_port)
    text = "10.0.0.1" if family == 4 else "fd00::9"
    assert [key[1:] for key in account.sent] == [
        (1, 60_000, text, 443),
        (2, 60_001, text, 443),
        (1, 60_000 + MOST_ROUNDS, text, 443),
    ]


def test_every_connection_attempt_of_a_sweep_is_told(network):
    account = swept(ConnectEngine(), make_plan(network, [1, 2]), Account())
    assert account.sent.total() == 512
    assert {key[:3] for key in account.sent} == {(Transport.TCP, 1, None)}


def test_a_repeated_datagram_is_told_again_with_its_payload(network):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind((network.replace("0/24", "9"), 0))
        address, port = deaf.getsockname()
        plan = make_plan(f"{address}/32", (), [port], timeout_s=1.5, retries=0)
        account = swept(ConnectEngine({port: b"hello"}), plan, Account())
        deaf.setblocking(False)
        heard = 0
        while True:
            try:
                heard += len(deaf.recv(64))
            except BlockingIOError:
                break
    assert {key[0] for key in account.sent} == {Transport.UDP}
    assert account.sent.total() > 1
    assert account.bytes_out == heard == 5 * account.sent.total()


def test_a_log_that_is_full_ends_a_sweep(network):
    with pytest.raises(ExceptionGroup) as caught:
        swept(ConnectEngine(), make_plan(network, [1]), Full())
    assert caught.group_contains(StoreError)


def test_neighbours_that_were_asked_are_told_and_others_are_not():
    account, answers = Account(), iter([True, False, None])
    neighbours = Neighbours(Intervals([(1, 9)]), lambda _: next(answers), dict[int, Nud])
    neighbours.tell(account)
    for address in (1, 2, 3):
        neighbours.unknown(address)
    neighbours.ask(3, 0.0)
    assert account.questions == [("neighbour", 1)]


def test_nmap_is_told_as_what_it_is_asked_to_do(network, monkeypatch):
    monkeypatch.setattr(adapter, "_open_nmap", object)
    monkeypatch.setattr(adapter, "_run", lambda *_: [])
    account = swept(NmapEngine(ConnectEngine()), make_plan(network, [80, 81], rate=100.0), Account())
    ((program, arguments, ports, targets),) = account.delegations
    assert (program, ports, targets) == ("nmap", "80-81", network)
    assert "--max-rate 100" in arguments
    assert not account.sent
