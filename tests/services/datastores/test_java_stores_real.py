"""Search engines, Solr, Neo4j and a MongoDB-compatible server from their Maven artifacts, started by small mains."""

import json
import socket
import urllib.request

import pytest

from tests.fleet.server import ROOT, Server

pytestmark = pytest.mark.timeout(120)

JAVA = ["java", "-Xmx400m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
OPENS = [
    f"--add-opens=java.base/{name}=ALL-UNNAMED"
    for name in ("java.nio", "java.io", "java.lang", "java.util.concurrent", "sun.nio.ch")
] + ["--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED"]


def start(server, main: str, artifact: str, package: str, ports: list[int], *arguments: str, **how) -> Server:
    libraries = ROOT / ".fleet/maven" / artifact / "lib"
    server.need(package, str(libraries))
    source = str(ROOT / "tests/fleet/java" / f"{main}.java")
    argv = [*JAVA, *OPENS, "-cp", f"{libraries}/*", source, *arguments]
    return server(argv, ports, package=package, ready=b"started", patience_s=90, **how)


# The example of Solr's reference guide: user solr, password SolrRocks.
CREDENTIALS = "IV0EHq1OnNrj6gvRCwvFwTrZ1+z1oBbnQdiVC3otuq0= Ndd7LKvVBAaZIF0QAVi1ekCfAJXr1GGfLtRUXhgrF8c="


def send(method: str, url: str, body: object = None) -> object:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read() or b"null")


def indices(running: Server) -> object:
    shown = "index,uuid,docs.count,docs.deleted,store.size"
    return send("GET", f"http://{running.address}:9200/_cat/indices?format=json&h={shown}")


SEARCH = {
    "elasticsearch": (
        "ElasticsearchServer",
        "org.elasticsearch:elasticsearch:7.10.2+org.elasticsearch.plugin:transport-netty4-client:7.10.2"
        "+org.apache.logging.log4j:log4j-core:2.11.1",
        "7.10.2",
    ),
    "opensearch": (
        "OpenSearchServer",
        "org.opensearch:opensearch:2.17.1+org.opensearch.plugin:transport-netty4-client:2.17.1"
        "+org.apache.logging.log4j:log4j-core:2.21.0",
        "2.17.1",
    ),
}


GIVEN = {
    "elasticsearch": {"lint": "docker.elastic.co/elasticsearch/elasticsearch:7.10.2", "given": {}},
    "opensearch": {
        "lint": "opensearchproject/opensearch:2.17.1",
        "given": {"environment": {"DISABLE_SECURITY_PLUGIN": "true"}},
    },
}


@pytest.mark.parametrize(
    "service", [pytest.param(name, marks=pytest.mark.fleet(name, "open", **GIVEN[name])) for name in sorted(SEARCH)]
)
def test_a_search_engine_without_security_is_exposed_and_unchanged(server, see, unchanged, service):
    main, package, version = SEARCH[service]
    running = start(server, main, service, package, [9200], "{dir}", "{address}")
    url = f"http://{running.address}:9200"
    send("PUT", f"{url}/orders/_doc/1?refresh=true", {"total": 12})
    with unchanged(lambda: indices(running)):
        verdict = see(running, service, golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", [f"{service}-no-auth"])
    assert verdict.row.version == version
    assert (verdict.row.evidence["names"], verdict.row.evidence["documents"]) == (["orders"], 1)
    assert see(running).service == service


ROOTLESS = {"elsewhere": "this embedded server lacks the page at its root that leads to /solr/"}


@pytest.mark.fleet("solr", "open", unlike=ROOTLESS, lint="solr:9.4.1", given={})
def test_a_solr_without_authentication_is_exposed(server, see, unchanged):
    running = solr(server)
    with unchanged(lambda: send("GET", f"http://{running.address}:{running.port}/solr/admin/cores?wt=json")["status"]):
        verdict = see(at_home(server, running), "solr", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["solr-no-auth"])
    assert verdict.row.version == "9.4.1"


@pytest.mark.fleet(
    "solr",
    "protected",
    unlike=ROOTLESS,
    lint="solr:9.4.1",
    given={"volumes": ["./security.json:/var/solr/data/security.json"]},
    unsure=True,
)
def test_a_solr_with_users_is_protected(server, see):
    security = {
        "authentication": {
            "class": "solr.BasicAuthPlugin",
            "blockUnknown": True,
            "credentials": {"solr": CREDENTIALS},
        }
    }
    verdict = see(at_home(server, solr(server, json.dumps(security))), "solr", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])


