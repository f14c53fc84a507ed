"""A ticket fits into its field: values are cut first, then blocks from the end, never a command in its middle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.tickets import escape
from scanner.tickets.answer import Rejected
from scanner.tickets.fit import fit
from scanner.tickets.ticket import Code, Heading, Prose, Rows

BLOCKS = (Prose("words " * 300), Rows((("Received", "x" * 900),)), Heading("Remedy"), Code(("run " * 200, "stop")))


def plain(blocks):
    return escape.plain(blocks, "the-marker")


@given(st.integers(100, 4_000))
def test_it_is_never_longer_than_its_field_and_always_ends_in_the_marker(limit):
    text = fit(BLOCKS, limit, plain, len)
    assert len(text) <= limit
    assert text.endswith("the-marker")


def test_what_fits_is_left_as_it_is():
    assert fit(BLOCKS, 100_000, plain, len) == plain(BLOCKS)


@given(st.integers(100, 4_000))
def test_a_command_is_whole_or_not_there(limit):
    text = fit(BLOCKS, limit, plain, len)
    assert "run " * 200 in f"{text} " or "run run" not in text


def test_a_field_too_small_for_the_marker_refuses_the_one_ticket():
    with pytest.raises(Rejected, match="do not group by host"):
        fit(BLOCKS, 5, plain, len)
