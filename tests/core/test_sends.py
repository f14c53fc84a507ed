import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.sends import Verb, datagram, get, head, line, post_read

BYTES = st.binary(max_size=40)


@pytest.mark.parametrize(
    ("send", "verb", "what", "body", "allowed"),
    [
        (get("/info"), Verb.GET, b"/info", b"", True),
        (get("/info"), Verb.HEAD, b"/info", b"", False),
        (get("/info"), Verb.POST, b"/info", b"", False),
        (get("/info"), Verb.GET, b"/info/", b"", False),
        (get("/info"), Verb.GET, b"/INFO", b"", False),
        (get("/info"), Verb.GET, b"/info", b"x", False),
        (get("/a.b"), Verb.GET, b"/aXb", b"", False),
        (get("/v2/{}/tags"), Verb.GET, b"/v2/library%2Fnginx/tags", b"", True),
        (get("/v2/{}/tags"), Verb.GET, b"/v2/a/b/tags", b"", False),
        (get("/v2/{}/tags"), Verb.GET, b"/v2//tags", b"", False),
        (get("/v2/{}/tags"), Verb.GET, b"/v2/a/tags\n", b"", False),
        (get("/v2/{}/tags"), Verb.GET, b"/v2/a?x=1/tags", b"", False),
        (get("/v2/{}/tags"), Verb.GET, b"/v2/a b/tags", b"", False),
        (get("/v2/{}/tags"), Verb.GET, b"/v2/\xe9/tags", b"", False),
        (get("/v2/{}/tags"), Verb.GET, b"/v2/" + b"a" * 129 + b"/tags", b"", False),
        (get("/v2/{}/tags"), Verb.GET, b"/v2/../tags", b"", False),
        (get("/v2/{}/tags"), Verb.GET, b"/v2/%2e%2E/tags", b"", False),
        (get("/v2/{}/tags"), Verb.GET, b"/v2/./tags", b"", False),
        (get("/v2/{}/tags"), Verb.GET, b"/v2/a..b/tags", b"", True),
        (get("/db/{}/x?y={}"), Verb.GET, b"/db/one/x?y=2", b"", True),
        (head("/"), Verb.HEAD, b"/", b"", True),
        (head("/"), Verb.GET, b"/", b"", False),
        (post_read("/q", b"{}", why="w"), Verb.POST, b"/q", b"{}", True),
        (post_read("/q", b"{}", why="w"), Verb.POST, b"/q", b"{ }", False),
        (post_read("/q", b"{}", why="w"), Verb.GET, b"/q", b"", False),
        (line(b"PING\r\n"), Verb.BYTES, b"PING\r\n", b"", True),
        (line(b"PING\r\n"), Verb.BYTES, b"PING\r\nX", b"", False),
        (line(b"PING\r\n"), Verb.DATAGRAM, b"PING\r\n", b"", False),
        (datagram(b"\0\0Q", vary=((0, 2),)), Verb.DATAGRAM, b"\x12\x34Q", b"", True),
        (datagram(b"\0\0Q", vary=((0, 2),)), Verb.DATAGRAM, b"\x12\x34R", b"", False),
        (datagram(b"\0\0Q", vary=((0, 2),)), Verb.DATAGRAM, b"\x12\x34\x56Q", b"", False),
        (datagram(b"\0\0Q", vary=((0, 2),)), Verb.BYTES, b"\0\0Q", b"", False),
    ],
)
def test_exactly_what_was_declared_is_allowed(send, verb, what, body, allowed):
    assert send.allows(verb, what, body) is allowed


@given(BYTES, BYTES)
def test_without_spans_only_the_same_bytes_pass(declared, sent):
    assert line(declared).allows(Verb.BYTES, sent) == (declared == sent)


@given(BYTES, st.integers(0, 50), st.integers(0, 50), BYTES)
def test_a_span_frees_its_own_bytes_and_no_others(declared, start, length, sent):
    entry = line(declared, vary=((start, start + length),))
    free = range(start, start + length)
    same = len(sent) == len(declared) and all(
        index in free or sent[index] == declared[index] for index in range(len(declared))
    )
    assert entry.allows(Verb.BYTES, sent) == same
