import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.text import LIMIT_CHARS, clean


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        (b"Redis 7.0", "Redis 7.0"),
        ("caf\u00e9 \u65e5\u672c", "caf\u00e9 \u65e5\u672c"),
        (b"\x1b[31mred", "\\x1b[31mred"),
        (b"a\r\nb\tc\0", "a\\x0d\\x0ab\\x09c\\x00"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("line\u2028para\u2029", "line\\u2028para\\u2029"),
        ("no\u00a0break\u3000wide", "no\\xa0break\\u3000wide"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        ("\u009b31m", "\\x9b31m"),
        ("e" + "\u0301" * 6, "e" + "\u0301" * 4 + "\\u0301" * 2),
        ("", ""),
    ],
)
def test_what_could_deceive_is_shown(dirty, expected):
    assert clean(dirty) == expected


@given(st.one_of(st.text(), st.binary()), st.integers(3, 200))
def test_it_is_one_short_printable_line(value, limit):
    text = clean(value, limit)
    assert len(text) <= limit
    assert text.isprintable()


@given(st.one_of(st.text(max_size=100), st.binary(max_size=100)))
def test_cleaning_twice_changes_nothing(value):
    once = clean(value)
    assert clean(once) == once


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=LIMIT_CHARS))
def test_plain_text_stays(text):
    assert clean(text) == text
    assert clean(text.encode()) == text


def test_a_cut_shows():
    assert clean("x" * 600) == "x" * (LIMIT_CHARS - 3) + "..."
    assert clean("x" * LIMIT_CHARS) == "x" * LIMIT_CHARS


def test_a_flood_is_not_read_to_its_end():
    assert len(clean(b"\xe2\x80\xae" * 10_000_000, 20)) == 20
