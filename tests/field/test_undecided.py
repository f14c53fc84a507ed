"""Products that are known and have nothing where their proof should be: another version, rules on paths, a sign-in."""

import json

import pytest

from scanner.core.facts import Access
from scanner.core.mood import Mood, said
from scanner.core.unheard import Unheard
from tests.field.test_http_answers import DOCKER, ROOT
from tests.fleet.verdict import look
from tests.support.dialogue import play
from tests.support.jumping import jumping
from tests.support.look import REGISTRY
from tests.support.servers import listening, server_context

NGINX = said("<html><head><title>404 Not Found</title></head></html>", 404, server="nginx", content_type="text/html")
FORM = '<form method="post"><input name="user"><input name="password" type="password"></form>'
KIBANA = {"kbn_name": "k", "kbn_license_sig": "x"}


def document(value, status=200, **headers):
    return said(json.dumps(value), status, content_type="application/json", **headers)


async def verdict(pages, port, tls=None):
    async with listening(play(Mood(name="x", pages=pages)), port, tls=tls) as place:
        return await look(*place, REGISTRY.probes)


PROOFS = {
    "nothing-there": (said("", 404), "inconclusive", Unheard.UNDECIDED),
    "no-such-question": (document({"error": "no handler found"}, 400), "inconclusive", Unheard.UNDECIDED),
    "another-method": (said("", 405), "inconclusive", Unheard.UNDECIDED),
    "a-start-page": (
        said("<html><title>Portal</title></html>", content_type="text/html"),
        "inconclusive",
        Unheard.UNDECIDED,
    ),
    "another-host": (said("", 301, location="https://es.example.test/"), "inconclusive", Unheard.UNDECIDED),
    "a-proxys-login": (said("", 407, proxy_authenticate="Basic"), "inconclusive", Unheard.REFUSED_LATER),
    "a-sign-in": (said("", 302, location="/login?next=%2F"), "protected", None),
    "a-sign-in-elsewhere": (said("", 302, location="https://sso.example.test/auth?rd=x"), "protected", None),
    "a-form-with-a-password": (said(FORM, content_type="text/html"), "protected", None),
    "a-refusal": (said("", 401, www_authenticate="Basic"), "protected", None),
}


@pytest.mark.parametrize("proof", PROOFS)
@jumping
async def test_an_answer_that_neither_shows_nor_refuses_is_not_clean(proof):
    answer, status, reason = PROOFS[proof]
    seen = await verdict({"/": document(ROOT), "*": answer}, 9200)
    assert (seen.service, seen.status, seen.row.reason) == ("elasticsearch", status, reason)


@pytest.mark.parametrize("status", [201, 202])
@jumping
async def test_a_success_that_no_question_is_answered_with_is_not_clean(status):
    """Whatever it says of itself: no release of Elasticsearch creates anything for a GET."""
    seen = await verdict({"/": document(ROOT, status), "*": document({"acknowledged": True}, status)}, 9200)
    assert (seen.status, seen.row.reason) == ("inconclusive", Unheard.UNDECIDED)
    seen = await verdict({"/": document(ROOT), "*": document([{"index": "logs"}], status)}, 9200)
    assert (seen.service, seen.status) == ("elasticsearch", "inconclusive")


@jumping
async def test_docker_behind_rules_on_paths_that_keep_the_ping_back_is_open():
    pages = {path: document(DOCKER[path]) for path in ("/version", "/containers/json")}
    seen = await verdict({**pages, "*": NGINX}, 2375)
    assert (seen.service, seen.status) == ("docker-api", "exposed")


@jumping
async def test_a_kibana_that_shows_its_name_alone_is_asked_below_the_path_that_it_leads_to():
    """With server.basePath, every answer has its name, and the interface is below the path alone."""
    status = {"name": "k", "uuid": "x", "status": {"overall": {"level": "available"}}}
    pages = {
        "/": said("", 302, location="/kibana/", **KIBANA),
        "/kibana/": said("", 302, location="/kibana/spaces/enter", **KIBANA),
        "/kibana/api/status": document(status, **KIBANA),
        "/kibana/api/spaces/space": document([{"id": "default", "name": "Default"}], **KIBANA),
        "*": document({"statusCode": 404}, 404, **KIBANA),
    }
    assert (await verdict(pages, 5601)).rules == ["kibana-no-login"]
    del pages["/"]
    assert (await verdict(pages, 5601)).row.reason is Unheard.UNDECIDED


@jumping
async def test_a_jupyter_is_asked_where_it_lives_whatever_its_front_page_leads_to():
    mark = "frame-ancestors 'self'; report-uri /api/security/csp-report"
    status = {"started": "2024-01-01T00:00:00Z", "last_activity": "", "connections": 0, "kernels": 1}
    pages = {
        "/": said("", 302, location="/tree?"),
        "/api": document({"version": "2.7.0"}, content_security_policy=mark),
        "/api/status": document(status),
        "/api/kernels": document([{"id": "x", "name": "python3"}]),
        "*": said("404 page not found", 404, content_type="text/plain"),
    }
    assert (await verdict(pages, 8888)).service == "jupyter"


@jumping
async def test_an_etcd_whose_interfaces_over_http_are_all_gone_is_not_clean():
    version = document({"etcdserver": "3.5.9", "etcdcluster": "3.5.0"})
    seen = await verdict({"/version": version, "*": said("404 page not found", 404)}, 2379)
    assert (seen.service, seen.row.reason) == ("etcd", Unheard.UNDECIDED)


