"""Envoy's administration interface: configuration of a proxy, and requests that drain or end it.

Specification: https://www.envoyproxy.io/docs/envoy/latest/operations/admin. Paths that act, and /config_dump, which may
hold secrets, are never asked for.
"""

import re
from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.wire.reading import get_or_none, object_of

INFO = "/server_info"
LISTENERS = "/listeners?format=json"
_STATES = frozenset({"LIVE", "DRAINING", "PRE_INITIALIZING", "INITIALIZING"})
_NUMBER = re.compile(r"(?:^|/)(\d{1,3}\.\d{1,3}\.\d{1,3}[^/]{0,40})(?=/|$)")
_MOST_NAMES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvoyFacts(Facts):
    """What a proxy showed."""

    listeners: int | None = None


def parse_info(answer: HttpAnswer) -> dict[str, Json]:
    """Return the server's description, empty when the answer is none."""
    document = object_of(answer)
    own = {"version", "state", "command_line_options"} <= document.keys() and as_text(document["state"]) in _STATES
    return document if own and isinstance(document["command_line_options"], dict) else {}


def version_of(text: Json) -> str | None:
    """Return the number in a version such as `revision/1.30.1/Clean/RELEASE/BoringSSL`."""
    found = _NUMBER.search(text) if isinstance(text, str) else None
    return found[1] if found else None


def parse_listeners(answer: HttpAnswer | None) -> tuple[str, ...] | None:
    """Return the names of listeners, None for another answer."""
    if answer is None or answer.status != 200 or not isinstance(answer.json_or_none(), dict):
        return None
    names = (as_text(as_object(one).get("name")) for one in as_list(object_of(answer).get("listener_statuses")))
    return tuple(clean(name, 120) for name in names if name)


async def ask(talk: HttpTalk) -> EnvoyFacts | None:
    """Read the server's description, which no other port shows, and the names of its listeners."""
    answer = await talk.get(INFO)
    info = parse_info(answer)
    if not info:
        return _refused(answer)
    listeners = parse_listeners(await get_or_none(talk, LISTENERS))
    node, options = as_object(info.get("node")), as_object(info.get("command_line_options"))
    evidence: dict[str, Json] = {
        "state": info["state"],
        "node": as_text(node.get("id")) or as_text(options.get("service_node")),
        "cluster": as_text(node.get("cluster")) or as_text(options.get("service_cluster")),
        "listeners": list(listeners[:_MOST_NAMES]) if listeners is not None else None,
    }
    version = version_of(info["version"])
    proof = [Exchange(f"GET {INFO}", f"200, Envoy {version}, {info['state']}")]
    if listeners is not None:
        proof.append(Exchange(f"GET {LISTENERS}", f"200, {counted(len(listeners), 'listener')}"))
    return EnvoyFacts(
        access=Access.CONTROL,
        product="Envoy",
        version=version,
        evidence={name: value for name, value in evidence.items() if value is not None},
        proof=tuple(proof),
        traces={"name": listeners or ()},
        listeners=len(listeners) if listeners is not None else None,
    )


def _refused(answer: HttpAnswer) -> EnvoyFacts | None:
    """Judge an interface that allows other paths alone (admin.allow_paths); it says so in its own words."""
    if answer.status != 403 or not answer.body.startswith(b"request to path " + INFO.encode() + b" not allowed"):
        return None
    return EnvoyFacts(
        access=Access.REFUSED, product="Envoy", proof=(Exchange(f"GET {INFO}", "403, request to path not allowed"),)
    )


def _open(facts: EnvoyFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return "Envoy's administration interface answers anybody; it has no login."


_PAGES = (
    "https://www.envoyproxy.io/docs/envoy/latest/operations/admin",
    "https://www.envoyproxy.io/docs/envoy/latest/configuration/best_practices/edge",
)

MOODS = (
    Mood(
        name="initializing",
        pages={
            INFO: said(
                '{"version":"a/1.30.1/Clean/RELEASE/BoringSSL","state":"INITIALIZING","command_line_options":{}}',
                content_type="application/json",
            ),
            LISTENERS: said('{"listener_statuses":[]}', content_type="application/json"),
        },
        access=Access.CONTROL,
    ),
    Mood(
        name="other-paths-allowed",
        pages={"*": said("request to path /server_info not allowed", 403, content_type="text/plain; charset=UTF-8")},
        access=Access.REFUSED,
    ),
)

PROBE = Probe(
    id="envoy-admin",
    moods=MOODS,
    title="Envoy administration",
    ports=tcp(9901, 15000, 19000),
    sends=(get(INFO), get(LISTENERS)),
    ask_http=ask,
    fingerprints=(Fingerprint(title="Envoy Admin"), Fingerprint(status=403, body="request to path /")),
    references=_PAGES,
    rules=(
        Rule(
            id="envoy-admin-open",
            title="Envoy's administration interface answers anybody",
            why="Anybody reads routes and certificates, and drains or ends the proxy with one request.",
            controls=Controls.CONFIG,
            holds=_open,
            remedy=(
                "# envoy.yaml: this machine alone",
                "admin: { address: { socket_address: { address: 127.0.0.1, port_value: 9901 } } }",
                "# Envoy 1.35 and later: the paths that are needed, and no others",
                "admin: { allow_paths: [ { exact: /ready }, { prefix: /stats } ] }",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1018"),
            references=_PAGES,
        ),
    ),
)
