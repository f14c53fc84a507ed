import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.sweep.syn import fields
from scanner.sweep.syn.fields import Pseudo
from scanner.sweep.syn.rings import HEADER_STATUS, HEADER_WORDS, SNAP_BYTES, STATUS_CHECKSUM_VALID, STATUS_USER


def rows(*packets: bytes):
    return np.frombuffer(b"".join(one.ljust(SNAP_BYTES, b"\xaa") for one in packets), np.uint8).reshape(-1, SNAP_BYTES)


def checksum(data: bytes) -> int:
    """RFC 1071 section 4.1, one word after the other."""
    data += bytes(len(data) % 2)
    total = sum(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@given(st.binary(min_size=4, max_size=SNAP_BYTES), st.integers(0, 1))
def test_sums_are_those_of_rfc_1071(data, half):
    first = 4 * half if len(data) >= 8 else 0
    total = fields.folded(fields.words_sum(rows(data), first, len(data)))
    # The sum is in this machine's order; its bytes are those of the sum in network order.
    assert int.from_bytes(total.astype(np.uint16).tobytes(), "big") == checksum(data[first:])


def headers(count: int, status: int = STATUS_USER):
    made = np.zeros((count, HEADER_WORDS), dtype=np.uint32)
    made[:, HEADER_STATUS] = status
    return made


def with_checksum(data: bytes, at: int) -> bytes:
    bare = data[:at] + bytes(2) + data[at + 2 :]
    return bare[:at] + (0xFFFF - checksum(bare)).to_bytes(2, "big") + bare[at + 2 :]


@pytest.mark.parametrize("size", [20, 24, 33, 60])
def test_one_wrong_bit_fails_the_checksum(size):
    good = with_checksum(bytes(range(1, size + 1)), 10)
    bad = bytes([good[0] ^ 1, *good[1:]])
    length = np.full(3, size, dtype=np.uint32)
    assert fields.checked(rows(good, bad, good), headers(3), length, 0, None).tolist() == [True, False, True]


def test_what_the_kernel_has_verified_is_not_summed_again():
    length = np.array([20], dtype=np.uint32)
    wrong = rows(bytes(range(20)))
    assert fields.checked(wrong, headers(1, STATUS_CHECKSUM_VALID), length, 0, None).tolist() == [True]
    assert fields.checked(wrong, headers(1), length, 0, None).tolist() == [False]


def test_lengths_that_were_not_kept_are_never_good():
    length = np.array([SNAP_BYTES + 4], dtype=np.uint32)
    assert fields.checked(rows(bytes(20)), headers(1), length, 0, None).tolist() == [False]


def test_the_pseudo_header_is_a_part_of_the_sum():
    ip, tcp = bytes([0] * 12 + [10, 0, 0, 1, 10, 0, 0, 2]), bytes(range(20))
    pseudo = ip[12:20] + bytes([0, 6]) + len(tcp).to_bytes(2, "big")
    tcp = with_checksum(pseudo + tcp, len(pseudo) + 16)[len(pseudo) :]
    length = np.array([40], dtype=np.uint32)
    packets = rows(ip + tcp)
    assert fields.checked(packets, headers(1), length, 20, Pseudo(12, 20, 6)).tolist() == [True]
    assert fields.checked(packets, headers(1), length, 20, Pseudo(12, 20, 17)).tolist() == [False]


def test_numbers_come_in_host_order():
    packets = rows(bytes([1, 2, 3, 4, 5, 6, 7, 8] * 3))
    assert fields.number16(packets, 1).tolist() == [0x0203]
    assert fields.number32(packets, 0).tolist() == [0x01020304]
    assert fields.addresses(4, packets, 4).tolist() == [0x05060708]
    assert fields.addresses(6, packets, 0).tolist() == [[0x0102030405060708, 0x0102030405060708]]


def test_values_that_occur_and_rows_that_are_chosen():
    assert fields.distinct(np.array([], dtype=np.uint32)) == []
    assert fields.distinct(np.array([7, 7], dtype=np.uint32)) == [7]
    assert fields.distinct(np.array([9, 7, 9], dtype=np.uint32)) == [7, 9]
    packets = rows(b"a", b"b", b"c")
    assert fields.chosen_rows(np.array([True] * 3), packets) == slice(0, 3)
    assert fields.chosen_rows(np.array([True, False, True]), packets).tolist() == [0, 2]
