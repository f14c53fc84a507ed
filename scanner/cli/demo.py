"""`exposure demo`: harmless stand-ins on loopback, and a real scan of them."""

import typer


def demo(
    form: str = typer.Option("table", "-f", "--format", metavar="NAME", help="What goes to standard output."),
    output: list[str] = typer.Option([], "-o", "--output", metavar="[FORMAT:]FILE", help="Also write this file."),
    color: bool = typer.Option(True, "--color/--no-color", help="Colour on a terminal; NO_COLOR is honoured."),
) -> None:
    """Start stand-ins of an open Docker API, an open Redis and their protected kin on 127.0.0.x, and scan them."""
    from scanner.cli.run_demo import run_demo

    raise typer.Exit(run_demo(form, tuple(output), color=color))
