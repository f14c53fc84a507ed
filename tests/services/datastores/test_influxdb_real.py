import urllib.parse
import urllib.request

import pytest

CONFIG = """
reporting-disabled = true
bind-address = "{address}:8088"
[meta]
  dir = "{dir}/meta"
[data]
  dir = "{dir}/data"
  wal-dir = "{dir}/wal"
[http]
  bind-address = "{address}:8086"
"""


def start(server, extra: str = ""):
    return server(
        ["influxd", "-config", "{dir}/influxdb.conf"],
        [8086],
        package="influxdb",
        files={"influxdb.conf": CONFIG + extra},
    )


def query(running, text: str) -> bytes:
    data = urllib.parse.urlencode({"q": text}).encode()
    with urllib.request.urlopen(f"http://{running.address}:8086/query", data=data, timeout=10) as answer:
        return answer.read()


@pytest.mark.fleet("influxdb", "open", lint="influxdb:1.6")
def test_an_open_server_is_exposed_and_unchanged(server, see, unchanged):
    running = start(server)
    query(running, "CREATE DATABASE plant")
    with unchanged(lambda: query(running, "SHOW DATABASES; SHOW USERS; SHOW RETENTION POLICIES ON plant")):
        verdict = see(running, "influxdb", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["influxdb-no-auth"])
    assert verdict.row.evidence["names"] == ["plant"]
    assert verdict.row.version.startswith("1.6")
    assert see(running).service == "influxdb"


@pytest.mark.fleet(
    "influxdb", "protected", lint="influxdb:1.6", given={"environment": {"INFLUXDB_HTTP_AUTH_ENABLED": "true"}}
)
def test_users_protect(server, see):
    verdict = see(start(server, "  auth-enabled = true\n"), "influxdb", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])
