import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.host.reading import procfs
from scanner.host.reading.procfs import PF_KTHREAD, parse_stat
from tests.host.fake_proc import FakeProc


def test_a_name_may_hold_blanks_and_parentheses():
    stat = parse_stat(b"7 (a) (b) c) S 1 0 0 0 -1 2097152 0 0 0 0 3 4 0 0 20 0 1 0 99 0 0\n")
    assert (stat.name, stat.parent, stat.ticks, stat.started) == ("a) (b) c", 1, 7, 99)
    assert stat.flags & PF_KTHREAD


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(data):
    parse_stat(data)


@pytest.fixture
def place(tmp_path):
    proc = FakeProc(tmp_path / "proc").process(50, "x", exe="/opt/x", sockets=(7, 8))
    return str(proc.folder / "50")


def refusing(call, name):
    def refused(path, *rest, **more):
        if str(path).endswith(name):
            raise PermissionError(13, "Permission denied")
        return call(path, *rest, **more)

    return refused


def test_a_descriptor_that_may_not_be_seen_leaves_the_others(place, monkeypatch):
    assert procfs.socket_inodes(place) == ({7, 8}, True)
    monkeypatch.setattr(os, "readlink", refusing(os.readlink, "3"))
    assert procfs.socket_inodes(place) == ({8}, False)


@pytest.mark.parametrize(("call", "name"), [("readlink", "/exe"), ("open", "/fd"), ("readlink", "3")])
def test_a_refusal_is_told_from_what_is_not_there(place, monkeypatch, call, name):
    assert not procfs.is_refused(place)
    assert not procfs.is_refused(place + "/nobody")
    monkeypatch.setattr(os, call, refusing(getattr(os, call), name))
    assert procfs.is_refused(place)
