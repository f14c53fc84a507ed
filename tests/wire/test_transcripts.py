import asyncio

import pytest

from scanner.probes.registry import load_registry
from tests.wire.transcript import FOLDER, Replay, Transcript, here

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
