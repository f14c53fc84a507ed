"""Each system call of an attempt fails now and then: nothing is lost, nothing is called closed for it."""

import errno
import socket

import pytest

from scanner.sweep.connect.engine import ConnectEngine
from scanner.sweep.connect.selector import EpollWatch
from tests.sweep.jobs import make_plan, sweep

PORT = 47_021
CALLS = {
    "socket": [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM],
    "connect": [errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EPERM],
}


# Sockets that were refused are used again, so few are opened.
AT = {"socket": frozenset({1, 2, 4}), "connect": frozenset({1, 2, 17, 40, 65})}


class Failing:
    """Stands in for the socket type; some calls of one kind fail with an error."""

    def __init__(self, call: str, code: int) -> None:
        self.call, self.code = call, code
        self.count = 0

    def due(self, call: str) -> bool:
        if call != self.call:
            return False
        self.count += 1
        return self.count in AT[self.call]

    def make(self):
        plan = self

        class Socket(socket.socket):
            def __init__(self, *arguments) -> None:
                if plan.due("socket"):
                    raise OSError(plan.code, "injected")
                super().__init__(*arguments)

            def connect_ex(self, address) -> int:
                return plan.code if plan.due("connect") else super().connect_ex(address)

        return Socket


@pytest.mark.parametrize(
    ("call", "code"),
    [(call, code) for call, codes in CALLS.items() for code in codes],
    ids=lambda value: errno.errorcode.get(value, value),
)
def test_no_failure_of_this_machine_loses_a_port(network, listeners, monkeypatch, call, code):
    opened = {listeners(octet, PORT)[0] for octet in (1, 7, 30)}
    failing = Failing(call, code)
    monkeypatch.setattr(socket, "SocketType", failing.make())
    events, tally = sweep(ConnectEngine(), make_plan(network.replace("/24", "/27"), [PORT, PORT + 1]))
    assert failing.count >= max(AT[call])
    assert len(events) == len(opened)
    assert (tally.open, tally.closed, tally.unscanned) == (3, 61, 0)


def test_what_never_can_be_tried_is_unscanned_and_never_closed(network, monkeypatch):
    class Refusing(socket.socket):
        def connect_ex(self, _address) -> int:
            return errno.ENETUNREACH

    monkeypatch.setattr(socket, "SocketType", Refusing)
    events, tally = sweep(ConnectEngine(), make_plan(network, [PORT]))
    assert events == []
    assert (tally.closed, tally.filtered, tally.unreachable) == (0, 0, 0)
    assert tally.unscanned == 256
    assert len(tally.unscanned_list) == 256
    assert "no route" in tally.problems[0].detail


def test_an_error_of_our_own_ends_the_sweep_with_balanced_books(network, monkeypatch):
    def broken(_self) -> list[int]:
        raise MemoryError

    monkeypatch.setattr(EpollWatch, "ready", broken)
    with pytest.raises(BaseExceptionGroup):
        sweep(ConnectEngine(), make_plan(network, [PORT]))
