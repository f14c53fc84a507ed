from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.wire.ber import ENUMERATED, INTEGER, OCTETS, SEQUENCE, Item, encode
from scanner.wire.ldap_messages import parse_entry, parse_message, parse_result


def test_a_message_has_a_number_and_an_operation():
    number, operation = parse_message(encode(INTEGER, b"\3") + encode(0x65, b"x"))
    assert (number, operation.tag, operation.content) == (3, 0x65, b"x")


def test_a_result_has_a_code():
    content = encode(ENUMERATED, b"\x33") + encode(OCTETS) + encode(OCTETS)
    assert parse_result(Item(0x65, content)) == 51


def test_an_entry_has_attributes():
    one = encode(SEQUENCE, encode(OCTETS, b"cn"), encode(0x31, encode(OCTETS, b"a"), encode(OCTETS, b"b")))
    assert parse_entry(Item(0x64, encode(OCTETS, b"cn=a") + encode(SEQUENCE, one))) == {"cn": [b"a", b"b"]}


@given(st.binary(max_size=60))
def test_any_bytes_are_malformed_or_read(data):
    for parse, said in ((parse_message, data), (parse_result, Item(0x65, data)), (parse_entry, Item(0x64, data))):
        try:
            parse(said)
        except Malformed:
            continue
