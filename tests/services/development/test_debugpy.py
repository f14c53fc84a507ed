import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.development.debugpy import PROBE, parse_event, parse_length
from tests.cli.test_scan import exposure
from tests.support.talks import Say, ScriptedTalk


def event(name, **body):
    message = {"seq": 1, "type": "event", "event": "output", "body": {"category": "telemetry", "output": name} | body}
    text = json.dumps(message).encode()
    return Say(b"Content-Length: %d\r\n\r\n" % len(text) + text)


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def test_the_second_event_names_debugpy():
    facts = ask(event("other"), event("debugpy", data={"packageVersion": "1.8.0"}))
    assert (facts.access, facts.version) == (Access.CONTROL, "1.8.0")
    assert [rule.id for rule in PROBE.rules if rule.holds(facts)] == ["debugpy-open"]


def test_it_is_heard_out_for_an_adapter_that_is_cut_short_takes_no_client_ever_after():
    talk = ScriptedTalk([event("ptvsd"), event("debugpy"), event("debugpySockets")], PROBE.sends)
    asyncio.run(PROBE.ask(talk))
    assert talk.finished


def test_an_adapter_that_says_one_name_is_known_by_it():
    facts = ask(event("ptvsd", data={"packageVersion": "1.6.3"}))
    assert (facts.access, facts.version) == (Access.CONTROL, "1.6.3")


def test_other_events_are_another_adapter():
    assert ask(*[event("other")] * 3) is None


@pytest.mark.parametrize(
    "head", [b"Content-Length: 0\r\n\r\n", b"Content-Length: 99999\r\n\r\n", b"HTTP/1.1 200\r\n\r\n"]
)
def test_other_headers_are_malformed(head):
    with pytest.raises(Malformed):
        parse_length(head)


@given(st.binary(max_size=80))
def test_any_bytes_are_malformed_or_read(data):
    for parse in (parse_length, parse_event):
        try:
            parse(data)
        except Malformed:
            continue


@pytest.mark.fleet("debugpy", "open")
def test_a_listening_adapter_is_exposed(server, see):
    argv = ["/usr/bin/python3", "-Xfrozen_modules=off", "-m", "debugpy", "--listen", "{address}:5678", "{dir}/app.py"]
    # A connection before ours would be taken for the client.
    files = {"app.py": "import threading\nprint('up', flush=True)\nthreading.Event().wait()\n"}
    running = server(argv, package="python3-debugpy", files=files, ready=b"up")
    verdict = see(running, "debugpy", port=5678)
    assert (verdict.status, verdict.rules) == ("exposed", ["debugpy-open"])
    assert verdict.row.version[0].isdigit()
    for _ in range(3):
        run = exposure("scan", running.address, "-p", "5678", "-f", "json")
        assert run.returncode == 1, f"the sweep before left the adapter as it was: {run.stdout}"
