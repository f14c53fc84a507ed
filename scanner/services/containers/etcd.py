"""etcd: a key-value store that often holds a cluster's whole state; without authentication anybody rewrites it.

API: https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/ (reads are POST there).
"""

import base64
import binascii
from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import NotAllowed, TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.number import parse_number
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get, post_read
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, get_or_none, object_of, shown, undecided_in

_RANGE = b'{"key":"AA==","range_end":"AA==","keys_only":true,"limit":20}'
_GATEWAYS = ("/v3/kv/range", "/v3beta/kv/range", "/v3alpha/kv/range")
_WHY = "a Range request for at most 20 keys without values; the gRPC gateway takes reads as POST"
_KEYS_V2 = "/v2/keys/"
_NOT_HERE = "not supported for learner"
"""A member that joins the cluster serves nobody yet."""
_REFUSALS = ("user name is empty", "invalid auth token", "permission denied")


@dataclass(frozen=True, slots=True, kw_only=True)
class EtcdFacts(Facts):
    """What an etcd member showed."""

    keys: int = 0
    kubernetes: bool = False
    """Whether keys lie below /registry/, where Kubernetes keeps its state."""


def parse_range(answer: HttpAnswer) -> tuple[int, list[str]] | None:
    """Return (number of keys, names of the first ones), None when the answer is no Range response."""
    document = object_of(answer)
    if not as_text(as_object(document.get("header")).get("cluster_id")):
        return None
    count = parse_number(as_text(document.get("count")) or "0")
    names = [_decode(as_object(pair).get("key")) for pair in as_list(document.get("kvs"))]
    return (len(names) if count is None else count), [name for name in names if name]


async def ask(talk: HttpTalk) -> EtcdFacts | None:
    """/version is public and names the product; the keys are what authentication guards."""
    version = object_of(await talk.get("/version"))
    server = as_text(version.get("etcdserver"))
    if not server or "etcdcluster" not in version:
        return None
    identity = Exchange("GET /version", f"200, etcdserver {server}")
    path = gateway_of(server)
    answer = await _range(talk, path)
    if answer is not None and answer.status != 404:
        found = parse_range(answer)
        if found is not None:
            return _open(server, identity, f"POST {path}", *found)
        reason = as_text(as_object(answer.json_or_none()).get("error")) or str(answer.status)
        refused = denied(answer) or any(word in reason for word in _REFUSALS)
        return EtcdFacts(
            access=Access.REFUSED if refused else Access.UNKNOWN,
            product="etcd",
            version=server,
            proof=(identity, Exchange(f"POST {path}", reason)),
            note=None if refused else "its keys were neither shown nor refused",
            unheard=Unheard.REFUSED_LATER if _NOT_HERE in reason else undecided_in(answer),
        )
    return await _ask_v2(talk, server, identity)


def gateway_of(version: str) -> str:
    """Return where a release has its gateway: /v3 since 3.4, before that /v3beta and /v3alpha."""
    return _GATEWAYS[2] if version.startswith("3.2") else _GATEWAYS[1] if version.startswith("3.3") else _GATEWAYS[0]


async def _range(talk: HttpTalk, path: str) -> HttpAnswer | None:
    try:
        return await talk.post_read(path, _RANGE)
    except NotAllowed:
        raise
    except TalkError:
        return None


async def _ask_v2(talk: HttpTalk, server: str, identity: Exchange) -> EtcdFacts:
    """Ask the old API, the only one of etcd 2 and of gateways that are switched off."""
    answer = await get_or_none(talk, _KEYS_V2)
    node = as_object(object_of(answer).get("node"))
    if node.get("dir") is True:
        names = [as_text(as_object(child).get("key")) for child in as_list(node.get("nodes"))]
        listed = [name for name in names if name]
        return _open(server, identity, f"GET {_KEYS_V2}", len(listed), listed)
    # Where neither answers, etcd-grpc may get further on the same port.
    refused = denied(answer)
    return EtcdFacts(
        access=Access.REFUSED if refused else Access.UNKNOWN,
        product="etcd",
        version=server,
        proof=(identity, Exchange(f"GET {_KEYS_V2}", shown(answer))),
        note=None if refused else "neither its gateway nor its older interface shows or refuses its keys",
        unheard=undecided_in(answer),
    )


def _open(server: str, identity: Exchange, sent: str, count: int, names: list[str]) -> EtcdFacts:
    prefixes: list[Json] = [*prefixes_of(names)]
    return EtcdFacts(
        access=Access.CONTROL,
        product="etcd",
        version=server,
        evidence={"keys": count, "prefixes": prefixes},
        proof=(identity, Exchange(sent, f"200, {counted(count, 'key')}")),
        traces={"key": tuple(name.rpartition("/")[2] for name in names)},
        keys=count,
        kubernetes="/registry" in prefixes,
    )


def prefixes_of(names: list[str]) -> list[str]:
    """Return the first path segments of keys, each once."""
    return list(dict.fromkeys("/" + name.lstrip("/").split("/")[0] for name in names))


