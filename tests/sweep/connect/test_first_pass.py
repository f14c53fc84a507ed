from scanner.sweep.connect import first_pass as module
from scanner.sweep.connect.first_pass import QUESTIONS, FirstPass
from scanner.sweep.connect.order import Slot
from scanner.sweep.connect.rtt import Hosts


def slots(address, count):
    return [Slot(address * 100 + port, address, port) for port in range(count)]


def test_a_few_ports_of_an_address_are_asked_and_the_rest_waits_for_an_answer():
    hosts = Hosts(10, details=True)
    first_pass = FirstPass(hosts)
    assert [first_pass.keeps(slot) for slot in slots(1, 6)] == [False] * QUESTIONS + [True] * 3
    assert (len(first_pass), first_pass.ready(10)) == (3, [])
    hosts.meet(1)
    assert first_pass.ready(2) == [103, 104]
    assert first_pass.ready(2) == [105]
    assert len(first_pass) == 0
    assert not first_pass.keeps(Slot(106, 1, 6))


def test_what_waits_for_silent_addresses_is_never_lost():
    first_pass = FirstPass(Hosts(10, details=True))
    kept = [slot.position for address in (1, 2) for slot in slots(address, 9) if first_pass.keeps(slot)]
    assert sorted(first_pass.rest()) == kept
    assert (len(first_pass), list(first_pass.rest())) == (0, [])


def test_beyond_many_addresses_nobody_waits(monkeypatch):
    monkeypatch.setattr(module, "_MOST_HOSTS", 1)
    first_pass = FirstPass(Hosts(10, details=True))
    assert [first_pass.keeps(slot) for slot in slots(1, 4)] == [False, False, False, True]
    assert [first_pass.keeps(slot) for slot in slots(2, 9)] == [False] * 9
