import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.finding import Severity
from scanner.history.store.life import Shows
from scanner.serve.filters import Filter, read_page, read_run, read_text

NOW = "2026-11-28T00:00:00Z"


def test_without_a_choice_what_is_not_gone_is_shown():
    assert Filter.of({}).wanted(NOW).shows == (Shows.OPEN, Shows.INCONCLUSIVE)


def test_each_choice_is_asked_for():
    wanted = Filter.of({"state": "gone", "severity": "high", "since": "7d", "accepted": "no", "owner": "ops"}).wanted(
        NOW
    )
    assert (wanted.shows, wanted.least, wanted.since) == ((Shows.GONE,), Severity.HIGH, "2026-11-21T00:00:00Z")
    assert (wanted.accepted, wanted.owner) == (False, "ops")


def test_what_can_not_be_read_is_left_out():
    chosen = Filter.of({"state": "x", "severity": "x", "since": "soon", "after": "nowhere"})
    assert (chosen.state, chosen.severity, chosen.places) == ("", "", (None, None))
    assert chosen.wanted(NOW).since is None


def test_a_link_keeps_the_choice_and_leads_to_one_place():
    chosen = Filter.of({"text": "a&b", "before": "03~1"})
    assert (chosen.link(), chosen.link(after="03~2")) == ("?text=a%26b", "?text=a%26b&after=03%7E2".replace("%7E", "~"))


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"state": "gone", "severity": "high", "since": "7d", "after": "03~1", "owner": "x" * 200}, ""),
        ({"state": "x"}, "state can't be x"),
        ({"severity": "worst"}, "severity can't be worst"),
        ({"since": "soon"}, "since can't be soon"),
        ({"after": "x"}, "after can't be x"),
        ({"accepted": "1"}, "accepted can't be 1"),
        ({"owner": "x" * 201}, "owner can't be xxx"),
        ({"page": "2"}, "there is no parameter page"),
    ],
)
def test_a_program_hears_what_was_not_taken(query, why):
    told = Filter.of(query).misread(query, NOW)
    assert told.startswith(why)
    assert bool(told) is bool(why)


@pytest.mark.parametrize(("words", "number"), [("1", 1), ("7", 7), ("0", 1), ("-1", 1), ("x", 1), ("9" * 30, 1)])
def test_a_page_has_a_number(words, number):
    assert read_page({"page": words}) == number


@pytest.mark.parametrize(("words", "number"), [("7", 7), ("2147483648", None), ("x", None)])
def test_a_run_has_a_number(words, number):
    assert read_run({"later": words}, "later") == number


@given(
    st.dictionaries(
        st.sampled_from(["state", "severity", "owner", "rule", "text", "since", "accepted", "after", "x"]), st.text()
    )
)
def test_any_query_is_some_filter(query):
    chosen = Filter.of(query)
    chosen.wanted(NOW)
    chosen.misread(query, NOW)
    assert chosen.link().startswith("?")


def test_a_text_of_a_query_is_shown_as_one_line():
    assert read_text({"text": "a\0\u202eb\n" + "x" * 300}, "text").startswith("a\\x00\\u202eb")
    assert read_text({}, "text") == ""
