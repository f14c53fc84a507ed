"""The pipelines of docs/ticketing.md, run as they are written."""

import asyncio
import hashlib
import hmac
import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scanner.standins.start import load, start
from scanner.tickets.settings import read_config
from scanner.tickets.tracker import find_kind
from scanner.tickets.trackers import tracker_names
from tests.cli.test_run_tickets import served
from tests.tickets.servers.github import TOKEN, GitHubServer

pytestmark = pytest.mark.slow

_ROOT = Path(__file__).parents[2]
_TEXT = (_ROOT / "docs" / "ticketing.md").read_text()
_BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", _TEXT, re.MULTILINE | re.DOTALL)
_TOMLS = {re.match(r"# ([\w-]+)\.toml", text)[1]: text for language, text in _BLOCKS if language == "toml"}
_SHIM = """#!/bin/sh
exec "{python}" -m scanner.cli "$@"
"""
_TRACKER_OF = {"example": "github", "jira-dc": "jira"}


@pytest.mark.parametrize("name", sorted(_TOMLS))
def test_every_configuration_is_accepted(name, tmp_path):
    file = tmp_path / f"{name}.toml"
    file.write_text(_TOMLS[name])
    tracker = _TRACKER_OF.get(name, name)
    assert read_config(file, tracker, find_kind(tracker).options).project


def test_every_tracker_has_its_pipeline():
    assert set(tracker_names()) <= set(_TOMLS)


def test_every_option_of_every_tracker_is_a_known_one_in_the_text():
    for name in tracker_names():
        for option in find_kind(name).options:
            assert option in _TEXT or option in {"auth", "open_state", "declined_status", "description_chars"}


def test_the_receiver_of_the_text_knows_a_genuine_event():
    scope: dict = {}
    exec(next(text for language, text in _BLOCKS if language == "python"), scope)
    stamp = str(int(time.time()))
    signature = hmac.new(b"secret", f"{stamp}.body".encode(), hashlib.sha256).hexdigest()
    headers = {"X-Exposure-Timestamp": stamp, "X-Exposure-Signature": f"sha256={signature}", "X-Exposure-Event": "1"}
    assert scope["is_genuine"](b"secret", headers, b"body")
    assert not scope["is_genuine"](b"secret", headers, b"other")
    seen: set[str] = set()
    assert scope["is_new"](seen, headers)
    assert not scope["is_new"](seen, headers)


def test_the_nightly_script_opens_a_ticket_and_closes_it_on_proof(tmp_path):
    """A real scan of a stand-in on loopback, with the script and the commands of the text."""
    script = next(text for language, text in _BLOCKS if language == "sh" and text.startswith("#!"))
    (tmp_path / "nightly.sh").write_text(script)
    shim = tmp_path / "exposure"
    shim.write_text(_SHIM.format(python=sys.executable))
    shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
    redis = next(one for one in load() if (one.service, one.case) == ("redis", "open"))
    path = f"{tmp_path}:{os.environ['PATH']}"
    with served(GitHubServer) as server:
        (tmp_path / "github.toml").write_text(server.config())

        def nightly() -> str:
            done = subprocess.run(
                ["sh", "nightly.sh", "github"],
                cwd=tmp_path,
                env={**os.environ, "PATH": path, "PYTHONPATH": str(_ROOT), "GITHUB_TOKEN": TOKEN},
                capture_output=True,
                text=True,
                timeout=50,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        async def open_night() -> str:
            running = await start(redis, "127.77.3.9")
            try:
                (tmp_path / "targets.txt").write_text(f"127.77.3.9:{running.port} cache-1 owner=platform\n")
                return await asyncio.to_thread(nightly)
            finally:
                running.stop()

        assert "1 create" in asyncio.run(open_night())
        (ticket,) = server.seen()
        assert "cache-1" in ticket.title
        assert "1 close" in nightly()
        (ticket,) = server.seen()
        assert ticket.state == "closed"
