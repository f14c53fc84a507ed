import asyncio
import os

import pytest

from scanner.probes.registry import load_registry
from tests.fleet.server import ROOT
from tests.wire.transcript import FOLDER, Line, Replay, Transcript, here

FILES = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_probe_still_sends_and_says_what_was_recorded_at_a_real_server(file):
    transcript = Transcript.parse(file.read_text("utf-8"))
    probe = load_registry().find(transcript.head["service"]).probe
    replay = Replay(transcript, probe.sends, here(transcript.head))
    ask = probe.ask_datagram if transcript.head["transport"] == "udp" else probe.ask or probe.ask_http
    facts = asyncio.run(ask(replay))
    assert facts is not None
    assert facts.access.word == transcript.head["access"]
    assert str(facts.product) == transcript.head["product"]
    assert str(facts.version) == transcript.head["version"]
    assert replay.at == len(transcript.lines), "the probe no longer asks everything that was recorded"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_transcript_survives_reading_and_writing(file):
    text = file.read_text("utf-8")
    assert Transcript.parse(text).text() == text


def test_nothing_of_the_machine_that_recorded_is_kept():
    told = Transcript({"service": "x"}, [Line("=", f"{ROOT}/.fleet on {os.uname().release}".encode())])
    kept = told.text()
    assert f"{ROOT}/.fleet" not in kept
    assert os.uname().release not in kept
    assert len(kept) == len(f"service: x\n\n= {told.lines[0].value!r}\n")
