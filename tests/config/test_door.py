import pytest

from scanner.config.door import address_and_port, is_loopback, plain_address, url_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.0.0.0", ("0.0.0.0", 1)),
        ("10.0.0.5:7", ("10.0.0.5", 7)),
        ("[::1]:7", ("::1", 7)),
        ("::1", ("::1", 1)),
        (":7", ("0.0.0.0", 7)),
        ("*", ("0.0.0.0", 1)),
        ("host:99999", ("host", 1)),
        ("localhost:7", ("127.0.0.1", 7)),
    ],
)
def test_address_and_port(text, expected):
    assert address_and_port(text, 1) == expected


def test_a_url_names_its_address():
    assert url_address("tcp://0.0.0.0:2375/", 2376) == ("0.0.0.0", 2375)
    assert url_address("tcp://10.0.0.5", 2376) == ("10.0.0.5", 2376)


def test_only_loopback_is_loopback():
    assert is_loopback("localhost")
    assert is_loopback("127.8.0.1")
    assert not is_loopback("db.example")
    assert plain_address("::*") == "::"
