import json
import urllib.request

import pytest

from tests.fleet.plugin import digest_tree

CONFIG = """
version: 0.1
storage: {filesystem: {rootdirectory: "{dir}/data"}}
http: {addr: "{address}:5000"}
"""
HTPASSWD = 'auth: {htpasswd: {realm: registry, path: "{dir}/htpasswd"}}\n'
USERS = "user:$2y$05$w1M2aP1N8bKk0mYkPq1wUuHq1m3r4Z1gkq0sJv7F7zXv1nC0m0qZC\n"

USERS_GIVEN = {"environment": {"REGISTRY_AUTH": "htpasswd", "REGISTRY_AUTH_HTPASSWD_PATH": "/auth/htpasswd"}}


def start(server, extra: str = ""):
    return server(
        ["docker-registry", "serve", "{dir}/config.yml"], [5000], package="docker-registry",
        files={"config.yml": CONFIG + extra, "htpasswd": USERS},
    )  # fmt: skip


def push(url: str, name: str) -> None:
    """Push an image of one empty configuration, as the specification describes it."""
    import hashlib

    def send(method: str, to: str, body: bytes, kind: str = "application/octet-stream"):
        request = urllib.request.Request(to, data=body, method=method, headers={"Content-Type": kind})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.headers

    blob = b"{}"
    digest = "sha256:" + hashlib.sha256(blob).hexdigest()
    place = send("POST", f"{url}/v2/{name}/blobs/uploads/", b"")["Location"]
    send("PUT", f"{place}&digest={digest}", blob)
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(blob), "digest": digest}
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []}
    send("PUT", f"{url}/v2/{name}/manifests/1", json.dumps(manifest).encode(), kind)


@pytest.mark.fleet("docker-registry", "open", lint="registry:2.8")
def test_an_open_registry_is_exposed_and_unchanged(server, see, unchanged):
    running = start(server)
    push(f"http://{running.address}:5000", "team/shop")
    with unchanged(lambda: digest_tree(running.directory / "data")):
        verdict = see(running, "docker-registry", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["docker-registry-no-auth"])
    assert verdict.row.evidence == {"repositories": 1, "names": ["team/shop"]}


@pytest.mark.fleet("docker-registry", "open")
def test_an_empty_registry_is_open_too(server, see):
    running = start(server)
    assert see(running).service == "docker-registry"
    assert "0 repositories" in see(running, "docker-registry").findings[0].detail


@pytest.mark.fleet("docker-registry", "protected", lint="registry:2.8", given=USERS_GIVEN)
def test_a_password_protects(server, see):
    verdict = see(start(server, HTPASSWD), "docker-registry", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("docker-registry", "look-alike")
def test_a_registry_without_a_catalog_is_identified(server, see):
    front = server.front(f"http://{start(server).address}:5000", 5000, allow=("= /v2/",))
    assert see(front, "docker-registry").status == "protected"
    hidden = server.front(f"http://{start(server).address}:5000", 5000, public=("= /v2/",), user="u", password="p")
    assert see(hidden, "docker-registry").status == "protected"
