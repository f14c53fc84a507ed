import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.wire import pgwire
from tests.wire.test_mqtt_packets import Bytes


def test_what_is_sent_is_as_the_manual_writes_it():
    assert bytes.fromhex("0000000804d2162f") == pgwire.SSL_REQUEST
    assert pgwire.TERMINATE == b"X\0\0\0\4"
    assert pgwire.startup(user="a") == b"\0\0\0\x10\0\3\0\0user\0a\0\0"
    assert pgwire.query("SELECT 1") == b"Q\0\0\0\x0dSELECT 1\0"


@pytest.mark.parametrize(("data", "kind", "body"), [(b"R\0\0\0\x08\0\0\0\0", "R", b"\0" * 4), (b"1\0\0\0\4", "1", b"")])
async def test_a_message_is_read(data, kind, body):
    assert await pgwire.read_message(Bytes(data)) == (kind, body)


@pytest.mark.parametrize("data", [b"\0\0\0\0\4", b"R\0\0\0\3", b"R\xff\xff\xff\xff", b"R\0\1\0\1", b"HTTP/"])
async def test_anything_else_is_malformed_before_it_is_waited_for(data):
    with pytest.raises(Malformed):
        await pgwire.read_message(Bytes(data))


def test_an_error_has_fields_by_letter():
    assert pgwire.parse_error(b"SFATAL\0C28000\0Mno\0\0") == {"S": "FATAL", "C": "28000", "M": "no"}
    assert pgwire.parse_parameter(b"server_version\x0016.1\0") == ("server_version", "16.1")


@pytest.mark.parametrize(
    ("body", "column"),
    [
        (b"\0\1\0\0\0\2ok", "ok"),
        (b"\0\1\0\0\0\0", ""),
        (b"\0\1\xff\xff\xff\xff", None),  # NULL
        (b"\0\1\0\0\0\3ok", None),  # shorter than it says
        (b"\0\0", None),
        (b"", None),
    ],
)
def test_the_first_column_of_a_row(body, column):
    assert pgwire.parse_first_column(body) == column


@given(st.binary(max_size=60))
def test_no_bytes_break_the_readers(data):
    for read in (pgwire.parse_error, pgwire.parse_parameter, pgwire.parse_first_column):
        read(data)


def test_postgresql_errors_are_read_by_their_letters():
    body = b"SFATAL\0C28000\0Mno entry\0RClientAuthentication\0\0"
    assert pgwire.parse_error(body) == {"S": "FATAL", "C": "28000", "M": "no entry", "R": "ClientAuthentication"}
