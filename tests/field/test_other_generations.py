"""Web products as older and newer releases, forks, and proxies that leave things out show them."""

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
from tests.support.servers import listening


def doc(value, status=200, **headers):
    return said(json.dumps(value), status, content_type="application/json", **headers)


def to(location):
    return said("", 302, location=location)


def html(text, status=200, **headers):
    return said(text, status, content_type="text/html", **headers)


LIST = doc([{"index": "a", "docs.count": "5"}])
BUILD = doc({"status": "success", "data": {"version": "0.35.0", "revision": "x", "goVersion": "go1.22"}})
TARGETS = doc({"status": "success", "data": {"activeTargets": []}})
NO_LOGIN = doc({"message": "Unauthorized"}, 401)
SPRING_404 = doc({"timestamp": 1, "status": 404, "error": "Not Found", "message": "x", "path": "/"}, 404)
CONTAINER = {"Id": "a" * 64, "Image": "b", "Names": ["/x"], "Command": "c", "Created": 1, "Status": "Up 1 minute"}
CONTROLLER = {"_class": "hudson.model.Hudson", "mode": "NORMAL", "numExecutors": 2, "useSecurity": False, "jobs": []}
PODS = {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": [{"metadata": {"name": "a"}, "spec": {}}]}
STARTING = "<title>Starting Jenkins</title>Please wait while Jenkins is getting ready to work ..."
DASHBOARDS = doc([{"id": 1, "title": "d", "type": "dash-db"}])

OPEN = {
    "elasticsearch-that-names-no-lucene": (
        9200,
        {"/": doc(ROOT | {"version": {"number": "9.1.0"}}), "/_cat/indices": LIST},
        "elasticsearch",
    ),
    "docker-before-1.7-that-lists-its-containers": (
        2375,
        {
            "/version": doc({"Version": "0.9.1", "GitCommit": "x", "GoVersion": "go1.2.1"}),
            "/containers/json": doc([CONTAINER]),
            "/images/json": doc([{"Id": "x", "RepoTags": ["b"]}]),
        },
        "docker-api",
    ),
    "docker-whose-proxy-drops-all-headers-on-a-port-of-nobody": (
        0,
        {
            **{path: doc(DOCKER[path]) for path in ("/version", "/containers/json", "/images/json", "/info")},
            "/_ping": said("OK"),
            "*": doc({"message": "page not found"}, 404),
        },
        "docker-api",
    ),
    "kubernetes-1.2": (
        8080,
        {"/version": doc({"major": "1", "minor": "2", "gitVersion": "v1.2.0"}), "/api/v1/pods": doc(PODS)},
        "kubernetes-api",
    ),
    "grafana-that-hides-its-version": (
        3000,
        {
            "/": html("<title>Grafana</title>"),
            "/api/health": doc({"database": "ok"}),
            "/api/org": doc({"id": 1, "name": "Main Org."}),
        },
        "grafana",
    ),
    "grafana-that-keeps-its-organisation-back": (
        3000,
        {"/api/health": doc({"database": "ok", "commit": "x"}), "/api/search": DASHBOARDS, "*": NO_LOGIN},
        "grafana",
    ),
    "jenkins-below-a-prefix-with-one-header": (
        8080,
        {
            "/": to("/jenkins/"),
            "/jenkins/": html("<title>Dashboard [Jenkins]</title>", x_jenkins="2.401"),
            "/jenkins/api/json": doc(CONTROLLER),
        },
        "jenkins",
    ),
    "neo4j-that-leads-browsers-to-its-browser": (
        7474,
        {
            "/": doc({"bolt_direct": "bolt://h:7687", "neo4j_version": "5.26.0"}),
            "/db/neo4j/tx": said("", 405, allow="POST,OPTIONS"),
        },
        "neo4j-http-v4",
    ),
    "solr-4-that-names-no-mode": (
        8983,
        {
            "/": to("/solr/"),
            "/solr/admin/info/system": doc({"lucene": {"solr-spec-version": "4.10.4"}}),
            "/solr/admin/cores": doc({"responseHeader": {"status": 0}, "status": {}}),
        },
        "solr",
    ),
    "nacos-that-names-no-function-mode": (
        8848,
        {
            "/nacos/v1/console/server/state": doc({"version": "1.4.2", "standalone_mode": "standalone"}),
            "/nacos/v1/ns/service/list": doc({"count": 0, "doms": []}),
        },
        "nacos",
    ),
    "thanos-that-has-targets-and-no-flags-of-prometheus": (
        9090,
        {"/api/v1/status/buildinfo": BUILD, "/api/v1/targets": TARGETS},
        "prometheus",
    ),
    "traefik-1.7": (
        8080,
        {
            "/": to("/dashboard/"),
            "/api/version": doc({"Version": "v1.7.34", "Codename": "maroilles"}),
            "/api/providers": doc({"file": {}}),
        },
        "traefik-v1",
    ),
    "nsqd-0.3": (
        4151,
        {
            "/info": doc({"status_txt": "OK", "data": {"version": "0.3.8", "tcp_port": 4150}}),
            "/stats": doc({"status_txt": "OK", "data": {"health": "OK", "topics": []}}),
        },
        "nsq-v0",
    ),
    "spring-boot-1-on-a-port-of-nobody": (
        0,
        {"/beans": doc([{"context": "application", "beans": []}]), "/env": doc({"profiles": []}), "*": SPRING_404},
        "spring-actuator-v1",
    ),
    "airflow-2": (
        8080,
        {
            "/": to("/home"),
            "/api/v1/version": doc({"version": "2.10.5", "git_version": None}),
            "/api/v1/dags": doc({"dags": [], "total_entries": 0}),
        },
        "airflow",
    ),
}


async def verdict(port, pages):
    async with listening(play(Mood(name="x", pages=pages)), port) as place:
        return await look(*place, REGISTRY.probes)


@pytest.mark.parametrize("case", OPEN)
@jumping
async def test_another_generation_that_is_open_is_exposed(case):
    port, pages, service = OPEN[case]
    seen = await verdict(port, pages)
    assert (seen.service, seen.status, seen.row.decoy) == (service, "exposed", None)
    assert seen.rules


@jumping
async def test_a_front_page_of_neo4j_s_browser_names_it():
    seen = await verdict(0, {"/": html("<title>Neo4j Browser</title>"), "*": html("<title>Not found</title>", 404)})
    assert seen.row.reason is Unheard.UNDECIDED


@jumping
async def test_a_jenkins_that_starts_is_known_by_its_words_alone():
    seen = await verdict(8080, {"*": html(STARTING, 503)})
    assert (seen.service, seen.row.reason) == ("jenkins", Unheard.REFUSED_LATER)


@pytest.mark.parametrize("page", ["/api/health", "/api/search"])
@jumping
async def test_a_grafana_that_shows_nothing_else_is_protected(page):
    pages = {"/api/health": doc({"database": "ok", "commit": "x"}), page: doc({"database": "ok", "commit": "x"})}
    seen = await verdict(3000, {**pages, "*": NO_LOGIN})
    assert (seen.service, seen.facts.access) == ("grafana", Access.REFUSED)
