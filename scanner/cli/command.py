"""One command: its options, what it does, and the typer command that parses and explains it."""

from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click
import typer
from typer.core import TyperCommand
from typer.main import get_command

from scanner.cli.option import Group, Option, options_of
from scanner.core.errors import UsageError
from scanner.core.exit_code import MEANINGS, ExitCode
from scanner.core.text import clean

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    _ParamType = click.ParamType[Any]
else:
    # Generic in newer versions of click only.
    _ParamType = click.ParamType

T = TypeVar("T")
_NAMES_FILE = ("FILE", "DIR", "REPORT", "OLD", "NEW")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Generic[T]):
    """What `exposure NAME` is."""

    name: str
    """As typed: `scan`, `tickets plan`."""
    about: str
    """One sentence; the exit codes stand in scanner.core.exit_code."""
    options: type[T]
    """A frozen dataclass whose fields are options."""
    run: Callable[[T], ExitCode]
    """Imports what it needs when it is called: `exposure --help` loads none of it."""
    example: str
    """A command line that is complete; examples of options are added to it."""


class ReadType(_ParamType):
    """Reads one word by the option's own reader, in the one place where an option is interpreted."""

    name = "text"

    def __init__(self, option: Option) -> None:
        """Read for one option."""
        self.option = option

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value; raises UsageError with the option, the word and what to write instead."""
        if not isinstance(value, str):
            return value
        try:
            return self.option.read(value)
        except ValueError as error:
            raise UsageError(f"{self.option.long} {clean(value, 200)}: {error}") from None
        except OSError as error:
            told = f"{self.option.long} {clean(value, 200)}: {error.strerror}; name a place that you may look at"
            raise UsageError(told) from None

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
        """Return what can stand here: known words, or files."""
        from click.shell_completion import CompletionItem

        if self.option.choices is None:
            named = any(name in self.option.metavar for name in _NAMES_FILE)
            return [CompletionItem(incomplete, type="file")] if named else []
        # In a list only the part behind the last comma is still being typed.
        before, comma, part = incomplete.rpartition(",")
        return [CompletionItem(before + comma + word) for word in self.option.choices() if word.startswith(part)]


class HelpedCommand(TyperCommand):
    """Shows options under their groups, each with an example."""

    command: Command[Any]
    """What is explained; a class of its own for each command, since typer makes the objects."""

    @property
    def example(self) -> str:
        """A command line that is complete."""
        return self.command.example

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options by groups."""
        table = options_of(self.command.options)
        for group in Group:
            held = [one for one in table if one.group is group]
            if held:
                with formatter.section(group.value):
                    formatter.write_dl([(one.usage, help_of(one)) for one in held])
                    if example := example_of(self.command, held):
                        formatter.write_paragraph()
                        formatter.write_text(f"Example: {example}")
        with formatter.section("Help"):
            formatter.write_dl([("-h, --help", "Show this message and exit.")])
        with formatter.section("Exit codes"):
            meanings = MEANINGS.get(self.command.name, {})
            formatter.write_dl([(str(int(code)), meaning) for code, meaning in meanings.items()])


def help_of(option: Option) -> str:
    """Return an option's help with its default, and whether it has to be given."""
    default = f"  [default: {option.shown_default}]" if option.shown_default else ""
    return option.help + default + ("  [required]" if option.required and option.flags else "")


def example_of(command: Command[Any], options: Iterable[Option]) -> str:
    """Return a command line that uses the first of some options; empty for arguments."""
    named = [one for one in options if one.example]
    return with_example(command, named[0]) if named else ""


def with_example(command: Command[Any], option: Option) -> str:
    """Return the command's example with an option's added, which may be part of it already."""
    return command.example if option.example in command.example else f"{command.example} {option.example}"


def to_click(command: Command[Any], settings: MutableMapping[str, Any]) -> click.Command:
    """Have typer parse, explain and run a command: its table of options becomes the signature that typer reads."""

    def callback(**typed: Any) -> ExitCode:
        given = {name: _flat(value) for name, value in typed.items() if value is not None and value != []}
        return command.run(command.options(**given))

    parameters = [_parameter(option) for option in options_of(command.options)]
    callback.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    callback.__annotations__ = {one.name: one.annotation for one in parameters}
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(
        command.name.rpartition(" ")[2],
        cls=type("HelpedCommand", (HelpedCommand,), {"command": command}),
        context_settings=dict(settings),
        help=command.about,
        short_help=command.about,
    )(callback)
    return get_command(app)


def _flat(value: Any) -> Any:
    """Return the lists of an option that was given again and again as one."""
    if not isinstance(value, list):
        return value
    return tuple(part for one in value for part in (one if isinstance(one, tuple) else (one,)))


def _parameter(option: Option) -> Parameter:
    # Whatever is not given stays None, and the dataclass knows the default; only a default makes typer demand nothing.
    default: Any = ... if option.required else None
    kind: Any = bool if option.switch else str
    more: dict[str, Any] = {} if option.switch else {"click_type": ReadType(option), "metavar": option.metavar}
    if not option.flags:
        info: Any = typer.Argument(default, **more)
    else:
        last = f"{option.flags[-1]}/{option.negated}" if option.negated else option.flags[-1]
        info = typer.Option(default, *option.flags[:-1], last, **more)
    annotation = list[kind] if option.many else kind
    annotation = annotation if option.required else annotation | None
    return Parameter(option.name, Parameter.KEYWORD_ONLY, default=info, annotation=annotation)
