"""Consul: without access control lists a stranger rewrites service discovery, and with script checks he runs commands.

Specification: https://developer.hashicorp.com/consul/api-docs. Keys are listed by name; no value is ever read.
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import DefaultPort, Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.reading import get_or_none, object_of, shown

AGENT = "/v1/agent/self"
LEADER = "/v1/status/leader"
SERVICES = "/v1/catalog/services"
KEYS = "/v1/kv/?keys&separator=/"
_MOST_NAMES = 50
_OWN_SERVICE = "consul"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsulFacts(Facts):
    """What an agent showed."""

    scripts: bool = False
    """Whether it runs commands that come with a health check over HTTP (enable_script_checks)."""
    services: int | None = None


def parse_agent(answer: HttpAnswer) -> dict[str, Json]:
    """Return the description of the agent itself, empty when the answer is none."""
    document = object_of(answer)
    config = as_object(document.get("Config"))
    own = {"Config", "Member"} <= document.keys() and {"Datacenter", "NodeName", "Server"} <= config.keys()
    return document if own and as_text(config.get("Version")) else {}


def is_denial(answer: HttpAnswer) -> bool:
    """Tell whether an answer is a refusal in Consul's own words."""
    words = (b"lacks permission", b"AccessorID", b"ACL not found", b"agent:read")
    denied = answer.body.startswith((b"Permission denied", b"ACL not found", b"rpc error: Permission denied"))
    return answer.status == 403 and denied and (answer.has("ACL not found") or any(w in answer.body for w in words))


def is_leader(answer: HttpAnswer | None) -> bool:
    """Tell whether an answer is a leader's address, or the empty one, as a JSON string."""
    value = answer.json_or_none() if answer is not None and answer.status == 200 else None
    return isinstance(value, str) and (not value or value.endswith(":8300"))


def parse_names(answer: HttpAnswer | None) -> tuple[str, ...] | None:
    """Return the names in an object's keys or an array, None for another answer."""
    value = answer.json_or_none() if answer is not None and answer.status == 200 else None
    if isinstance(value, dict | list):
        return tuple(clean(name, 120) for name in value if isinstance(name, str))
    return None


async def ask(talk: HttpTalk) -> ConsulFacts | None:
    """Read the agent's own description, which takes agent:read where lists are on, then names of services and keys."""
    own = await talk.get(AGENT)
    agent = parse_agent(own)
    if agent:
        return await _open(talk, agent)
    denied = is_denial(own)
    if not denied and not (own.status == 403 and own.body.startswith(b"Permission denied")):
        return None
    leader = await get_or_none(talk, LEADER)
    if not denied and not is_leader(leader):
        return None
    return await _closed(talk, own)


async def _open(talk: HttpTalk, agent: dict[str, Json]) -> ConsulFacts:
    config, debug = as_object(agent.get("Config")), as_object(agent.get("DebugConfig"))
    services = parse_names(await get_or_none(talk, SERVICES))
    keys = parse_names(await get_or_none(talk, KEYS))
    scripts = debug.get("EnableRemoteScriptChecks") is True
    evidence: dict[str, Json] = {
        "node": config.get("NodeName"),
        "datacenter": config.get("Datacenter"),
        "server": config.get("Server"),
        "remote_script_checks": scripts,
        "local_script_checks": debug.get("EnableLocalScriptChecks") is True,
        "services": list(services[:_MOST_NAMES]) if services is not None else None,
        "key_prefixes": list(keys[:_MOST_NAMES]) if keys is not None else None,
    }
    proof = [Exchange(f"GET {AGENT}", f"200, node {clean(str(config.get('NodeName')), 80)}")]
    if services is not None:
        proof.append(Exchange(f"GET {SERVICES}", f"200, {counted(len(services), 'service')}"))
    if keys is not None:
        proof.append(Exchange(f"GET {KEYS}", f"200, {counted(len(keys), 'name')} of keys"))
    return ConsulFacts(
        access=Access.CONTROL,
        product="Consul",
        version=as_text(config.get("Version")),
        evidence={name: value for name, value in evidence.items() if value is not None},
        proof=tuple(proof),
        traces={"name": services or (), "key": keys or ()},
        scripts=scripts,
        services=len(services) if services is not None else None,
    )


async def _closed(talk: HttpTalk, own: HttpAnswer) -> ConsulFacts:
    """Judge an agent that refused its own description; lists may still let everybody see some services."""
    listing = await get_or_none(talk, SERVICES)
    services: list[Json] = [name for name in parse_names(listing) or () if name != _OWN_SERVICE]
    return ConsulFacts(
        access=Access.METADATA if services else Access.REFUSED,
        product="Consul",
        evidence={"services": services[:_MOST_NAMES]} if services else {},
        proof=(
            Exchange(f"GET {AGENT}", f"{own.status}, permission denied"),
            Exchange(f"GET {SERVICES}", f"{shown(listing)}, {counted(len(services), 'service')}"),
        ),
        services=len(services),
    )


