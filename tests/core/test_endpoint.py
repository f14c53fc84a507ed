from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.ports import Transport


@pytest.mark.parametrize(
    ("address", "fields", "shown"),
    [
        ("192.0.2.1", {}, "192.0.2.1:53"),
        ("192.0.2.1", {"transport": Transport.UDP}, "192.0.2.1:53/udp"),
        ("2001:db8::1", {}, "[2001:db8::1]:53"),
        ("fe80::1%eth0", {"transport": Transport.UDP}, "[fe80::1%eth0]:53/udp"),
        ("192.0.2.1", {"name": "resolver", "host": "ns.example", "base_path": "/a"}, "192.0.2.1:53"),
        ("127.0.0.1", {"subject": "process 7"}, "process 7"),
    ],
)
def test_an_endpoint_reads_as_one_would_type_it(address, fields, shown):
    assert str(Endpoint(ip_address(address), 53, **fields)) == shown


def test_the_transport_is_part_of_what_it_is():
    tcp, udp = (Endpoint(ip_address("192.0.2.1"), 53, transport) for transport in Transport)
    assert tcp != udp
    assert str(tcp) != str(udp)
