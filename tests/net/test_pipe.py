import asyncio
import socket
from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint, Transport
from scanner.core.errors import Malformed, TimedOut
from scanner.core.problem import ProblemKind
from scanner.net.pipe import Pipe, framed

MESSAGES = [
    (1, Endpoint(ip_address("10.0.0.1"), 80), None),
    (2, "x" * 300_000, b""),
    (3, TimedOut("late", b"got"), True),
]


async def test_messages_arrive_whole_and_in_order_and_the_end_is_told():
    heard, gone, there, all_of_them = [], asyncio.Event(), asyncio.Event(), asyncio.Event()

    def hear(message):
        heard.append(message)
        if len(heard) == 4:
            all_of_them.set()

    one, other = socket.socketpair()
    sender, receiver = Pipe(hear, there.set), Pipe(hear, gone.set)
    await sender.open(one)
    await receiver.open(other)
    for message in MESSAGES:
        sender.send(message)
    sender.send("the last")
    await all_of_them.wait()
    assert heard[3] == "the last"
    assert heard[:2] == MESSAGES[:2]
    assert (str(heard[2][1]), heard[2][1].got) == ("late", b"got")
    sender.close()
    await gone.wait()
    receiver.send("to nobody")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
def test_pieces_of_any_size_are_put_together(size):
    heard = []
    pipe = Pipe(heard.append, lambda: None)
    data = b"".join(framed(number) for number in range(20))
    for start in range(0, len(data), size):
        pipe.data_received(data[start : start + size])
    assert heard == list(range(20))


def test_a_member_of_an_enum_passes_whatever_python_makes_of_it(monkeypatch):
    """Python 3.11.2, that of Debian 12, pickles it as a call of `getattr`."""
    monkeypatch.setattr(Transport, "__reduce_ex__", lambda self, _protocol: (getattr, (Transport, self.name)))
    heard = []
    Pipe(heard.append, lambda: None).data_received(framed((Transport.UDP, ProblemKind.STAGE_CRASHED)))
    assert heard == [(Transport.UDP, ProblemKind.STAGE_CRASHED)]


@pytest.mark.parametrize("function", [print, eval, asyncio.run])
def test_nothing_but_what_this_program_is_made_of_is_loaded(function):
    pipe = Pipe(lambda _: None, lambda: None)
    with pytest.raises(Malformed, match="between processes"):
        pipe.data_received(framed(function))


@pytest.mark.parametrize(
    ("module", "name"), [("scanner.net.pipe", "asyncio.Event"), ("scanner.net.pipe", "pickle.Unpickler")]
)
def test_what_a_module_of_this_program_imports_is_not_loaded(module, name):
    pipe = Pipe(lambda _: None, lambda: None)
    texts = b"".join(b"\x8c" + bytes([len(text)]) + text.encode() for text in (module, name))
    data = b"\x80\x04" + texts + b"\x93."
    with pytest.raises(Malformed, match="between processes"):
        pipe.data_received(len(data).to_bytes(4) + data)
