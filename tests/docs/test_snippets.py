"""What README and docs tell people to type exists, is read by the real parser, and runs where no network is needed."""

import os
import re
import shlex
import subprocess
import sys
from functools import reduce

import pytest

from tests.docs.snippets import ROOT, blocks, calls
from tests.support.parsing import parsed

BLOCKS = [pytest.param(block, id=f"{block.page}:{block.line}") for block in blocks()]
TRIED_ELSEWHERE = {
    "docs/cli.md": "tests/cli/test_option.py",
    "docs/cluster.md": "tests/cluster/test_docs.py",
    "docs/ticketing.md": "tests/tickets/test_docs.py",
    "docs/container.md": ".github/workflows/image.yml",
}
"""Page -> what runs its blocks."""
NOT_RUN = {
    "demo": "tests/cli/test_run_demo.py runs it",
    "host": "what it says is of the machine; tests/host runs it",
    "serve": "it does not end",
    "watch": "it does not end",
    "verify": "a fingerprint of the reader's own report",
    "accept": "a fingerprint of the reader's own report",
    "checks try": "it asks a panel of the reader's own",
    "history show": "a fingerprint of the reader's own report",
}
"""Command -> why its lines are read by the parser alone."""
OTHERS = {
    "make",
    "pip",
    "pipx",
    ".venv/bin/python",
    "docker",
    "openssl",
    "helm",
    "sudo",
    "export",
    "mkdir",
    "nats-server",
}
OTHERS |= {"for", "done", "echo", "chmod"}
"""What else a line may begin with."""
HERE = {"10.0.0.0/24": "127.0.0.1", "192.168.1.0/24": "127.0.0.0/30", "--wait 60s": "--wait 1s"}
"""What a reader has -> what there is here."""
PLACEHOLDER = re.compile(r"(?:\b|_)mine\b|my-panel")
_OVER = {0, 1, 3, 4}
"""Exits of a run that ran: a namespace without a network has nothing to look at."""


@pytest.mark.parametrize("block", BLOCKS)
def test_every_call_is_read_by_the_real_parser(block):
    for command in [] if block.is_script else block.commands:
        for call in calls(command):
            # A page in another language names a place where the reader's own fingerprint stands.
            assert parsed(re.sub(r"[^\x00-\x7f]+", "x", call)) is not None, command


@pytest.mark.parametrize("block", BLOCKS)
def test_everything_else_that_a_line_names_is_there(block):
    for command in [] if block.is_script else block.commands:
        first = shlex.split(command)[0]
        assert first in OTHERS or calls(command), command
        for part in command.split("&&"):
            words = part.split()
            if words[0] == "make":
                assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE), part
        for path in re.findall(r"(?:^|\s)((?:tests|docs|\.ci)/\S+)", command):
            assert PLACEHOLDER.search(path) or (ROOT / path).exists(), f"{command}: {path}"


def runnable():
    """The blocks that end by themselves and need no network, with their lines."""
    for block in blocks():
        if block.is_script or block.page in TRIED_ELSEWHERE:
            continue
        lines = [line for line in block.commands if line.split()[0] in {"exposure", "mkdir"} and not _why_not(line)]
        if any("exposure" in line for line in lines):
            yield pytest.param(lines, id=f"{block.page}:{block.line}")


def _why_not(line):
    words = shlex.split(line)[1:3]
    return NOT_RUN.get(" ".join(words)) or NOT_RUN.get(words[0])


# An empty network namespace has no route: whatever a line names, nothing is sent.
EMPTY = ("unshare", "-Urn") if subprocess.run(["unshare", "-Urn", "true"], check=False).returncode == 0 else None
REPORTS = """
exposure scan -i targets.txt --seed 7 -f none --fail-on never --allow-incomplete -o monday.json
cp monday.json tuesday.json; cp monday.json report.json
for n in 2 3; do exposure scan -i targets.txt --seed 7 --shard $n/3 -f none --allow-incomplete -o $n.json; done
test -s monday.json -a -s 3.json
"""


@pytest.fixture
def type_lines(tmp_path):
    """Run lines where a reader might stand: targets, a Compose file, reports and a home; gives the code of each."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/exposure").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m scanner.cli "$@"\n')
    (tmp_path / "bin/exposure").chmod(0o755)
    (tmp_path / "targets.txt").write_text("127.0.0.1:1\n127.0.0.1:2\n127.0.0.1:3\n")
    (tmp_path / "compose.yaml").write_text("services:\n  cache:\n    image: redis\n    ports: ['127.0.0.1:1:6379']\n")
    (tmp_path / "accept.toml").write_text("")
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    env = {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "LANG": "C.UTF-8"}

    def typed(line):
        run = subprocess.run(
            [*EMPTY, "sh", "-c", line], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in run.stderr
        return run.returncode, run.stderr

    return typed


@pytest.mark.slow
@pytest.mark.skipif(EMPTY is None, reason="user namespaces are not permitted here")
@pytest.mark.parametrize("lines", list(runnable()))
def test_the_lines_run_one_after_the_other(type_lines, lines):
    if "monday" in " ".join(lines) or "2.json" in " ".join(lines):
        assert type_lines(REPORTS)[0] == 0, "the reports of the reader"
    for written in lines:
        line = reduce(lambda text, pair: text.replace(*pair), HERE.items(), written)
        code, said = type_lines(line)
        assert code in _OVER, (line, said)


def test_what_is_not_run_is_still_written_somewhere():
    written = [shlex.split(call)[1:3] for block in blocks() for line in block.commands for call in calls(line)]
    names = {" ".join(words) for words in written} | {words[0] for words in written if words}
    assert set(NOT_RUN) <= names
    assert set(TRIED_ELSEWHERE) <= {block.page for block in blocks()}
