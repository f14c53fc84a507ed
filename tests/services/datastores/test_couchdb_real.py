import json
import urllib.error
import urllib.request

import pytest

from tests.fleet.server import ROOT

PROGRAM = str(ROOT / ".fleet/npm/pouchdb-server/node_modules/.bin/pouchdb-server")


def start(server):
    argv = [PROGRAM, "--host", "{address}", "--port", "5984", "--in-memory", "--no-stdout-logs"]
    return server(argv, [5984], package="pouchdb-server")


def put(running, path: str, body: bytes = b"") -> None:
    request = urllib.request.Request(f"http://{running.address}:5984{path}", data=body, method="PUT")
    request.add_header("Content-Type", "application/json")
    urllib.request.urlopen(request, timeout=10).close()


def contents(running) -> list[object]:
    seen = []
    for path in ("/_all_dbs", "/shop", "/_config/admins"):
        try:
            with urllib.request.urlopen(f"http://{running.address}:5984{path}", timeout=10) as answer:
                seen.append(json.load(answer))
        except urllib.error.HTTPError as error:
            error.close()
            seen.append(error.code)
    return seen


@pytest.mark.fleet("couchdb", "open")
def test_an_admin_party_is_exposed_and_unchanged(server, see, unchanged):
    running = start(server)
    put(running, "/shop")
    with unchanged(lambda: contents(running)):
        verdict = see(running, "couchdb", golden="party")
    assert (verdict.status, verdict.rules) == ("exposed", ["couchdb-admin-party"])
    assert verdict.row.product == "PouchDB Server"
    assert "shop" in verdict.row.evidence["names"]
    assert see(running).service == "couchdb"


@pytest.mark.fleet("couchdb", "protected")
def test_an_administrator_ends_the_party(server, see):
    running = start(server)
    put(running, "/_config/admins/boss", b'"secret"')
    verdict = see(running, "couchdb", golden="admin")
    assert "couchdb-admin-party" not in verdict.rules
    front = server.front(f"http://{running.address}:5984", 5984, public=("= /",), user="u", password="p")
    assert (see(front, "couchdb").status, see(front, "couchdb").rules) == ("protected", [])
