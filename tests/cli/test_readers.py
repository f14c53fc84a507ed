import math

import pytest

from scanner.cli.readers import (
    number,
    one_of,
    read_engine,
    read_folder,
    read_id,
    read_new_folder,
    read_rate,
    read_words,
    whole,
)

COLOURS = one_of(lambda: ("red", "green"))


@pytest.mark.parametrize(
    ("read", "word", "value"),
    [
        (read_rate, "0.1", 0.1),
        (read_rate, "inf", math.inf),
        (read_words, "redis, nats,,", ("redis", "nats")),
        (read_words, "", ()),
        (number(0, 100), "95.5", 95.5),
        (whole(0, 10), "10", 10),
        (COLOURS, "red", "red"),
        (read_engine, "syn", "syn"),
    ],
)
def test_a_word_is_read(read, word, value):
    assert read(word) == value


@pytest.mark.parametrize(
    ("read", "word", "said"),
    [
        (read_rate, "0", "0.1 or more"),
        (read_rate, "-inf", "0.1 or more"),
        (read_rate, "nan", "0.1 or more"),
        (read_rate, "fast", "name a number"),
        (number(0, 100), "101", "from 0 to 100"),
        (number(0), "inf", "of 0 or more"),
        (number(0), "nan", "of 0 or more"),
        (whole(1), "0", "of 1 or more"),
        (whole(1), "1.5", "whole number"),
        (whole(1), "\u0663", "whole number"),
        (whole(1), "9" * 5000, "whole number"),
        (COLOURS, "gren", "choose one of red, green; did you mean 'green'"),
        (COLOURS, "xyz", "choose one of red, green$"),
        (read_engine, "nmpa", "did you mean 'nmap'"),
        (read_id, "A B", "kebab-case"),
        (read_id, "", "kebab-case"),
        (read_folder, "/nonexistent", "is no folder"),
        (read_new_folder, __file__, "is a file"),
    ],
)
def test_a_wrong_word_is_told_what_to_write(read, word, said):
    with pytest.raises(ValueError, match=said):
        read(word)
