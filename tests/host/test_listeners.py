import socket
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import SetupError
from scanner.core.ports import Transport
from scanner.host.listeners import parse_table, read_listeners

TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000   106        0 21345 1 0 100 0 0 10 0
   1: 00000000:0947 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 99 1 0 100 0 0 10 0
   2: 0100007F:A000 0100007F:18EB 01 00000000:00000000 00:00000000 00000000     0        0 77 1 0 20 4 30 10 -1
"""
TABLE6 = """  sl  local_address remote_address st
   0: 00000000000000000000000000000000:0947 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 5 1
   1: 0000000000000000FFFF00000100007F:0947 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 6 1
"""


def test_a_table_gives_its_listeners_and_no_connections():
    found = list(parse_table(TABLE, Transport.TCP))
    assert [(str(one.address), one.port, one.inode, one.uid) for one in found] == [
        ("127.0.0.1", 6379, 21345, 106),
        ("0.0.0.0", 2375, 99, 0),
    ]


def test_ipv6_and_mapped_addresses():
    assert [str(one.address) for one in parse_table(TABLE6, Transport.TCP)] == ["::", "127.0.0.1"]


@given(st.text())
def test_any_text_is_survived(text):
    list(parse_table(text, Transport.TCP))


def test_a_real_listener_is_seen():
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = (ip_address("127.0.0.1"), server.getsockname()[1])
        assert place in {(one.address, one.port) for one in read_listeners()}


def test_without_proc_it_says_so(tmp_path):
    with pytest.raises(SetupError, match="Linux"):
        read_listeners(tmp_path)
