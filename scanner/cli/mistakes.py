"""What is told of a command line that can't be read: what was wrong, and what to write."""

from collections.abc import Sequence

import click

from scanner.core.suggestion import did_you_mean


class NothingGivenError(click.UsageError):
    """A command without what it is about: told in two lines, the second to copy."""


def told(error: click.UsageError, root: click.Group, arguments: Sequence[str]) -> list[str]:
    """Return the lines that say what to do: one, or two where nothing was given at all."""
    context = error.ctx or _context(root, arguments)
    command = context.command
    example = f"for example `{command.example}`; " if hasattr(command, "example") else ""
    listed = "commands" if isinstance(command, click.Group) else "options"
    after = f"{example}`{context.command_path} --help` lists the {listed}"
    what = _what(error, command)
    return [what, after] if isinstance(error, NothingGivenError) else [f"{what}; {after}"]


def _what(error: click.UsageError, command: click.Command) -> str:
    if isinstance(error, click.NoSuchOption):
        known = [flag for param in command.params for flag in (*param.opts, *param.secondary_opts)]
        near = did_you_mean(error.option_name, [flag for flag in known if flag.startswith("--")])
        return f"no option {error.option_name}{near.rstrip('?')}"
    return error.format_message().rstrip(".")


def _context(root: click.Group, arguments: Sequence[str]) -> click.Context:
    """Return the context of the command that the words name, where click has lost it."""
    context = click.Context(root, info_name=root.name)
    for word in arguments:
        group = context.command
        found = group.get_command(context, word) if isinstance(group, click.Group) else None
        if found is None:
            break
        context = click.Context(found, parent=context, info_name=word)
    return context
