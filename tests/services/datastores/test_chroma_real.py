import json
import urllib.request

import pytest

from tests.fleet.server import ROOT

PROGRAM = str(ROOT / ".fleet/pypi/chromadb/bin/chroma")
COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"


@pytest.fixture(scope="module")
def chroma(module_server):
    argv = [PROGRAM, "run", "--host", "{address}", "--port", "8000", "--path", "{dir}/data"]
    running = module_server(argv, [8000], package="chromadb", patience_s=40)
    url = f"http://{running.address}:8000{COLLECTIONS}"
    request = urllib.request.Request(url, data=b'{"name":"docs"}', headers={"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()
    return running


def listed(running) -> str:
    with urllib.request.urlopen(f"http://{running.address}:8000{COLLECTIONS}", timeout=10) as answer:
        return json.dumps(json.load(answer), sort_keys=True)


@pytest.mark.fleet("chroma", "open", lint="chromadb/chroma:1.5.9")
def test_an_open_server_is_exposed_and_unchanged(chroma, see, unchanged):
    with unchanged(lambda: listed(chroma)):
        verdict = see(chroma, "chroma", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["chroma-no-auth"])
    assert verdict.row.evidence["collections"] == 1
    assert see(chroma).service == "chroma"


@pytest.mark.fleet("chroma", "protected", unlike={"elsewhere": "a password hides the front page that names it"})
def test_a_password_in_front_protects(chroma, server, see):
    public = ("= /api/v2/heartbeat", "= /api/v2/version")
    front = server.front(f"http://{chroma.address}:8000", 8000, public=public, user="u", password="p")
    verdict = see(front, "chroma", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("chroma", "open", lint="chromadb/chroma:1.5.9")
def test_what_locked_releases_before_1_0_locks_nothing(server, see):
    argv = [PROGRAM, "run", "--host", "{address}", "--port", "8000", "--path", "{dir}/data"]
    env = {
        "CHROMA_SERVER_AUTHN_PROVIDER": "chromadb.auth.token_authn.TokenAuthenticationServerProvider",
        "CHROMA_SERVER_AUTHN_CREDENTIALS": "secret",
    }
    verdict = see(server(argv, [8000], package="chromadb", env=env, patience_s=40), "chroma")
    assert (verdict.status, verdict.rules) == ("exposed", ["chroma-no-auth"])
