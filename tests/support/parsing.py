"""A command line, read by the parser of the product."""

import shlex

from scanner.cli.command import to_click
from scanner.cli.command_table import all_commands


def parsed(line):
    """The options dataclass that a command line would run with; nothing is run."""
    name, *words = shlex.split(line)
    assert name == "exposure"
    seen = []
    for command in sorted(all_commands(), key=lambda one: -len(one.name)):
        parts = command.name.split()
        if words[: len(parts)] == parts:
            click_command = to_click(command, {})
            click_command.callback = lambda **typed: seen.append(typed)
            with click_command.make_context(command.name, words[len(parts) :]) as context:
                click_command.invoke(context)
            return seen[0]
    raise AssertionError(line)
