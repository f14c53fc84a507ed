"""What typer makes of a table of options: words are read in one place, help shows what the table says."""

from dataclasses import dataclass

import click
import pytest

from scanner.cli.command import Command, ReadType, example_of, help_of, to_click, with_example
from scanner.cli.option import Group, argument, option, options_of, required_option
from scanner.cli.readers import one_of, whole
from scanner.core.errors import UsageError
from scanner.core.exit_code import ExitCode


@dataclass(frozen=True, kw_only=True)
class Sample:
    name: str = argument("NAME", "Who.")
    level: int = option(3, "-l, --level", "How much.", metavar="N", read=whole(1, 9), group=Group.RUN, example="-l 4")
    words: tuple[str, ...] = option((), "--word", "Words.", metavar="W", group=Group.RUN, example="--word x")
    lists: tuple[str, ...] = option(
        (),
        "--list",
        "A list.",
        metavar="L",
        group=Group.RUN,
        example="--list a,b",
        read=lambda word: tuple(word.split(",")),
    )
    file: str = option("", "--file", "A file.", metavar="FILE", group=Group.REPORT, example="--file x")
    colour: str = required_option(
        "--colour", "Which.", metavar="C", group=Group.REPORT, example="--colour red",
        read=one_of(lambda: ("red", "green")), choices=lambda: ("red", "green"),
    )  # fmt: skip
    on: bool = option(True, "--on/--no-on", "A switch.", group=Group.RUN, example="--no-on")


SEEN = []
COMMAND = Command(
    name="services", about="Try.", options=Sample, run=lambda given: SEEN.append(given) or ExitCode.CLEAN,
    example="exposure sample me --colour red",
)  # fmt: skip
TABLE = {one.name: one for one in options_of(Sample)}


def run(*words):
    SEEN.clear()
    assert to_click(COMMAND, {}).main([*words], standalone_mode=False) is ExitCode.CLEAN
    return SEEN[0]


def test_what_is_not_typed_is_the_default_of_the_table():
    assert run("me", "--colour", "red") == Sample(name="me", colour="red")


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (["-l", "4"], "level", 4),
        (["--level=4"], "level", 4),
        (["--no-on"], "on", False),
        (["--on"], "on", True),
        (["--word", "a", "--word", "b"], "words", ("a", "b")),
        # Lists that are given again and again are one.
        (["--list", "a,b", "--list", "c"], "lists", ("a", "b", "c")),
        (["--word", ""], "words", ("",)),
    ],
)
def test_what_is_typed_is_read_by_its_own_reader(words, name, value):
    assert getattr(run("me", "--colour", "red", *words), name) == value


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-l", "10"], r"--level 10: name a whole number from 1 to 9"),
        (["--colour", "gren"], r"--colour gren: choose one of red, green; did you mean 'green'"),
        (["-l", "\x1b[2J"], r"--level \\x1b\[2J: "),
    ],
)
def test_a_wrong_word_is_named_with_its_option_in_one_clean_line(words, said):
    with pytest.raises(UsageError, match=said) as caught:
        run("me", "--colour", "red", *words)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("words", [[], ["me"], ["--colour", "red"]])
def test_what_has_to_be_given_is_demanded(words):
    with pytest.raises(click.MissingParameter):
        run(*words)


def test_help_groups_the_options_with_their_defaults_and_one_example_each():
    command = to_click(COMMAND, {"terminal_width": 120})
    text = command.get_help(command.make_context("sample", [], resilient_parsing=True))
    assert text.index("Arguments:") < text.index("Run:") < text.index("Report:") < text.index("Help:")
    assert "How much.  [default: 3]" in text
    assert "Which.  [required]" in text
    assert "Example: exposure sample me --colour red -l 4" in text
    assert "--list a,b" not in text


def test_an_example_is_added_once_and_an_argument_has_none():
    assert with_example(COMMAND, TABLE["colour"]) == COMMAND.example
    assert with_example(COMMAND, TABLE["on"]) == f"{COMMAND.example} --no-on"
    assert example_of(COMMAND, [TABLE["name"]]) == ""
    assert help_of(TABLE["name"]) == "Who."


@pytest.mark.parametrize(
    ("name", "typed", "found"),
    [
        ("colour", "r", [("red", "plain")]),
        ("colour", "green,r", [("green,red", "plain")]),
        ("colour", "x", []),
        ("file", "a/b", [("a/b", "file")]),
        ("words", "a", []),
    ],
)
def test_a_shell_is_told_words_or_that_files_can_stand_here(name, typed, found):
    told = ReadType(TABLE[name]).shell_complete(None, None, typed)
    assert [(one.value, one.type) for one in told] == found
