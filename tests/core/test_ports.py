import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.ports import PortSet, Transport, port_key, split_key

PORT = st.integers(0, 65535)
PORTS = st.sets(PORT, max_size=30)


@given(st.sampled_from(Transport), PORT)
def test_keys_and_ports_are_inverse(transport, port):
    assert split_key(port_key(transport, port)) == (transport, port)


def test_both_transports_fit_one_line():
    assert port_key(Transport.TCP, 65535) + 1 == port_key(Transport.UDP, 0)
    assert port_key(Transport.UDP, 65535) == 131_071


@given(PORTS, PORTS)
def test_it_holds_exactly_what_was_put_in(tcp, udp):
    ports = PortSet.of(tcp, udp)
    expected = [(Transport.TCP, port) for port in sorted(tcp)] + [(Transport.UDP, port) for port in sorted(udp)]
    assert list(ports) == expected
    assert [ports.at(index) for index in range(ports.size)] == expected
    assert all(item in ports for item in expected)
    assert bool(ports) == bool(expected)
    assert ports.only(Transport.TCP) == PortSet.of(tcp)
    assert ports.only(Transport.UDP) == PortSet.of(udp=udp)
    assert ports.only(Transport.TCP) | ports.only(Transport.UDP) == ports
    with pytest.raises(IndexError):
        ports.at(ports.size)


@given(PORT)
def test_a_udp_port_is_not_the_tcp_port(port):
    assert (Transport.UDP, port) not in PortSet.of([port])
    assert (Transport.TCP, port) not in PortSet.of(udp=[port])
