import json
import os
import subprocess
import urllib.request

import pytest

ETCD = [
    "etcd", "--data-dir", "{dir}/data", "--listen-peer-urls", "http://{address}:2380", "--logger=zap",
    "--initial-advertise-peer-urls", "http://{address}:2380", "--initial-cluster", "default=http://{address}:2380",
]  # fmt: skip


def start(server, *more: str, scheme: str = "http", **how):
    urls = [
        "--listen-client-urls",
        scheme + "://{address}:2379",
        "--advertise-client-urls",
        scheme + "://{address}:2379",
    ]
    return server([*ETCD, *urls, *more], [2379], package="etcd-server", **how)


def call(running, path: str, **body: object) -> dict:
    request = urllib.request.Request(f"http://{running.address}:2379{path}", data=json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def everything(running):
    """Return a function that reads all keys with their revisions, and the revision of the store."""

    def read() -> object:
        found = call(running, "/v3/kv/range", key="AA==", range_end="AA==")
        return found["header"]["revision"], found.get("kvs")

    return read


@pytest.mark.fleet("etcd", "open", lint="quay.io/coreos/etcd:v3.4.23")
def test_an_open_member_is_exposed_and_unchanged(server, see, unchanged):
    running = start(server)
    call(running, "/v3/kv/put", key="L3JlZ2lzdHJ5L3NlY3JldHMvYQ==", value="c2VjcmV0LXZhbHVl")
    with unchanged(everything(running)):
        verdict = see(running, "etcd", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["etcd-no-auth"])
    assert verdict.row.evidence == {"keys": 1, "prefixes": ["/registry"]}
    assert "Kubernetes" in verdict.findings[0].detail
    assert "c2VjcmV0LXZhbHVl" not in verdict.transcript.text()


@pytest.mark.fleet("etcd", "open")
def test_an_empty_member_is_open_too(server, see):
    running = start(server)
    assert (see(running).service, see(running).status) == ("etcd", "exposed")


@pytest.mark.fleet("etcd", "open")
def test_an_old_member_shows_its_old_keys(server, see):
    running = start(server, "--enable-v2", "--enable-grpc-gateway=false")
    verdict = see(running, "etcd", golden="v2")
    assert (verdict.status, verdict.rules) == ("exposed", ["etcd-no-auth"])


@pytest.mark.fleet("etcd", "protected")
def test_users_with_passwords_protect(server, see):
    running = start(server)
    call(running, "/v3/auth/user/add", name="root", password="pw")
    call(running, "/v3/auth/role/add", name="root")
    call(running, "/v3/auth/user/grant", user="root", role="root")
    call(running, "/v3/auth/enable")
    verdict = see(running, "etcd", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])
    assert "user name is empty" in verdict.facts.proof[-1].received


@pytest.mark.fleet(
    "etcd",
    "protected",
    unlike={"elsewhere": "a demand for a certificate is named by its port alone"},
    lint="quay.io/coreos/etcd:v3.4.23",
)
def test_client_certificates_protect(server, see, tmp_path):
    from tests.fleet.server import new_address

    address = new_address()
    tls = server.tls(address, tmp_path)
    files = [f"--cert-file={tls.cert}", f"--key-file={tls.key}", f"--trusted-ca-file={tls.ca}", "--client-cert-auth"]
    running = start(server, *files, scheme="https", address=address)
    verdict = see(running, "etcd")
    assert (verdict.status, verdict.service, verdict.rules) == ("protected", "etcd", [])


GATEWAY_OFF = "--enable-grpc-gateway=false"


@pytest.mark.fleet("etcd-grpc", "open")
def test_without_its_gateway_it_is_exposed_over_grpc(server, see):
    running = start(server, GATEWAY_OFF)
    put = ["etcdctl", "--endpoints", f"{running.address}:2379", "put", "/registry/secrets/a", "secret-value"]
    subprocess.run(put, check=True, capture_output=True, env=os.environ | {"ETCDCTL_API": "3"})
    verdict = see(running, "etcd-grpc", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["etcd-grpc-no-auth"])
    assert verdict.row.evidence == {"keys": 1, "prefixes": ["/registry"]}
    assert "secret-value" not in verdict.transcript.text()
    assert (see(running).service, see(running).status) == ("etcd-grpc", "exposed")


@pytest.mark.fleet("etcd-grpc", "protected")
def test_users_with_passwords_protect_grpc_too(server, see):
    running = start(server, GATEWAY_OFF)
    base = ["etcdctl", "--endpoints", f"{running.address}:2379"]
    for words in (["user", "add", "root:pw"], ["user", "grant-role", "root", "root"], ["auth", "enable"]):
        subprocess.run([*base, *words], check=True, capture_output=True, env=os.environ | {"ETCDCTL_API": "3"})
    verdict = see(running, "etcd-grpc", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("etcd-grpc", "open")
def test_a_member_with_tls_and_without_its_gateway_is_asked_over_negotiated_http2(server, see, tmp_path):
    from tests.fleet.server import new_address

    address = new_address()
    tls = server.tls(address, tmp_path)
    files = [f"--cert-file={tls.cert}", f"--key-file={tls.key}"]
    running = start(server, GATEWAY_OFF, *files, scheme="https", address=address)
    assert (see(running).service, see(running).status) == ("etcd-grpc", "exposed")
