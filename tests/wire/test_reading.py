import pytest

from scanner.core.quirk import Cut
from scanner.core.talk import HttpAnswer
from scanner.core.unheard import Unheard
from scanner.wire.reading import unheard_in, unproven
from tests.support.talks import page


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 520, 599])
def test_a_server_that_starts_or_is_full_has_not_been_heard(status):
    answer = page("<html>Starting</html>", status)
    assert unheard_in(answer) is Unheard.REFUSED_LATER


@pytest.mark.parametrize("status", [407, 408, 421, 425, 426, 431, 511])
def test_what_a_proxy_says_for_itself_is_no_answer_of_the_server_behind(status):
    assert unheard_in(page("{}", status)) is Unheard.REFUSED_LATER


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (None, "was not answered"),
        (page("", 429), "was put off (429), which is not a refusal"),
        (page("", 503), "was put off (503), which is not a refusal"),
        (page("{}", 201), "was answered with 201, which proves neither access nor protection"),
        (page("", 407), "was put off (407), which is not a refusal"),
        (page("", 501), "neither showed nor refused its lists"),
        (page("", 404), "neither showed nor refused its lists"),
        (HttpAnswer(status=200, cut=Cut.TIME), "broke off (the rest did not come in time)"),
    ],
)
def test_what_proves_nothing_is_said_by_the_same_rule(answer, says):
    assert says in unproven(answer, "its lists")


@pytest.mark.parametrize(
    "answer", [None, *(page("", status) for status in (200, 204, 302, 400, 401, 403, 404, 405, 501))]
)
def test_every_other_answer_was_an_answer(answer):
    assert unheard_in(answer) is None


def test_a_cut_answer_was_not_heard_out():
    assert unheard_in(HttpAnswer(status=200, body=b"[1", cut=Cut.CLOSED)) is Unheard.CUT_OFF


@pytest.mark.parametrize("body", ["[" * 200_000, "{'a': 1}", "[1,"])
def test_what_calls_itself_json_or_looks_like_it_and_is_none_was_not_understood(body):
    assert unheard_in(page(body, 200, json=True)) is Unheard.MALFORMED
    assert unheard_in(page(body, 200)) is Unheard.MALFORMED


@pytest.mark.parametrize("body", [")]}',\n[]", "while(1);{}", "[1,]", "[1]<!-- cached -->", "<html>"])
def test_what_can_be_read_all_the_same_was_understood(body):
    assert unheard_in(page(body, 200)) is None


def test_a_name_in_another_encoding_makes_no_list_unreadable():
    answer = page(b'[{"index": "caf\xe9"}]', 200, json=True)
    assert answer.json() == [{"index": "caf\ufffd"}]
    assert unheard_in(answer) is None
