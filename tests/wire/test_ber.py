import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.wire.ber import Item, encode, encode_oid, parse_item, parse_items, parse_length


@given(st.sampled_from([0x02, 0x04, 0x30, 0xA2]), st.binary(max_size=400))
def test_what_is_encoded_is_read_back(tag, content):
    data = encode(tag, content)
    assert parse_item(data + b"more") == (Item(tag, content), len(data))
    with pytest.raises(Malformed):
        parse_item(data[:-1] if content else b"")


@given(st.binary(max_size=60))
def test_any_bytes_are_malformed_or_read(data):
    for parse in (parse_item, parse_items, lambda said: parse_length(said, 0)):
        try:
            parse(data)
        except Malformed:
            continue


def test_object_identifiers_and_numbers():
    assert encode_oid("1.3.6.1.2.1.1.1.0").hex() == "06082b06010201010100"
    assert encode_oid("1.3.6.1.4.1.8072").hex() == "06072b06010401bf08"
    assert Item(2, b"\xff").number == -1
    with pytest.raises(Malformed):
        assert Item(2, b"").number
