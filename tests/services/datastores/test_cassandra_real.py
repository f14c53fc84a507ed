import pytest

from tests.fleet.server import ROOT

LIBRARIES = ROOT / ".fleet/maven/cassandra-all/lib"
PACKAGE = "org.apache.cassandra:cassandra-all:4.1.9"
CONFIG = """
cluster_name: fleet
num_tokens: 1
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
authenticator: {authenticator}
data_file_directories: ["{dir}/data"]
commitlog_directory: "{dir}/commitlog"
saved_caches_directory: "{dir}/caches"
hints_directory: "{dir}/hints"
cdc_raw_directory: "{dir}/cdc"
commitlog_sync: periodic
commitlog_sync_period: 10000ms
listen_address: "{address}"
rpc_address: "{address}"
start_native_transport: true
native_transport_port: 9042
storage_port: 7000
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{seeds: "{address}:7000"}]
"""
# Cassandra 4.1 on Java 17 reaches into these packages.
OPENS = [
    *(f"java.base/java.{name}" for name in ("lang", "lang.module", "lang.reflect", "lang.ref", "io", "nio", "util")),
    *(f"java.base/java.util.concurrent{name}" for name in ("", ".atomic", ".locks")),
    *(f"java.base/jdk.internal.{name}" for name in ("ref", "reflect", "math", "module", "util.jar", "misc")),
    *(f"java.rmi/sun.rmi.{name}" for name in ("registry", "server", "transport.tcp")),
    *("java.base/sun.nio.ch", "java.sql/java.sql", "java.management.rmi/javax.management.remote.rmi"),
    *("java.management/sun.management", "jdk.management/com.sun.management.internal"),
]


def start(server, authenticator: str):
    server.need(PACKAGE, str(LIBRARIES))
    flags = [f"--add-{verb}={name}=ALL-UNNAMED" for verb in ("opens", "exports") for name in OPENS]
    return server(
        ["java", "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", *flags,
         f"-javaagent:{LIBRARIES}/jamm-0.3.2.jar", "-Djdk.attach.allowAttachSelf=true",
         "-Dcassandra.config=file://{dir}/cassandra.yaml", "-Dcassandra.storagedir={dir}",
         "-Dcassandra.skip_wait_for_gossip_to_settle=0", "-Dcassandra.ring_delay_ms=0", "-Dcassandra-foreground=yes",
         "-Dcassandra.superuser_setup_delay_ms=0", "-cp", f"{LIBRARIES}/*",
         "org.apache.cassandra.service.CassandraDaemon"],
        [9042], package=PACKAGE, patience_s=150,
        files={"cassandra.yaml": CONFIG.replace("{authenticator}", authenticator)},
    )  # fmt: skip


@pytest.mark.timeout(180)
@pytest.mark.fleet("cassandra", "open", lint="cassandra:4.1.9", given={})
def test_a_node_without_a_login_is_exposed(server, see):
    running = start(server, "AllowAllAuthenticator")
    verdict = see(running, "cassandra", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["cassandra-no-auth"])
    assert verdict.row.version.startswith("4.1")
    assert verdict.row.evidence["cluster"] == "fleet"
    assert "system" in verdict.row.evidence["keyspaces"]
    assert see(running).service == "cassandra"


@pytest.mark.timeout(180)
@pytest.mark.fleet("cassandra", "protected", lint="bitnami/cassandra:4.1", given={})
def test_a_node_with_a_login_is_protected(server, see):
    verdict = see(start(server, "PasswordAuthenticator"), "cassandra", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])
