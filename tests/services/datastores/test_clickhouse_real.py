import urllib.request

import pytest

CONFIG = """<yandex>
<logger><level>warning</level><console>1</console></logger>
<http_port>8123</http_port><tcp_port>9000</tcp_port><listen_host>{address}</listen_host>
<path>{dir}/data/</path><tmp_path>{dir}/tmp/</tmp_path><user_files_path>{dir}/files/</user_files_path>
<format_schema_path>{dir}/schemas/</format_schema_path><mark_cache_size>5368709</mark_cache_size>
<users_config>users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database></yandex>
"""
USERS = """<yandex><profiles><default/><reading><readonly>1</readonly></reading></profiles><quotas><default/></quotas>
<users><default><password>%s</password><networks><ip>::/0</ip></networks><profile>%s</profile><quota>default</quota>
</default></users></yandex>
"""

# What the image writes into users.xml for these.
SKIPPED = {"environment": {"CLICKHOUSE_SKIP_USER_SETUP": "1"}}
PASSWORD = {"environment": {"CLICKHOUSE_PASSWORD": "secret"}}


def start(server, password: str = "", profile: str = "default"):
    return server(
        ["clickhouse-server", "--config-file={dir}/config.xml"], [8123, 9000], package="clickhouse-server",
        files={"config.xml": CONFIG, "users.xml": USERS % (password, profile)},
    )  # fmt: skip


def query(running, text: str) -> bytes:
    with urllib.request.urlopen(f"http://{running.address}:8123/", data=text.encode(), timeout=10) as answer:
        return answer.read()


@pytest.mark.fleet("clickhouse-http", "open", lint="yandex/clickhouse-server:18.16", given={})
@pytest.mark.fleet("clickhouse-native", "open", lint="yandex/clickhouse-server:18.16", given={})
def test_a_default_user_without_a_password_is_exposed_on_both_ports(server, see, unchanged):
    running = start(server)
    query(running, "CREATE DATABASE shop")
    with unchanged(lambda: query(running, "SELECT database, name FROM system.tables")):
        verdict = see(running, "clickhouse-http", golden="open")
        native = see(running, "clickhouse-native", port=9000, golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["clickhouse-http-no-password"])
    assert verdict.row.evidence["names"] == ["shop"]
    assert verdict.row.access.word == "control"
    assert (native.status, native.rules) == ("exposed", ["clickhouse-native-no-password"])
    assert native.row.version == "18.16"
    assert see(running).service == "clickhouse-http"


@pytest.mark.fleet("clickhouse-http", "open", lint="clickhouse:25.8", given=SKIPPED)
def test_a_default_user_that_only_reads_is_data_not_control(server, see):
    verdict = see(start(server, profile="reading"), "clickhouse-http")
    assert (verdict.status, verdict.row.access.word) == ("exposed", "data")


@pytest.mark.fleet("clickhouse-http", "protected", lint="clickhouse:25.8", given=PASSWORD)
@pytest.mark.fleet("clickhouse-native", "protected", lint="clickhouse:25.8", given=PASSWORD)
def test_a_password_protects_both_ports(server, see):
    running = start(server, password="secret")
    verdict = see(running, "clickhouse-http", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])
    native = see(running, "clickhouse-native", port=9000, golden="password")
    assert (native.status, native.rules) == ("protected", [])