@pytest.mark.parametrize("setup", [said("", 503), said('{"a":' * 20_000, content_type="application/json")])
@jumping
async def test_one_refusal_says_nothing_of_a_question_that_was_not_answered(setup):
    """Whether an InfluxDB or a Portainer may still be claimed is another question than who may read."""
    refused = document({"code": "unauthorized"}, 401)
    ping = said("", 204, x_influxdb_version="v2.7.1", x_influxdb_build="OSS")
    seen = await verdict({"/ping": ping, "/api/v2/setup": setup, "/api/v2/buckets": refused}, 8086)
    assert (seen.service, seen.status) == ("influxdb", "inconclusive")
    state = document({"Version": "2.19.4", "InstanceID": "abc"})
    pages = {"/api/system/status": state, "/api/users/admin/check": setup, "/api/endpoints": refused}
    seen = await verdict(pages, 9000)
    assert (seen.service, seen.status) == ("portainer", "inconclusive")


@jumping
async def test_namespaces_that_are_refused_say_nothing_of_pods_that_were_put_off():
    version = {"major": "1", "minor": "31", "gitVersion": "v1.31.2", "goVersion": "go1.22.8", "platform": "linux/amd64"}
    words = {"kind": "Status", "apiVersion": "v1", "status": "Failure"}
    forbidden = words | {"reason": "Forbidden", "message": 'User "system:anonymous" cannot list', "code": 403}
    pages = {
        "/version": document(version),
        "/api/v1/pods": document(words | {"reason": "ServiceUnavailable", "code": 503}, 503),
        "*": document(forbidden, 403),
    }
    seen = await verdict(pages, 6443, tls=server_context())
    assert (seen.service, seen.row.reason) == ("kubernetes-api", Unheard.REFUSED_LATER)


@jumping
async def test_a_kubernetes_behind_a_proxy_that_drops_headers_is_found_on_any_port():
    words = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Unauthorized", "code": 401}
    seen = await verdict({"*": document(words, 401)}, 0, tls=server_context())
    assert (seen.service, seen.status) == ("kubernetes-api", "protected")


@jumping
async def test_a_relative_of_redis_that_counts_otherwise_is_known():
    """Forks name their version after themselves: an INFO of unknown fields is no reason to call the port unknown."""
    info = b"# Server\r\nnewstore_version:1.9\r\n"
    says = {b"PING": b"+PONG\r\n", b"INFO": b"$%d\r\n%s\r\n" % (len(info), info), b"DBSIZE": b":5\r\n"}
    mood = Mood(name="x", says=says, otherwise=b"-ERR unknown command\r\n")
    async with listening(play(mood), 6379) as place:
        seen = await look(*place, REGISTRY.probes)
    assert (seen.service, seen.status, seen.facts.access) == ("redis", "exposed", Access.METADATA)


NEWER = {
    "a-title": (said("<html><title>Portainer</title>", content_type="text/html"), NGINX),
    "a-start-page-at-every-path": 2 * (said("<html><title>n8n.io - Workflow Automation</title>"),),
    "a-header": (said("<html><title>Dashboard</title>", x_jenkins="3.0"), NGINX),
}


@pytest.mark.parametrize("case", NEWER)
@jumping
async def test_a_product_that_its_page_names_and_whose_interface_is_another_is_not_clean(case):
    """The next major version moves its interface, and keeps its name."""
    front, other = NEWER[case]
    row = (await verdict({"/": front, "*": other}, 0)).row
    assert (row.status, row.reason, row.decoy) == ("inconclusive", Unheard.UNDECIDED, None)
    assert "whose interface does not answer as it should" in row.note


@pytest.mark.parametrize("title", ["Vaultwarden Web", "JupyterHub", "Our Grafanas", "Welcome"])
@jumping
async def test_a_title_with_a_longer_word_names_nobody(title):
    front = said(f"<html><title>{title}</title>", content_type="text/html")
    assert (await verdict({"/": front, "*": NGINX}, 0)).status == "open"


@jumping
async def test_a_no_below_the_prefix_does_not_outweigh_not_now_at_the_root():
    """An Apicurio whose own interface answers 503, and whose front page leads to /ui/."""
    pages = {
        "/": said("", 302, location="/ui/"),
        "/ui/": said("<html><title>Registry</title>", content_type="text/html"),
        "/apis/registry/v2/system/info": said("", 503),
        "*": NGINX,
    }
    assert (await verdict(pages, 8080)).row.reason is Unheard.REFUSED_LATER


@pytest.mark.parametrize("root", [said("", 401), said("", 404), said("", 302, location="/login"), said("<html>Portal")])
@jumping
async def test_an_elasticsearch_whose_root_alone_is_withheld_is_open(root):
    """A start page in front, or a rule for `location = /`, closes nothing of what is below."""
    state = {"cluster_name": "c", "status": "green", "number_of_nodes": 1, "active_shards": 1, "unassigned_shards": 0}
    pages = {"/": root, "/_cat/indices": document([{"index": "a", "docs.count": "5"}]), "*": NGINX}
    assert (await verdict(pages, 9200)).rules == ["elasticsearch-no-auth"]
    pages["/_cluster/health"] = document(state)
    assert (await verdict(pages, 9200)).rules == ["elasticsearch-no-auth"]


@pytest.mark.parametrize("status", [401, 403, 404])
@jumping
async def test_a_kubernetes_whose_version_alone_is_withheld_is_open(status):
    pod = {"metadata": {"name": "a", "namespace": "prod"}, "spec": {"nodeName": "n", "containers": []}}
    pods = document({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": [pod]})
    seen = await verdict({"/api/v1/pods": pods, "*": said("", status)}, 6443, tls=server_context())
    assert (seen.service, seen.status) == ("kubernetes-api", "exposed")
