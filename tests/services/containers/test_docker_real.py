import io
import json
import os
import socket
import tarfile
import urllib.request
from collections.abc import Callable

import pytest

from tests.fleet.server import Server, new_address

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="dockerd needs root"),
    pytest.mark.root,
    pytest.mark.timeout(120),
]

DOCKERD = [
    "dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs",
    "--data-root={dir}/data", "--exec-root={dir}/exec", "--pidfile={dir}/docker.pid", "-H", "unix://{dir}/docker.sock",
]  # fmt: skip


def ready(server: Server) -> bool:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(server.directory / "docker.sock"))
    return "API listen on" in server.log


def start(server, *more, **how) -> Server:
    return server([*DOCKERD, *more], [2375], package="docker.io", ready=ready, **how)


def post(url: str, body: bytes, kind: str = "application/json") -> dict:
    request = urllib.request.Request(url, data=body, headers={"Content-Type": kind}, method="POST")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read().splitlines()[-1])


def import_image(api: str, name: str) -> None:
    """Make an image of one small file, as `docker import` does."""
    tape = io.BytesIO()
    with tarfile.open(fileobj=tape, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("mac.sh"), io.BytesIO())
    post(f"{api}/images/create?fromSrc=-&repo={name}&tag=latest", tape.getvalue(), "application/x-tar")


def create(api: str, image: str, command: list[str], binds: list[str]) -> None:
    post(
        f"{api}/containers/create",
        json.dumps({"Image": image, "Cmd": command, "HostConfig": {"Binds": binds, "Privileged": True}}).encode(),
    )


@pytest.fixture(scope="module")
def daemon(module_server) -> Server:
    """One plain daemon with an honest container and an honest image."""
    running = start(module_server, "-H", "tcp://{address}:2375")
    api = f"http://{running.address}:2375"
    import_image(api, "registry.example/shop")
    create(api, "registry.example/shop", ["/serve"], ["/srv/shop:/data"])
    return running


def sorted_json(value: object) -> str:
    """Return JSON text that is equal for equal content: the daemon lists networks in any order."""
    if isinstance(value, list):
        return json.dumps(sorted(map(sorted_json, value)))
    return json.dumps(value, sort_keys=True)


def state(running: Server) -> Callable[[], object]:
    """Return a function that reads what the daemon holds and counts, from its own point of view."""

    def read() -> object:
        seen = []
        for path in ("/containers/json?all=1", "/images/json?all=1", "/volumes", "/networks"):
            with urllib.request.urlopen(f"http://{running.address}:2375{path}", timeout=20) as answer:
                seen.append(sorted_json(json.load(answer)))
        root = running.directory / "data"
        return seen, sorted(str(path) for path in root.rglob("*")), "POST" in running.log.partition("API listen")[2]

    return read


@pytest.mark.fleet("docker-api", "open", lint="docker:20.10-dind")
def test_a_plain_daemon_is_exposed_with_the_right_counts_and_unchanged(daemon, see, unchanged):
    with unchanged(state(daemon)):
        verdict = see(daemon, "docker-api", golden="open")
    assert verdict.status == "exposed"
    assert verdict.rules == ["docker-api-no-auth"]
    assert verdict.row.product == "Docker Engine"
    assert verdict.row.version.startswith("20.10")
    assert verdict.row.evidence["containers"] == 1
    assert verdict.row.evidence["images"] == 1
    assert "API is accessible on http://" in verdict.row.evidence["warnings"][0]
    finding = verdict.findings[0]
    assert finding.severity.word == "critical"
    assert finding.compromise == ()
    assert finding.proof[-1].sent.startswith("GET /containers/json")
    assert "1 container" in finding.detail


@pytest.mark.fleet("docker-api", "open")
def test_all_services_together_still_name_the_daemon(daemon, see):
    assert (see(daemon).service, see(daemon).status) == ("docker-api", "exposed")


@pytest.mark.fleet("docker-api", "look-alike")
def test_a_socket_proxy_that_shows_the_version_alone_is_identified(daemon, server, see):
    front = server.front(f"http://unix:{daemon.directory}/docker.sock", 2375, allow=("= /_ping", "= /version"))
    verdict = see(front, "docker-api", golden="filtered")
    assert verdict.status == "identified"
    assert verdict.rules == []
    assert "403" in verdict.row.note


def test_a_socket_proxy_that_lists_containers_leaks_but_does_not_control(daemon, server, see):
    allowed = ("= /_ping", "= /version", "= /containers/json")
    front = server.front(f"http://unix:{daemon.directory}/docker.sock", 2375, allow=allowed)
    verdict = see(front, "docker-api")
    assert (verdict.status, verdict.rules) == ("exposed", ["docker-api-filter-leaks"])
    assert verdict.findings[0].severity.word != "critical"


