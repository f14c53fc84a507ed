"""An open Docker or Elasticsearch of which something in front withholds a part: what it shows is proof enough."""

import pytest

from scanner.core.facts import Access
from tests.field.test_http_answers import DOCKER_HEADERS, LISTED, answer, docker, elastic, site
from tests.fleet.verdict import look
from tests.support.look import REGISTRY
from tests.support.servers import listening

CONTAINER = {
    "Id": "a" * 64,
    "Names": ["/web"],
    "Image": "nginx:1",
    "ImageID": "sha256:1",
    "Command": "nginx",
    "Created": 1_700_000_000,
    "State": "running",
}
STATE = {
    "cluster_name": "logs",
    "status": "green",
    "number_of_nodes": 3,
    "active_shards": 9,
    "unassigned_shards": 0,
}
FORBIDDEN = b"<html><head><title>403 Forbidden</title></head><body><center>nginx</center></body></html>"
TOO_OLD = "client version 1.24 is too old. Minimum supported API version is 1.44, please upgrade your client"
TOO_NEW = "client version 1.52 is too new. Maximum supported API version is 1.44"


def page(status: int) -> bytes:
    return answer(FORBIDDEN, status).replace(b"application/json", b"text/html")


def nameless(pages):
    """Return the pages behind a proxy that leaves Docker's headers out."""
    return lambda path: pages(path).replace(DOCKER_HEADERS.encode(), b"Server: nginx\r\n")


def with_container(**changed):
    return docker(**({"containers": answer([CONTAINER], 200, DOCKER_HEADERS)} | changed))


async def verdict(pages, port):
    async with listening(site(pages), port) as place:
        return await look(*place, REGISTRY.probes)


@pytest.mark.parametrize("status", [401, 403, 500, 503])
@pytest.mark.parametrize("withheld", [("version",), ("_ping",), ("version", "_ping")])
async def test_containers_that_are_listed_prove_docker_whatever_is_withheld_beside_them(withheld, status):
    seen = await verdict(nameless(with_container(**dict.fromkeys(withheld, page(status)))), 2375)
    assert (seen.service, seen.rules) == ("docker-api", ["docker-api-no-auth"])


async def test_a_list_of_containers_alone_is_a_leak():
    withheld = dict.fromkeys(("version", "_ping", "images", "info"), page(403))
    seen = await verdict(nameless(with_container(**withheld)), 2375)
    assert (seen.service, seen.rules) == ("docker-api", ["docker-api-filter-leaks"])


@pytest.mark.parametrize("message", [TOO_OLD, TOO_NEW])
async def test_docker_is_asked_in_the_version_that_it_names(message):
    pages = with_container()

    def versioned(path):
        if path.startswith("/v1.44/"):
            return pages(path.removeprefix("/v1.44"))
        return pages(path) if path == "/_ping" else answer({"message": message}, 400, DOCKER_HEADERS)

    assert (await verdict(versioned, 2375)).rules == ["docker-api-no-auth"]


async def test_a_daemon_that_talks_of_versions_alone_is_not_clean():
    seen = await verdict(lambda _path: answer({"message": TOO_OLD}, 400, DOCKER_HEADERS), 2375)
    assert (seen.service, seen.status) == ("docker-api", "inconclusive")


@pytest.mark.parametrize("port", [2375, 0])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_docker_below_the_prefix_that_a_redirect_names(port, status):
    pages = with_container()

    def below(path):
        if path == "/":
            return answer(b"", status, "Location: /docker/\r\n")
        return pages(path.removeprefix("/docker")) if path.startswith("/docker/") else page(404)

    seen = await verdict(below, port)
    assert seen.rules == ["docker-api-no-auth"]
    assert "/docker" in seen.row.note


def search(withheld, status, *, aliases=True):
    pages = elastic(answer(LISTED[:3]))

    def kept(path):
        if path.startswith(withheld) if withheld != "/" else path == "/":
            return page(status)
        if path == "/_cluster/health":
            return answer(STATE)
        if path == "/_aliases" and aliases:
            return answer({row["index"]: {"aliases": {}} for row in LISTED[:3]})
        return pages(path)

    return kept


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500])
@pytest.mark.parametrize("withheld", ["/", "/_cat"])
async def test_elasticsearch_of_which_a_proxy_withholds_one_page(withheld, status):
    seen = await verdict(search(withheld, status), 9200)
    assert (seen.service, seen.rules, seen.facts.access) == ("elasticsearch", ["elasticsearch-no-auth"], Access.CONTROL)
    assert seen.facts.indices == 3


async def test_elasticsearch_that_shows_its_state_alone_is_exposed_too():
    seen = await verdict(search("/_cat", 404, aliases=False), 9200)
    assert (seen.rules, seen.facts.access) == (["elasticsearch-no-auth"], Access.METADATA)
    assert "state" in seen.findings[0].detail