def at_home(server, running: Server) -> Server:
    """Put Solr's default port in front of the free one."""
    front: Server = server.front(f"http://{running.address}:{running.port}", 8983)
    return front


def solr(server, security: str = "{}") -> Server:
    """Start Solr on the free port of 127.0.0.1 that its embedded runner takes."""
    files = {"solr.xml": "<solr></solr>", **({"security.json": security} if security != "{}" else {})}
    package = "org.apache.solr:solr-test-framework:9.4.1"
    running = start(
        server, "SolrServer", "solr-test-framework", package, [8983], "{dir}", address="127.0.0.1", files=files
    )
    port = running.full_log.split("started ")[1].split()[0]
    running.ports = (int(port),)
    return running


NEO4J = "org.neo4j:neo4j:4.4.40"


@pytest.mark.fleet("neo4j", "open", lint="neo4j:4.4.40", given={"environment": {"NEO4J_AUTH": "none"}})
def test_a_graph_without_a_login_is_exposed(server, see):
    running = start(server, "Neo4jServer", "neo4j", NEO4J, [7687], "{dir}/home", "{address}", "false")
    verdict = see(running, "neo4j", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["neo4j-no-auth"])
    assert (verdict.row.product, verdict.row.version) == ("Neo4j", "4.4.40")
    assert see(running).service == "neo4j"


@pytest.mark.fleet("neo4j", "protected", lint="neo4j:4.4.40", given={"environment": {"NEO4J_AUTH": "neo4j/x"}})
def test_a_graph_with_a_login_is_protected(server, see):
    running = start(server, "Neo4jServer", "neo4j", NEO4J, [7687], "{dir}/home", "{address}", "true")
    verdict = see(running, "neo4j", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])


# Another author's server for the same protocol: independent of us, but not the vendor's.
@pytest.mark.fleet("mongodb", "open", standin=True)
def test_a_server_that_speaks_mongodb_is_exposed_and_unchanged(server, see, unchanged):
    package = "de.bwaldvogel:mongo-java-server:1.46.0"
    running = start(server, "MongoLikeServer", "mongo-java-server", package, [27017], "{address}")
    insert(running, "shop")
    with unchanged(lambda: counted(running, "shop")):
        verdict = see(running, "mongodb", golden="compatible")
    assert (verdict.status, verdict.rules) == ("exposed", ["mongodb-no-auth"])
    assert verdict.row.evidence["databases"] == ["shop"]
    assert see(running).service == "mongodb"


def insert(running: Server, database: str) -> None:
    command(running, {"insert": "orders", "$db": database}, b"documents", [{"total": 12}])


def counted(running: Server, database: str) -> object:
    return command(running, {"count": "orders", "$db": database}).get("n")


def command(running: Server, fields: dict, sequence: bytes = b"", documents: list[dict] | None = None) -> dict:
    """Run one command in an OP_MSG, with a document sequence where there are documents."""
    import struct

    from scanner.wire.bson import decode, encode

    body = struct.pack("<i", 0) + b"\0" + encode(fields)
    if documents:
        section = sequence + b"\0" + b"".join(map(encode, documents))
        body += b"\x01" + struct.pack("<i", len(section) + 4) + section
    with socket.socket() as sock:
        sock.settimeout(10)
        sock.connect((running.address, 27017))
        sock.sendall(struct.pack("<iiii", len(body) + 16, 1, 0, 2013) + body)
        answer = b""
        while len(answer) < 4 or len(answer) < int.from_bytes(answer[:4], "little"):
            answer += sock.recv(65_536)
    return decode(answer, 21)
