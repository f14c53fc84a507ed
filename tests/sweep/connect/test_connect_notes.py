"""What the connect engine tells the audit log is what it handed to the kernel: no more, no less."""

import ipaddress
import socket

import pytest

from scanner.core.address import to_number
from scanner.core.errors import StoreError
from scanner.core.event import PortState
from scanner.core.intervals import Intervals
from scanner.core.ports import Transport
from scanner.sweep.connect.canary import CANARY_ATTEMPT
from scanner.sweep.connect.connect_notes import note_connects
from scanner.sweep.connect.engine import ConnectEngine
from scanner.sweep.connect.errnos import Fault
from scanner.sweep.connect.neighbours import Neighbours
from scanner.sweep.connect.order import Slot
from scanner.sweep.kernel import Nud
from tests.sweep.account import Account, Full, swept
from tests.sweep.jobs import make_plan


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


def test_a_canary_stands_in_the_log_by_name():
    account = Account()
    note_connects(account, CANARY_ATTEMPT, slots(80), [])
    note_connects(account, 1, slots(81), [])
    assert [(attempt, port) for _, attempt, _, _, port in account.sent] == [("canary", 80), (1, 81)]


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
