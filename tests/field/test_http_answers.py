"""Web services as they answer in the field: long, broken off, damaged, below a prefix, or by way of a redirect."""

import asyncio
import gzip
import json
import ssl
from collections.abc import Callable

import pytest

from scanner.core.facts import Access
from scanner.net.clock import loop_s
from tests.fleet.verdict import look
from tests.support.jumping import jumping
from tests.support.look import REGISTRY
from tests.support.servers import Serve, listening, server_context

ROOT = {
    "name": "n1",
    "cluster_name": "logs",
    "version": {"number": "8.15.3", "lucene_version": "9.11.1", "build_flavor": "default"},
    "tagline": "You Know, for Search",
}
DOCKER = {
    "/_ping": "OK",
    "/version": {
        "Version": "28.3.3",
        "ApiVersion": "1.51",
        "GoVersion": "go1.24.5",
        "Os": "linux",
        "Arch": "amd64",
        "Components": [{"Name": "Engine"}],
    },
    "/containers/json": [],
    "/images/json": [{"Id": "sha256:1", "RepoTags": ["a:1"]}],
    "/info": {"Containers": 1, "Images": 1, "Name": "h", "DockerRootDir": "/x"},
}
DOCKER_HEADERS = "Api-Version: 1.51\r\nDocker-Experimental: false\r\nServer: Docker/28.3.3 (linux)\r\n"


def answer(value: object, status: int = 200, headers: str = "", announced: int | None = None) -> bytes:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    length = len(body) if announced is None else announced
    head = f"HTTP/1.1 {status} x\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n"
    return head.encode() + body


def site(pages: Callable[[str], bytes]) -> Serve:
    async def serve(reader, writer):
        while True:
            request = await reader.readuntil(b"\r\n\r\n")
            writer.write(pages(request.split(b" ")[1].decode()))
            await writer.drain()

    return serve


def elastic(indices: bytes) -> Callable[[str], bytes]:
    def pages(path: str) -> bytes:
        plain = path.partition("?")[0]
        if plain == "/_cat/indices":
            return indices
        known = {"/": ROOT, "/_cluster/health": {"number_of_nodes": 1, "status": "green"}}
        return answer(known[plain]) if plain in known else answer({"error": {}}, 404)

    return pages


async def verdict(pages: Callable[[str], bytes], port: int, tls: ssl.SSLContext | None = None):
    async with listening(site(pages), port, tls=tls) as place:
        return await look(*place, REGISTRY.probes)


LISTED = [{"index": f"logs-of-the-shop-and-its-gateways-{number}", "docs.count": "10"} for number in range(4_600)]


@jumping
async def test_4600_indices_prove_an_open_elasticsearch():
    """H17: the listing has more than is read of a body."""
    seen = await verdict(elastic(answer(LISTED)), 9200)
    assert seen.rules == ["elasticsearch-no-auth"]
    assert seen.facts.more
    assert "at least" in seen.findings[0].detail


@jumping
async def test_a_listing_that_breaks_off_proves_what_it_has_shown():
    """H27: a proxy's buffer, a worker that died."""
    body = json.dumps(LISTED[:50]).encode()
    seen = await verdict(elastic(answer(body[:2_000], announced=len(body))), 9200)
    assert seen.rules == ["elasticsearch-no-auth"]


@jumping
async def test_a_listing_that_breaks_off_before_its_first_item_proves_nothing_and_says_so():
    pages = elastic(answer(b'[{"index": "lo', announced=9_000))
    seen = await verdict(lambda path: pages("/" if path == "/" else "/_cat/indices"), 9200)
    assert seen.status == "inconclusive"
    assert "broke off" in seen.row.note


