import socket
import threading
from ipaddress import IPv4Address

import pytest

from scanner.core.address import to_address
from scanner.core.ports import LAST_PORT, Transport
from scanner.sweep.connect import udp
from scanner.sweep.connect.engine import ConnectEngine
from scanner.sweep.connect.order import Slot
from tests.sweep.jobs import make_plan, sweep

QUESTION = b"\x00who is there"


@pytest.fixture
def service(network):
    """A UDP service that answers only its own question."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((network.replace("0/24", "9"), 0))
    sock.settimeout(0.1)
    over = threading.Event()

    def serve():
        while not over.is_set():
            try:
                data, peer = sock.recvfrom(512)
            except TimeoutError:
                continue
            if data == QUESTION:
                sock.sendto(b"me", peer)

    thread = threading.Thread(target=serve)
    thread.start()
    yield sock.getsockname()
    over.set()
    thread.join()
    sock.close()


@pytest.fixture
def silent(network):
    """A bound UDP port that never answers."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((network.replace("0/24", "10"), 0))
    yield sock.getsockname()
    sock.close()


def test_only_an_answer_makes_a_port_open(network, service):
    port = service[1]
    events, tally = sweep(ConnectEngine({port: QUESTION}), make_plan(network.replace("/24", "/28"), udp=[port]))
    assert [(str(to_address(event.address)), event.port, event.transport) for event in events] == [
        (service[0], port, Transport.UDP)
    ]
    assert (tally.open, tally.closed, tally.planned) == (1, 15, 16)


def test_silence_is_filtered_and_never_open(silent):
    plan = make_plan(f"{silent[0]}/32", udp=[silent[1]], timeout_s=0.3, retries=0)
    events, tally = sweep(ConnectEngine(), plan)
    assert events == []
    assert (tally.open, tally.filtered, tally.closed) == (0, 1, 0)


def test_a_service_asked_the_wrong_question_is_not_called_open(service):
    plan = make_plan(f"{service[0]}/32", udp=[service[1]], timeout_s=0.3, retries=0)
    events, tally = sweep(ConnectEngine({service[1]: b"other"}), plan)
    assert events == []
    assert tally.filtered == 1


def test_a_lost_datagram_is_sent_again(silent):
    # The first question is "lost": the service comes to its socket only after a second.
    asked = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((silent[0], 0))
        sock.settimeout(0.05)
        over = threading.Event()

        def serve():
            while not over.is_set():
                try:
                    data, peer = sock.recvfrom(512)
                except TimeoutError:
                    continue
                asked.append(data)
                if len(asked) == 2:
                    sock.sendto(b"here", peer)

        thread = threading.Thread(target=serve)
        thread.start()
        port = sock.getsockname()[1]
        events, _ = sweep(ConnectEngine({port: QUESTION}), make_plan(f"{silent[0]}/32", udp=[port]))
        over.set()
        thread.join()
    assert asked == [QUESTION, QUESTION]
    assert [event.port for event in events] == [port]


def test_tcp_and_udp_are_swept_together(network, service, listeners):
    listeners(9, service[1])
    plan = make_plan(network, [service[1]], [service[1]])
    events, tally = sweep(ConnectEngine({service[1]: QUESTION}), plan)
    assert {event.transport for event in events} == {Transport.TCP, Transport.UDP}
    assert tally.planned == 512


@pytest.mark.root
@pytest.mark.parametrize("last", ["11", "12"])
def test_tftp_answers_from_another_port_of_the_same_host(network, last):
    """RFC 1350 section 4: in.tftpd and most others answer from a new port; an answer of another host is none."""
    host, stranger = network.replace("0/24", "11"), network.replace("0/24", last)
    asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asked.bind((host, 69))
    asked.settimeout(5)

    def serve():
        _, peer = asked.recvfrom(512)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as fresh:
            fresh.bind((stranger, 0))
            fresh.sendto(b"\0\5\0\1File not found\0", peer)

    with asked:
        thread = threading.Thread(target=serve)
        thread.start()
        plan = make_plan(f"{host}/32", udp=[69], timeout_s=0.3, retries=0)
        _, tally = sweep(ConnectEngine({69: QUESTION}), plan)
        thread.join()
    assert (tally.open, tally.filtered) == ((1, 0) if last == "11" else (0, 1))


def test_a_port_that_may_answer_from_another_is_closed_when_nobody_is_there(network):
    _, tally = sweep(ConnectEngine({69: QUESTION}), make_plan(network.replace("0/24", "13/32"), udp=[69]))
    assert (tally.open, tally.closed) == (0, 1)


def test_strangers_who_flood_a_port_do_not_keep_the_sweep_from_others():
    class Flooded:
        heard = 0

        def recvfrom(self, _count):
            self.heard += 1
            return b"x", ("10.0.0.9", 4_000)

    flooded = Flooded()
    with pytest.raises(BlockingIOError):
        udp._hear((flooded, 1, Slot(0, int(IPv4Address("10.0.0.1")), LAST_PORT + 1 + 69), 0.0))
    assert flooded.heard == udp._MOST_STRANGERS
