"""Every stand-in gets the verdict that its name says, from the product's own code."""

import asyncio

import pytest

from scanner.probes.registry import load_registry
from scanner.standins import start as stage
from tests.fleet.server import new_address
from tests.fleet.verdict import Verdict, keep_or_compare, look
from tests.wire.transcript import FOLDER, Transcript, recording

# In `make quick` the moods of tests/services/test_dialogues.py stand for them.
pytestmark = pytest.mark.matrix

ALL = stage.load()
EXPECTED = {"open": {"exposed"}, "protected": {"protected", "identified"}, "look-alike": {"open", "identified"}}


def case(one, *marks):
    low = (pytest.mark.low_port,) if one.port < 1024 else ()
    return pytest.param(one, id=f"{one.service}-{one.case}", marks=(*marks, *low))


async def play(one, probes) -> Verdict:
    address = new_address()
    running = await stage.start(one, address, one.port)
    try:
        return await look(address, running.port, probes, transport="udp" if one.reply else "tcp")
    finally:
        running.stop()


def remember(one, probe, verdict: Verdict, transcript: Transcript, *, write: bool) -> None:
    """Keep a transcript where no real server gave one, and compare with it."""
    alike = [other for other in ALL if (other.service, other.case) == (one.service, one.case)]
    name = f"standin-{one.case}" + (f"-{alike.index(one) + 1}" if len(alike) > 1 else "")
    real = [file for file in FOLDER.glob(f"{probe.id}.*.txt") if not file.name.startswith(f"{probe.id}.standin-")]
    if (FOLDER / f"{probe.id}.{name}.txt").exists() or (write and not real):
        keep_or_compare(probe, name, verdict, transcript, write=write)


@pytest.mark.parametrize("one", [case(one, pytest.mark.fleet(one.service, one.case, standin=True)) for one in ALL])
def test_a_stand_in_is_judged_as_what_it_plays(one, request):
    probe = load_registry().find(one.service).probe
    transcript = Transcript()
    verdict = asyncio.run(play(one, (recording(probe, transcript),)))
    if verdict.facts is not None:
        remember(one, probe, verdict, transcript, write=request.config.getoption("--write-transcripts"))
    assert verdict.status in EXPECTED[one.case], (verdict.row, verdict.facts)
    if one.case == "open":
        assert verdict.service == one.service
        assert verdict.findings


@pytest.mark.parametrize("one", [case(one) for one in ALL if one.case == "open"])
def test_no_other_service_claims_a_stand_in(one):
    verdict = asyncio.run(play(one, load_registry().probes))
    assert verdict.service == one.service
