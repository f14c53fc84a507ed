import math

import pytest

from scanner.cli.readers import (
    duration,
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
        (duration(3_600), "0", 0.0),
        (duration(3_600), "1.5", 1.5),
        (duration(3_600), "60s", 60.0),
        (duration(3_600), "2m", 120.0),
        (duration(3_600), "1h", 3_600.0),
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
        (number(0), "1_0", "name a number"),
        (number(0), "\u0663", "name a number"),
        (duration(3_600), "2h", "such as 60s, 5m or 1h, from 0 to 3600 seconds"),
        (duration(3_600), "-1", "name a time"),
        (duration(3_600), "1e3", "name a time"),
        (duration(3_600), "\u0663s", "name a time"),
        (duration(3_600), "", "name a time"),
        (duration(86_400, 0.001), "0s", "from 0.001 to 86400 seconds"),
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
