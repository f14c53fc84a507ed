import io
import json
import os
import tarfile
import urllib.request
from collections.abc import Callable

import pytest

from tests.fleet.server import Server

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="podman with its own storage needs root"),
    pytest.mark.root,
]

PODMAN = [
    "podman", "--root={dir}/root", "--runroot={dir}/run", "--storage-driver=vfs", "--cgroup-manager=cgroupfs",
    "system", "service", "--time=0", "tcp://{address}:8080",
]  # fmt: skip


def import_image(running: Server, name: str) -> None:
    tape = io.BytesIO()
    with tarfile.open(fileobj=tape, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("mac.sh"), io.BytesIO())
    url = f"http://{running.address}:8080/v4.0.0/libpod/images/import?reference={name}"
    request = urllib.request.Request(url, data=tape.getvalue(), headers={"Content-Type": "application/x-tar"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()


def state(running: Server) -> Callable[[], object]:
    def read() -> object:
        seen = []
        for path in ("/containers/json?all=1", "/images/json?all=1", "/volumes"):
            with urllib.request.urlopen(f"http://{running.address}:8080{path}", timeout=20) as answer:
                seen.append(json.load(answer))
        return seen

    return read


@pytest.fixture(scope="module")
def podman(module_server) -> Server:
    running = module_server(PODMAN, [8080], package="podman")
    import_image(running, "localhost/shop:latest")
    return running


@pytest.mark.fleet("podman-api", "open")
def test_a_service_on_tcp_is_exposed_named_as_podman_and_unchanged(podman, see, unchanged):
    with unchanged(state(podman)):
        verdict = see(podman, "podman-api", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["podman-api-no-auth"])
    assert verdict.row.product == "Podman"
    assert verdict.row.version[0].isdigit()
    assert (verdict.row.evidence["images"], verdict.row.evidence["rootless"]) == (1, False)


@pytest.mark.fleet("docker-api", "look-alike")
def test_podman_is_not_called_docker(podman, see):
    assert see(podman, "docker-api").status == "open"
    assert see(podman).service == "podman-api"


@pytest.mark.fleet("podman-api", "protected", unlike={"elsewhere": "a password hides the front page that names it"})
def test_a_password_after_the_public_pages_protects(podman, server, see):
    upstream = f"http://{podman.address}:8080"
    front = server.front(upstream, 8080, public=("= /_ping", "= /version"), user="u", password="p")
    verdict = see(front, "podman-api", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("podman-api", "look-alike")
def test_a_filter_leaves_it_identified(podman, server, see):
    front = server.front(f"http://{podman.address}:8080", 8080, allow=("= /_ping", "= /version"))
    assert (see(front, "podman-api").status, see(front, "podman-api").rules) == ("identified", [])
