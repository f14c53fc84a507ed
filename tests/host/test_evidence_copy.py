import json
import os
from pathlib import Path

import pytest

from scanner.core.errors import ReportError
from scanner.host.evidence_copy import keep_evidence
from scanner.host.reading import procfs
from scanner.host.snapshot import Process, Snapshot

TAKEN = "2026-01-02T03:04:05Z"


def own():
    stat = procfs.stat(f"/proc/{os.getpid()}")
    return Process(pid=os.getpid(), started_ticks=stat.started)


def test_a_copy_has_hashes_and_no_values_of_the_environment(tmp_path, monkeypatch):
    manifest = keep_evidence(tmp_path / "kept", Snapshot(machine="web"), [own()], proc=Path("/proc"), taken=TAKEN)
    (suspect,) = json.loads(manifest.read_text())["suspects"]
    folder = manifest.parent / str(os.getpid())
    names = (folder / "environment-names").read_text().split("\n")
    assert "PATH" in names
    assert not any("=" in name for name in names)
    assert not (folder / "environ").exists()
    assert suspect["files"]["exe"]["bytes"] == (folder / "exe").stat().st_size
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_a_number_that_another_process_took_over_is_not_copied(tmp_path):
    other = Process(pid=os.getpid(), started_ticks=1)
    manifest = keep_evidence(tmp_path, Snapshot(), [other], proc=Path("/proc"), taken=TAKEN)
    assert "missing" in json.loads(manifest.read_text())["suspects"][0]


def test_an_older_copy_is_never_overwritten(tmp_path):
    keep_evidence(tmp_path, Snapshot(), [], proc=Path("/proc"), taken=TAKEN)
    with pytest.raises(ReportError, match="--evidence"):
        keep_evidence(tmp_path, Snapshot(), [], proc=Path("/proc"), taken=TAKEN)
