import pytest

from scanner.wire.redis_info import is_sentinel, key_counts, parse_info, product_of


@pytest.mark.parametrize(
    ("text", "product"),
    [
        (b"redis_version:7.0.15\r\n", ("Redis", "7.0.15")),
        (b"redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n", ("Valkey", "8.0.1")),
        (b"redis_version:6.3.4\r\nexecutable:/usr/bin/keydb-server\r\n", ("KeyDB", "6.3.4")),
        (b"redis_version:7.0\r\ndragonfly_version:df-v1.27.1\r\n", ("Dragonfly", "df-v1.27.1")),
        (b"redis_version:\r\n", None),
        (b"version: 1\r\n", None),
    ],
)
def test_the_product_is_told_by_its_own_field(text, product):
    assert product_of(parse_info(text)) == product


def test_keys_are_counted_per_database():
    info = parse_info(b"# Keyspace\r\ndb0:keys=12,expires=0,avg_ttl=0\r\ndb3:keys=x\r\ndbsize:1\r\n")
    assert key_counts(info) == {"db0": 12}


def test_a_sentinel_says_so():
    assert is_sentinel(parse_info(b"redis_mode:sentinel\r\n"))
    assert not is_sentinel(parse_info(b"redis_mode:standalone\r\n"))
