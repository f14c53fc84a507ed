from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.core.guard import Guard
from scanner.core.ports import Transport
from scanner.core.problem import ProblemKind
from scanner.lint.prediction import LintReach
from scanner.lint.reader import Source
from scanner.lint.readers import kubernetes
from scanner.lint.readers.kubernetes import READER

POD = """apiVersion: v1
kind: Pod
metadata: {{name: m}}
spec:
  {more}
  containers:
    - image: memcached
      ports:
        - {{name: mc, containerPort: 11211{port}}}
"""
HOST_PORT = POD.format(more="restartPolicy: Always", port=", hostPort: 7000")
DEPLOYMENT = """apiVersion: apps/v1
kind: {kind}
metadata: {{name: m}}
spec:
  template: &t
    metadata: {{labels: {{app: m, tier: cache}}}}
    spec:
      containers: [{{image: memcached, ports: [{{name: mc, containerPort: 11211}}]}}]
"""
SERVICE = """---
apiVersion: v1
kind: Service
spec: {{type: {kind}, selector: {selector}, ports: [{{{port}}}]{more}}}
"""


def read(text):
    return READER.read(Source(path=Path("k.yaml"), text=text, shown="k.yaml", root=Path(), environment={}))


def found(text):
    return [(one.service, one.address, one.port, one.reach) for one in read(text).predictions]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("apiVersion: v1\nkind: Pod\n", True),
        ('{"apiVersion":"v1","kind":"Pod"}', True),
        ('{\n  "kind" : "Pod",\n  "apiVersion": "v1"\n}', True),
        ("kind: Pod\n", False),
        ("a:\n  apiVersion: v1\n  kind: Pod\n", False),
    ],
)
def test_a_manifest_is_told_by_its_kind_and_version(text, fits):
    assert READER.fits("k.yaml", text) is fits


@pytest.mark.parametrize(
    ("text", "doors"),
    [
        (HOST_PORT, [("memcached", "0.0.0.0", 7000, LintReach.HOST_PORT)]),
        (HOST_PORT.replace("7000", "7000, hostIP: 10.0.0.5"), [("memcached", "10.0.0.5", 7000, LintReach.HOST_PORT)]),
        (HOST_PORT.replace("7000", "7000, hostIP: 127.0.0.1"), []),
        (HOST_PORT.replace("7000", 'x, hostIP: "::1"'), []),
        (HOST_PORT.replace("7000", '7000, hostIP: "::1"'), []),
        (HOST_PORT.replace("7000", "70000"), []),
        (POD.format(more="a: b", port=""), []),
    ],
)
def test_a_port_of_the_node_is_open_where_others_reach_it(text, doors):
    assert found(text) == doors


@pytest.mark.parametrize(
    ("word", "whole"),
    [("true", True), ("True", True), ("yes", True), ("on", True), ("false", False), ("'true'", False)],
)
def test_the_network_of_the_host_is_shared_by_what_kubernetes_takes_for_true(word, whole):
    doors = found(POD.format(more=f"hostNetwork: {word}", port=""))
    assert doors == ([("memcached", "0.0.0.0", 11211, LintReach.HOST_NETWORK)] if whole else [])


def service(kind, port, selector="{app: m}", more="", controller="Deployment"):
    return DEPLOYMENT.format(kind=controller) + SERVICE.format(kind=kind, port=port, selector=selector, more=more)


@pytest.mark.parametrize(
    ("text", "doors"),
    [
        (service("LoadBalancer", "port: 80, targetPort: mc"), [(80, LintReach.LOAD_BALANCER)]),
        (service("LoadBalancer", "port: 80, targetPort: 11211"), [(80, LintReach.LOAD_BALANCER)]),
        (service("LoadBalancer", "port: 11211"), [(11211, LintReach.LOAD_BALANCER)]),
        (service("NodePort", "port: 80, targetPort: mc, nodePort: 30080"), [(30080, LintReach.NODE_PORT)]),
        (service("NodePort", "port: 80, targetPort: mc"), [(80, LintReach.NODE_PORT)]),
        (service("ClusterIP", "port: 80, targetPort: mc"), []),
        (service("ClusterIP", "port: 80, targetPort: mc", more=", externalIPs: [1.2.3.4]"),
         [(80, LintReach.EXTERNAL_ADDRESS)]),
        (service("LoadBalancer", "port: 80, targetPort: mc", "{app: other}"), []),
        (service("LoadBalancer", "port: 80, targetPort: mc", "{app: m, tier: db}"), []),
        (service("LoadBalancer", "port: 80, targetPort: mc", "{}"), []),
        (service("LoadBalancer", "port: 80, targetPort: other"), []),
    ],
)  # fmt: skip
def test_a_service_leads_to_the_pods_that_it_selects(text, doors):
    assert [(port, reach) for _, _, port, reach in found(text)] == doors


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "Job"])
def test_a_template_of_any_controller_is_a_pod(kind):
    (one,) = read(service("LoadBalancer", "port: 80, targetPort: mc", controller=kind)).predictions
    assert (one.name, one.anchor.line) == (f"{kind}/m", 12)


