"""Kubernetes API server: what system:anonymous may do, anybody may do, up to taking the cluster over.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.unheard import Unheard
from scanner.wire.kubernetes import Pods, anonymous_bindings, continues, items_of, name_of, parse_pods
from scanner.wire.reading import get_or_none, object_of, undecided_in, unheard_in

_NAMESPACES = "/api/v1/namespaces?limit=20"
_PODS = "/api/v1/pods?limit=20"
_BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings?limit=100"


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesFacts(Facts):
    """What an API server showed to system:anonymous."""

    reads: tuple[str, ...] = ()
    """Which lists it showed."""
    bindings: tuple[str, ...] = ()
    """Roles that strangers hold by name."""


def refusal_of(answer: HttpAnswer | None) -> str | None:
    """Return why the API server refused, None when the answer is no refusal of a Kubernetes API server."""
    if answer is None or answer.status not in {401, 403}:
        return None
    status = as_object(answer.json_or_none())
    if status.get("kind") != "Status" or status.get("apiVersion") != "v1" or status.get("status") != "Failure":
        return None
    return as_text(status.get("message")) or as_text(status.get("reason")) or str(answer.status)


async def _shows_pods(talk: HttpTalk, first: HttpAnswer) -> bool:
    """Tell whether rules in front withhold the version alone, or it is short as before 1.3: pods are nobody else's."""
    asked = first.status in {401, 403, 404} or "gitVersion" in object_of(first)
    return asked and parse_pods(await get_or_none(talk, _PODS)) is not None


async def ask(talk: HttpTalk) -> KubernetesFacts | None:
    """/version is public by default and names the product; lists are what RBAC keeps from strangers."""
    first = await talk.get("/version")
    version = object_of(first)
    known = as_text(version.get("gitVersion")) if as_text(version.get("platform")) and "goVersion" in version else None
    namespaces = await get_or_none(talk, _NAMESPACES) if known or refusal_of(first) else None
    refusal = refusal_of(namespaces) or refusal_of(first)
    if not known and not refusal and not await _shows_pods(talk, first):
        return None
    listed = items_of(namespaces, "NamespaceList")
    pods_answer = await get_or_none(talk, _PODS)
    pods = parse_pods(pods_answer)
    if listed is None and pods is None:
        return KubernetesFacts(
            access=Access.REFUSED if refusal else Access.UNKNOWN,
            product="Kubernetes",
            version=known,
            proof=(Exchange(f"GET {_NAMESPACES}", refusal or "no list and no refusal"),),
            note=None if refusal else "only its version page answers",
            unheard=undecided_in(namespaces) or unheard_in(pods_answer),
        )
    bindings = items_of(await get_or_none(talk, _BINDINGS), "ClusterRoleBindingList")
    return _open(known, listed, pods, bindings, more=continues(namespaces))


def _open(
    version: str | None,
    namespaces: list[dict[str, Json]] | None,
    pods: Pods | None,
    bindings: list[dict[str, Json]] | None,
    *,
    more: bool,
) -> KubernetesFacts:
    evidence: dict[str, Json] = {}
    proof = [Exchange("GET /version", f"200, Kubernetes {version}")] if version else []
    access = Access.METADATA
    reads = []
    if namespaces is not None:
        evidence |= {
            "namespaces": len(namespaces),
            "namespace_names": [name_of(item) for item in namespaces],
            "more": more,
        }
        proof.append(Exchange(f"GET {_NAMESPACES}", f"200, {counted(len(namespaces), 'namespace')}"))
        reads.append("namespaces")
    if pods is not None:
        access = Access.DATA
        evidence |= {"pods": pods.count, "more_pods": pods.more, "privileged_pods": pods.privileged}
        proof.append(Exchange(f"GET {_PODS}", f"200, {counted(pods.count, 'pod')}"))
        reads.append("pods")
    granted = anonymous_bindings(bindings or [])
    if bindings is not None:
        # Roles such as `view` and `edit` leave RBAC out: who reads it holds an administrator's role.
        access = Access.CONTROL
        evidence |= {"anonymous_bindings": [*granted]}
        proof.append(
            Exchange(
                f"GET {_BINDINGS}", f"200, {counted(len(bindings), 'binding')}, {len(granted)} of them for strangers"
            )
        )
        reads.append("role bindings")
    return KubernetesFacts(
        access=access,
        product="Kubernetes",
        version=version,
        evidence=evidence,
        proof=tuple(proof),
        traces=pods.traces if pods else {},
        reads=tuple(reads),
        bindings=tuple(granted),
    )


