"""One table of options: what stands in it is parsed, explained, documented and recorded, and nothing else is."""

import re
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from scanner.cli.command import to_click, with_example
from scanner.cli.command_table import all_commands
from scanner.cli.main import make_root
from scanner.cli.option import Group, as_number, option, options_of
from tests.support.parsing import parsed

ROOT = Path(__file__).resolve().parents[2]
CLI_PAGE = (ROOT / "docs/cli.md").read_text("utf-8")
MAN_PAGE = (ROOT / "docs/man/exposure.1").read_text("utf-8")
COMMANDS = tuple(all_commands())
ENTRIES = [
    pytest.param(command, one, id=f"{command.name} {one.long}")
    for command in COMMANDS
    for one in options_of(command.options)
]
BY_ID = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


def section(page, heading, ending):
    """The part of a page that is about one command."""
    return page.partition(heading + "\n")[2].partition(ending)[0]


@pytest.mark.parametrize(("command", "one"), ENTRIES)
def test_an_option_is_in_the_help_the_man_page_and_the_documentation(command, one):
    explained = to_click(command, {"terminal_width": 200})
    assert one.usage in explained.get_help(explained.make_context(command.name, [], resilient_parsing=True))
    assert f"| `{one.usage}` |" in section(CLI_PAGE, f"## exposure {command.name}", "\n## ").replace("\\|", "|")
    roff = section(MAN_PAGE, f".SS exposure {command.name}".replace("-", r"\-"), "\n.SS ").replace(r"\-", "-")
    assert one.usage in re.sub(r"\\f[BIR]|\\&", "", roff)


@pytest.mark.parametrize(("command", "one"), ENTRIES)
def test_an_option_says_what_it_means_since_when_and_shows_how(command, one):
    assert one.help.endswith((".", "]", "U:53,161")) or " | " in one.help
    assert re.fullmatch(r"\d+\.\d+\.\d+", one.since)
    if one.flags:
        typed = parsed(with_example(command, one))
        assert typed[one.name] is not None


@BY_ID
def test_the_example_of_a_command_can_be_typed(command):
    parsed(command.example)


def test_every_command_is_explained_by_its_exit_codes():
    from scanner.core.exit_code import MEANINGS

    assert {command.name for command in COMMANDS} == set(MEANINGS)


def test_no_flag_means_two_things_in_one_command():
    for command in COMMANDS:
        flags = [flag for one in options_of(command.options) for flag in (*one.flags, one.negated) if flag]
        assert len(flags) == len(set(flags)), command.name


@pytest.mark.parametrize(("value", "held"), [(None, None), (0.1, 0.1), (float("inf"), "inf"), (3000.0, 3000.0)])
def test_a_number_is_recorded_as_json_can_hold_it(value, held):
    assert as_number(value) == held


@dataclass(frozen=True, kw_only=True)
class Sample:
    words: tuple[str, ...] = option((), "-w, --words", "Words.", metavar="W", group=Group.RUN, example="-w x")
    on: bool = option(True, "--on/--no-on", "A switch.", group=Group.RUN, example="--no-on")


def test_an_entry_knows_its_usage():
    words, on = options_of(Sample)
    assert (words.usage, words.many, words.switch) == ("-w, --words W", True, False)
    assert (on.usage, on.switch, on.long) == ("--on / --no-on", True, "--on")


def test_the_whole_command_line_is_made_of_the_table():
    root = make_root()
    for command in COMMANDS:
        held = root
        for word in command.name.split():
            held = held.get_command(click.Context(held), word)
        assert [one.name for one in held.params] == [one.name for one in options_of(command.options)]
