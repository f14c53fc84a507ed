"""From a listener to the line that opened it; test_machine.py reads a file of each kind."""

import pytest

from scanner.core.guard import Guard
from scanner.core.ports import Transport
from scanner.host.reading.configurations import read_doors, read_file_doors, read_published
from scanner.host.reading.files import Files
from scanner.host.snapshot import Container, Process

OPEN = "ExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:2375\n"
QUIET = "ExecStart=/usr/bin/dockerd -H fd://\n"
UNIT = "lib/systemd/system/docker.service"
# What runs still, though the unit says something else by now.
RUNNING = (2375, "/proc/7/cmdline", 0)
DROP_IN = "etc/systemd/system/docker.service.d/o.conf"


def written(root, texts):
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return Files(root)


def dockerd(*argv, unit="docker.service"):
    return Process(
        pid=7, name="dockerd", argv=("dockerd", *argv), executable="/usr/bin/dockerd", cgroup=f"/system.slice/{unit}"
    )


def places(files, process):
    return [
        (door.port, door.opened_by.anchor.file, door.opened_by.anchor.line)
        for door in read_doors(files, process)
        if door.opened_by
    ]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ({UNIT: f"[Service]\n{OPEN}"}, [(2375, f"/{UNIT}", 2)]),
        ({UNIT: f"[Service]\n{OPEN}", DROP_IN: f"[Service]\nExecStart=\n{QUIET}"}, [RUNNING]),
        ({UNIT: f"[Service]\n{QUIET}", DROP_IN: f"[Service]\nExecStart=\n{OPEN}"}, [(2375, f"/{DROP_IN}", 3)]),
        # What an administrator put in /etc is the unit, whatever the package brought.
        ({UNIT: f"[Service]\n{OPEN}", "etc/systemd/system/docker.service": f"[Service]\n{QUIET}"}, [RUNNING]),
        # Prefixes of the command are no part of the program's name.
        ({UNIT: f"[Service]\n{OPEN.replace('=/', '=+/')}"}, [(2375, f"/{UNIT}", 2)]),
        # Where the unit starts another program, the process's own arguments count.
        ({UNIT: "[Service]\nExecStart=/bin/wrapper\n"}, [(2375, "/proc/7/cmdline", 0)]),
        ({}, [(2375, "/proc/7/cmdline", 0)]),
    ],
)
def test_the_line_of_the_unit_stands_for_the_arguments(tmp_path, texts, found):
    assert places(written(tmp_path, texts), dockerd("-H", "tcp://0.0.0.0:2375")) == found


def test_the_drop_ins_of_a_template_count_for_each_of_its_instances(tmp_path):
    files = written(
        tmp_path,
        {
            "lib/systemd/system/docker@a.service": f"[Service]\n{QUIET}",
            "etc/systemd/system/docker@.service.d/o.conf": f"[Service]\nExecStart=\n{OPEN}",
        },
    )
    assert places(files, dockerd(unit="docker@a.service")) == [
        (2375, "/etc/systemd/system/docker@.service.d/o.conf", 3)
    ]


def test_a_file_that_the_command_names_counts_and_the_usual_one_does_not(tmp_path):
    texts = {
        "etc/docker/daemon.json": '{"hosts": ["tcp://0.0.0.0:1111"]}',
        "srv/d.json": '{"hosts": ["tcp://0.0.0.0:2222"]}',
    }
    files = written(tmp_path, texts)
    assert [place[0] for place in places(files, dockerd())] == [1111]
    assert places(files, dockerd("--config-file", "/srv/d.json")) == [(2222, "/srv/d.json", 1)]
    assert places(files, dockerd("--config-file=/srv/none.json")) == []


def test_a_database_in_a_virtual_machine_is_known_by_its_words(tmp_path):
    files = written(tmp_path, {"etc/elasticsearch/elasticsearch.yml": "network.host: 0.0.0.0\n"})
    java = Process(
        pid=7, name="java", argv=("java", "-cp", "/usr/share/elasticsearch/lib/*", "x"), executable="/j/java"
    )
    assert [door.service for door in read_doors(files, java)] == ["elasticsearch"]
    other = Process(pid=7, name="java", argv=("java", "-jar", "shop.jar"), executable="/j/java")
    assert read_doors(files, other) == ()
    assert read_doors(files, Process(pid=7)) == ()


def test_a_file_that_a_service_named_itself_is_read_below_the_root(tmp_path):
    files = written(tmp_path, {"etc/r.conf": "bind 0.0.0.0\nprotected-mode no\nport 7000\n"})
    assert [(door.port, door.guard) for door in read_file_doors(files, "redis", "/etc/r.conf")] == [(7000, Guard.OPEN)]
    assert read_file_doors(files, "no-such-kind", "/etc/r.conf") == ()


def box(*compose, service="a", port=6379):
    return Container(
        id="c",
        name="n",
        engine="docker",
        image="i",
        command="",
        running=True,
        ports=(("0.0.0.0", port, Transport.TCP),),
        service=service,
        files=compose,
    )


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("'6379:6379'", True),
        ("'127.0.0.1:6379:6379/tcp'", True),
        ("'6379-6380:6379-6380'", True),
        ("{target: 6379, published: 6379}", True),
        ("{target: 6379, published: 16379}", False),
        ("'16379:6379'", False),
        ("'6379'", False),
        ("'63790:6379'", False),
    ],
)
def test_a_published_port_is_joined_with_its_line(tmp_path, entry, found):
    files = written(
        tmp_path, {"srv/c.yml": f"services:\n  b:\n    ports: ['6379:1']\n  a:\n    ports:\n      - {entry}\n"}
    )
    published = read_published(files, [box("/srv/c.yml")])
    assert {key: (line.anchor.file, line.anchor.line) for key, line in published.items()} == (
        {("c", 6379): ("/srv/c.yml", 6)} if found else {}
    )


