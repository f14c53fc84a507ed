import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.config.arguments import options, renamed, split_command, words_of
from scanner.config.setting import setting


def parsed(*words):
    return [(entry.name, entry.value) for entry in options(words_of(words, "f"))]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--a", "b"], [("--a", "b"), ("", "b")]),
        (["--a=b=c"], [("--a", "b=c")]),
        (["--a=", "b"], [("--a", ""), ("", "b")]),
        (["--a", "--b"], [("--a", ""), ("--b", "")]),
        (["--a", "-1"], [("--a", "-1"), ("", "-1")]),
        (["--a", "-b"], [("--a", ""), ("-b", "")]),
        (["-n", "b"], [("-n", "b"), ("", "b")]),
        (["-nvalue"], [("-n", "value"), ("-nvalue", "")]),
        (["-n=value"], [("-n", "value"), ("-n", "value")]),
        (["-long=value"], [("-l", "ong=value"), ("-long", "value")]),
        (["--", "-", "x"], [("", "--"), ("", "-"), ("", "x")]),
        ([], []),
    ],
)
def test_options_and_what_may_be_their_value(words, found):
    assert parsed(*words) == found


@given(st.lists(st.text(st.sampled_from("-ab1= "), max_size=6), max_size=8))
def test_no_word_is_lost(words):
    found = parsed(*words)
    assert [value for name, value in found if not name] == [
        word
        for word in words
        if not (word.startswith("-") and word != "--" and (word[1:2].isalpha() or word[1:2] == "-"))
    ]


def test_each_word_has_the_line_that_it_stands_on():
    command = setting("ExecStart", "/bin/x 'a b' \n-c d", "u", 7, "ExecStart=/bin/x")
    assert [(word.value, word.anchor.line, word.text) for word in split_command(command)] == [
        ("/bin/x", 7, "ExecStart=/bin/x"),
        ("a b", 7, "ExecStart=/bin/x"),
        ("-c", 8, "-c d"),
        ("d", 8, "-c d"),
    ]


def test_a_word_of_a_process_shows_the_whole_command():
    (_, word) = words_of(["dockerd", "-H"], "/proc/7/cmdline")
    assert (word.text, word.anchor.line) == ("dockerd -H", 0)


def test_a_quote_that_is_not_closed_loses_no_word():
    assert [word.value for word in split_command(setting("x", "/bin/x 'a b", "u", 1))] == ["/bin/x", "'a", "b"]


def test_a_renamed_option_without_a_value_says_yes_and_others_are_dropped():
    given_options = options(words_of(["--tls", "--name=x", "--other"], "f"))
    assert [(entry.name, entry.value) for entry in renamed(given_options, {"--tls": "tls", "--name": "n"})] == [
        ("tls", "true"),
        ("n", "x"),
    ]
