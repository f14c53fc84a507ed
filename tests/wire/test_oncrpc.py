import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.wire.oncrpc import XID, Reader, call, mark, parse_reply

REPLY = XID + (1).to_bytes(4, "big") + bytes(16)


def test_a_call_is_laid_out_as_in_the_document():
    assert call(100000, 2, 4).hex() == XID.hex() + "0000000000000002000186a00000000200000004" + "00" * 16
    assert mark(b"abcd") == b"\x80\0\0\4abcd"


def test_a_reply_yields_its_results():
    status, results = parse_reply(REPLY + b"\0\0\0\3abc\0" + b"\0\0\0\7")
    assert (status, results.opaque(10), results.number(), results.done) == (0, b"abc", 7, True)
    with pytest.raises(Malformed):
        results.number()


@given(st.binary(max_size=60), st.integers(0, 24))
def test_any_bytes_are_malformed_or_read(data, cut):
    for said in (data, REPLY[:cut] + data):
        try:
            parse_reply(said)[1].opaque(20)
            Reader(data).number()
        except Malformed:
            continue
