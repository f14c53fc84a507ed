import hashlib
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cluster.parcel import PART_BYTES, Parcel, pack, read_parcel, unpack
from scanner.core.errors import Malformed, UsageError
from scanner.report.field import Field


@given(st.binary(max_size=2_000))
def test_what_was_packed_is_unpacked(data):
    parcel, parts = pack(data)
    assert unpack(parcel, parts) == data
    assert read_parcel(Field(parcel.to_json(), "", Path("x"))) == parcel


def test_much_is_cut_into_parts_that_a_message_holds():
    data = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(20_000))
    parcel, parts = pack(data)
    assert parcel.parts == len(parts) == 3
    assert max(map(len, parts)) == PART_BYTES
    assert unpack(parcel, parts) == data


def test_whatever_differs_from_what_was_announced_is_malformed():
    parcel, parts = pack(b"abc" * 100)
    packed = zlib.compress(b"x" * 100)
    for wrong, given_parts in (
        (replace(parcel, sha256="0" * 64), parts),
        (replace(parcel, size=299), parts),
        (replace(parcel, size=301), parts),
        (parcel, [*parts, b"more"]),
        (Parcel(hashlib.sha256(b"none").hexdigest(), 4, 1), [b"none"]),
        (Parcel(hashlib.sha256(packed + b"tail").hexdigest(), 100, 1), [packed + b"tail"]),
        (parcel, [b"x" * (PART_BYTES + 1)]),
    ):
        with pytest.raises(Malformed):
            unpack(wrong, given_parts)


def test_a_bomb_is_not_unpacked_beyond_what_it_says():
    packed = zlib.compress(bytes(50 << 20))
    with pytest.raises(Malformed, match="length"):
        unpack(Parcel(hashlib.sha256(packed).hexdigest(), 10, 1), [packed])


@pytest.mark.parametrize(
    "held",
    [
        None,
        [],
        {"sha256": "x", "size": 1, "parts": 1},
        {"sha256": "0" * 64, "size": 1 << 40, "parts": 1},
        {"sha256": "0" * 64, "size": 1, "parts": 1 << 20},
        {"sha256": "0" * 64, "size": -1, "parts": 0},
    ],
)
def test_a_parcel_beyond_the_limits_is_refused(held):
    with pytest.raises(UsageError):
        read_parcel(Field(held, "", Path("x")))
