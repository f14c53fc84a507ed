"""Runs `exposure serve`: what has to be in place before anybody may listen, then the server."""

import asyncio
import getpass
import ipaddress
import secrets
import ssl
import sys
from pathlib import Path

from scanner.cli.run_history import open_history
from scanner.cli.serve import ServeOptions
from scanner.cli.signals import stop_on_signals
from scanner.core.errors import UsageError
from scanner.core.exit_code import ExitCode
from scanner.core.text import clean
from scanner.history.store.open import Store
from scanner.serve.app import make_app
from scanner.serve.entrance import Entrance
from scanner.serve.listen import listening
from scanner.serve.users import make_user, read_users, write_user

_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


def run_serve(options: ServeOptions) -> ExitCode:
    """Serve until SIGINT, SIGTERM or SIGHUP."""
    if options.add_user:
        return _add_user(options)
    context, entrance = _tls(options), _entrance(options)
    with open_history(options.history, make=False) as store:
        asyncio.run(_serve(options, store, entrance, context))
    return ExitCode.CLEAN


def _add_user(options: ServeOptions) -> ExitCode:
    if options.users is None:
        raise UsageError("--add-user puts a user into a file: name it with --users FILE")
    terminal = sys.stdin.isatty()
    password = getpass.getpass("Password: ") if terminal else sys.stdin.readline(2_048).rstrip("\r\n")
    if terminal and getpass.getpass("Again: ") != password:
        raise UsageError("the two passwords differ; nothing was written")
    replaced = options.users.exists() and options.add_user in read_users(options.users)
    write_user(options.users, make_user(options.add_user, password))
    done = "has a new password" if replaced else "may sign in"
    sys.stdout.write(f"{options.add_user} {done}; restart the server for it\n")
    return ExitCode.CLEAN


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        raise UsageError(f"--listen {clean(address, 80)}: name an address, such as 127.0.0.1 or 10.0.0.5") from None


def _entrance(options: ServeOptions) -> Entrance:
    loopback, tls = _is_loopback(options.address), options.cert is not None
    if not loopback and not (tls and options.users):
        raise UsageError(
            f"--listen {options.address}: others can reach it there, so it needs --tls-cert, --tls-key and --users"
        )
    users = read_users(options.users) if options.users else {}
    names = {name.lower() for name in options.hosts} | ({options.address, *_LOCAL_NAMES} if loopback else set())
    if names and not loopback:
        names.add(options.address)
    return Entrance(users=users, token="" if users else secrets.token_urlsafe(24), tls=tls, hosts=frozenset(names))


def _tls(options: ServeOptions) -> ssl.SSLContext | None:
    if options.cert is None and options.key is None:
        return None
    if options.cert is None or options.key is None:
        raise UsageError("--tls-cert and --tls-key go together")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(options.cert, options.key)
    except (OSError, ssl.SSLError) as error:
        shown: Path = options.cert
        raise UsageError(f"certificate and key can't be used: {clean(str(error), 200)}", file=shown) from error
    return context


async def _serve(options: ServeOptions, store: Store, entrance: Entrance, context: ssl.SSLContext | None) -> None:
    stop = asyncio.Event()
    with stop_on_signals(stop, "answers that have begun are ended"):
        async with listening(make_app(store, entrance), options.address, options.port, context) as (address, port):
            shown = f"[{address}]" if ":" in address else address
            sys.stdout.write(f"http{'s' if context else ''}://{shown}:{port}/ shows {store.name}\n")
            if entrance.token:
                sys.stdout.write(f"token, told once: {entrance.token}\n")
            sys.stdout.flush()
            await stop.wait()