def test_a_cron_job_has_its_template_deeper():
    text = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: m}\nspec: {jobTemplate: {spec: {template: {spec: "
    text += "{hostNetwork: true, containers: [{image: memcached}]}}}}}\n"
    assert [port for _, _, port, _ in found(text)] == [11211]


ITEM = "{kind: Pod, spec: {hostNetwork: true, containers: [{image: memcached}]}}"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (f"kind: List\napiVersion: v1\nitems: [{ITEM}, {ITEM}]\n", 2),
        (f"kind: PodList\napiVersion: v1\nitems: [{ITEM}]\n", 1),
        (f"kind: List\napiVersion: v1\nitems: [{{kind: PodList, items: [{ITEM}]}}]\n", 1),
        ("kind: List\napiVersion: v1\nitems: [7, null, []]\n", 0),
        (f"{ITEM}\n---\n{ITEM}\n---\n7\n", 2),
        ('{"kind":"Pod",\n\t"apiVersion":"v1",\t"spec":{"hostNetwork":true,"containers":[{"image":"memcached"}]}}', 1),
    ],
)
def test_lists_documents_and_json_hold_manifests_too(text, count):
    assert len(read(text).predictions) == count


def test_no_item_of_a_long_list_is_left_out():
    assert (
        len(read("kind: List\napiVersion: v1\nitems:\n" + "- {kind: Node}\n" * 3_000 + f"- {ITEM}\n").predictions) == 1
    )


def test_lists_of_lists_by_aliases_are_refused():
    laughs = "a0: &a0 {kind: List, items: []}\n"
    for number in range(1, 9):
        laughs += f"a{number}: &a{number} {{kind: List, items: [{', '.join([f'*a{number - 1}'] * 60)}]}}\n"
    with pytest.raises(UsageError, match="more than 50,000 values"):
        read(f"kind: List\napiVersion: v1\n{laughs}items: [*a8]\n")


def test_services_before_containers_are_bounded(monkeypatch):
    monkeypatch.setattr(kubernetes, "_MOST_JOINED", 7)
    pod = "---\nkind: Pod\nmetadata: {labels: {a: b}}\nspec: {containers: [{image: memcached}]}\n"
    service = "---\nkind: Service\nspec: {type: NodePort, selector: {a: b}, ports: [{port: 11211}]}\n"
    assert len(read("apiVersion: v1\n" + pod + service * 3).predictions) == 3
    with pytest.raises(UsageError, match="more than 7 services and ports"):
        read("apiVersion: v1\n" + pod * 2 + service * 2)


@pytest.mark.parametrize(("policy", "count"), [("Always", 1), ("OnFailure", 0)])
def test_an_init_container_that_goes_on_is_one_of_the_pod_s(policy, count):
    text = "kind: Pod\napiVersion: v1\nspec: {hostNetwork: true, "
    assert (
        len(found(f"{text}containers: [], initContainers: [{{image: memcached, restartPolicy: {policy}}}]}}\n"))
        == count
    )


def guard(container):
    text = "kind: Pod\napiVersion: v1\nspec: {hostNetwork: true, volumes: [{name: c, configMap: {items: "
    text += f"[{{path: my.conf}}]}}}}, {{name: e, emptyDir: {{}}}}], containers: [{{{container}}}]}}\n"
    return [one.guard for one in read(text).predictions]


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ("image: redis:7", Guard.OPEN),
        ("image: redis:7, args: [--requirepass, x]", Guard.CLOSED),
        ("image: redis:7, command: [sh, -c, 'exec redis-server --requirepass x']", Guard.CLOSED),
        ("image: redis:7, args: [--requirepass, $(P)]", Guard.UNKNOWN),
        ("image: redis:7, envFrom: [{secretRef: {name: x}}]", Guard.UNKNOWN),
        (
            "image: redis:7, args: [/etc/redis/redis.conf], volumeMounts: [{name: c, mountPath: /etc/redis}]",
            Guard.UNKNOWN,
        ),
        (
            "image: redis:7, args: [/x/my.conf], volumeMounts: [{name: c, mountPath: /x/my.conf, subPath: a}]",
            Guard.UNKNOWN,
        ),
        ("image: redis:7, volumeMounts: [{name: e, mountPath: /etc/redis.conf}]", Guard.OPEN),
        ("image: bitnami/redis, env: [{name: ALLOW_EMPTY_PASSWORD, value: 'yes'}]", Guard.OPEN),
        ("image: bitnami/redis, env: [{name: REDIS_PASSWORD, valueFrom: {secretKeyRef: {name: x}}}]", Guard.UNKNOWN),
    ],
)
def test_what_a_container_is_given_decides(container, expected):
    assert guard(container) == [expected]


def test_the_transport_of_a_port_is_kept():
    text = HOST_PORT.replace(
        "containerPort: 11211, hostPort: 7000", "containerPort: 11211, hostPort: 7000, protocol: udp"
    )
    assert {one.transport for one in read(text).predictions} <= {Transport.UDP}


def test_a_template_is_said_to_be_one():
    (problem,) = read(HOST_PORT.replace("memcached", "{{ .Values.image }}")).problems
    assert problem.kind is ProblemKind.LINT_UNTOLD
    assert "helm template . | exposure lint -" in problem.detail


@pytest.mark.parametrize(
    "spec", ["7", "[]", "{containers: 7}", "{containers: [7, {image: [a]}]}", "{containers: [{image: redis, env: 7}]}"]
)
def test_a_strange_shape_is_passed_over(spec):
    assert found(f"kind: Pod\napiVersion: v1\nspec: {spec}\n") == []
    assert found(f"kind: Service\napiVersion: v1\nspec: {spec}\n---\n{HOST_PORT}") != []


@given(st.text(st.sampled_from("kind:Pod spec{}[],-&*\n\t'\"7"), max_size=80))
def test_any_text_is_read_or_refused(text):
    message = ""
    try:
        read(text)
    except UsageError as error:
        message = str(error)
    assert "\n" not in message
