"""Runs a worker: its scope and its services are read once, then it serves until it is stopped."""

import asyncio
import os
import re
import secrets
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from scanner.cli.auditing import audit_in, begin, end, kept
from scanner.cli.run_cluster import keys_of
from scanner.cli.signals import stop_on_signals
from scanner.cli.worker import WorkerOptions
from scanner.cluster.chunk_scan import ChunkScan
from scanner.cluster.connection import connect, demand_extra
from scanner.cluster.exchange import Exchange
from scanner.cluster.names import ANYWHERE, read_word
from scanner.cluster.own_scope import read_own_scope
from scanner.cluster.server_url import ServerUrl, read_server_url
from scanner.cluster.terms import Terms
from scanner.cluster.worker import Worker
from scanner.core.count import counted
from scanner.core.errors import SetupError, StoreError, UsageError, first_of
from scanner.core.exit_code import ExitCode
from scanner.core.report import ScanReport
from scanner.core.text import clean
from scanner.probes.registry import load_registry


def run_worker(options: WorkerOptions) -> ExitCode:
    """Serve; raises UsageError or SetupError before anything is sent."""
    demand_extra()
    vantage = _word("--vantage", options.vantage or ANYWHERE)
    name = _word("--name", options.name) if options.name else _machine_name()
    url = read_server_url(options.cluster, keys_of(options), os.environ)
    scope = read_own_scope(
        options.scope,
        excludes=options.exclude,
        exclude_files=options.exclude_files,
        allow_public=options.allow_public,
    )
    registry = load_registry()
    if options.checks is not None:
        registry = registry.with_checks(options.checks)
    terms = Terms(scope, registry, options.max_rate)
    recorded = ChunkScan.run if options.audit is None else _recorder(options.audit)
    asyncio.run(_serve(url, terms, name, vantage, recorded, quiet=options.quiet))
    return ExitCode.CLEAN


def _recorder(folder: Path) -> Callable[[ChunkScan], Awaitable[ScanReport]]:
    """Return what keeps a log of each chunk in a folder; raises UsageError when there can be none."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the audit logs can't be kept: {error.strerror}; name another folder", file=folder) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError("the audit logs can't be kept: nothing may be written there; name another folder", file=folder)

    async def recorded(scan: ChunkScan) -> ScanReport:
        # A chunk that comes back to the queue may be taken again: each time has a log of its own.
        path = folder / f"{scan.chunk.run}-{scan.chunk.index}-{secrets.token_hex(3)}.jsonl"
        with ExitStack() as held:
            try:
                log = held.enter_context(audit_in(path))
            except UsageError as error:
                raise StoreError(str(error)) from None
            scan.audit = log
            begin(log, scan.part)
            report = await kept(log, scan.run())
            end(log, report)
        return report

    return recorded


async def _serve(
    url: ServerUrl,
    terms: Terms,
    name: str,
    vantage: str,
    recorded: Callable[[ChunkScan], Awaitable[ScanReport]],
    *,
    quiet: bool,
) -> None:
    leaving, lost = asyncio.Event(), asyncio.Event()

    def say(line: str) -> None:
        if not quiet:
            sys.stderr.write(f"exposure: {clean(line, 500)}\n")

    with stop_on_signals(leaving, "what is not finished goes to another worker"):
        async with connect(url, f"worker {name}", lost) as client:
            # A name of one's own for each process: its shares and outcomes are never taken for those of another.
            called = f"{name}-{secrets.token_hex(3)}"
            worker = Worker(Exchange(client), terms, called, vantage, leaving, say, recorded)
            addresses = terms.scope.space.addresses.size
            say(
                f"worker {worker.name} at {url.shown}: may touch "
                f"{counted(addresses, 'address')}, vantage point {vantage}"
            )
            try:
                async with asyncio.TaskGroup() as group:
                    watching = group.create_task(_end_when_lost(lost, leaving))
                    await worker.serve()
                    watching.cancel()
            except BaseExceptionGroup as crash:
                raise first_of(crash) from None
            if lost.is_set():
                raise SetupError(
                    f"{url.shown}: the server ended the connection for good; are the credentials still valid?"
                )


async def _end_when_lost(lost: asyncio.Event, leaving: asyncio.Event) -> None:
    await lost.wait()
    leaving.set()


def _word(flag: str, text: str) -> str:
    try:
        return read_word(text)
    except ValueError as error:
        raise UsageError(f"{flag} {clean(text, 60)}: {error}") from None


def _machine_name() -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:32] or "worker"
