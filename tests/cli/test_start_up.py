"""What is imported before a command does its work, counted in modules: times differ from machine to machine."""

import asyncio
import json
import socket
import subprocess
import sys
from functools import partial

from scanner.standins.start import load, start
from tests.fleet.server import new_address

_RUN = """
import sys
from scanner.cli.main import run
before = len(sys.modules)
code = run({arguments!r})
import json
print("MODULES", json.dumps(sorted(sys.modules)))
"""
HEAVY = (
    "aiohttp",
    "alembic",
    "cryptography",
    "nats",
    "nkeys",
    "nmap",
    "numpy",
    "pydantic",
    "rich",
    "scapy",
    "sqlalchemy",
    "yaml",
)
"""Libraries that few runs need."""


def imported(*arguments):
    """The modules of a process that ran one command line."""
    run = subprocess.run(
        [sys.executable, "-c", _RUN.format(arguments=list(arguments))], capture_output=True, text=True, check=True
    )
    return set(json.loads(run.stdout.rpartition("MODULES ")[2]))


def below(modules, *roots):
    return sorted(name for name in modules if any(name == root or name.startswith(f"{root}.") for root in roots))


def services(modules):
    """Files of the catalogue, without the folders."""
    return [name for name in below(modules, "scanner.services") if name.count(".") == 3]


def test_help_imports_the_table_of_commands_and_what_prints_it():
    modules = imported("--help")
    assert below(modules, *HEAVY, "scanner.cluster", "typer", "asyncio", "ssl") == []
    assert services(modules) == []
    assert len(below(modules, "scanner")) <= 12


def test_help_of_a_command_imports_that_command_alone():
    modules = imported("scan", "--help")
    assert below(modules, *HEAVY, "asyncio", "ssl") == []
    assert below(modules, "scanner.cli.lint", "scanner.cli.history", "scanner.cli.tickets", "scanner.probes") == []
    assert len(below(modules, "scanner")) <= 40


def test_a_scan_of_a_closed_port_imports_no_service():
    with socket.socket() as taken:
        # Bound and not listening: it refuses.
        taken.bind(("127.0.0.1", 0))
        modules = imported("scan", "127.0.0.1", "-p", str(taken.getsockname()[1]), "-q")
    assert (
        below(modules, *HEAVY, "sqlite3", "scanner.cluster", "scanner.targets.compose", "scanner.history.audit_file")
        == []
    )
    assert services(modules) == []
    assert len(below(modules, "scanner")) <= 235


async def test_a_product_that_is_proven_at_home_needs_no_other():
    (redis,) = [one for one in load() if (one.service, one.case) == ("redis", "open")]
    address = new_address()
    running = await start(redis, address, redis.port)
    try:
        scan = partial(imported, "scan", f"{address}:{redis.port}", "-q")
        modules = await asyncio.to_thread(scan)
    finally:
        running.stop()
    assert "scanner.services.datastores.redis" in modules
    assert {name.partition("_")[0] for name in services(modules)} == {"scanner.services.datastores.redis"}


def test_a_file_is_linted_by_those_that_know_its_image(tmp_path):
    file = tmp_path / "compose.yaml"
    file.write_text("services: {cache: {image: 'redis:7', ports: ['6379:6379']}}")
    modules = imported("lint", str(file))
    assert below(modules, *(name for name in HEAVY if name != "yaml"), "asyncio", "ssl", "scanner.sweep") == []
    assert services(modules)
    assert {name.partition("_")[0] for name in services(modules)} == {"scanner.services.datastores.redis"}
