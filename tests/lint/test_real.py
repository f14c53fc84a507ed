"""Prediction against proof: real servers, started with a file's own settings, open and closed.

What an image adds to its program (protected mode off, a listener everywhere) is given on the command line; all that
decides comes from the file that is judged. The servers listen on loopback addresses of their own.
"""

import os
import shlex
from io import BytesIO

import pytest

from scanner.core.guard import Guard
from scanner.lint.find import lint
from tests.services.datastores.test_influxdb_real import CONFIG as INFLUXDB
from tests.services.datastores.test_postgresql_real import cluster, start  # noqa: F401 - the fixture is used by name

PROOF = {"exposed": Guard.OPEN, "protected": Guard.CLOSED}


def compose(image, port, command="", environment=""):
    lines = ["services:", "  it:", f"    image: {image}", f"    ports: ['{port}:{port}']"]
    lines += [f"    command: {command}"] if command else []
    lines += [f"    environment: {environment}"] if environment else []
    return "\n".join(lines)


@pytest.fixture
def agree(request):
    """Hold a prediction against a verdict, and put both down for docs/accuracy.md."""

    def hold(service, source, said, verdict):
        assert said is PROOF[verdict.status]
        request.node.user_properties.append(("foretold", [service, source, said.value, verdict.status]))

    return hold


def predicted(folder, name, text, **others):
    for file, content in {name: text, **others}.items():
        (folder / file).write_text(content)
    (guard,) = {one.guard for one in lint([str(folder / name)], {}, BytesIO()).predictions}
    return guard


REDIS = ["redis-server", "--port", "6379", "--bind", "{address}", "--save", "", "--protected-mode", "no"]
MEMCACHED = ["memcached", "-l", "{address}", "-p", "11211", "-u", "nobody"]
NATS = ["nats-server", "-a", "{address}", "-p", "4222"]
ETCD = [
    "etcd", "--data-dir", "{dir}/data", "--listen-peer-urls", "http://{address}:2380",
    "--advertise-client-urls", "http://{address}:2379",
]  # fmt: skip
COMMANDS = [
    ("redis", "redis:7", 6379, REDIS, "redis-server --appendonly no"),
    ("redis", "redis:7", 6379, REDIS, "redis-server --requirepass s3cret"),
    ("redis", "valkey/valkey:8", 6379, REDIS, "valkey-server --protected-mode yes --requirepass x"),
    ("memcached", "memcached:1.6", 11211, MEMCACHED, "memcached -m 32"),
    ("nats", "nats:2", 4222, NATS, "-D"),
    ("nats", "nats:2", 4222, NATS, "--user app --pass s3cret"),
    ("nats", "nats:2", 4222, NATS, "--auth s3cret"),
    ("etcd", "quay.io/coreos/etcd:v3.5.9", 2379, ETCD, "etcd --listen-client-urls http://0.0.0.0:2379"),
]


@pytest.mark.parametrize(("service", "image", "port", "argv", "command"), COMMANDS)
@pytest.mark.real
def test_a_compose_command_is_what_the_server_does_with_it(
    server, see, agree, tmp_path, service, image, port, argv, command
):
    words = [
        word for word in shlex.split(command) if not word.endswith("-server") and word not in {"memcached", "etcd"}
    ]
    words = [word.replace("0.0.0.0", "{address}") for word in words]
    running = server([*argv, *words], [port], package=argv[0])
    verdict = see(running, service)
    agree(service, image, predicted(tmp_path, "compose.yaml", compose(image, port, command)), verdict)


@pytest.mark.parametrize("login", [False, True])
@pytest.mark.real
def test_influxdb_1_asks_for_a_login_when_its_environment_says_so(server, see, agree, tmp_path, login):
    environment = {"INFLUXDB_HTTP_AUTH_ENABLED": "true"} if login else {}
    running = server(
        ["influxd", "-config", "{dir}/influxdb.conf"],
        [8086],
        package="influxdb",
        files={"influxdb.conf": INFLUXDB},
        env=environment,
    )
    verdict = see(running, "influxdb")
    text = compose("influxdb:1.8", 8086, environment='{INFLUXDB_HTTP_AUTH_ENABLED: "true"}' if login else "")
    agree("influxdb", "influxdb:1.8", predicted(tmp_path, "compose.yaml", text), verdict)


