from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from scanner.core.ports import Transport
from scanner.host.reading.socket_tables import parse_table, read_unix_sockets
from scanner.host.snapshot import State

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def rows(text, transport=Transport.TCP):
    return [(str(one.address), one.port, one.state, one.inode) for one in parse_table(HEAD + text, transport)]


def test_listeners_and_connections():
    text = (
        "   0: 00000000:0947 00000000:0000 0A 0:0 00:0 0 0 0 11 1\n"
        "   1: 0100007F:1F90 0200007F:0050 01 0:0 00:0 0 0 0 12 1\n"
        "   2: 0100007F:1F90 0200007F:0050 06 0:0 00:0 0 0 0 13 1\n"
    )
    assert rows(text) == [("0.0.0.0", 2375, State.LISTEN, 11), ("127.0.0.1", 8080, State.ESTABLISHED, 12)]


def test_mapped_addresses_are_ipv4():
    text = "   0: 0000000000000000FFFF00000100007F:0947 0:0 0A 0:0 00:0 0 0 0 11 1\n"
    assert rows(text) == [("127.0.0.1", 2375, State.LISTEN, 11)]


def test_unix_sockets_that_wait_are_told_by_their_flag(tmp_path):
    (tmp_path / "net").mkdir()
    (tmp_path / "net/unix").write_bytes(
        b"Num       RefCount Protocol Flags    Type St Inode Path\n"
        b"0000: 00000002 00000000 00010000 0001 01 21 /run/a b.sock\n"
        b"0000: 00000003 00000000 00000000 0001 03 22 /run/a b.sock\n"
        b"0000: 00000002 00000000 00010000 0001 01 23 @/abstract\n"
        b"0000: 00000002 00000000 00010000 0001 01 x /run/x\n/\n\xff/\n"
    )
    assert read_unix_sockets(str(tmp_path)) == {21: "/run/a b.sock"}
    assert read_unix_sockets(str(tmp_path / "none")) == {}


@given(st.text(max_size=300))
def test_no_table_makes_it_fail(text):
    for transport in Transport:
        for socket in parse_table(HEAD + text, transport):
            assert ip_address(socket.address)
