"""Nomad: without access control lists a stranger's job runs on every client node.

Specification: https://developer.hashicorp.com/nomad/api-docs
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.reading import get_or_none, object_of

AGENT = "/v1/agent/self"
LEADER = "/v1/status/leader"
JOBS = "/v1/jobs"
_MOST_NAMES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NomadFacts(Facts):
    """What an agent showed."""

    jobs: int | None = None


def parse_agent(answer: HttpAnswer) -> dict[str, Json]:
    """Return the agent's configuration, empty when the answer is none."""
    document = object_of(answer)
    config = as_object(document.get("config"))
    return config if "member" in document and {"Region", "Datacenter", "Version"} <= config.keys() else {}


def parse_jobs(answer: HttpAnswer | None) -> tuple[str, ...] | None:
    """Return the names of the jobs, None for another answer."""
    value = answer.json_or_none() if answer is not None and answer.status == 200 else None
    if not isinstance(value, list) or not all("JobSummary" in as_object(job) for job in value):
        return None
    return tuple(clean(as_text(as_object(job).get("Name")) or "", 120) for job in value)


def is_leader(answer: HttpAnswer | None) -> bool:
    """Tell whether an answer is a leader's address as a JSON string; Nomad's RPC port is 4647."""
    value = answer.json_or_none() if answer is not None and answer.status == 200 else None
    return isinstance(value, str) and value.endswith(":4647")


async def ask(talk: HttpTalk) -> NomadFacts | None:
    """Read the agent's own configuration and the jobs, which lists refuse; a leader's address is public by design."""
    own = await talk.get(AGENT)
    config = parse_agent(own)
    if config:
        return _open(config, parse_jobs(await get_or_none(talk, JOBS)))
    denied = own.status == 403 and own.body.startswith(b"Permission denied")
    if not denied or not is_leader(await get_or_none(talk, LEADER)):
        return None
    return NomadFacts(
        access=Access.REFUSED,
        product="Nomad",
        proof=(
            Exchange(f"GET {LEADER}", "200, a leader"),
            Exchange(f"GET {AGENT}", "403, permission denied"),
        ),
    )


def _open(config: dict[str, Json], jobs: tuple[str, ...] | None) -> NomadFacts:
    version = as_object(config.get("Version"))
    evidence: dict[str, Json] = {
        "region": config.get("Region"),
        "datacenter": config.get("Datacenter"),
        "node": config.get("NodeName"),
        "acl": as_object(config.get("ACL")).get("Enabled"),
        "jobs": list(jobs[:_MOST_NAMES]) if jobs is not None else None,
    }
    proof = [Exchange(f"GET {AGENT}", "200, the agent's configuration")]
    if jobs is not None:
        proof.append(Exchange(f"GET {JOBS}", f"200, {counted(len(jobs), 'job')}"))
    return NomadFacts(
        access=Access.CONTROL,
        product="Nomad",
        version=as_text(version.get("Version")),
        evidence={name: value for name, value in evidence.items() if value is not None},
        proof=tuple(proof),
        traces={"name": jobs or ()},
        jobs=len(jobs) if jobs is not None else None,
    )


def _no_lists(facts: NomadFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    seen = f" and its {counted(facts.jobs, 'job')}" if facts.jobs is not None else ""
    return f"The Nomad agent shows its configuration{seen} to anybody."


_PAGES = (
    "https://developer.hashicorp.com/nomad/docs/concepts/security",
    "https://developer.hashicorp.com/nomad/tutorials/access-control",
)

MOODS = (
    Mood(
        name="no-leader",
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
        name="denied",
        pages={
            "/v1/status/leader": said('"10.0.0.5:4647"', content_type="application/json"),
            "*": said("Permission denied", 403, content_type="text/plain; charset=utf-8"),
        },
        access=Access.REFUSED,
    ),
)

PROBE = Probe(
    id="nomad",
    moods=MOODS,
    title="Nomad",
    ports=tcp(4646),
    sends=(get(AGENT), get(LEADER), get(JOBS)),
    ask_http=ask,
    fingerprints=(Fingerprint(header=("location", "/ui/")), Fingerprint(title="Nomad")),
    icons=(1773018744,),
    mutual_tls_means_protected=True,
    references=_PAGES,
    rules=(
        Rule(
            id="nomad-no-acl",
            title="Nomad answers without a token",
            why="Anybody submits a job, which is code of his choice on every client node.",
            controls=Controls.FLEET,
            holds=_no_lists,
            remedy=(
                "# nomad.hcl",
                "acl { enabled = true }",
                "tls { http = true  verify_https_client = true }",
                'plugin "raw_exec" { config { enabled = false } }',
                "# then, once",
                "nomad acl bootstrap",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1610", "T1059", "T1496.001"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("hashicorp/nomad", "multani/nomad"),
        ports=(4646,),
        rule="nomad-no-acl",
        defaults=(("", Guard.UNKNOWN),),
        signs=(
            "unknown: -config",
            "closed: -bind=@loopback",
            "open: -bind",
            "closed: -dev",
        ),
        access=Access.CONTROL,
        why="its access lists allow everything until they are switched on",
        source="https://developer.hashicorp.com/nomad/docs/operations/acl",
    ),
)
