import asyncio
import json
import os
import signal

import pytest

from scanner.watch.sink import SinkError
from scanner.watch.sinks import program
from scanner.watch.sinks.program import Program


def script(tmp_path, text):
    path = tmp_path / "told me"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return f"'{path}' one 'two three'"


async def test_a_program_gets_the_message(tmp_path, digest):
    await Program(script(tmp_path, f'cat > "{tmp_path}/got"; echo "$2" > "{tmp_path}/word"')).send(digest)
    assert json.loads((tmp_path / "got").read_bytes())["id"] == digest.id
    assert (tmp_path / "word").read_text() == "two three\n"


async def test_a_program_that_fails_is_an_error_with_its_words(tmp_path, digest):
    with pytest.raises(SinkError, match="ended with 3: no room"):
        await Program(script(tmp_path, "cat > /dev/null; echo no room >&2; exit 3")).send(digest)
    with pytest.raises(SinkError, match="ended with 4: it said nothing"):
        await Program(script(tmp_path, "cat > /dev/null; exit 4")).send(digest)


async def test_a_program_that_hangs_is_ended(tmp_path, digest, monkeypatch):
    monkeypatch.setattr(program, "_PATIENCE_S", 0.01)
    with pytest.raises(SinkError, match="did not end"):
        await Program(script(tmp_path, "exec tail -f /dev/null")).send(digest)


async def test_a_program_that_hangs_in_a_child_is_ended_with_it(tmp_path, digest, monkeypatch):
    monkeypatch.setattr(program, "_PATIENCE_S", 0.05)
    with pytest.raises(SinkError, match="did not end"):
        async with asyncio.timeout(20):
            await Program(script(tmp_path, "tail -f /dev/null; true")).send(digest)


async def test_what_a_program_leaves_in_the_background_is_not_waited_for(tmp_path, digest):
    async with asyncio.timeout(20):
        await Program(script(tmp_path, f"cat > /dev/null; tail -f /dev/null & echo $! > '{tmp_path}/left'")).send(
            digest
        )
    os.kill(int((tmp_path / "left").read_text()), signal.SIGKILL)
