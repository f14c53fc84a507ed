import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.wire.kafka import Broker, Topic, parse_api_versions, parse_metadata


def text(value: str | None) -> bytes:
    return b"\xff\xff" if value is None else struct.pack(">h", len(value)) + value.encode()


def versions(**keys: int) -> bytes:
    triples = {int(key[1:]): high for key, high in keys.items()}
    body = b"".join(struct.pack(">hhh", key, 0, high) for key, high in triples.items())
    return struct.pack(">hi", 0, len(triples)) + body


def topic(name: str, *, internal: bool, operations: int | None) -> bytes:
    partition = struct.pack(">hii", 0, 0, 1) + (b"" if operations is None else struct.pack(">i", 0))
    partition += struct.pack(">ii", 1, 1) * 2 + (b"" if operations is None else struct.pack(">i", 0))
    head = struct.pack(">h", 0) + text(name) + bytes([internal]) + struct.pack(">i", 1) + partition
    return head + (b"" if operations is None else struct.pack(">i", operations))


def metadata_8(*topics: bytes, operations: int = -(1 << 31)) -> bytes:
    broker = struct.pack(">i", 1) + text("db.example") + struct.pack(">i", 9092) + text(None)
    head = struct.pack(">ii", 0, 1) + broker + text("id") + struct.pack(">ii", 1, len(topics))
    return head + b"".join(topics) + struct.pack(">i", operations)


FIVE = versions(k0=11, k1=17, k3=12, k18=4, k17=1)
FULL = metadata_8(
    topic("orders", internal=False, operations=24), topic("__consumer_offsets", internal=True, operations=0)
)


def test_versions_are_read_by_key():
    assert parse_api_versions(FIVE) == {0: (0, 11), 1: (0, 17), 3: (0, 12), 18: (0, 4), 17: (0, 1)}


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00" * 6, FIVE[:-1], b"\x00\x23" + FIVE[2:], versions(k0=1, k1=1, k2=1, k3=1, k4=1), b"HTTP/1.1 400 Bad"],
)
def test_other_versions_are_malformed(body):
    with pytest.raises(Malformed):
        parse_api_versions(body)


def test_version_8_says_what_the_client_may_do():
    metadata = parse_metadata(FULL, 8)
    assert metadata.brokers == (Broker("db.example", 9092),)
    assert metadata.topics == (Topic("orders", False, 1, 24), Topic("__consumer_offsets", True, 1, 0))
    assert metadata.operations == 0
    assert parse_metadata(metadata_8(operations=32), 8).operations == 32


def test_version_1_has_fewer_fields():
    broker = struct.pack(">i", 1) + text("db.example") + struct.pack(">i", 9092) + text("rack")
    body = struct.pack(">i", 1) + broker + struct.pack(">ii", 1, 1) + topic("orders", internal=False, operations=None)
    assert parse_metadata(body, 1).topics == (Topic("orders", False, 1, 0),)


def test_a_response_that_is_cut_off_keeps_what_is_whole():
    cut = FULL[: FULL.index(b"__consumer") + 3]
    assert [one.name for one in parse_metadata(cut, 8).topics] == ["orders"]


@pytest.mark.parametrize("body", [b"", b"\x00" * 40, struct.pack(">ii", 0, -5), struct.pack(">ii", 0, 1 << 30)])
def test_a_response_without_a_broker_is_malformed(body):
    with pytest.raises(Malformed):
        parse_metadata(body, 8)


@given(st.binary(max_size=300), st.sampled_from([1, 8]), st.integers(0, len(FULL)))
def test_any_bytes_are_read_or_malformed(noise, version, cut):
    for body in (noise, FULL[:cut] + noise):
        for parse in (parse_api_versions, lambda one: parse_metadata(one, version)):
            with suppress(Malformed):
                parse(body)
