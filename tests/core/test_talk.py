import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core import talk
from scanner.core.errors import Malformed
from scanner.core.json_reading import read_json
from scanner.core.quirk import Cut
from scanner.core.talk import HttpAnswer


def test_headers_are_found_whatever_their_case_and_the_first_counts():
    answer = HttpAnswer(status=200, headers=(("server", "a"), ("x-id", "1"), ("x-id", "2")))
    assert (answer.header("Server"), answer.header("X-ID"), answer.header("missing")) == ("a", "1", "")


def test_words_have_to_be_there_all_and_exactly():
    answer = HttpAnswer(status=200, body="Grüße from Kibana".encode())
    assert answer.has("Kibana", "Grüße")
    assert answer.has()
    assert not answer.has("Kibana", "kibana")


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"<html><title>Grafana</title>", "Grafana"),
        (b"<TITLE lang=en>\n  Grafana \n</TITLE>", "Grafana"),
        (b"<title>a\x1b[2Jb</title>", "a\\x1b[2Jb"),
        (b"<title>caf\xe9</title>", "caf\\xe9"),
        (b"<title>cut off", "cut off"),
        (b"<title></title>", ""),
        (b"no title", ""),
        (b"<title" + b" " * 300 + b">late</title>", ""),
        (b"x" * 70_000 + b"<title>far</title>", ""),
        (b"<title>" + b"t" * 1_000 + b"</title>", "t" * 300),
    ],
)
def test_the_title_is_short_and_clean(body, title):
    assert HttpAnswer(status=200, body=body).title == title


@given(st.binary(max_size=200))
def test_any_body_has_a_printable_title(body):
    assert HttpAnswer(status=200, body=b"<title>" + body).title.isprintable()


def test_json_is_parsed_once():
    answer = HttpAnswer(status=200, body=b'{"a": [1]}')
    assert answer.json() == {"a": [1]}
    assert answer.json() is answer.json()
    assert answer.json_or_none() is answer.json()


def test_what_is_not_json_is_read_once_too(monkeypatch):
    answer, read = HttpAnswer(status=200, body=b"["), []
    monkeypatch.setattr(talk, "read_json", lambda *args, **named: read.append(args) or read_json(*args, **named))
    for _ in range(2):
        assert answer.json_or_none() is None
        assert not answer.is_whole_json
    assert len(read) == 1


def test_json_null_is_a_value():
    assert HttpAnswer(status=200, body=b"null").json() is None


def test_what_is_not_json_is_malformed_or_none():
    answer = HttpAnswer(status=200, body=b"<html>")
    assert answer.json_or_none() is None
    with pytest.raises(Malformed):
        answer.json()


def test_a_refusal_is_a_demand_for_credentials():
    refusing = [status for status in range(100, 600) if HttpAnswer(status=status).refused]
    assert refusing == [401, 403]


def test_answers_with_the_same_bytes_are_equal_whether_parsed_or_not():
    one, other = (HttpAnswer(status=200, body=b"{}") for _ in range(2))
    one.json()
    assert one == other


CUT = b'[{"name": "a"}, {"name": "b"}, {"na'


def test_a_cut_body_proves_what_is_complete_of_it_and_nothing_more():
    answer = HttpAnswer(status=200, body=CUT, cut=Cut.SIZE)
    assert not answer.complete
    assert answer.json() == [{"name": "a"}, {"name": "b"}]
    # A server that ends in the middle of its own answer is believed as far as it came.
    assert HttpAnswer(status=200, body=CUT).json() == [{"name": "a"}, {"name": "b"}]
    with pytest.raises(Malformed, match="nothing of it is complete"):
        HttpAnswer(status=200, body=b'"half a wo', cut=Cut.SIZE).json()


def test_one_name_that_is_not_utf_8_spoils_no_list():
    assert HttpAnswer(status=200, body=b'["a\xff", "b"]').json() == ["a\ufffd", "b"]
    assert HttpAnswer(status=200, body=b'["a\xff", ').json() == ["a\ufffd"]
