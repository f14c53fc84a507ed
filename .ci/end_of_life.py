"""Writes scanner/findings/end_of_life.toml from a clone of endoflife.date: the cycles of our products that have ended.

usage: end_of_life.py CLONE - a git clone of github.com/endoflife-date/endoflife.date
"""

import datetime
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).resolve().parent.parent / "scanner/findings/end_of_life.toml"
PRODUCTS = {
    "apache-activemq": ("ActiveMQ", "ActiveMQ web console"),
    "apache-airflow": ("Apache Airflow",),
    "apache-cassandra": ("Apache Cassandra",),
    "apache-couchdb": ("CouchDB",),
    "apache-flink": ("Apache Flink",),
    "apache-hadoop": ("Apache Hadoop", "HDFS NameNode", "YARN ResourceManager"),
    "apache-kafka": ("Apache Kafka", "Apache Kafka controller"),
    "apache-spark": ("Apache Spark",),
    "caddy": ("Caddy",),
    "clickhouse": ("ClickHouse",),
    "cockroachdb": ("CockroachDB",),
    "consul": ("Consul",),
    "docker-engine": ("Docker Engine",),
    "elasticsearch": ("Elasticsearch",),
    "envoy": ("Envoy",),
    "etcd": ("etcd",),
    "grafana": ("Grafana",),
    "grafana-loki": ("Loki", "Grafana Loki"),
    "haproxy": ("HAProxy",),
    "hashicorp-vault": ("Vault",),
    "influxdb": ("InfluxDB",),
    "jenkins": ("Jenkins",),
    "kibana": ("Kibana",),
    "kubernetes": ("Kubernetes", "kubelet"),
    "mariadb": ("MariaDB",),
    "memcached": ("Memcached",),
    "mongodb": ("MongoDB",),
    "mysql": ("MySQL",),
    "neo4j": ("Neo4j",),
    "nodejs": ("Node.js inspector",),
    "nomad": ("Nomad",),
    "opensearch": ("OpenSearch",),
    "podman": ("Podman",),
    "postgresql": ("PostgreSQL",),
    "proftpd": ("ProFTPD",),
    "prometheus": ("Prometheus",),
    "rabbitmq": ("RabbitMQ",),
    "redis": ("Redis", "Redis Sentinel"),
    "solr": ("Apache Solr", "Solr"),
    "tarantool": ("Tarantool",),
    "traefik": ("Traefik",),
    "valkey": ("Valkey", "Valkey Sentinel"),
    "zabbix": ("Zabbix agent",),
    "zookeeper": ("Apache ZooKeeper",),
}
"""What endoflife.date calls a product -> what our services call it."""


def main(clone: Path) -> None:
    """Write the file; its day is that of the clone's newest commit."""
    as_of = datetime.date.fromisoformat(_git(clone, "log", "-1", "--format=%cs").strip())
    FILE.write_text("".join(_lines(clone, as_of)), "utf-8")


def _lines(clone: Path, as_of: datetime.date) -> Iterator[str]:
    yield "# Versions whose makers mend them no longer. By .ci/end_of_life.py from endoflife.date; its licence:\n#\n"
    for line in _git(clone, "show", "HEAD:LICENSE").splitlines():
        yield f"# {line}".rstrip() + "\n"
    yield f"\nas_of = {as_of}\n"
    for product, names in PRODUCTS.items():
        head = _git(clone, "show", f"HEAD:products/{product}.md").split("\n---", 1)[0]
        ended = dict(_ended(yaml.safe_load(head), as_of))
        if ended:
            quoted = ", ".join(f'"{name}"' for name in names)
            yield f'\n[[product]]\nnames = [{quoted}]\npage = "https://endoflife.date/{product}"\n[product.ended]\n'
            yield from (f'"{cycle}" = {day}\n' for cycle, day in ended.items())


def _ended(told: dict[str, Any], as_of: datetime.date) -> Iterator[tuple[str, datetime.date]]:
    cycles = [str(release["releaseCycle"]) for release in told["releases"]]
    for release, cycle in zip(told["releases"], cycles, strict=True):
        day = release.get("eol")
        # One that others refine would speak for those of them that live.
        if any(other.startswith(f"{cycle}.") for other in cycles):
            continue
        # A cycle that has ended on no known day is left out: a note without a day can't be checked.
        if isinstance(day, datetime.date) and day <= as_of:
            yield cycle, day


def _git(clone: Path, *words: str) -> str:
    run = subprocess.run(["git", "-C", str(clone), *words], check=True, capture_output=True, text=True)
    return run.stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]))
