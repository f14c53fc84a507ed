"""The whole reading, on a /proc and a root of files."""

import os

import pytest

from scanner.host.check import load_checks
from scanner.host.reading import machine as machine_reading
from scanner.host.reading.machine import Place, read_machine
from scanner.host.reasons import explain
from scanner.host.weigh import judge
from tests.host.fake_proc import FakeProc


@pytest.fixture
def machine(tmp_path):
    (tmp_path / "root").mkdir()
    return FakeProc(tmp_path / "proc"), Place(root=tmp_path / "root", proc=tmp_path / "proc")


def write(place, path, text):
    file = place.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def read(place, **options):
    return read_machine(place, wait=lambda: None, **options)


def checks_of(snapshot):
    return sorted({sign.check for alarm in judge(snapshot, load_checks()).alarms for sign in alarm.signs})


def test_a_wiped_and_deleted_process_on_a_pool_port_is_an_alarm(machine):
    fake, place = machine
    fake.process(50, "kworker/0:1", exe="/tmp/.x/run (deleted)", sockets=(9,))
    fake.socket("0500000A:9C40", 9, peer="04040808:0D05", state="01")
    assert checks_of(read(place)) == [
        "connection-to-pool-port",
        "process-disguised-as-kernel",
        "process-executable-deleted",
        "process-executable-in-temporary-folder",
        "process-no-command-line",
    ]


@pytest.mark.parametrize("when", ["unit", "drop-in"])
def test_a_docker_door_is_followed_to_the_line_of_its_unit(machine, when):
    fake, place = machine
    fake.process(60, "dockerd", "/usr/bin/dockerd", "-H", "fd://", "-H", "tcp://0.0.0.0:2375",
                 exe="/usr/bin/dockerd", cgroup="/system.slice/docker.service", sockets=(9,))  # fmt: skip
    fake.socket("00000000:0947", 9)
    line = "ExecStart=/usr/bin/dockerd -H fd:// -H tcp://0.0.0.0:2375\n"
    plain = "[Service]\nExecStart=/usr/bin/dockerd -H fd://\n"
    write(place, "lib/systemd/system/docker.service", f"[Unit]\n[Service]\n{line}" if when == "unit" else plain)
    if when == "drop-in":
        write(place, "etc/systemd/system/docker.service.d/override.conf", f"[Service]\nExecStart=\n{line}")
    (reason,) = explain(read(place))
    file = "docker.service.d/override.conf" if when == "drop-in" else "system/docker.service"
    assert reason.unit == "docker.service"
    assert reason.anchor.file.endswith(file)
    assert reason.anchor.line == 3
    assert reason.open


@pytest.mark.parametrize(
    ("path", "text", "process", "port", "line"),
    [
        ("etc/docker/daemon.json", '{\n "hosts": ["tcp://0.0.0.0:2375"]\n}', ("dockerd", "/usr/bin/dockerd"), 2375, 2),
        ("etc/redis/redis.conf", "port 6379\nbind 0.0.0.0\n", ("redis-server", "redis-server 0.0.0.0:6379"), 6379, 2),
        ("etc/valkey/valkey.conf", "bind 0.0.0.0\n", ("valkey-server", "valkey-server"), 6379, 1),
        ("srv/m.conf", "net:\n  bindIp: 0.0.0.0\n", ("mongod", "mongod", "--config", "/srv/m.conf"), 27017, 2),
        ("etc/elasticsearch/elasticsearch.yml", "network.host: 0.0.0.0\n", ("java", "java", "elasticsearch"), 9200, 1),
        ("etc/postgresql/15/main/postgresql.conf", "listen_addresses = '*'\n", ("postgres", "postgres"), 5432, 1),
        ("srv/postgresql.conf", "listen_addresses = '*'\n", ("postgres", "postgres", "-D", "/srv"), 5432, 1),
        ("srv/a", "port=1\nlisten_addresses='*'", ("postgres", "x", "-D", "/x", "-c", "config_file=/srv/a"), 1, 2),
        ("srv/elasticsearch.yml", "network.host: 0.0.0.0\n",
         ("java", "java", "-Des.path.conf=/srv", "elasticsearch"), 9200, 1),
        ("etc/mysql/mysql.conf.d/mysqld.cnf", "[mysqld]\nbind-address = 0.0.0.0\n", ("mysqld", "mysqld"), 3306, 2),
        ("etc/memcached.conf", "-m 64\n-l 0.0.0.0\n", ("memcached", "memcached"), 11211, 2),
        ("etc/default/etcd", "ETCD_LISTEN_CLIENT_URLS=http://0.0.0.0:2379\n", ("etcd", "etcd"), 2379, 1),
    ],
)  # fmt: skip
def test_a_listener_is_followed_to_the_line_of_its_file(machine, path, text, process, port, line):
    fake, place = machine
    name, *argv = process
    fake.process(60, name, *argv, exe=f"/usr/bin/{name}", sockets=(9,))
    fake.socket(f"00000000:{port:04X}", 9)
    write(place, path, text)
    (reason,) = explain(read(place))
    assert (reason.anchor.file, reason.anchor.line) == (f"/{path}", line)