def _says(facts: KubernetesFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    names = f" through {', '.join(facts.bindings)}" if facts.bindings else ""
    admin = "; that takes an administrator's role" if facts.access is Access.CONTROL else ""
    return f"The API server shows its {', '.join(facts.reads)} to system:anonymous{names}{admin}."


_PAGES = (
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
    "https://kubernetes.io/docs/concepts/security/api-server-bypass-risks/",
)

MOODS = (
    Mood(
        name="etcd-down",
        pages={
            "/version": said(
                '{"major":"1","minor":"31","gitVersion":"v1.31.2","gitCommit":"x","goVersion":"go1.22.8",'
                '"platform":"linux/amd64","compiler":"gc","buildDate":"2024-10-22T20:28:14Z"}',
                content_type="application/json",
            ),
            "*": said(
                '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","m'
                'essage":"etcdserver: request timed out","reason":"","code":500}',
                500,
                content_type="application/json",
            ),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="no-leader",
        pages={
            "/version": said(
                '{"major":"1","minor":"31","gitVersion":"v1.31.2","gitCommit":"x","goVersion":"go1.22.8",'
                '"platform":"linux/amd64","compiler":"gc","buildDate":"2024-10-22T20:28:14Z"}',
                content_type="application/json",
            ),
            "*": said(
                '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","m'
                'essage":"etcdserver: no leader","reason":"ServiceUnavailable","code":5'
                "03}",
                503,
                content_type="application/json",
            ),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="too-many-requests",
        pages={
            "/version": said(
                '{"major":"1","minor":"31","gitVersion":"v1.31.2","gitCommit":"x","goVersion":"go1.22.8",'
                '"platform":"linux/amd64","compiler":"gc","buildDate":"2024-10-22T20:28:14Z"}',
                content_type="application/json",
            ),
            "*": said(
                '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","m'
                'essage":"Too many requests, please try again later.","reason":"TooMany'
                'Requests","code":429}',
                429,
                content_type="application/json",
            ),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="full-from-the-start",
        pages={
            "*": said(
                '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","m'
                'essage":"Too many requests, please try again later.","reason":"TooMany'
                'Requests","code":429}',
                429,
                content_type="application/json",
            )
        },
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="rbac-not-ready",
        pages={
            "/version": said(
                '{"major":"1","minor":"31","gitVersion":"v1.31.2","gitCommit":"x","goVersion":"go1.22.8",'
                '"platform":"linux/amd64","compiler":"gc","buildDate":"2024-10-22T20:28:14Z"}',
                content_type="application/json",
            ),
            "*": said(
                '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","m'
                'essage":"namespaces is forbidden: User \\"system:anonymous\\" cannot lis'
                't resource \\"namespaces\\" in API group \\"\\" at the cluster scope: RBAC'
                ': clusterrole.rbac.authorization.k8s.io \\"system:discovery\\" not found'
                '","reason":"Forbidden","code":403}',
                403,
                content_type="application/json",
            ),
        },
        access=Access.REFUSED,
    ),
    Mood(
        name="anonymous-off",
        pages={
            "*": said(
                '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","m'
                'essage":"Unauthorized","reason":"Unauthorized","code":401}',
                401,
                content_type="application/json",
            )
        },
        access=Access.REFUSED,
    ),
    Mood(
        name="k3s",
        pages={
            "/version": said(
                '{"major":"1","minor":"31","gitVersion":"v1.29.3+k3s1","gitCommit":"x",'
                '"goVersion":"go1.22.8","platform":"linux/amd64","compiler":"gc","build'
                'Date":"2024-10-22T20:28:14Z"}',
                content_type="application/json",
            ),
            "/api/v1/namespaces": said(
                '{"kind":"NamespaceList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"default"}}]}',
                content_type="application/json",
            ),
            "*": said(
                '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","m'
                'essage":"x","reason":"Forbidden","code":403}',
                403,
                content_type="application/json",
            ),
        },
        access=Access.METADATA,
    ),
)

PROBE = Probe(
    id="kubernetes-api",
    moods=MOODS,
    title="Kubernetes",
    ports=(*tcp(6443, 16443, 8443, tls=True), *tcp(8080)),
    sends=(get("/version"), get(_NAMESPACES), get(_PODS), get(_BINDINGS)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(header=("x-kubernetes-pf-flowschema-uid", "")),
        Fingerprint(header=("audit-id", "")),
        Fingerprint(json_key="paths"),
        # Releases before 1.20, and proxies that leave headers out.
        Fingerprint(status=401, json_key="apiVersion"),
        Fingerprint(status=403, json_key="apiVersion"),
    ),
    mutual_tls_means_protected=True,
    references=_PAGES,
    rules=(
        Rule(
            id="kubernetes-api-anonymous",
            title="The Kubernetes API shows cluster objects to strangers",
            why="Workloads and secrets can be read; with a role like cluster-admin anybody runs code on every node.",
            controls=Controls.FLEET,
            holds=_says,
            remedy=(
                "# find and remove what strangers were given",
                "kubectl get clusterrolebindings -o wide | grep -E 'system:(anonymous|unauthenticated)'",
                "kubectl delete clusterrolebinding NAME",
                "# kube-apiserver: no anonymous requests beyond health checks, RBAC on",
                "--anonymous-auth=false",
                "--authorization-mode=Node,RBAC",
                "# releases before 1.20: close the port without authentication",
                "--insecure-port=0",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1133", "T1613", "T1552.007", "T1610", "T1609"),
            references=_PAGES,
        ),
    ),
)
