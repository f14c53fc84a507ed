import base64
import os

import pytest

from tests.fleet.around import SILENT
from tests.support.checks import wrong_examples
from tests.support.look import shows_own_icon

CONF = """
listeners.tcp.1 = {address}:5672
management.tcp.ip = {address}
management.tcp.port = 15672
prometheus.tcp.ip = {address}
prometheus.tcp.port = 15692
stomp.listeners.tcp.1 = {address}:61613
"""
NGINX = """
daemon off;
pid {dir}/nginx.pid;
error_log stderr warn;
events {}
http {
  access_log off;
  client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
  uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  server { listen {address}:15672; location / { proxy_pass %s; proxy_set_header Authorization "Basic %s"; } }
}
"""


def test_the_examples_are_judged_as_written():
    assert wrong_examples("messaging/rabbitmq-management") == []


@pytest.fixture(scope="module")
def rabbit(module_server):
    """One node with management, metrics and STOMP; its distribution ports are its own."""
    port = 20_000 + os.getpid() % 5_000
    # Its port mapper would go on as a daemon: one that the test started ends with it.
    module_server.need("rabbitmq-server", "epmd")
    module_server(
        ["epmd", "-port", str(port), "-address", "127.0.0.1"], [port], package="rabbitmq-server", address="127.0.0.1"
    )
    env = {
        "RABBITMQ_MNESIA_BASE": "{dir}/db",
        "RABBITMQ_LOG_BASE": "{dir}/log",
        "RABBITMQ_CONFIG_FILE": "{dir}/rabbitmq.conf",
        "RABBITMQ_ENABLED_PLUGINS_FILE": "{dir}/enabled_plugins",
        "RABBITMQ_NODENAME": "fleet@localhost",
        "ERL_EPMD_PORT": str(port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_DIST_PORT": str(port + 5_000),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
    }
    plugins = "[rabbitmq_management,rabbitmq_prometheus,rabbitmq_stomp]."
    return module_server(
        ["/usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8/sbin/rabbitmq-server"],
        [15672, 5672, 15692, 61613],
        package="rabbitmq-server",
        files={"rabbitmq.conf": CONF, "enabled_plugins": plugins},
        env=env,
        patience_s=90,
    )


@pytest.mark.timeout(120)
@pytest.mark.fleet("rabbitmq-management", "protected")
def test_a_plain_node_is_protected(rabbit, see):
    verdict = see(rabbit, "rabbitmq-management", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
    assert shows_own_icon(rabbit.address, 15672, "rabbitmq-management")


@pytest.mark.timeout(120)
@pytest.mark.fleet("rabbitmq-management", "open")
def test_a_proxy_that_logs_everybody_in_is_exposed(rabbit, server, see):
    login = base64.b64encode(b"guest:guest").decode()
    conf = NGINX % (f"http://{rabbit.address}:15672", login)
    front = server(
        ["nginx", "-e", "stderr", "-p", "{dir}", "-c", "{dir}/n.conf"],
        [15672],
        package="nginx-light",
        files={"n.conf": conf},
    )
    verdict = see(front, "rabbitmq-management", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["rabbitmq-management-open"])
    assert verdict.row.version.startswith("3.")


@pytest.mark.timeout(120)
@pytest.mark.fleet("rabbitmq-prometheus", "open", lint="rabbitmq:3.10-management", given={})
def test_the_metrics_of_a_plain_node_are_exposed(rabbit, see):
    verdict = see(rabbit, "rabbitmq-prometheus", port=15692, golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["rabbitmq-metrics-open"])
    assert verdict.row.evidence["node"] == "fleet@localhost"


@pytest.mark.timeout(120)
@pytest.mark.fleet("rabbitmq-prometheus", "protected")
def test_a_password_in_front_of_the_metrics_turns_everybody_away(rabbit, server, see):
    front = server.front(f"http://{rabbit.address}:15692", 15692, user="u", password="p")
    verdict = see(front, "rabbitmq-prometheus")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.timeout(120)
@pytest.mark.fleet("amqp", "open")
def test_the_client_port_is_identified(rabbit, see):
    verdict = see(rabbit, "amqp", port=5672, golden="rabbitmq")
    assert (verdict.status, verdict.rules, verdict.row.product) == ("identified", [], "RabbitMQ")


@pytest.mark.timeout(120)
@pytest.mark.fleet("stomp", "open", unlike={"odd": SILENT})
def test_stomp_logs_strangers_in_as_guest_from_its_own_machine(rabbit, see):
    verdict = see(rabbit, "stomp", port=61613, golden="rabbitmq")
    assert (verdict.status, verdict.rules, verdict.row.product) == ("exposed", ["stomp-anonymous"], "RabbitMQ")
