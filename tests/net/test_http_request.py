from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.endpoint import Endpoint
from scanner.core.errors import NotAllowed
from scanner.core.sends import Verb
from scanner.net.http_request import Request, encode, host_header

HERE = Endpoint(ip_address("127.0.0.1"), 80)


@pytest.mark.parametrize(
    ("address", "host", "shown"),
    [
        ("127.0.0.1", None, "127.0.0.1:80"),
        ("::1", None, "[::1]:80"),
        ("fe80::1%eth0", None, "[fe80::1]:80"),
        ("::1", "docker.example", "docker.example:80"),
    ],
)
def test_the_host_is_the_name_else_the_address_without_its_zone(address, host, shown):
    assert host_header(Endpoint(ip_address(address), 80, host=host)) == shown


def test_a_request_is_its_line_its_headers_and_its_body():
    request = encode(Request(Verb.POST, "/read", (("Content-Type", "text/plain"),), body=b"hi"), HERE)
    head, _, body = request.partition(b"\r\n\r\n")
    assert body == b"hi"
    assert head.decode().splitlines()[0] == "POST /read HTTP/1.1"
    assert {b"Host: 127.0.0.1:80", b"Content-Type: text/plain", b"Content-Length: 2"} <= set(head.split(b"\r\n"))


def test_headers_of_ours_may_be_replaced_and_a_get_has_no_length():
    request = encode(Request(Verb.GET, "/", (("Accept", "text/html"),), host="other.example"), HERE).decode()
    assert "Host: other.example\r\n" in request
    assert request.count("Accept: ") == 1
    assert "Content-Length" not in request
    assert "Content-Length: 0" in encode(Request(Verb.POST, "/"), HERE).decode()


@pytest.mark.parametrize("bad", ["\r\nX: y", "\n", "\x00", "\x7f", "é", "\u2028"])
@pytest.mark.parametrize("where", ["path", "header", "name", "host"])
def test_what_would_break_out_of_its_line_is_refused(bad, where):
    request = {
        "path": Request(Verb.GET, f"/{bad}"),
        "header": Request(Verb.GET, "/", (("X", bad),)),
        "name": Request(Verb.GET, "/", ((f"X{bad}", "y"),)),
        "host": Request(Verb.GET, "/", host=f"h{bad}"),
    }[where]
    with pytest.raises(NotAllowed) as caught:
        encode(request, HERE)
    assert str(caught.value).isprintable()


def test_a_blank_in_a_path_is_refused():
    with pytest.raises(NotAllowed):
        encode(Request(Verb.GET, "/ HTTP/1.1"), HERE)


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_request_that_is_made_has_exactly_its_lines(path, value):
    try:
        data = encode(Request(Verb.GET, f"/{path}", (("X", value),)), HERE)
    except NotAllowed:
        return
    assert data.count(b"\r") == data.count(b"\n") == 7
    assert data.endswith(b"\r\n\r\n")
