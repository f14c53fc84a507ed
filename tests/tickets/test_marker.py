"""The line by which a ticket is known again: read back as it was written, whatever stands around it."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.finding import Severity
from scanner.tickets.marker import Marker, Member, find_marker, key_of_finding, swap_marker

HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
WORD = st.text(string.printable, min_size=1, max_size=40)
MEMBERS = st.builds(
    Member,
    HEX,
    WORD,
    st.sampled_from(Severity),
    HEX.map(lambda digits: digits[:8]),
    WORD,
    st.booleans(),
)
MARKERS = st.builds(
    Marker, HEX.map(key_of_finding), st.lists(MEMBERS, max_size=3).map(tuple), HEX.map(lambda digits: digits[:16])
)


@given(MARKERS, st.text(max_size=40), st.text(max_size=40))
def test_it_is_read_back_whatever_stands_around_it(marker, before, after):
    assert find_marker(f"{before}\n<!-- {marker.text} -->\n{after}") == marker


@given(MARKERS)
def test_it_is_one_word_that_ends_no_comment(marker):
    assert len(marker.text.split()) == 1
    assert "--" not in marker.text
    assert not set("<>&") & set(marker.text)


@given(MARKERS, MARKERS)
def test_the_last_one_counts_and_is_the_one_that_is_exchanged(first, second):
    text = f"{first.text}\n{second.text}"
    assert find_marker(text) == second
    assert find_marker(swap_marker(text, first)) == first
    assert swap_marker(text, second) == text


def test_a_text_without_one_gets_it_at_its_end():
    marker = Marker(key_of_finding("a" * 64), ())
    assert swap_marker("words of a person", marker).endswith(marker.text)


@pytest.mark.parametrize("text", ["", "exposure-v1;", "exposure-v2;exposure-" + "0" * 32, "exposure-v1;exposure-00;x."])
def test_what_only_looks_like_one_is_none(text):
    assert find_marker(text) is None
