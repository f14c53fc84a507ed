"""Shards of one run, scanned by the real command line, against the run that was not cut."""

import json
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from scanner.cli.main import run
from scanner.core.exit_code import ExitCode


@pytest.fixture
def ports():
    with ExitStack() as held:
        opened = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(5)]
        yield sorted(listener.getsockname()[1] for listener in opened)


def scan(folder, name, ports, *more):
    spec = ",".join(map(str, (*ports, *(port ^ 1 for port in ports))))
    file = folder / name
    fixed = ("-p", spec, "--no-identify", "--seed", "7", "-q", "-f", "json", "-o", str(file))
    run(["scan", "127.0.0.1", *fixed, *more])
    return str(file)


def facts(file):
    report = json.loads(Path(file).read_text())
    report["coverage"]["closed_list"].sort()
    return [report[key] for key in ("coverage", "summary", "endpoints", "findings", "problems")]


def test_merging_all_shards_says_what_the_whole_run_says(tmp_path, ports, capsys):
    whole = scan(tmp_path, "whole.json", ports)
    shards = [scan(tmp_path, f"{index}.json", ports, "--shard", f"{index}/3") for index in (2, 3, 1)]
    merged = tmp_path / "merged.json"
    assert run(["merge", *shards, "--expect", "3", "-q", "-o", str(merged)]) == ExitCode.CLEAN
    assert facts(merged) == facts(whole)
    assert run(["merge", *shards[1:], "-q"]) == ExitCode.INCOMPLETE
    assert run(["merge", *shards, shards[0]]) == ExitCode.USAGE
    assert "and so is" in capsys.readouterr().err


def test_vantage_points_say_from_where(tmp_path, ports):
    office = scan(tmp_path, "office.json", ports, "--vantage", "office")
    plain = scan(tmp_path, "plain.json", ports)
    merged = tmp_path / "merged.json"
    assert run(["merge", office, f"dmz={plain}", "-q", "-o", str(merged)]) == ExitCode.CLEAN
    rows = json.loads(merged.read_text())["endpoints"]
    assert [row["reached_from"] for row in rows] == [["dmz", "office"]] * len(rows)
    assert run(["merge", "--vantage", f"office={office}", "--vantage", f"dmz={plain}", "-q"]) == ExitCode.CLEAN
    assert run(["merge", office, "--vantage", plain, "-q"]) == ExitCode.USAGE
    assert run(["merge", office, office, "-q"]) == ExitCode.USAGE
