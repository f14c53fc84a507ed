import os
import tempfile
from pathlib import Path

import pytest

from scanner.core.ports import Transport
from scanner.host.reading.engines import read_containers
from scanner.host.reading.files import Files
from scanner.host.snapshot import CpuUse, Process
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
        (container,), gaps = read_containers(Files(root), [busy])
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
        (container,), _ = read_containers(Files(root), [])
    assert container.ports == (("0.0.0.0", 6379, Transport.TCP),)


@pytest.mark.parametrize("answer", [{}, "x", 7, None])
def test_an_engine_that_answers_nonsense_is_a_gap(root, answer):
    with Engine(root / "run/docker.sock", **{"/containers/json": answer}):
        containers, (gap,) = read_containers(Files(root), [])
    assert containers == ()
    assert gap.what == "containers of docker"


@pytest.mark.parametrize("items", [[None], [7], [{}], [{"Id": 5, "Names": 7, "Labels": [], "Ports": {}, "Mounts": 1}]])
def test_strange_members_are_read_as_far_as_they_go(root, items):
    with Engine(root / "run/docker.sock", **{"/containers/json": items}):
        containers, _ = read_containers(Files(root), [])
    assert len(containers) == 1


def test_a_dead_socket_is_a_gap_and_no_socket_is_none(root):
    assert read_containers(Files(root), []) == ((), [])
    with Engine(root / "run/docker.sock"):
        pass
    assert os.path.lexists(root / "run/docker.sock")
    _, (gap,) = read_containers(Files(root), [])
    assert "docker.sock" in gap.why
