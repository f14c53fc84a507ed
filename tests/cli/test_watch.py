import pytest

from scanner.cli.watch import read_period


@pytest.mark.parametrize(("word", "seconds"), [("30min", 1_800), ("6h", 21_600), ("1d", 86_400)])
def test_a_period_is_read(word, seconds):
    assert read_period(word) == seconds


@pytest.mark.parametrize("word", ["", "6", "0h", "-1h", "6 h", "1w", "h", "999999h"])
def test_anything_else_says_what_to_write(word):
    with pytest.raises(ValueError, match="30min, 6h or 1d"):
        read_period(word)
