import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.machine_learning.dask_scheduler import COUNTS, IDENTITY, PROBE, parse_counts, parse_handshake
from tests.fleet.server import ROOT
from tests.support.talks import Say, ScriptedHttp, ScriptedTalk, page

MAP = b"\x83\xabcompression\xc0\xa6python\x93\x03\x0b\x07\xafpickle-protocol\x05"
FRAMES = (1).to_bytes(8, "little") + len(MAP).to_bytes(8, "little") + MAP
COUNTED = page('{"workers": 2, "cores": 8, "tasks": 3, "clients": 1, "saturated": 0, "unrunnable": 0}', json=True)


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_a_handshake_is_control():
    said = Say(len(FRAMES).to_bytes(8, "little") + FRAMES)
    facts = asyncio.run(PROBE.ask(ScriptedTalk([said], PROBE.sends)))
    assert (facts.access, facts.evidence) == (Access.CONTROL, {"python": "3.11.7"})
    assert rules(facts) == ["dask-scheduler-open"]


def test_the_dashboard_is_metadata():
    answers = {COUNTS: COUNTED, IDENTITY: page('{"type": "Scheduler"}', json=True)}
    facts = asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))
    assert (facts.access, facts.workers) == (Access.METADATA, 2)
    assert rules(facts) == ["dask-scheduler-open"]
    assert asyncio.run(PROBE.ask_http(ScriptedHttp({COUNTS: COUNTED}, PROBE.sends))) is None


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"workers": 1}', '{"status":"ok","version":"1.0.0"}'])
def test_other_documents_are_other_products(body):
    assert parse_counts(page(body)) is None


@given(st.binary(max_size=200), st.integers(0, len(FRAMES)))
def test_any_bytes_are_malformed_or_read(data, cut):
    for said in (data, FRAMES[:cut] + data, MAP[:cut] + data):
        try:
            parse_handshake(said)
        except Malformed:
            continue


def start(server, *more, files=()):
    dask = str(ROOT / ".fleet/pypi/distributed/bin/dask")
    argv = [dask, "scheduler", "--host", "{address}", "--port", "8786", "--dashboard-address", "{address}:8787", *more]
    return server(argv, [8786, 8787], package="distributed", patience_s=60)


@pytest.mark.fleet("dask-scheduler", "open", lint="daskdev/dask:2024.1")
def test_a_real_scheduler_and_its_dashboard_are_exposed(server, see):
    running = start(server)
    verdict = see(running, "dask-scheduler", golden="listen")
    assert (verdict.status, verdict.row.access.word) == ("exposed", "control")
    verdict = see(running, "dask-scheduler", port=8787)
    assert (verdict.status, verdict.row.access.word) == ("exposed", "metadata")
    assert see(running).service == "dask-scheduler"


@pytest.mark.fleet(
    "dask-scheduler",
    "protected",
    unlike={"in TLS": "behind another TLS it gets clear text, and closes"},
    lint="daskdev/dask:2024.1",
)
def test_tls_with_certificates_protects(server, see, tmp_path):
    address = "127.61.2.3"
    tls = server.tls(address, tmp_path)
    more = ("--tls-ca-file", str(tls.ca), "--tls-cert", str(tls.cert), "--tls-key", str(tls.key), "--protocol", "tls")
    verdict = see(start(server, *more, "--no-dashboard"), "dask-scheduler")
    assert (verdict.status, verdict.rules) == ("protected", [])