def test_an_ssh_tunnel_is_named(machine):
    fake, place = machine
    fake.process(60, "ssh", "ssh", "-N", "-L", "0.0.0.0:6379:db:6379", "bastion", exe="/usr/bin/ssh", sockets=(9,))
    fake.socket("00000000:18EB", 9)
    (reason,) = explain(read(place))
    assert reason.note == "ssh tunnel -L 0.0.0.0:6379:db:6379"


def test_a_link_out_of_the_root_is_not_followed(machine):
    _, place = machine
    write(place, "etc/passwd", "")
    (place.root / "etc/crontab").symlink_to("/etc/passwd")
    assert read(place).start_up == ()


def test_a_listener_whose_process_was_born_while_we_read_has_a_holder(machine, monkeypatch):
    fake, place = machine
    fake.socket("00000000:0947", 9).socket("00000000:0948", 10).socket("00000000:0949", 11)
    fake.process(50, "old", "old", exe="/opt/old")
    tables = machine_reading.read_sockets
    readings = []

    def while_others_work(proc, processes):
        found = tables(proc, processes)
        if not readings:
            fake.process(60, "young", "young", exe="/opt/young", sockets=(9,))
            (fake.folder / "net/tcp").write_text("  sl\n")
            fake.socket("00000000:0947", 9).socket("00000000:0949", 11)
        readings.append(found)
        return found

    monkeypatch.setattr(machine_reading, "read_sockets", while_others_work)
    # Others see too few descriptors to tell who holds what.
    monkeypatch.setattr(machine_reading.os, "geteuid", lambda: 0)
    snapshot = read(place)
    # 10 was closed meanwhile, 11 stays and has nobody.
    assert [(one.port, one.inode) for one in snapshot.sockets] == [(0x947, 9), (0x949, 11)]
    assert snapshot.process(60).sockets == {9}


def test_a_docker_socket_that_systemd_alone_holds_is_not_asked(machine):
    fake, place = machine
    path = place.root / "run/docker.sock"
    path.parent.mkdir()
    path.touch()
    (fake.folder / "net/unix").write_text(f"0: 2 0 00010000 0001 01 21 {path}\n")
    fake.process(50, "systemd", "systemd", exe="/lib/systemd/systemd", sockets=(21,))
    assert any("whoever asks starts it" in gap.why for gap in read(place).gaps)
    fake.process(60, "dockerd", "dockerd", exe="/usr/bin/dockerd", sockets=(21,))
    gaps = [gap.why for gap in read(place).gaps if "docker" in gap.what]
    assert not any("starts it" in why for why in gaps)
    assert gaps


def test_a_missing_proc_is_a_gap_and_the_files_are_judged_all_the_same(tmp_path):
    place = Place(root=tmp_path, proc=tmp_path / "none")
    write(place, "etc/crontab", "* * * * * root /mac.sh\n")
    snapshot = read(place)
    assert [gap.what for gap in snapshot.gaps] == ["processes"]
    assert checks_of(snapshot) == ["start-up-command"]


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("uptime", "use of the processor"),
        ("stat", "use of the processor"),
        ("sys/kernel/pid_max", "hidden processes"),
        ("net/tcp", "listeners and connections"),
    ],
)
def test_a_part_of_proc_that_is_missing_is_a_gap_of_its_name(machine, part, what):
    fake, place = machine
    assert read(place).gaps == ()
    (fake.folder / part).unlink()
    assert [gap.what for gap in read(place).gaps] == [what]


def test_a_process_namespace_is_a_gap(tmp_path, machine):
    fake, place = machine
    (fake.folder / "2/stat").write_text((fake.folder / "2/stat").read_text().replace(str(0x200000), "0"))
    assert "processes outside this namespace" in [gap.what for gap in read(place).gaps]


def test_root_is_never_told_to_become_root(machine):
    fake, place = machine
    fake.process(70, "x", "x")
    gaps = read(place).gaps
    assert gaps
    assert os.geteuid() or not any("root" in gap.do for gap in gaps)


def test_reading_writes_nothing_and_keeps_access_times(machine):
    _, place = machine
    write(place, "etc/crontab", "* * * * * root /bin/true\n")
    os.utime(place.root / "etc/crontab", (1, 1))
    before = {path: path.lstat().st_mtime_ns for path in place.root.rglob("*")}
    read(place, history=True)
    assert {path: path.lstat().st_mtime_ns for path in place.root.rglob("*")} == before
    assert (place.root / "etc/crontab").stat().st_atime == 1