def _decode(value: Json) -> str:
    try:
        return base64.b64decode(as_text(value) or "", validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _says(facts: EtcdFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    what = ", among them the state and the secrets of a Kubernetes cluster" if facts.kubernetes else ""
    return (
        f"etcd shows {counted(facts.keys, 'key')} to anybody{what}; its authentication is off, so anybody writes too."
    )


_PAGES = ("https://etcd.io/docs/v3.5/op-guide/security/", "https://etcd.io/docs/v3.5/op-guide/authentication/rbac/")
REMEDY = (
    "# only clients with a certificate of your own authority, on a private address",
    "etcd --client-cert-auth --trusted-ca-file=/pki/ca.crt --cert-file=/pki/server.crt"
    " --key-file=/pki/server.key --listen-client-urls=https://10.0.0.5:2379",
    "# and users with passwords",
    "etcdctl user add root",
    "etcdctl auth enable",
    close_to_strangers("tcp dport { 2379, 2380 }"),
)

MOODS = (
    Mood(
        name="no-leader",
        pages={
            "/version": said('{"etcdserver":"3.5.9","etcdcluster":"3.5.0"}', content_type="application/json"),
            "*": said(
                '{"error":"etcdserver: no leader","code":14,"message":"etcdserver: no leader"}',
                503,
                content_type="application/json",
            ),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="learner",
        pages={
            "/version": said('{"etcdserver":"3.5.9","etcdcluster":"3.5.0"}', content_type="application/json"),
            "*": said(
                '{"error":"etcdserver: rpc not supported for learner","code":9}', 400, content_type="application/json"
            ),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="auth",
        pages={
            "/version": said('{"etcdserver":"3.5.9","etcdcluster":"3.5.0"}', content_type="application/json"),
            "/v2/keys": said("404 page not found\n", 404, content_type="text/plain; charset=utf-8"),
            "*": said(
                '{"error":"etcdserver: user name is empty","code":3,"message":"etcdserver: user name is empty"}',
                400,
                content_type="application/json",
            ),
        },
        access=Access.REFUSED,
    ),
    Mood(
        name="2.3",
        pages={
            "/version": said('{"etcdserver":"2.3.8","etcdcluster":"2.3.0"}', content_type="application/json"),
            "/v2/keys": said(
                '{"action":"get","node":{"dir":true,"nodes":[{"key":"/a","dir":true}]}}',
                content_type="application/json",
            ),
            "/v2/keys/": said(
                '{"action":"get","node":{"dir":true,"nodes":[{"key":"/a","dir":true}]}}',
                content_type="application/json",
            ),
        },
        access=Access.CONTROL,
    ),
)

PROBE = Probe(
    id="etcd",
    moods=MOODS,
    title="etcd",
    ports=tcp(2379, 4001),
    sends=(get("/version"), *(post_read(path, _RANGE, why=_WHY) for path in _GATEWAYS), get(_KEYS_V2)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(status=404, header=("access-control-allow-methods", "POST, GET, OPTIONS, PUT, DELETE")),
        Fingerprint(status=404, body="404 page not found"),
    ),
    mutual_tls_means_protected=True,
    references=_PAGES,
    rules=(
        Rule(
            id="etcd-no-auth",
            title="etcd answers without authentication",
            why="All keys can be read and rewritten; below Kubernetes that is every Secret and the whole cluster.",
            controls=Controls.FLEET,
            holds=_says,
            remedy=REMEDY,
            cwe=(306, 1188, 200),
            attack=("T1190", "T1552.007", "T1213.006", "T1565.001"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("quay.io/coreos/etcd", "gcr.io/etcd-development/etcd", "registry.k8s.io/etcd", "coreos/etcd"),
        ports=(2379,),
        rule="etcd-no-auth",
        defaults=(("", Guard.CLOSED),),
        signs=(
            "unknown: --config-file",
            "closed: --listen-client-urls=@loopback",
            "closed: ETCD_LISTEN_CLIENT_URLS=@loopback",
            "open: --listen-client-urls=*http://0.0.0.0*|*http://[[]::[]]*",
            "open: ETCD_LISTEN_CLIENT_URLS=*http://0.0.0.0*|*http://[[]::[]]*",
            "closed: --client-cert-auth=true",
            "closed: ETCD_CLIENT_CERT_AUTH=true",
            "closed: --trusted-ca-file",
            "closed: ETCD_TRUSTED_CA_FILE",
            "open: --listen-client-urls",
            "open: ETCD_LISTEN_CLIENT_URLS",
        ),
        access=Access.CONTROL,
        why="it listens on loopback only unless told otherwise",
        source="https://etcd.io/docs/latest/op-guide/security/",
    ),
    Image(
        names=("bitnami/etcd", "bitnamilegacy/etcd"),
        ports=(2379,),
        rule="etcd-no-auth",
        defaults=(("", Guard.CLOSED),),
        signs=(
            "closed: ETCD_ROOT_PASSWORD",
            "open: ALLOW_NONE_AUTHENTICATION=yes|true|1",
        ),
        access=Access.CONTROL,
        why="the image does not start without a root password",
        source="https://hub.docker.com/r/bitnami/etcd",
    ),
)
