import json
import os
import socket

from scanner.core.finding import Indicator
from scanner.host.owners import Process
from scanner.host.signs import host_signs
from scanner.host.view import Audience, view_host
from scanner.probes.registry import Entry, Registry
from tests.cli.test_scan import exposure
from tests.support.probes import toy


def test_a_door_is_explained():
    with socket.create_server(("127.0.0.1", 0)) as near, socket.create_server(("0.0.0.0", 0)) as far:
        port = far.getsockname()[1]
        view = view_host(Registry((Entry(toy(ports=(port,)), "toys"),)))
        doors = {door.listener.port: door for door in view.doors}
        assert doors[near.getsockname()[1]].audience is Audience.THIS_MACHINE
        assert doors[port].audience is Audience.EVERYBODY
        assert doors[port].services == ("toy",)
        assert doors[port].process.pid == os.getpid()


def write(root, place, text):
    file = root / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_signs_come_from_processes_cron_and_preload(tmp_path):
    write(tmp_path, "etc/cron.d/x", "# xmrig in a comment\n* * * * * root /tmp/xmrig --donate-level 1\n")
    write(tmp_path, "etc/ld.so.preload", "/usr/local/lib/libprocesshider.so\n")
    write(tmp_path, "var/spool/cron/crontabs/me", "0 4 * * * /usr/bin/backup\n")
    signs = host_signs([Process(7, "kdevtmpfsi", "/tmp/kdevtmpfsi"), Process(8, "nginx", "nginx: master")], tmp_path)
    places = {sign.detail.partition(":")[0] for sign in signs}
    assert "process 7" in places
    assert not any("process 8" in place or "crontabs/me" in place for place in places)
    assert any("cron.d/x" in place for place in places)
    assert Indicator("library-preloaded-everywhere", "/etc/ld.so.preload: /usr/local/lib/libprocesshider.so") in signs


def test_a_clean_machine_has_none(tmp_path):
    assert host_signs([Process(1, "init", "/sbin/init")], tmp_path) == []


def test_the_command_prints_for_people_and_programs():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert f"127.0.0.1:{port}/tcp" in exposure("host").stdout
        document = json.loads(exposure("host", "--json").stdout)
    assert port in {door["port"] for door in document["listeners"]}
