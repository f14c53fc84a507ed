"""What an answer of a tracker means: refused, in doubt, asked to wait, the next page."""

import pytest

from scanner.tickets.answer import Answer, Denied, Doubtful, Rejected, TrackerError, asked_wait_s, checked
from tests.tickets.stage import JumpingClock


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, Denied), (403, Denied), (407, Denied), (404, Rejected), (422, Rejected), (500, Doubtful), (503, Doubtful)],
)
def test_a_refusal_says_what_it_is_and_what_the_tracker_said(status, error):
    with pytest.raises(error, match=f"http://a.example/x answered {status}.*no such thing"):
        checked(Answer(status, {}, b"no such thing\x1b[2J", "http://a.example/x"))


@pytest.mark.parametrize("status", [200, 201, 204, 302])
def test_what_is_no_refusal_passes(status):
    assert checked(Answer(status, {}, b"")).status == status


@pytest.mark.parametrize("body", [b"<html>", b'{"x": }', b"[" * 5_000])
def test_what_is_not_json_is_an_error_of_the_tracker(body):
    with pytest.raises(TrackerError, match="not JSON"):
        Answer(200, {}, body, "http://a.example/x").json()


def test_an_empty_answer_is_null():
    assert Answer(204, {}, b"").json() is None


@pytest.mark.parametrize(
    ("headers", "status", "waits"),
    [
        ({"retry-after": "12"}, 429, 12.0),
        ({"retry-after": "Sun, 01 Mar 2026 01:00:30 GMT"}, 429, 30.0),
        ({"retry-after": "Sun, 01 Mar 2026 00:00:00 GMT"}, 429, 0.0),
        ({"retry-after": "soon"}, 429, 1.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772326845"}, 403, 45.0),
        ({"ratelimit-reset": "1772326810"}, 429, 10.0),
        ({"x-ratelimit-remaining": "5"}, 403, None),
        ({}, 403, None),
        ({"retry-after": "5"}, 500, None),
    ],
)
def test_what_a_refusal_asks_to_wait(headers, status, waits):
    assert asked_wait_s(Answer(status, headers, b""), JumpingClock().utc(), 0) == waits


def test_githubs_second_limit_comes_without_a_number_and_wants_a_minute():
    body = b'{"message": "You have exceeded a secondary rate limit."}'
    assert asked_wait_s(Answer(403, {}, body), JumpingClock().utc(), 0) == 60.0


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ('<http://a.example/x?page=2>; rel="next", <http://a.example/x?page=9>; rel="last"', "/x?page=2"),
        ('<http://a.example/x?fields=a,b&page=2>;rel="next"', "/x?fields=a,b&page=2"),
        ("<http://a.example/x?page=1>; rel='first'", None),
        ('<http://b.example/elsewhere?page=2>; rel="next"', "/x?page=2"),
        ('<https://a.example/x?page=2>; rel="next"', "/x?page=2"),
        ('</y?page=2>; rel = "next"', "/y?page=2"),
        ("", None),
    ],
)
def test_the_next_page_is_asked_of_the_same_host(link, path):
    assert Answer(200, {"link": link}, b"", "http://a.example/x").next_link() == path