def _no_lists(facts: ConsulFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    seen = f" and its {counted(facts.services, 'service')}" if facts.services is not None else ""
    return f"The Consul agent shows itself{seen} to anybody: access control lists are off or allow everything."


def _scripts(facts: ConsulFacts) -> str | None:
    able = facts.access >= Access.CONTROL and facts.scripts
    return "The Consul agent runs commands that anybody registers as a health check." if able else None


def _partly(facts: ConsulFacts) -> str | None:
    if facts.access is not Access.METADATA:
        return None
    return f"Consul's anonymous token shows {counted(facts.services, 'service')} to anybody."


_PAGES = (
    "https://developer.hashicorp.com/consul/docs/security/security-models/core",
    "https://developer.hashicorp.com/consul/tutorials/security/access-control-setup-production",
)

MOODS = (
    Mood(
        name="no-leader-at-all",
        pages={"*": said("No cluster leader", 500, content_type="text/plain; charset=utf-8")},
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="too-many-connections",
        pages={
            "*": said(
                "Your IP is issuing too many concurrent connections, please rate limit your calls\n",
                429,
                content_type="text/plain; charset=utf-8",
            )
        },
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="no-leader",
        pages={
            "/v1/agent/self": said(
                '{"Config":{"Datacenter":"dc1","NodeName":"n","Server":true,"Version":"'
                '1.17.0","Revision":"x"},"DebugConfig":{},"Member":{}}',
                content_type="application/json",
            ),
            "*": said("No cluster leader", 500, content_type="text/plain; charset=utf-8"),
        },
        access=Access.CONTROL,
    ),
    Mood(
        name="denied",
        pages={
            "/v1/agent/self": said(
                "Permission denied: token with AccessorID '00000000-0000-0000-0000-0000"
                "00000002' lacks permission 'agent:read' on \"n\"",
                403,
                content_type="text/plain; charset=utf-8",
            ),
            "*": said("Permission denied", 403, content_type="text/plain; charset=utf-8"),
        },
        access=Access.REFUSED,
    ),
)

PROBE = Probe(
    id="consul",
    moods=MOODS,
    title="Consul",
    ports=(*tcp(8500), DefaultPort(8501, tls=True)),
    sends=(get(AGENT), get(LEADER), get(SERVICES), get(KEYS)),
    ask_http=ask,
    fingerprints=(Fingerprint(header=("location", "/ui/")), Fingerprint(body="Consul Agent")),
    # 1.20 as .ico and .svg, 1.9 as .ico and .png
    icons=(-810623709, -889481085, 831574161, 1285019005),
    mutual_tls_means_protected=True,
    references=_PAGES,
    rules=(
        Rule(
            id="consul-no-acl",
            title="Consul answers without a token",
            why="Anybody sends services' traffic elsewhere, and reads and changes configuration in the key store.",
            controls=Controls.CONFIG,
            holds=_no_lists,
            remedy=(
                "# consul.hcl",
                'acl { enabled = true  default_policy = "deny" }',
                'client_addr = "127.0.0.1"',
                "tls { defaults { verify_incoming = true } }",
                "# then, once",
                "consul acl bootstrap",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1213", "T1552.001"),
            references=_PAGES,
        ),
        Rule(
            id="consul-remote-script-checks",
            title="Consul runs commands that anybody registers",
            why="A health check with a script is a command on the agent's machine: code of the attacker's choice.",
            controls=Controls.HOST,
            holds=_scripts,
            remedy=(
                "# consul.hcl: scripts from local files alone",
                "enable_script_checks = false",
                "enable_local_script_checks = true",
            ),
            cwe=(306, 749),
            attack=("T1190", "T1059"),
            references=("https://developer.hashicorp.com/consul/docs/services/usage/checks",),
        ),
        Rule(
            id="consul-anonymous-token-lists",
            title="Consul lists services for the anonymous token",
            why="Names of services show an attacker where to go next.",
            controls=Controls.CONFIG,
            holds=_partly,
            remedy=("# take the rules away from the token of nobody", "consul acl token update -accessor-id anonymous"),
            cwe=(200, 668),
            attack=("T1046",),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("consul", "hashicorp/consul"),
        ports=(8500,),
        rule="consul-no-acl",
        signs=(
            "closed: CONSUL_LOCAL_CONFIG=*default_policy*deny*",
            "unknown: CONSUL_LOCAL_CONFIG=*acl*",
            "unknown: --config-file",
            "unknown: --config-dir",
            "closed: -client=@loopback",
            "open: -client",
            "open: CONSUL_CLIENT_INTERFACE",
            "closed: -dev",
            "closed: -server",
            "closed: -bootstrap-expect",
        ),
        files=("/consul/config", "/consul/config/*"),
        access=Access.CONTROL,
        why="the image starts a development agent whose access lists allow everything",
        source="https://hub.docker.com/r/hashicorp/consul",
    ),
)
