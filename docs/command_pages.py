"""The pages of the command line, from the table of options and the table of exit codes: markdown and a man page."""

from collections.abc import Iterator
from typing import Any

from scanner import __version__
from scanner.cli.command import Command, help_of, with_example
from scanner.cli.command_table import ABOUT, all_commands
from scanner.cli.option import Option, options_of
from scanner.core.exit_code import MEANINGS, ExitCode

_COMMANDS = tuple(all_commands())
_ENVIRONMENT = (
    ("NO_COLOR", "No colour, unless --color says otherwise."),
    ("FORCE_COLOR", "Colour without a terminal too, unless NO_COLOR or --color says otherwise."),
    ("COLUMNS", "The width of tables where there is no terminal."),
    ("EXPOSURE_DEBUG", "The traceback of an internal error."),
)


def cli_page() -> str:
    """Return docs/cli.md: every option of every command."""
    lines = ["# Command line", "", ABOUT, ""]
    lines += [f"- [exposure {one.name}](#exposure-{one.name.replace(' ', '-')}): {one.about}" for one in _COMMANDS]
    lines += [
        "",
        "`-h` and `--help` explain every command; `exposure --version` prints the version. *Recorded* options",
    ]
    lines += ["stand in `run.options` of the JSON report.", ""]
    for command in _COMMANDS:
        lines += [f"## exposure {command.name}", "", command.about, "", "```sh", command.example, "```", ""]
        lines += _option_rows(command)
        lines += ["[Exit codes](exit-codes.md):", ""]
        lines += [f"- {code}: {meaning}" for code, meaning in MEANINGS.get(command.name, {}).items()]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _option_rows(command: Command[Any]) -> list[str]:
    table = options_of(command.options)
    lines = ["| option | meaning | example | since | recorded |", "| --- | --- | --- | --- | --- |"] if table else []
    for one in table:
        example = f"`{one.example}`" if one.example else ""
        cells = (f"`{one.usage}`", help_of(one), example, one.since, "yes" if one.recorded else "no")
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return [*lines, ""]


def exit_code_page() -> str:
    """Return docs/exit-codes.md: the table of all commands, then of each where it says more."""
    lines = ["# Exit codes", "", "One meaning a number, whatever the command:", ""]
    lines += ["| code | name | meaning |", "| --- | --- | --- |"]
    lines += [f"| {code} | `{code.name}` | {code.meaning} |" for code in ExitCode]
    lines += ["", "What was found weighs more than what was not seen: a run with findings and gaps exits with 1.", ""]
    lines += ["What single commands mean by them, where that is more exact:", ""]
    for command, meanings in MEANINGS.items():
        lines += [f"## exposure {command}", "", "| code | meaning |", "| --- | --- |"]
        lines += [f"| {code} | {meaning} |" for code, meaning in meanings.items()]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def man_page() -> str:
    """Return exposure.1, in the macros of man(7)."""
    lines = [f'.TH EXPOSURE 1 "" "exposure {__version__}" "User Commands"']
    lines += [".SH NAME", _roff(f"exposure - {ABOUT[0].lower()}{ABOUT[1:].rstrip('.')}")]
    lines += [".SH SYNOPSIS", r"\fBexposure\fR \fICOMMAND\fR [\fIOPTION\fR]... [\fIARGUMENT\fR]..."]
    lines += [".SH COMMANDS"]
    for command in _COMMANDS:
        lines += [f".SS exposure {_roff(command.name)}", _roff(command.about)]
        for one in options_of(command.options):
            lines += _man_option(command, one)
        lines += [".PP", "Example:", ".PP", ".nf", _roff(command.example), ".fi"]
    lines += [".SH EXIT STATUS"]
    for code in ExitCode:
        lines += [".TP", rf"\fB{code}\fR", _roff(code.meaning)]
    lines += [".SH ENVIRONMENT"]
    for name, meaning in _ENVIRONMENT:
        lines += [".TP", rf"\fB{_roff(name)}\fR", _roff(meaning)]
    return "\n".join(lines) + "\n"


def _man_option(command: Command[Any], option: Option) -> Iterator[str]:
    yield ".TP"
    names = ", ".join(option.flags) + (f" / {option.negated}" if option.negated else "")
    value = rf"\fI{_roff(option.metavar)}\fR" if option.metavar else ""
    yield " ".join(part for part in (rf"\fB{_roff(names)}\fR" if names else "", value) if part)
    recorded = " Recorded in the report." if option.recorded else ""
    example = f" Example: {with_example(command, option)}" if option.example else ""
    yield _roff(f"{help_of(option)} Since {option.since}.{recorded}{example}")


def _roff(text: str) -> str:
    """Return text that means itself: backslashes, hyphens that can be copied, and no line that begins a request."""
    safe = text.replace("\\", r"\e").replace("-", r"\-").replace("`", r"\(ga").replace("'", r"\(aq")
    return rf"\&{safe}" if safe.startswith(".") else safe