@pytest.mark.parametrize("login", [False, True])
@pytest.mark.real
def test_the_registry_asks_for_a_login_when_its_environment_says_so(server, see, agree, tmp_path, login):
    conf = "version: 0.1\nstorage: {filesystem: {rootdirectory: '{dir}/data'}}\nhttp: {addr: '{address}:5000'}\n"
    keys = {
        "REGISTRY_AUTH": "htpasswd",
        "REGISTRY_AUTH_HTPASSWD_REALM": "r",
        "REGISTRY_AUTH_HTPASSWD_PATH": "{dir}/users",
    }
    running = server(
        ["docker-registry", "serve", "{dir}/config.yml"], [5000], package="docker-registry",
        files={"config.yml": conf, "users": "a:$2y$05$7uzs6RnUZu6UIJoHsiVB4ueMYRYt8t7qBB0z1WKLbu5DOyTc8zxaO\n"},
        env=keys if login else {},
    )  # fmt: skip
    verdict = see(running, "docker-registry")
    text = compose("registry:2", 5000, environment="{REGISTRY_AUTH: htpasswd}" if login else "")
    agree("docker-registry", "registry:2", predicted(tmp_path, "compose.yaml", text), verdict)


@pytest.mark.parametrize(
    ("service", "image", "port", "program", "real"),
    [
        ("prometheus", "prom/prometheus", 9090, "prometheus", 9090),
        # Its own port is that of printers, to which nothing is sent unasked.
        ("node-exporter", "prom/node-exporter", 9100, "prometheus-node-exporter", 19100),
    ],
)
@pytest.mark.real
def test_exporters_answer_everybody(server, see, agree, tmp_path, service, image, port, program, real):
    argv = [program, f"--web.listen-address={{address}}:{real}"]
    if program == "prometheus":
        argv += ["--config.file={dir}/prometheus.yml", "--storage.tsdb.path={dir}/data"]
    else:
        argv += ["--collector.disable-defaults", "--collector.uname", "--collector.os", "--collector.loadavg"]
    running = server(argv, [real], package=program, files={"prometheus.yml": "global: {}\n"})
    verdict = see(running, service)
    agree(service, image, predicted(tmp_path, "compose.yaml", compose(image, port)), verdict)


CONFIGURATIONS = [
    ("redis", 6379, "redis.conf", "bind {address}\nport 6379\nprotected-mode no\n", ["redis-server"]),
    ("redis", 6379, "redis.conf", "bind {address}\nport 6379\nrequirepass s3cret\n", ["redis-server"]),
    (
        "redis",
        6379,
        "redis.conf",
        "bind {address}\nprotected-mode no\nuser default on >s3cret ~* +@all\n",
        ["redis-server"],
    ),
    ("mqtt", 1883, "mosquitto.conf", "listener 1883 {address}\nallow_anonymous true\n", ["mosquitto", "-c"]),
    ("mqtt", 1883, "mosquitto.conf", "listener 1883 {address}\nallow_anonymous false\n", ["mosquitto", "-c"]),
]


@pytest.mark.parametrize(("service", "port", "name", "text", "argv"), CONFIGURATIONS)
@pytest.mark.real
def test_a_configuration_is_what_the_server_does_with_it(server, see, agree, tmp_path, service, port, name, text, argv):
    running = server([*argv, f"{{dir}}/{name}"], [port], package=argv[0], files={name: text})
    verdict = see(running, service)
    # The server's own loopback address stands for one that others reach.
    agree(service, name, predicted(tmp_path, name, text.replace("{address}", "10.0.0.5")), verdict)


@pytest.mark.parametrize("method", ["trust", "scram-sha-256"])
@pytest.mark.real
@pytest.mark.skipif(os.geteuid() != 0, reason="the data directory is made for the user postgres")
def test_pg_hba_is_what_postgresql_does_with_it(server, see, agree, tmp_path, cluster, method):  # noqa: F811
    rules = f"host all all 0.0.0.0/0 {method}"
    verdict = see(start(server, cluster, rules), "postgresql")
    said = predicted(tmp_path, "postgresql.conf", "listen_addresses = '*'\n", **{"pg_hba.conf": rules + "\n"})
    agree("postgresql", "postgresql.conf with pg_hba.conf", said, verdict)
