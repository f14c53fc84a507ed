"""`exposure checks`: make, validate and try a TOML check of your own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.option import argument
from scanner.cli.readers import read_id, read_path
from scanner.cli.target_options import AllowPublicOption
from scanner.core.count import counted
from scanner.core.exit_code import ExitCode

_TEMPLATE = """\
# A check of your own: run it with `exposure scan --checks DIR`, prove it with `exposure checks lint DIR`.
schema = 1
id = "{id}"
title = "{title}"
ports = [8080]
# Marks in the answer to GET / that make this product likely on other ports.
fingerprints = [{{ title = "{title}" }}]

# A mark that only this product shows. Proves what it is, nothing more.
[identity]
path = "/"
all = [{{ status = [200] }}, {{ words = ["{title}"] }}]

# A read that a secured install refuses.
[exposed]
path = "/api/items"
access = "data"
says = "the items were listed"
all = [{{ status = [200] }}, {{ json = "/items", type = "array" }}]

# What a refusal looks like when the first page is refused already.
[protected]
all = [{{ status = [401] }}, {{ header = "www-authenticate", contains = "{title}" }}]

[version]
path = "/api/items"
json = "/version"

[evidence]
items = {{ path = "/api/items", json = "/items", count = true }}

[[rule]]
id = "{id}-no-authentication"
title = "{title} answers without authentication"
why = "Anyone who reaches the port reads every item."
controls = "data"
remedy = ["# in its configuration:", "bind = 127.0.0.1"]
cwe = [306]

[[example]]
verdict = "exposed"
[example.answers."/"]
body = "<title>{title}</title>"
[example.answers."/api/items"]
body = '{{"items": [], "version": "1.0"}}'

[[example]]
verdict = "protected"
[example.answers."/"]
status = 401
headers = {{ www-authenticate = 'Basic realm="{title}"' }}

[[example]]
verdict = "none"
[example.answers."/"]
body = "<title>Something else</title>"
"""


@dataclass(frozen=True, kw_only=True)
class NewOptions:
    """What the check is called."""

    check: str = argument("ID", "Kebab-case, such as my-panel.", read=read_id)


@dataclass(frozen=True, kw_only=True)
class LintOptions:
    """Which checks are validated."""

    paths: tuple[Path, ...] = argument("FILE|DIR...", "Checks, or folders of them.", read=read_path, many=True)


@dataclass(frozen=True, kw_only=True)
class TryOptions(AllowPublicOption):
    """Which check is tried, and where."""

    file: Path = argument("FILE", "The check.", read=read_path)
    target: str = argument("URL", "Where to try it, such as http://127.0.0.1:8080.")


def new(options: NewOptions) -> ExitCode:
    """Print a new check."""
    title = options.check.replace("-", " ").title()
    click.echo(_TEMPLATE.format(id=options.check, title=title), nl=False)
    return ExitCode.CLEAN


def lint(options: LintOptions) -> ExitCode:
    """Validate checks; raises UsageError when one is wrong."""
    import asyncio

    from scanner.core.errors import UsageError
    from scanner.probes.check_file import read_check
    from scanner.probes.examples import failing_examples

    files = [file for path in options.paths for file in (sorted(path.glob("*.toml")) if path.is_dir() else [path])]
    if not files:
        raise UsageError(f"{options.paths[0]} holds no .toml check; `exposure checks new` makes one")
    wrong: list[str] = []
    for file in files:
        wrong += asyncio.run(failing_examples(read_check(file)))
    if wrong:
        raise UsageError("; ".join(wrong))
    click.echo(f"{counted(len(files), 'check', 'is', 'are')} valid, and the examples come out as written")
    return ExitCode.CLEAN


def try_check(options: TryOptions) -> ExitCode:
    """Try one check on one server."""
    from scanner.cli.try_check import try_once

    click.echo(try_once(options.file, options.target, allow_public=options.allow_public))
    return ExitCode.CLEAN


COMMANDS: tuple[Command[Any], ...] = (
    Command(
        name="checks new",
        about=about("checks new"),
        options=NewOptions,
        run=new,
        example="exposure checks new my-panel",
    ),
    Command(
        name="checks lint",
        about=about("checks lint"),
        options=LintOptions,
        run=lint,
        example="exposure checks lint checks/",
    ),
    Command(
        name="checks try",
        about=about("checks try"),
        options=TryOptions,
        run=try_check,
        example="exposure checks try my-panel.toml http://127.0.0.1:8080",
    ),
)
