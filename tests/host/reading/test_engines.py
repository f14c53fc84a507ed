import os
import tempfile
from pathlib import Path

import pytest

from scanner.core.ports import Transport
from scanner.host.reading import engines
from scanner.host.reading.engines import read_containers, undescribed, with_use
from scanner.host.reading.files import Files
from scanner.host.snapshot import Container, CpuUse, Process
from tests.support.engine import CONTAINERS, ID, Engine


@pytest.fixture
def root():
    # A Unix socket's path has room for 107 characters.
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "run/podman").mkdir(parents=True)
        yield Path(folder)


@pytest.mark.parametrize(("engine", "path"), [("docker", "run/docker.sock"), ("podman", "run/podman/podman.sock")])
def test_a_container_is_read_with_reads_alone(root, engine, path):
    busy = Process(pid=9, cgroup=f"/docker/{ID}", cpu=CpuUse(recent=0.9, life=0.8, age_s=99, of_all_recent=0.4))
    with Engine(root / path) as running:
        found, gaps = read_containers(Files(root))
    (container,) = with_use(found, [busy])
    assert running.strange == []
    assert gaps == []
    assert (container.engine, container.command, container.mounts) == (engine, "/mac.sh", ("/:/mnt",))
    assert container.privileged
    assert container.host_namespaces == ("network", "pid")
    assert (container.project, container.service, container.files) == ("shop", "db", ("/srv/shop/compose.yml",))
    assert container.cpu.recent == 0.9


def test_published_ports_are_those_of_the_host(root):
    ports = [
        {"IP": "0.0.0.0", "PrivatePort": 6379, "PublicPort": 6379, "Type": "tcp"},
        {"PrivatePort": 1, "Type": "tcp"},
    ]
    with Engine(root / "run/docker.sock", **{"/containers/json": [CONTAINERS[0] | {"Ports": ports}]}):
        (container,), _ = read_containers(Files(root))
    assert container.ports == (("0.0.0.0", 6379, Transport.TCP),)


@pytest.mark.parametrize(
    ("port", "read"),
    [
        ({"IP": "\x1b[2J", "PublicPort": 80, "Type": "tcp"}, (("0.0.0.0", 80, Transport.TCP),)),
        ({"IP": "::", "PublicPort": 80, "Type": "udp"}, (("::", 80, Transport.UDP),)),
        ({"IP": 7, "PublicPort": 65_536, "Type": "tcp"}, ()),
        ({"PublicPort": -1, "Type": "tcp"}, ()),
        ({"PublicPort": 80, "Type": "sctp"}, ()),
    ],
)
def test_an_address_that_is_none_counts_as_every_one(root, port, read):
    with Engine(root / "run/docker.sock", **{"/containers/json": [CONTAINERS[0] | {"Ports": [port]}]}):
        (container,), _ = read_containers(Files(root))
    assert container.ports == read


def test_a_container_that_is_removed_meanwhile_is_no_gap(root):
    listed = [CONTAINERS[0] | {"Id": "d" * 64}, CONTAINERS[0]]
    with Engine(root / "run/docker.sock", **{"/containers/json": listed}):
        (container,), gaps = read_containers(Files(root))
    assert (container.id, gaps) == (ID, [])


def test_more_than_are_read_are_a_gap(root, monkeypatch):
    monkeypatch.setattr(engines, "_MOST", 1)
    with Engine(root / "run/docker.sock", **{"/containers/json": CONTAINERS * 2}):
        found, (gap,) = read_containers(Files(root))
    assert len(found) == 1
    assert "lists 2" in gap.why


def test_a_time_that_is_up_leaves_what_the_list_says_and_a_gap(root, monkeypatch):
    answered = engines.get_json

    def slow(path, target, until):
        if target != "/containers/json?all=1":
            raise TimeoutError("it did not answer in time")
        return answered(path, target, until=until)

    monkeypatch.setattr(engines, "get_json", slow)
    with Engine(root / "run/docker.sock"):
        (container,), (gap,) = read_containers(Files(root))
    assert (container.image, container.command) == ("ubuntu:18.04", "/mac.sh")
    assert "in time" in gap.why


def test_one_engine_under_two_names_is_asked_once(root):
    (root / "run/docker.sock").symlink_to(root / "run/podman/podman.sock")
    with Engine(root / "run/podman/podman.sock"):
        found, _ = read_containers(Files(root))
    assert len(found) == 1


def test_a_socket_outside_of_the_root_is_another_machines(root):
    with tempfile.TemporaryDirectory() as other, Engine(Path(other) / "s") as running:
        (root / "run/docker.sock").symlink_to(Path(other) / "s")
        assert read_containers(Files(root)) == ((), [])
        assert running.asked == 0


def test_an_engine_that_would_be_started_by_the_question_is_not_asked(root):
    with Engine(root / "run/docker.sock") as running, Engine(root / "run/podman/podman.sock") as podman:
        asleep = {str(root / "run/docker.sock"), str(root / "run/podman/podman.sock")}
        _, (gap,) = read_containers(Files(root), asleep)
        assert (running.asked, podman.asked > 0) == (0, True)
    assert "not running" in gap.why


def test_processes_of_containers_that_no_engine_knows_are_a_gap():
    processes = [
        Process(pid=9, cgroup=f"/system.slice/docker-{ID}.scope"),
        Process(pid=10, cgroup=f"/kubepods.slice/pod1/cri-containerd-{'a' * 64}.scope"),
        Process(pid=11, cgroup=f"/machine.slice/libpod-{'b' * 64}.scope", zombie=True),
        Process(pid=12, cgroup="/user.slice/session-1.scope"),
    ]
    known = Container(id=ID, name="web", engine="docker", image="x", command="", running=True)
    assert undescribed([known], [processes[0], *processes[2:]]) == []
    (gap,) = undescribed([known], processes)
    assert "1 container" in gap.what


@pytest.mark.parametrize("answer", [{}, "x", 7, None])
def test_an_engine_that_answers_nonsense_is_a_gap(root, answer):
    with Engine(root / "run/docker.sock", **{"/containers/json": answer}):
        containers, (gap,) = read_containers(Files(root))
    assert containers == ()
    assert gap.what == "containers of docker"


@pytest.mark.parametrize("items", [[None], [7], [{}], [{"Id": 5, "Names": 7, "Labels": [], "Ports": {}, "Mounts": 1}]])
def test_strange_members_are_read_as_far_as_they_go(root, items):
    with Engine(root / "run/docker.sock", **{"/containers/json": items}):
        containers, _ = read_containers(Files(root))
    assert len(containers) == 1


def test_a_dead_socket_is_a_gap_and_no_socket_is_none(root):
    assert read_containers(Files(root)) == ((), [])
    with Engine(root / "run/docker.sock"):
        pass
    assert os.path.lexists(root / "run/docker.sock")
    _, (gap,) = read_containers(Files(root))
    assert "docker.sock" in gap.why


@pytest.mark.parametrize(("user", "told"), [(0, "look from outside"), (1000, "run it as root")])
def test_root_is_not_told_to_become_root_where_a_socket_refuses_it(root, monkeypatch, user, told):
    (root / "run/docker.sock").touch()
    monkeypatch.setattr(engines, "get_json", refuse)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    _, (gap,) = read_containers(Files(root))
    assert told in gap.do


def refuse(*_args, **_options):
    raise PermissionError
