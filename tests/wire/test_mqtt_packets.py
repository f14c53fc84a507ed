import pytest

from scanner.core.errors import Malformed
from scanner.wire.mqtt_packets import parse_publish, parse_suback, read_packet


class Bytes:
    """As much of a Talk as a reader of packets asks for."""

    def __init__(self, data):
        self.data = data

    async def read_exactly(self, count):
        assert count <= len(self.data), "asked for more than there is"
        taken, self.data = self.data[:count], self.data[count:]
        return taken


@pytest.mark.parametrize(("body", "codes"), [(b"\0\1\0", (0,)), (b"\0\1\2\x80", (2, 0x80))])
def test_a_suback_has_a_code_for_each_filter(body, codes):
    assert parse_suback(body) == codes


@pytest.mark.parametrize("body", [b"", b"\0\1", b"\0\2\0", b"\0\1\3", b"\0\1\0\x81"])
def test_what_is_no_suback_grants_nothing(body):
    with pytest.raises(Malformed):
        parse_suback(body)


@pytest.mark.parametrize(
    ("body", "found"), [(b"\0\1a", (b"a", b"")), (b"\0\2a/x", (b"a/", b"x")), (b"\0\0x", (b"", b"x"))]
)
def test_a_publish_has_topic_and_payload(body, found):
    assert parse_publish(body) == found


@pytest.mark.parametrize("body", [b"", b"\0", b"\0\2a", b"\xff\xffabc"])
def test_a_topic_that_is_not_all_there_is_malformed(body):
    with pytest.raises(Malformed):
        parse_publish(body)


# The bounds are those of table 2.4 of the specification.
@pytest.mark.parametrize(("head", "length"), [(b"\0", 0), (b"\x7f", 127), (b"\x80\1", 128), (b"\xff\x7f", 16_383)])
async def test_the_remaining_length_is_read(head, length):
    talk = Bytes(b"\x90" + head + b"x" * length + b"next")
    assert await read_packet(talk) == (0x90, b"x" * length)
    assert talk.data == b"next"


@pytest.mark.parametrize("head", [b"\x81\x80\x04", b"\xff\xff\xff\x7f", b"\x80\x80\x80\x80"])
async def test_a_length_that_nobody_asked_for_is_not_waited_for(head):
    with pytest.raises(Malformed):
        await read_packet(Bytes(b"\x90" + head))
