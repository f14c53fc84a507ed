"""`exposure checks`: make, validate and try a TOML check of your own."""

from pathlib import Path

import typer

app = typer.Typer(help="Make, validate and try a TOML check of your own.", no_args_is_help=True, rich_markup_mode=None)

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


@app.command(no_args_is_help=True)
def new(name: str = typer.Argument(..., metavar="ID", help="Kebab-case, such as my-panel.")) -> None:
    """Print a new check to standard output, complete and valid, to be edited."""
    title = name.replace("-", " ").title()
    typer.echo(_TEMPLATE.format(id=name, title=title), nl=False)


@app.command(no_args_is_help=True)
def lint(paths: list[Path] = typer.Argument(..., metavar="FILE|DIR...", help="Checks, or folders of them.")) -> None:
    """Validate checks and run the examples that they carry; exit 2 when one is wrong."""
    import asyncio

    from scanner.core.errors import UsageError
    from scanner.probes.check_file import read_check
    from scanner.probes.examples import failing_examples

    files = [file for path in paths for file in (sorted(path.glob("*.toml")) if path.is_dir() else [path])]
    if not files:
        raise UsageError(f"{paths[0]} holds no .toml check; `exposure checks new` makes one")
    wrong: list[str] = []
    for file in files:
        wrong += asyncio.run(failing_examples(read_check(file)))
    if wrong:
        raise UsageError("; ".join(wrong))
    typer.echo(f"{len(files)} checks are valid, and their examples come out as written")


@app.command("try", no_args_is_help=True)
def try_check(
    file: Path = typer.Argument(..., metavar="FILE", help="The check."),
    target: str = typer.Argument(..., metavar="URL", help="Where to try it, such as http://127.0.0.1:8080."),
    allow_public: bool = typer.Option(False, "--allow-public", help="Permit an address that is not private."),
) -> None:
    """Ask one server what the check asks, and print which expectation held."""
    from scanner.cli.try_check import try_once

    typer.echo(try_once(file, target, allow_public=allow_public))
