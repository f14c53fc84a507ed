import json
from contextlib import contextmanager

import pytest

from scanner.cli import run_watch
from scanner.cli.main import run
from scanner.core.errors import SetupError, StoreError
from scanner.history.store.open import Store
from tests.history.store.told import HOSTS, found, told


@pytest.fixture
def watch(tmp_path, monkeypatch):
    """Run `exposure watch --once` over reports that are given, with a program as the sink; return what it was told."""
    sink = tmp_path / "sink"
    sink.write_text(f'#!/bin/sh\ncat >> "{tmp_path}/told"; echo >> "{tmp_path}/told"\n')
    sink.chmod(0o700)

    def once(report, *words):
        def look(*_):
            if isinstance(report, Exception):
                raise report
            return report, ()

        monkeypatch.setattr(run_watch, "look", look)
        store = ("--history", str(tmp_path / "h.db"), "--alert", f"exec:'{sink}'", "-f", "none")
        code = run(["watch", "127.0.0.1", "--once", *store, *words])
        lines = (tmp_path / "told").read_text().splitlines() if (tmp_path / "told").exists() else []
        return code, [json.loads(line)["subject"].removeprefix("exposure: ") for line in lines]

    return once


def test_each_look_tells_what_it_changed_and_ends_as_a_scan_does(watch):
    assert watch(told(1, found(HOSTS[0]))) == (1, ["1 new, the gravest high"])
    assert watch(told(2, found(HOSTS[0]))) == (1, ["1 new, the gravest high"])
    assert watch(told(3)) == (0, ["1 new, the gravest high", "1 gone"])


def test_a_look_that_fails_is_an_alert_once(watch, capsys):
    failed = SetupError("no descriptors left; raise ulimit -n")
    assert watch(failed) == (3, ["the watch failed: no descriptors left; raise ulimit -n"])
    assert watch(failed)[1] == ["the watch failed: no descriptors left; raise ulimit -n"]
    assert watch(told(1))[1][1:] == ["the watch works again"]
    assert "no descriptors left" in capsys.readouterr().err


def test_a_fault_of_ours_ends_no_watch_and_is_told(watch):
    code, subjects = watch(RuntimeError("boom"))
    assert (code, subjects) == (70, ["the watch failed: internal error: RuntimeError: boom"])


def test_a_history_that_takes_nothing_any_more_is_told_and_costs_no_report(watch, monkeypatch, tmp_path):
    @contextmanager
    def full(_store):
        raise StoreError("h.db can't be used: disk full; nothing was changed")
        yield

    watch(told(1))
    monkeypatch.setattr(Store, "writing", full)
    report = tmp_path / "report.json"
    code, subjects = watch(told(2, found(HOSTS[0])), "-o", str(report))
    assert (code, subjects) == (3, ["the watch failed: h.db can't be used: disk full; nothing was changed"])
    assert HOSTS[0] in report.read_text()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["127.0.0.1", "--alert", "slack"], "write https://host/path"),
        (["127.0.0.1", "--save", "x.db"], "leave --save and --resume out"),
        (["127.0.0.1", "--every", "soon"], "30min, 6h or 1d"),
        (["127.0.0.1", "--history", "10.0.0.0/8"], "names no history"),
        ([], "no target"),
    ],
)
def test_a_wrong_watch_is_a_line_before_anything_is_sent(words, why, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(run_watch, "look", lambda *_: pytest.fail("nothing may be sent"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert run(["watch", *words]) == 2
    assert why in capsys.readouterr().err