@pytest.mark.parametrize("text", ["a: [", "[" * 30, "services: {a: {ports: &p [*p]}}", "\0", ""])
def test_a_compose_file_that_is_none_joins_nothing(tmp_path, text):
    files = written(tmp_path, {"c.yml": text})
    # The label of a container names the file: whoever starts one writes it.
    assert read_published(files, [box("/c.yml", "/c\0.yml", "/none.yml"), box("/c.yml", service="")]) == {}


DAEMON = "[Service]\nEnvironmentFile=-/etc/default/docker\nExecStart=/usr/bin/dockerd -H fd:// $DOCKER_OPTS\n"


def test_options_that_a_unit_takes_from_a_file_have_the_line_of_that_file(tmp_path):
    texts = {UNIT: DAEMON, "etc/default/docker": '# mine\nDOCKER_OPTS="-H tcp://0.0.0.0:2375"\n'}
    process = dockerd("-H", "fd://", "-H", "tcp://0.0.0.0:2375")
    assert places(written(tmp_path, texts), process) == [(2375, "/etc/default/docker", 2)]
    assert places(written(tmp_path, {UNIT: DAEMON, "etc/default/docker": ""}), process) == [RUNNING]


def at(tmp_path, program, *argv, cwd="/", environ=b"", cgroup="/"):
    """Return a process beside its folder in /proc."""
    place = tmp_path / "proc/7"
    place.mkdir(parents=True)
    (place / "cwd").symlink_to(cwd)
    (place / "environ").write_bytes(environ)
    return Process(pid=7, name=program, argv=(program, *argv), executable=f"/usr/bin/{program}", cgroup=cgroup), place


def doors_at(files, found):
    process, place = found
    return [
        (door.address, door.port, door.guard, door.opened_by and door.opened_by.place)
        for door in read_doors(files, process, str(place))
    ]


def test_a_file_that_is_named_from_the_folder_of_the_process(tmp_path):
    files = written(tmp_path / "root", {"srv/m/mongod.conf": "net:\n  port: 7000\n  bindIp: 0.0.0.0\n"})
    found = at(tmp_path, "mongod", "--config", "mongod.conf", cwd="/srv/m")
    assert doors_at(files, found) == [("0.0.0.0", 7000, Guard.OPEN, "/srv/m/mongod.conf:3")]


ETCD = b"PATH=/bin\0ETCD_LISTEN_CLIENT_URLS=http://0.0.0.0:7000\0SECRET=x\0"


def test_variables_are_read_where_the_program_takes_them(tmp_path):
    found = at(tmp_path, "etcd", environ=ETCD, cgroup="/system.slice/etcd.service")
    files = written(tmp_path / "root", {})
    assert doors_at(files, found) == [("0.0.0.0", 7000, Guard.OPEN, "/proc/7/environ:0")]
    usual = {"etc/default/etcd": "# etcd\nETCD_LISTEN_CLIENT_URLS=http://0.0.0.0:7000\n"}
    files = written(tmp_path / "root", usual)
    assert doors_at(files, found) == [("0.0.0.0", 7000, Guard.OPEN, "/etc/default/etcd:2")]
    unit = "[Service]\nEnvironmentFile=/srv/etcd.env\nExecStart=/usr/bin/etcd\n"
    variables = "ETCD_NAME=a\nETCD_LISTEN_CLIENT_URLS=http://0.0.0.0:7000\n"
    files = written(tmp_path / "root", {"etc/systemd/system/etcd.service": unit, "srv/etcd.env": variables})
    assert doors_at(files, found) == [("0.0.0.0", 7000, Guard.OPEN, "/srv/etcd.env:2")]


def test_a_file_that_feeds_a_command_line_says_nothing_of_another_one(tmp_path):
    files = written(tmp_path / "root", {"etc/memcached.conf": "-d\n-l 127.0.0.1\n-p 11211\n-S\n"})
    by_hand = at(tmp_path / "a", "memcached", "-u", "nobody", "-p", "7000")
    assert doors_at(files, by_hand) == [("0.0.0.0", 7000, Guard.OPEN, None)]
    packaged = at(tmp_path / "b", "memcached", "-l", "127.0.0.1", "-p", "11211", "-S")
    assert doors_at(files, packaged) == [("127.0.0.1", 11211, Guard.CLOSED, "/etc/memcached.conf:2")]


def test_files_of_the_machine_say_nothing_of_a_container(tmp_path):
    files = written(tmp_path / "root", {"etc/redis/redis.conf": "bind 0.0.0.0\nprotected-mode no\n"})
    inside = at(tmp_path, "redis-server", "0.0.0.0:6379", cgroup=f"/docker/{'a' * 64}")
    assert all(opened is None for *_, opened in doors_at(files, inside))


def test_what_a_command_line_says_of_postgres(tmp_path):
    files = written(tmp_path / "root", {"srv/pg/postgresql.conf": "port = 1\n"})
    found = at(tmp_path, "postgres", "-D", "/srv/pg", "-c", "listen_addresses=*", "-p", "7000")
    assert [(address, port) for address, port, *_ in doors_at(files, found)] == [("0.0.0.0", 7000)]
