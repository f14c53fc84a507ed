"""Every file that a scan reads may be a pipe: it is read once."""

import json
import subprocess
import sys

import pytest

from tests.cli.test_scan import ROOT
from tests.support.command_line import exposure_here as exposure

pytestmark = pytest.mark.slow

SCAN = f"{sys.executable} -m scanner.cli scan -q --no-identify -f json"
REPORT = """<?xml version="1.0"?><nmaprun scanner="nmap" version="7"><host><status state="up"/>
<address addr="127.0.0.1" addrtype="ipv4"/><ports><port protocol="tcp" portid="{port}"><state state="open"/></port>
</ports></host><runstats><finished exit="success"/></runstats></nmaprun>"""
COMPOSE = """services:
  cache:
    image: redis
    ports: ["127.0.0.1:{port}:6379"]
"""
ACCEPTED = """[[accept]]
target = "127.0.0.1"
port = 1
rule = "redis-open"
reason = "test"
owner = "test"
until = 2999-01-01
"""


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("-i PIPE -p {port}", "127.0.0.1\n"),
        ("127.0.0.1-2 --exclude-file PIPE -p {port}", "127.0.0.2\n"),
        ("127.0.0.1 -p {port} --accept PIPE", ACCEPTED),
        ("--from-nmap PIPE", REPORT),
        ("--from-compose PIPE", COMPOSE),
    ],
)
def test_a_process_substitution_is_a_file(open_port, arguments, text):
    assert scanned_from(text.replace("{port}", str(open_port)), arguments.format(port=open_port)) == [
        ("127.0.0.1", open_port)
    ]


def test_a_baseline_may_be_a_pipe(open_port):
    before = exposure("scan", "127.0.0.1", "-p", open_port, "-f", "json", "--no-identify").stdout
    assert scanned_from(before, f"127.0.0.1 -p {open_port} --baseline PIPE") == [("127.0.0.1", open_port)]


def test_a_named_pipe_is_not_waited_for_a_second_time(tmp_path, open_port):
    pipe = tmp_path / "compose.pipe"
    script = f'mkfifo "$1"; printf %s "$2" >"$1" & {SCAN} --from-compose "$1"'
    run = bash(script, pipe, COMPOSE.format(port=open_port))
    assert [row["port"] for row in json.loads(run.stdout)["endpoints"]] == [open_port]


def scanned_from(text, arguments):
    """Return what is in the report of a scan for which PIPE is a process substitution that writes the text."""
    given = arguments.replace("PIPE", '<(printf %s "$1")')
    run = bash(f"{SCAN} {given}", text)
    assert run.stdout, run.stderr
    return [(row["address"], row["port"]) for row in json.loads(run.stdout)["endpoints"]]


def bash(script, *arguments):
    command = ["bash", "-c", script, "bash", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
