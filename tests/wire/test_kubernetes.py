import json
from dataclasses import replace

import pytest

from scanner.core.quirk import Cut
from scanner.wire import kubernetes
from tests.support.talks import page


@pytest.mark.parametrize(
    "body",
    ["{}", "[]", '{"kind":"PodList"}', '{"kind":"PodList","apiVersion":"v1","items":{}}', '{"kind":"List","items":[]}'],
)
def test_only_a_pod_list_is_a_pod_list(body):
    assert kubernetes.parse_pods(page(body, json=True)) is None


def test_an_old_empty_pod_list_has_null_items():
    pods = kubernetes.parse_pods(page('{"kind":"PodList","apiVersion":"v1","items":null}', json=True))
    assert pods is not None
    assert pods.count == 0


def test_bindings_for_strangers_are_named():
    items = [
        {"metadata": {"name": "a"}, "roleRef": {"name": "view"}, "subjects": [{"name": "system:anonymous"}]},
        {"metadata": {"name": "b"}, "roleRef": {"name": "edit"}, "subjects": [{"name": "alice"}]},
        {"metadata": {"name": "c"}, "roleRef": {"name": "x"}, "subjects": None},
    ]
    assert kubernetes.anonymous_bindings(items) == ["a -> view"]


def pod(name="p", **spec):
    return {"metadata": {"name": name, "namespace": "n"}, "spec": {"nodeName": "node", **spec}}


def listed(*pods, status=200, **metadata):
    document = {"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": pods}
    return page(json.dumps(document), status, json=True)


@pytest.mark.parametrize("kind", ["containers", "initContainers", "ephemeralContainers"])
def test_every_kind_of_container_counts(kind):
    part = {"image": "miner", "command": ["sh", 1], "args": ["-c"], "securityContext": {"privileged": True}}
    pods = kubernetes.parse_pods(listed(pod(**{kind: [part]}), pod("q")))
    assert (pods.count, pods.privileged, pods.nodes, pods.namespaces) == (2, 1, ("node",), ("n",))
    assert pods.traces == {"image": ("miner",), "command": ("sh -c",), "name": ("p", "q")}


@pytest.mark.parametrize("value", ["true", 1, None, False])
def test_only_true_is_privileged(value):
    pods = kubernetes.parse_pods(listed(pod(containers=[{"securityContext": {"privileged": value}}])))
    assert pods.privileged == 0


@pytest.mark.parametrize("hostile", [None, 1, "x", [], [[]], {"metadata": [], "spec": {"containers": {"image": 1}}}])
def test_items_of_any_shape_are_counted(hostile):
    pods = kubernetes.parse_pods(listed(hostile))
    assert (pods.count, pods.privileged, pods.nodes) == (1, 0, ())


def test_a_list_goes_on_where_it_or_its_reading_was_cut():
    assert not kubernetes.continues(listed(pod()))
    assert not kubernetes.continues(None)
    assert kubernetes.continues(listed(pod(), **{"continue": "abc"}))
    assert kubernetes.continues(replace(page("{"), cut=Cut.SIZE))


def test_a_refusal_is_no_list():
    assert kubernetes.items_of(listed(status=403), "PodList") is None
    assert kubernetes.items_of(None, "PodList") is None


def test_a_role_without_a_name_is_not_called_none():
    assert kubernetes.anonymous_bindings([{"subjects": [{"name": "system:unauthenticated"}]}]) == [" -> ?"]
