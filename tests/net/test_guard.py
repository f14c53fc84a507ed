from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.endpoint import Endpoint
from scanner.core.errors import NotAllowed
from scanner.core.ports import Transport
from scanner.core.sends import Verb, datagram, get, line, post_read
from scanner.net.guard import Guard, changes_something, may_send_at_all

HERE = IPv4Address("127.0.0.1")


def guard(*sends, port=6379, transport=Transport.TCP):
    return Guard("test", sends, Endpoint(HERE, port, transport))


def test_what_is_declared_may_be_sent():
    guard(line(b"PING\r\n")).demand(Verb.BYTES, b"PING\r\n")
    guard(get("/version")).demand(Verb.GET, b"/version")
    guard(post_read("/v3/kv/range", b"{}", why="a read")).demand(Verb.POST, b"/v3/kv/range", b"{}")


@given(st.binary(max_size=64))
def test_nothing_else_may(data):
    with pytest.raises(NotAllowed):
        guard(line(b"\0declared\0")).demand(Verb.BYTES, data)


@pytest.mark.parametrize("port", [515, *range(9100, 9108)])
def test_printers_get_not_a_byte(port):
    assert not may_send_at_all(Endpoint(HERE, port))
    with pytest.raises(NotAllowed):
        guard(line(b"PING\r\n"), port=port).demand(Verb.BYTES, b"PING\r\n")
    with pytest.raises(NotAllowed):
        guard(get("/"), port=port).demand(Verb.GET, b"/")


def test_port_631_hears_http_and_nothing_raw():
    guard(get("/"), port=631).demand(Verb.GET, b"/")
    with pytest.raises(NotAllowed):
        guard(line(b"x"), port=631).demand(Verb.BYTES, b"x")


@pytest.mark.parametrize(
    "data",
    [
        b"SET a b\r\n",
        b"flushall\r\n",
        b"AUTH secret\r\n",
        b"PING\r\nSET a b\r\n",
        b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n",
        b"*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nDEL\r\n$1\r\na\r\n",
        b"AUTH TLS secret\r\n",
        b"STOR x\r\n",
        b"*1\r\n$4\r\nPING\r\nFLUSHALL\r\n",
        b"*0\r\nFLUSHALL\r\n",
        b"*2\r\n$4\r\nPING\r\n$8\r\nFLUSHALL\r\n*1\r\n$8\r\nFLUSHALL\r\n",
        b"*1\r\n$20\r\nPING\r\nFLUSHALL\r\n",
        b"*1\r\n$4\r\nPING\n\nFLUSHALL\n",
        b"PING\nFLUSHALL\n",
        b"PING \xff\r\nFLUSHALL\r\n",
        b" " * 80 + b"FLUSHALL\r\n",
        b'"FLUSHALL"\r\n',
        b'"\\x46LUSHALL"\r\n',
    ],
)
def test_the_deny_list_stands_above_what_a_probe_declares(data):
    with pytest.raises(NotAllowed, match="deny-list"):
        guard(line(data)).demand(Verb.BYTES, data)


@pytest.mark.parametrize(
    "data", [b"*2\r\n$4\r\nINFO\r\n$3\r\nSET\r\n", b"*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nINFO\r\n", b"\x30\x0cSET\\"]
)
def test_a_word_that_is_no_command_is_no_harm(data):
    guard(line(data)).demand(Verb.BYTES, data)


@given(
    st.lists(st.sampled_from([b"*1\r\n$4\r\nPING\r\n", b"PING\r\n", b"*0\r\n", b"\r\n"])),
    st.sampled_from([b"SET a b", b"eval x"]),
)
def test_no_word_that_changes_passes_behind_anything_that_may_be_sent(before, word):
    assert not changes_something(Verb.BYTES, b"".join(before))
    assert changes_something(Verb.BYTES, b"".join(before) + word + b"\r\n")


def test_ftp_may_be_asked_for_encryption():
    guard(line(b"AUTH TLS\r\n")).demand(Verb.BYTES, b"AUTH TLS\r\n")


@pytest.mark.parametrize("path", [b"/index.html?action=stop", b"/quitquitquit", b"/-/reload", b"/json/new?x"])
def test_a_get_that_acts_is_denied(path):
    assert changes_something(Verb.GET, path)
    with pytest.raises(NotAllowed):
        guard(get(path.decode())).demand(Verb.GET, path)


def test_only_the_declared_spans_of_a_message_may_vary():
    allowed = guard(datagram(b"\0\0QUERY", vary=((0, 2),)), transport=Transport.UDP)
    allowed.demand(Verb.DATAGRAM, b"\x12\x34QUERY")
    with pytest.raises(NotAllowed):
        allowed.demand(Verb.DATAGRAM, b"\x12\x34QUERX")
    with pytest.raises(NotAllowed):
        allowed.demand(Verb.DATAGRAM, b"\x12\x34QUERYY")


@pytest.mark.parametrize(
    "path", ["/v2/a/b/tags/list", "/v2/../tags/list?x", "/v2/a%0d%0ab c/tags/list", "/v2//tags/list"]
)
def test_a_placeholder_is_one_segment(path):
    with pytest.raises(NotAllowed):
        guard(get("/v2/{}/tags/list")).demand(Verb.GET, path.encode())


def test_a_placeholder_takes_one_segment():
    guard(get("/v2/{}/tags/list")).demand(Verb.GET, b"/v2/my-app_1.0/tags/list")


@pytest.mark.parametrize("number", [b"\\g", b"'a", b'1"'])
def test_a_random_identifier_of_a_datagram_may_hold_a_quote(number):
    question = number + b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07invalid\x00\x00\x01\x00\x01"
    assert not changes_something(Verb.DATAGRAM, question)
    assert changes_something(Verb.BYTES, question)
    assert changes_something(Verb.DATAGRAM, b"set a 0 0 1\r\n")
