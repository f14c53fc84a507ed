"""Kubelet: its main port runs commands in every pod of the node; its read-only port tells what they are.

https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
"""

from dataclasses import dataclass, field

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.jsontext import Json
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.unheard import Unheard
from scanner.wire.kubernetes import Pods, parse_pods
from scanner.wire.reading import get_or_none

_MAIN_PORT = 10250
_RUNNING = "/runningpods/"
_FORBIDDEN = b"Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource"


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeletFacts(Facts):
    """What a kubelet showed."""

    pods: Pods = field(default_factory=Pods)
    read_only: bool = False
    """Whether it is the read-only port, which cannot run commands."""


def refusal_of(answer: HttpAnswer, port: int, *, encrypted: bool) -> tuple[str, str | None] | None:
    """Return (the kubelet's refusal, note), None when the answer is no refusal of a kubelet."""
    if answer.status == 403 and answer.body.startswith(_FORBIDDEN):
        return "403, Forbidden (user=system:anonymous)", None
    if answer.status == 401 and answer.body.strip() == b"Unauthorized" and encrypted and port == _MAIN_PORT:
        return "401, Unauthorized", "named by its port: a 401 of a kubelet carries no mark of its own"
    return None


async def ask(talk: HttpTalk) -> KubeletFacts | None:
    """The list of pods names the product and proves the access; the list of running ones tells the main port."""
    answer = await talk.get("/pods")
    refusal = refusal_of(answer, talk.endpoint.port, encrypted=talk.scheme == "https")
    if refusal:
        return KubeletFacts(
            access=Access.REFUSED, product="kubelet", proof=(Exchange("GET /pods", refusal[0]),), note=refusal[1]
        )
    pods = parse_pods(answer)
    if pods is None:
        return None
    # The read-only port serves no debugging handlers, to which this list and running commands belong.
    running = parse_pods(await get_or_none(talk, _RUNNING))
    read_only = running is None
    evidence: dict[str, Json] = {
        "pods": pods.count,
        "privileged_pods": pods.privileged,
        "node": pods.nodes[0] if pods.nodes else None,
        "namespaces": [*pods.namespaces],
    }
    return KubeletFacts(
        access=Access.DATA if read_only else Access.CONTROL,
        product="kubelet",
        evidence=evidence,
        proof=(
            Exchange("GET /pods", f"200, PodList of {counted(pods.count, 'pod')}"),
            Exchange(f"GET {_RUNNING}", f"200, {counted(running.count, 'running pod')}" if running else "not served"),
        ),
        traces=pods.traces,
        pods=pods,
        read_only=read_only,
    )


def _main_port(facts: KubeletFacts) -> str | None:
    if facts.access < Access.METADATA or facts.read_only:
        return None
    return (
        "The kubelet shows its "
        f"{counted(facts.pods.count, 'pod')} to anybody on the port that also runs commands in them."
    )


def _read_only_port(facts: KubeletFacts) -> str | None:
    if facts.access < Access.METADATA or not facts.read_only:
        return None
    return (
        "The kubelet's read-only port shows "
        f"{counted(facts.pods.count, 'pod')}, their commands and variables to anybody."
    )


_PAGES = (
    "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/",
    "https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",
)
_FIREWALL = close_to_strangers("tcp dport { 10250, 10255 }")

MOODS = (
    Mood(
        name="webhook-timeout",
        pages={
            "*": said(
                "Authorization error (user=system:anonymous, verb=get, resource=nodes, subresource=proxy)",
                500,
                content_type="text/plain; charset=utf-8",
            )
        },
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="fine-grained",
        pages={
            "*": said(
                "Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource(s)=[pods proxy])",
                403,
                content_type="text/plain; charset=utf-8",
            )
        },
        access=Access.REFUSED,
    ),
    Mood(
        name="forbidden",
        pages={
            "*": said(
                "Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource=proxy)",
                403,
                content_type="text/plain; charset=utf-8",
            )
        },
        access=Access.REFUSED,
    ),
)

PROBE = Probe(
    id="kubelet",
    moods=MOODS,
    title="kubelet",
    ports=(*tcp(_MAIN_PORT, tls=True), *tcp(10255)),
    sends=(get("/pods"), get(_RUNNING)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(body="Forbidden (user=system:anonymous"),
        Fingerprint(status=401, body="Unauthorized"),
        Fingerprint(status=404, body="404 page not found"),
    ),
    mutual_tls_means_protected=True,
    references=_PAGES,
    rules=(
        Rule(
            id="kubelet-anonymous",
            title="The kubelet takes requests from strangers",
            why="The same port runs commands in every container of the node and reads their logs and files.",
            controls=Controls.HOST,
            holds=_main_port,
            remedy=(
                "# /var/lib/kubelet/config.yaml",
                "authentication:",
                "  anonymous: {enabled: false}",
                "  webhook: {enabled: true}",
                "authorization: {mode: Webhook}",
                "readOnlyPort: 0",
                "systemctl restart kubelet",
                _FIREWALL,
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1609", "T1613", "T1552.007", "T1611"),
            references=_PAGES,
        ),
        Rule(
            id="kubelet-read-only-port",
            title="The kubelet's read-only port is open",
            why="Pod specifications name images, commands, addresses and the variables that often hold secrets.",
            controls=Controls.FLEET,
            holds=_read_only_port,
            remedy=("# /var/lib/kubelet/config.yaml", "readOnlyPort: 0", "systemctl restart kubelet", _FIREWALL),
            cwe=(200, 497, 668),
            attack=("T1613", "T1552.007"),
            references=_PAGES,
        ),
    ),
)
