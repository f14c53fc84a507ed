import pytest

from scanner.cli.history_options import read_since, read_span


@pytest.mark.parametrize("word", ["7d", "12h", "4w", "2026-11-01", "2026-11-01T06:00:00Z"])
def test_a_time_is_a_span_or_a_day(word):
    assert read_since(word) == word


@pytest.mark.parametrize("word", ["", "7", "d", "0d", "-7d", "7 d", "yesterday", "2026", "999999d", "7d; x"])
def test_anything_else_is_refused_with_what_to_write(word):
    with pytest.raises(ValueError, match="such as"):
        read_since(word)


def test_a_span_is_no_day():
    assert read_span("400d") == "400d"
    with pytest.raises(ValueError, match="52w"):
        read_span("2026-11-01")
