import socket

import pytest

from scanner.core.errors import SetupError
from scanner.sweep.syn import source_ports
from scanner.sweep.syn.source_ports import choose_source_ports


def test_the_ports_are_free_and_outside_the_range_that_programs_are_given_ports_from(tmp_path, monkeypatch):
    table = tmp_path / "range"
    monkeypatch.setattr(source_ports, "_RANGE", table)
    table.write_text("32768\t60999\n")
    for _ in range(5):
        first = choose_source_ports(256)
        assert 61_000 <= first <= 65_536 - 256
    table.write_text("20000\t65535\n")
    assert 1_024 <= choose_source_ports(256) <= 20_000 - 256


def test_a_port_in_use_is_avoided(tmp_path, monkeypatch):
    table = tmp_path / "range"
    monkeypatch.setattr(source_ports, "_RANGE", table)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        table.write_text(f"1024 {port - 1}\n")
        monkeypatch.setattr(source_ports, "_LAST", port)
        with pytest.raises(SetupError, match="no 1 source port is free outside"):
            choose_source_ports(1)


def test_a_range_that_leaves_no_room_is_named(tmp_path, monkeypatch):
    table = tmp_path / "range"
    table.write_text("1024 65535\n")
    monkeypatch.setattr(source_ports, "_RANGE", table)
    with pytest.raises(SetupError, match="ip_local_port_range"):
        choose_source_ports(256)