@pytest.mark.fleet("docker-api", "protected")
def test_a_password_in_front_of_the_daemon_hides_it(daemon, server, see):
    front = server.front(f"http://unix:{daemon.directory}/docker.sock", 2375, user="u", password="p")
    verdict = see(front, "docker-api")
    assert verdict.rules == []
    assert verdict.status in {"open", "identified", "protected"}


def test_a_version_page_with_a_password_on_the_rest_is_protected(daemon, server, see):
    upstream = f"http://unix:{daemon.directory}/docker.sock"
    front = server.front(upstream, 2375, public=("= /_ping", "= /version"), user="u", password="p")
    verdict = see(front, "docker-api", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])


AUTHZ = """
import http.server, json, socketserver
class Deny(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.dumps({"Implements": ["authz"], "Allow": False, "Msg": "not you"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def address_string(self): return "docker"
socketserver.ThreadingUnixStreamServer("{dir}/authz.sock", Deny).serve_forever()
"""


@pytest.mark.fleet("docker-api", "protected")
def test_an_authorization_plugin_protects(server, see):
    def listening(plugin: Server) -> bool:
        return (plugin.directory / "authz.sock").exists()

    plugin = server(["python3", "{dir}/authz.py"], package="python3", files={"authz.py": AUTHZ}, ready=listening)
    # The daemon reads plugin specifications from /etc/docker/plugins: give it one of its own.
    mounted = (
        "mkdir -p /etc/docker && mount -t tmpfs none /etc/docker && mkdir /etc/docker/plugins && "
        f'echo unix://{plugin.directory}/authz.sock > /etc/docker/plugins/deny.spec && exec "$@"'
    )
    running = start(
        server, "-H", "tcp://{address}:2375", "--authorization-plugin=deny",
        prefix=["unshare", "--mount", "sh", "-c", mounted, "sh"],
    )  # fmt: skip
    verdict = see(running, "docker-api", golden="plugin")
    assert (verdict.status, verdict.service, verdict.rules) == ("protected", "docker-api", [])
    assert "authorization denied by plugin" in verdict.facts.proof[-1].received


@pytest.mark.fleet(
    "docker-api",
    "protected",
    unlike={"elsewhere": "a demand for a certificate is named by its port alone"},
    lint="docker:20.10-dind",
)
def test_client_certificates_protect(server, see, tmp_path):
    address = new_address()
    tls = server.tls(address, tmp_path)
    running = start(
        server, "-H", "tcp://{address}:2376", "--tlsverify", f"--tlscacert={tls.ca}", f"--tlscert={tls.cert}",
        f"--tlskey={tls.key}", address=address,
    )  # fmt: skip
    verdict = see(running, "docker-api", port=2376)
    assert (verdict.status, verdict.service, verdict.rules) == ("protected", "docker-api", [])
    assert "client certificate" in verdict.row.note


@pytest.mark.fleet("docker-api", "open")
def test_tls_without_client_certificates_is_exposed_on_any_port(server, see, tmp_path):
    address = new_address()
    tls = server.tls(address, tmp_path)
    running = start(
        server, "-H", "tcp://{address}:2376", "-H", "tcp://{address}:12376", "--tlsverify=false",
        f"--tlscacert={tls.ca}", f"--tlscert={tls.cert}",        f"--tlskey={tls.key}", address=address,
    )  # fmt: skip
    for port in (2376, 12376):
        verdict = see(running, "docker-api", port=port)
        assert (verdict.status, verdict.rules) == ("exposed", ["docker-api-no-auth"])
        assert verdict.row.tls is not None
        assert "no client certificate" in verdict.findings[0].detail


@pytest.mark.fleet("docker-api", "open")
def test_a_miner_left_behind_raises_the_priority_and_is_named(server, see):
    running = start(server, "-H", "tcp://{address}:2375")
    api = f"http://{running.address}:2375"
    import_image(api, "heybb/theimg2")
    import_image(api, "zoolu/ubuntu")
    create(api, "heybb/theimg2", ["/mac.sh"], ["/:/mnt"])
    (finding,) = see(running, "docker-api").findings
    found = {indicator.id for indicator in finding.compromise}
    assert {"image-known-miner", "command-known-miner", "mount-of-host-root"} <= found
    assert any("heybb/theimg2:latest" in indicator.detail for indicator in finding.compromise)
    assert finding.evidence["host_mounts"] == 1
    assert finding.priority_reasons
