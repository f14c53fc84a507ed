import pytest

from scanner.core.unheard import Unheard
from scanner.wire.reading import unheard_in, unproven
from tests.support.talks import page


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_that_starts_or_is_full_has_not_been_heard(status):
    answer = page("<html>Starting</html>", status)
    assert unheard_in(answer) is Unheard.REFUSED_LATER
    assert "not a refusal" in unproven(answer, "its lists") or "not in a refusal" in unproven(answer, "its lists")


@pytest.mark.parametrize("answer", [None, *(page("", status) for status in (200, 302, 401, 403, 404, 405))])
def test_every_other_answer_was_an_answer(answer):
    assert unheard_in(answer) is None


@pytest.mark.parametrize("body", ["[" * 200_000, "{'a': 1}", ")]}',\n[]", "[1,"])
def test_what_calls_itself_json_and_is_none_was_not_understood(body):
    answer = page(body, 200, json=True)
    assert unheard_in(answer) is Unheard.MALFORMED
    assert unheard_in(page(body, 200)) is None


def test_a_name_in_another_encoding_makes_no_list_unreadable():
    answer = page(b'[{"index": "caf\xe9"}]', 200, json=True)
    assert answer.json() == [{"index": "caf\ufffd"}]
    assert unheard_in(answer) is None