@jumping
async def test_pods_that_are_shown_are_not_protected_however_long_the_list():
    """H20: managedFields and last-applied-configuration make 20 pods 400 kB long."""
    pod = {
        "metadata": {"name": "a", "namespace": "prod", "annotations": {"x": "y" * 20_000}},
        "spec": {"nodeName": "n"},
    }

    def pages(path: str) -> bytes:
        if path == "/version":
            version = {"major": "1", "minor": "31", "gitVersion": "v1.31.2", "gitCommit": "x", "goVersion": "go1.22.8"}
            return answer(version | {"buildDate": "2024-10-22T20:28:14Z", "platform": "linux/amd64"})
        if path.startswith("/api/v1/pods"):
            return answer({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": [pod] * 20})
        words = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403}
        return answer(words | {"message": 'forbidden: User "system:anonymous" cannot get path'}, 403)

    seen = await verdict(pages, 6443, tls=server_context())
    assert (seen.status, seen.facts.access) == ("exposed", Access.DATA)


def docker(**changed: bytes) -> Callable[[str], bytes]:
    def pages(path: str) -> bytes:
        plain = path.partition("?")[0]
        if plain.strip("/").partition("/")[0] in changed:
            return changed[plain.strip("/").partition("/")[0]]
        known = DOCKER.get(plain)
        if known is None:
            return answer({"message": "page not found"}, 404, DOCKER_HEADERS)
        return answer(known if plain != "/_ping" else b"OK", 200, DOCKER_HEADERS)

    return pages


@pytest.mark.parametrize(
    "broken", [answer({"message": "layer does not exist"}, 500, DOCKER_HEADERS), answer(b'[{"Id": "', announced=99)]
)
@jumping
async def test_one_list_that_breaks_is_no_filter_in_front_of_docker(broken):
    """H29: one dead container makes `docker ps` fail."""
    seen = await verdict(docker(containers=broken), 2375)
    assert "docker-api-no-auth" in seen.rules
    assert "an unknown number of containers" in seen.findings[0].detail or "1 container " in seen.findings[0].detail


@jumping
async def test_one_list_that_is_refused_is_a_filter_in_front_of_docker():
    seen = await verdict(docker(containers=answer({"message": "no"}, 403)), 2375)
    assert seen.rules == ["docker-api-filter-leaks"]


@pytest.mark.parametrize("port", [9200, 0])
@jumping
async def test_clear_text_that_redirects_to_https_on_the_same_port_is_asked_over_tls(port):
    """H24: nginx's error_page 497, Cockpit, Proxmox."""
    secure = server_context()
    pages = elastic(answer(LISTED[:3]))

    async def serve(reader, writer):
        first = await reader.read(1)
        if first == b"\x16":
            # What a TLS server reads here is taken over by another port of its own.
            async with listening(site(pages), 0, tls=secure) as (inner, inner_port):
                await forward(first, reader, writer, inner, inner_port)
            return
        here = writer.get_extra_info("sockname")
        location = f"Location: https://{here[0]}:{here[1]}/\r\nConnection: close\r\n"
        writer.write(answer(b"<html>301</html>", 301, location))
        await writer.drain()

    async with listening(serve, port) as place:
        seen = await look(*place, REGISTRY.probes)
    assert (seen.status, seen.service) == ("exposed", "elasticsearch")


async def forward(first, reader, writer, address, port):
    inner_reader, inner_writer = await asyncio.open_connection(address, port)  # noqa: TID251 - a test's own proxy
    inner_writer.write(first)

    async def copy(source, sink):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
        sink.close()

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(copy(reader, inner_writer))
            group.create_task(copy(inner_reader, writer))
    except* OSError:
        pass
    finally:
        inner_writer.transport.abort()


CLEAR_TEXT = {
    "bad-request-of-node-or-haproxy": answer(b"", 400),
    "misdirected": answer(b"", 421),
    "upgrade-required": answer(b"", 426),
    "secure-channel-of-iis": answer(b"The page must be viewed over a secure channel", 403),
    "refresh": answer(b'<meta http-equiv="refresh" content="0; url=https://{here}/">'),
}


@pytest.mark.parametrize("port", [9200, 0])
@pytest.mark.parametrize("case", CLEAR_TEXT)
@jumping
async def test_clear_text_that_is_refused_without_a_hint_is_tried_over_tls(case, port):
    secure = server_context()
    pages = elastic(answer(LISTED[:3]))

    async def serve(reader, writer):
        first = await reader.read(1)
        if first == b"\x16":
            async with listening(site(pages), 0, tls=secure) as (inner, inner_port):
                await forward(first, reader, writer, inner, inner_port)
            return
        here = "{}:{}".format(*writer.get_extra_info("sockname"))
        body = CLEAR_TEXT[case].partition(b"\r\n\r\n")[2].replace(b"{here}", here.encode())
        writer.write(answer(body, int(CLEAR_TEXT[case][9:12])))
        await writer.drain()

    async with listening(serve, port) as place:
        seen = await look(*place, REGISTRY.probes)
    assert (seen.status, seen.service) == ("exposed", "elasticsearch")


@pytest.mark.parametrize("case", CLEAR_TEXT)
@jumping
async def test_clear_text_that_is_refused_without_tls_behind_it_is_judged_as_it_is(case):
    row = (await verdict(lambda _path: CLEAR_TEXT[case], 0)).row
    assert (row.service, row.tls) == (None, None)
    assert row.note.startswith("HTTP ")


BODIES = {
    "a-tab-in-a-name": lambda body: body.replace(b"logs", b"lo\tgs"),
    "gzip-without-a-word": gzip.compress,
}


@pytest.mark.parametrize("body", BODIES)
@jumping
async def test_a_listing_that_is_damaged_on_its_way_proves_what_it_shows(body):
    seen = await verdict(elastic(answer(BODIES[body](json.dumps(LISTED[:3]).encode()))), 9200)
    assert seen.rules == ["elasticsearch-no-auth"]


@jumping
async def test_opensearch_in_compatibility_mode_is_known_by_its_tagline():
    """O01: AWS and Wazuh give it out for Elasticsearch 7.10.2."""
    root = ROOT | {"tagline": "The OpenSearch Project: https://opensearch.org/"}
    root["version"] = {"number": "7.10.2", "build_type": "rpm", "lucene_version": "9.5.0"}
    others = elastic(answer(LISTED[:3]))
    seen = await verdict(lambda path: answer(root) if path == "/" else others(path), 9200)
    assert (seen.service, seen.status) == ("opensearch", "exposed")


@pytest.mark.parametrize("port", [8080, 0])
@jumping
async def test_jenkins_that_is_starting_is_jenkins_and_no_gateway(port):
    """O04: its words come with 503, as a gateway's do."""
    page = b"<title>Starting Jenkins</title>Please wait while Jenkins is getting ready to work"
    seen = await verdict(lambda _path: answer(page, 503, "X-Jenkins: 2.479\r\n"), port)
    assert (seen.service, seen.status, seen.rules) == ("jenkins", "inconclusive", [])
    assert "starting" in seen.row.note


@pytest.mark.parametrize("patience_s", [0.2, 0.5])
@jumping
async def test_a_web_server_that_hangs_up_on_silence_is_heard_at_an_odd_port(patience_s):
    """Monit resets whoever says nothing for half a second; others wait for less."""
    pages = docker()

    async def impatient(reader, writer):
        try:
            while True:
                async with asyncio.timeout(patience_s):
                    request = await reader.readuntil(b"\r\n\r\n")
                words = request.split(b" ")
                writer.write(pages(words[1].decode()) if len(words) > 1 else answer({}, 400))
                await writer.drain()
        except TimeoutError:
            writer.transport.abort()

    async with listening(impatient, 0) as place:
        row = (await look(*place, REGISTRY.probes, now=loop_s)).row
    assert (row.service, row.status) == ("docker-api", "exposed")
