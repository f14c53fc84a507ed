"""What a target's URL says of TLS is tried first, on whichever port; the other way is tried when it was wrong."""

import pytest

from scanner.core.plan import Pace, ScanPlan
from scanner.pipeline import scan
from scanner.probes.runner import Runner
from scanner.standins.web import Page, web
from scanner.sweep.connect.engine import ConnectEngine
from scanner.targets.plan import resolve_targets
from tests.support.jumping import jumping
from tests.support.look import REGISTRY
from tests.support.servers import listening, server_context

HELLO = b"\x16"
"""A TLS record of type handshake (RFC 8446 section 5.1)."""
ANYWHERE, USUALLY_TLS, A_STREAM_PRODUCTS = 0, 8443, 6379
A_PRINTERS = pytest.param(631, marks=pytest.mark.low_port)


async def scanned(*targets: str):
    found = resolve_targets(targets, catalogue=REGISTRY.ports)
    plan = ScanPlan(targets=found.targets, scope=found.scope, space=found.space, seed=1, pace=Pace(rate=10_000.0))
    return await scan(plan, ConnectEngine(), Runner(REGISTRY.probes, plan.scope))


@pytest.mark.parametrize("port", [ANYWHERE, USUALLY_TLS, A_STREAM_PRODUCTS, A_PRINTERS])
@pytest.mark.parametrize(("scheme", "first"), [("https", HELLO), ("http", b"G")])
@jumping
async def test_the_first_byte_is_what_the_url_says(scheme, first, port):
    heard = []

    async def hear(reader, _writer):
        if start := await reader.read(1):
            heard.append(start)

    async with listening(hear, port) as (address, port):
        await scanned(f"{scheme}://{address}:{port}")
    assert heard[0] == first


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("wrapped", [True, False])
@jumping
async def test_a_url_that_is_wrong_about_tls_is_found_all_the_same(scheme, wrapped):
    serve = web({"/": Page("hello", 200, {"Server": "box"})})
    async with listening(serve, 0, tls=server_context("box.example") if wrapped else None) as (address, port):
        report = await scanned(f"{scheme}://{address}:{port}")
    (row,) = report.endpoints
    assert "server box" in row.note
    assert (row.tls is not None) == wrapped
