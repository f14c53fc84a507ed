"""A real nats-server with JetStream for the tests of this room: on loopback, or with TLS in a namespace."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.fleet.server import Server, program


def nats_server(port: int, folder: Path, *, address: str = "127.0.0.1", more: str = "", prefix: Sequence[str] = ()):
    """Return a running server that keeps its streams in `folder`; one that is started again there goes on with them."""
    if program("nats-server") is None:
        pytest.skip("nats-server is not installed")
    folder.mkdir(exist_ok=True)
    server = Server(["nats-server", "-c", "{dir}/nats.conf"], (port,), address=address)
    store = folder / "streams"
    config = f'listen: "{address}:{port}"\njetstream {{ store_dir: "{store}" }}\n{more}\n'
    return server.start(files={"nats.conf": config}, ready=b"Server is ready", prefix=prefix)


def kill(server: Server) -> None:
    """End it as a power cut would."""
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    shutil.rmtree(server.directory, ignore_errors=True)
