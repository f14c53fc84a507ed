import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from scanner.sweep.syn.cookies import Cookies

KEY = bytes(range(16))


def v4(cookies: Cookies, address: int, port: int, source_port: int) -> int:
    return int(cookies.of_v4(np.array([address], np.uint32), np.array([port], np.uint32), source_port)[0])


def test_a_v4_cookie_is_aes_of_what_it_stands_for():
    block = b"".join(word.to_bytes(4, "little") for word in (0x0A010203, 443 << 16 | 61_000, 0, 4))
    encrypted = Cipher(algorithms.AES(KEY), modes.ECB()).encryptor().update(block)
    assert v4(Cookies(KEY), 0x0A010203, 443, 61_000) == int.from_bytes(encrypted[:4], "little")


def test_every_part_changes_the_cookie():
    cookies = Cookies(KEY)
    plain = v4(cookies, 1, 2, 3)
    assert len({plain, v4(cookies, 2, 2, 3), v4(cookies, 1, 3, 3), v4(cookies, 1, 2, 4), v4(Cookies(), 1, 2, 3)}) == 5


def test_v6_cookies_depend_on_both_halves_and_both_ports():
    cookies = Cookies(KEY)

    def of(high, low, port, source_port):
        address = np.array([[high, low]], np.uint64)
        return int(cookies.of_v6(address, np.array([port], np.uint32), source_port)[0])

    assert len({of(1, 2, 3, 4), of(9, 2, 3, 4), of(1, 9, 3, 4), of(1, 2, 9, 4), of(1, 2, 3, 9)}) == 5
    assert of(1, 2, 3, 4) == of(1, 2, 3, 4)


def test_source_ports_may_differ_within_a_batch():
    cookies = Cookies(KEY)
    address, port = np.array([5, 5], np.uint32), np.array([80, 80], np.uint32)
    mixed = cookies.of_v4(address, port, np.array([61_000, 61_001], np.uint32))
    assert [int(one) for one in mixed] == [v4(cookies, 5, 80, 61_000), v4(cookies, 5, 80, 61_001)]


def test_cookies_are_spread_over_all_32_bits():
    address = np.arange(100_000, dtype=np.uint32)
    found = Cookies(KEY).of_v4(address, np.full(100_000, 80, np.uint32), 61_000)
    # Of 100,000 random 32-bit numbers about one pair is expected to be equal.
    assert len(np.unique(found)) > 99_990
    bits = (found[:, None] >> np.arange(32, dtype=np.uint32) & np.uint32(1)).mean(axis=0)
    assert bits.min() > 0.49
    assert bits.max() < 0.51
