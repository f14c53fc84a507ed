import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.config.lines import numbered, without_comment


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("a\n\n# no\n b ", [(1, "a"), (4, "b")]),
        ("a\r\nb", [(1, "a"), (2, "b")]),
        ("\ufeffa", [(1, "a")]),
        ("a\x0cb\u2028c\nd", [(1, "a\x0cb\u2028c"), (2, "d")]),
    ],
)
def test_lines_have_the_numbers_that_an_editor_shows(text, found):
    assert list(numbered(text)) == found


@given(st.text(max_size=80))
def test_a_number_always_points_at_its_line(text):
    lines = text.replace("\r\n", "\n").split("\n")
    for number, line in numbered(text):
        assert line in lines[number - 1]


@pytest.mark.parametrize(
    ("value", "bare"),
    [
        ("yes # really", "yes"),
        ("yes ; really", "yes"),
        ("pass#word", "pass#word"),
        ('"a # b" # c', "a # b"),
        ("'a'", "a"),
        ('"open', '"open'),
        ("# all of it", ""),
        ("", ""),
    ],
)
def test_a_value_is_read_without_its_quotes_and_its_comment(value, bare):
    assert without_comment(value) == bare
