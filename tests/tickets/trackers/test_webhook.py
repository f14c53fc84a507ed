"""What the webhook remembers of what was accepted survives a stop at any byte."""

import asyncio
import json
from dataclasses import replace

import pytest

from scanner.core.errors import UsageError
from scanner.core.finding import Severity
from tests.support.schemas import FOLDER
from tests.tickets.servers.hook import EVENTS, HookServer
from tests.tickets.stage import Stage
from tests.tickets.worlds import fingerprint, night, redis_finding


def play(tmp_path, story):
    async def run():
        async with HookServer() as server:
            config = tmp_path / "tickets.toml"
            config.write_text(server.config())
            await story(server, Stage("webhook", config, server.environment), tmp_path / "sent.jsonl")

    asyncio.run(run())


def test_a_line_that_was_torn_is_sent_again_and_known_again(tmp_path):
    first, second = redis_finding(), redis_finding("127.0.0.2")

    async def story(server, stage, file):
        await stage.run(night(1, first, second))
        whole = file.read_bytes()
        for length in range(whole.index(b"\n") + 1, len(whole), 11):
            file.write_bytes(whole[:length])
            assert sorted(await stage.say(night(1, first, second))) == ["create done", "leave left"]
            assert len(server.tickets) == 2
            assert file.read_bytes().count(b"\n") == 2

    play(tmp_path, story)


def test_a_file_of_somebody_else_is_refused_with_its_line(tmp_path):
    async def story(_server, stage, file):
        await stage.run(night(1, redis_finding()))
        file.write_text(file.read_text() + "something else\n")
        with pytest.raises(UsageError, match="not a line of ours") as caught:
            await stage.run(night(1, redis_finding("127.0.0.3", fingerprint=fingerprint("x"))))
        assert caught.value.line == 2

    play(tmp_path, story)


def test_without_a_file_to_remember_in_nothing_is_sent(tmp_path):
    async def story(server, stage, _file):
        stage.config.write_text(server.config().replace('state_file = "sent.jsonl"', ""))
        with pytest.raises(UsageError, match="'state_file' is missing"):
            await stage.run(night(1, redis_finding()))
        assert server.requests == []

    play(tmp_path, story)


def test_every_event_is_as_its_schema_says_and_every_key_of_the_schema_is_written(tmp_path):
    """The receiver refuses an event with a key that is not declared: a field is added to both or to neither."""
    finding = redis_finding()

    async def story(server, stage, _file):
        await stage.run(night(1, finding))
        await stage.run(night(2, replace(finding, severity=Severity.CRITICAL)))
        await stage.run(night(3, closed=(finding,)))
        declared = json.loads((FOLDER / "ticket-event-v1.json").read_text())
        assert set(declared["properties"]) == set().union(*server.events)
        written = {key for event in server.events for found in event.get("findings", ()) for key in found}
        assert set(declared["$defs"]["finding"]["properties"]) == written

    play(tmp_path, story)


@pytest.mark.parametrize("part", [(), ("findings", 0)])
def test_a_key_that_the_schema_does_not_declare_is_named(tmp_path, part):
    async def story(server, stage, _file):
        await stage.run(night(1, redis_finding()))
        event = server.events[0]
        place = event
        for step in part:
            place = place[step]
        place["surprise"] = 1
        assert "surprise" in next(EVENTS.iter_errors(event)).message

    play(tmp_path, story)
