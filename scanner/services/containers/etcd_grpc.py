"""etcd without its HTTP gateway, as a configuration file leaves it: the same keys, over gRPC alone.

API: https://etcd.io/docs/v3.5/dev-guide/api_reference_v3/ (Range of the service etcdserverpb.KV).
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.services.containers.etcd import REMEDY, prefixes_of
from scanner.wire import grpc, protobuf

_PATH = "/etcdserverpb.KV/Range"
# key and range_end of one zero byte name all keys; limit 20, keys_only.
_CALL = grpc.call(_PATH, b"\x0a\x01\0" + b"\x12\x01\0" + b"\x18\x14" + b"\x40\x01")
_INVALID, _DENIED, _UNAUTHENTICATED = 3, 7, 16
_MOST_NAMES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class EtcdGrpcFacts(Facts):
    """What an etcd member showed."""

    keys: int = 0


def parse_range(message: bytes) -> tuple[int, list[str]] | None:
    """Return (number of keys, names of the first ones) of a RangeResponse, None when it is none."""
    parts = protobuf.fields(message)
    header = next((value for number, value in parts if number == 1 and isinstance(value, bytes)), b"")
    if not {number for number, _ in protobuf.fields(header)} >= {1, 2}:
        return None
    pairs = [value for number, value in parts if number == 2 and isinstance(value, bytes)]
    count = next((value for number, value in parts if number == 4 and isinstance(value, int)), len(pairs))
    return count, [_key(pair) for pair in pairs[:_MOST_NAMES]]


async def ask(talk: Talk) -> EtcdGrpcFacts | None:
    """One Range call: its answer names the product and proves the access, its status code tells a refusal."""
    await talk.send(_CALL)
    answer = await grpc.read_answer(talk)
    if answer is None:
        return None
    if answer.message is None:
        refused = answer.status in {_INVALID, _DENIED, _UNAUTHENTICATED}
        if not refused:
            return None
        proof = (Exchange(f"gRPC {_PATH}", f"status {answer.status}: it wants a user"),)
        return EtcdGrpcFacts(access=Access.REFUSED, product="etcd", proof=proof)
    found = parse_range(answer.message)
    if found is None:
        return None
    count, names = found
    prefixes: list[Json] = [*prefixes_of(names)]
    return EtcdGrpcFacts(
        access=Access.CONTROL,
        product="etcd",
        evidence={"keys": count, "prefixes": prefixes},
        proof=(Exchange(f"gRPC {_PATH}", f"status 0, {counted(count, 'key')}"),),
        traces={"key": tuple(name.rpartition("/")[2] for name in names)},
        keys=count,
    )


def _key(pair: bytes) -> str:
    name = next((value for number, value in protobuf.fields(pair) if number == 1 and isinstance(value, bytes)), b"")
    return name.decode("utf-8", "replace")


def _open(facts: EtcdGrpcFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return (
        f"etcd shows {counted(facts.keys, 'key')} to anybody over gRPC; "
        "its authentication is off, so anybody writes too."
    )


_PAGES = ("https://etcd.io/docs/v3.5/op-guide/security/", "https://etcd.io/docs/v3.5/op-guide/authentication/rbac/")

PROBE = Probe(
    id="etcd-grpc",
    title="etcd",
    ports=tcp(2379),
    sends=(line(_CALL, why="a Range call for at most 20 keys without values"),),
    ask=ask,
    no_moods="its states are gRPC status codes, which are all read",
    # On another port HTTP is what answers first; etcd's own probe leaves a member without a gateway to this one.
    fingerprints=(Fingerprint(status=404, body="404 page not found"),),
    references=_PAGES,
    rules=(
        Rule(
            id="etcd-grpc-no-auth",
            title="etcd answers over gRPC without authentication",
            why="All keys can be read and rewritten; below Kubernetes that is every Secret and the whole cluster.",
            controls=Controls.FLEET,
            holds=_open,
            remedy=REMEDY,
            cwe=(306, 1188, 200),
            attack=("T1190", "T1552.007", "T1213.006", "T1565.001"),
            references=_PAGES,
        ),
    ),
)
