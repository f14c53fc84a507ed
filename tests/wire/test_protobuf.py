import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.wire.protobuf import fields


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", []),
        # The two examples of protobuf.dev/programming-guides/encoding.
        (bytes.fromhex("089601"), [(1, 150)]),
        (bytes.fromhex("120774657374696e67"), [(2, b"testing")]),
        (bytes.fromhex("0d01020304"), [(1, b"\1\2\3\4")]),
        (bytes.fromhex("090102030405060708"), [(1, b"\1\2\3\4\5\6\7\x08")]),
        (bytes.fromhex("08010802"), [(1, 1), (1, 2)]),
    ],
)
def test_a_message_is_read_in_order(data, found):
    assert fields(data) == found


@pytest.mark.parametrize(
    "data",
    [
        b"\x08",  # a key without its value
        b"\x12\x05abc",  # shorter than it says
        b"\x12\xff\xff\xff\xff\x0f",  # four gigabytes announced
        b"\x0b",  # groups are not read
        b"\x0f\x00",  # no such kind
        b"\x02\x00",  # field 0 does not exist
        b"\x80" * 11,  # a number that never ends
    ],
)
def test_anything_else_is_malformed(data):
    with pytest.raises(Malformed):
        fields(data)


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_fail(data):
    try:
        found = fields(data)
    except Malformed:
        return
    assert sum(len(value) for _, value in found if isinstance(value, bytes)) <= len(data)
