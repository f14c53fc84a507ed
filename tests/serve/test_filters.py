import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.finding import Severity
from scanner.history.store.life import Shows
from scanner.serve.filters import Filter

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
    chosen = Filter.of({"state": "x", "severity": "x", "since": "soon", "page": "-1"})
    assert (chosen.state, chosen.severity, chosen.page, chosen.wanted(NOW).since) == ("", "", 1, None)


@pytest.mark.parametrize(("page", "link"), [(1, "?text=a%26b"), (2, "?text=a%26b&page=2")])
def test_a_link_keeps_the_choice(page, link):
    assert Filter.of({"text": "a&b"}).link(page=page) == link


@given(
    st.dictionaries(
        st.sampled_from(["state", "severity", "owner", "rule", "text", "since", "accepted", "page"]), st.text()
    )
)
def test_any_query_is_some_filter(query):
    chosen = Filter.of(query)
    chosen.wanted(NOW)
    assert chosen.link().startswith("?")
    assert 1 <= chosen.page <= 100_000
