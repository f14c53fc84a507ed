"""`exposure serve`: the page over a history."""

from dataclasses import dataclass
from pathlib import Path

from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.history_options import HistoryOption
from scanner.cli.option import Group, option
from scanner.cli.readers import read_path, whole
from scanner.core.exit_code import ExitCode

PORT = 8571


@dataclass(frozen=True, kw_only=True)
class ServeOptions(HistoryOption):
    """Where the page is, and who may see it."""

    address: str = option(
        "127.0.0.1",
        "--listen",
        "The address; any but a loopback one needs --tls-cert, --tls-key and --users.",
        metavar="ADDRESS",
        group=Group.RUN,
        example="--listen 127.0.0.1",
    )
    port: int = option(
        PORT, "--port", "The port.", metavar="N", read=whole(0, 65_535), group=Group.RUN, example="--port 0"
    )
    cert: Path | None = option(
        None,
        "--tls-cert",
        "The certificate and its chain, PEM.",
        metavar="FILE",
        read=read_path,
        group=Group.RUN,
        example="--tls-cert page.pem",
    )
    key: Path | None = option(
        None,
        "--tls-key",
        "Its key, PEM.",
        metavar="FILE",
        read=read_path,
        group=Group.RUN,
        example="--tls-key page.key",
    )
    users: Path | None = option(
        None,
        "--users",
        "Who may sign in; --add-user makes it.",
        metavar="FILE",
        read=read_path,
        group=Group.RUN,
        example="--users users.txt",
    )
    add_user: str = option(
        "",
        "--add-user",
        "Put a user into the file of --users, the password from the terminal or standard input, and end.",
        metavar="NAME",
        group=Group.RUN,
        example="--add-user alice",
    )
    hosts: tuple[str, ...] = option(
        (),
        "--host",
        "A name by which browsers reach the page; others are refused.",
        metavar="NAME",
        group=Group.RUN,
        example="--host exposure.internal",
    )


def run(options: ServeOptions) -> ExitCode:
    """Serve until somebody stops it."""
    from scanner.cli.run_serve import run_serve

    return run_serve(options)


COMMAND = Command(
    name="serve",
    about=about("serve"),
    options=ServeOptions,
    run=run,
    example="exposure serve",
)
