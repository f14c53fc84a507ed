"""Kubernetes API server and kubelet; answers follow kubernetes.io/docs/reference and its access-authn-authz pages."""

from scanner.core.jsontext import Json
from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_API = "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests"
_KUBELET = "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/"
_VERSION: Json = {
    "major": "1",
    "minor": "31",
    "gitVersion": "v1.31.2",
    "gitCommit": "5864a4677267e6adeae276ad85882a8714d69d9d",
    "gitTreeState": "clean",
    "buildDate": "2024-10-22T20:28:14Z",
    "goVersion": "go1.22.8",
    "compiler": "gc",
    "platform": "linux/amd64",
}


def _status(code: int, reason: str, message: str) -> Page:
    body: Json = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }
    return json_page(body, code)


def _listing(kind: str, version: str, items: list[Json]) -> Page:
    return json_page({"kind": kind, "apiVersion": version, "metadata": {"resourceVersion": "10"}, "items": items})


def _pod(name: str, image: str, command: str) -> Json:
    container: Json = {"name": name, "image": image, "command": [command], "securityContext": {"privileged": True}}
    return {
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"nodeName": "node-1", "containers": [container]},
        "status": {"phase": "Running"},
    }


_PODS = _listing("PodList", "v1", [_pod("shop", "registry.example/shop:1", "/serve")])
_BINDING: Json = {
    "metadata": {"name": "let-everybody-in"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "system:anonymous"}],
}
_HEADERS = {
    "Audit-Id": "6f0c2d3e-0000-4000-8000-000000000000",
    "X-Kubernetes-Pf-Flowschema-Uid": "0d8b2e1c-0000-4000-8000-000000000000",
}
_OPEN = {
    "/": json_page({"paths": ["/api", "/api/v1", "/apis", "/healthz", "/version"]}),
    "/version": json_page(_VERSION),
    "/api/v1/namespaces": _listing("NamespaceList", "v1", [{"metadata": {"name": "default"}}]),
    "/api/v1/pods": _PODS,
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings": _listing(
        "ClusterRoleBindingList", "rbac.authorization.k8s.io/v1", [_BINDING]
    ),
}
_FORBIDDEN = _status(
    403,
    "Forbidden",
    'namespaces is forbidden: User "system:anonymous" cannot list resource "namespaces" in API group "" at the cluster '
    "scope",
)
_MISSING = _status(404, "NotFound", "the server could not find the requested resource")
_UNAUTHORIZED = _status(401, "Unauthorized", "Unauthorized")
_KUBELET_REFUSAL = Page(
    "Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource=proxy)",
    403,
    {"Content-Type": "text/plain"},
)

STAND_INS = (
    StandIn(
        service="kubernetes-api",
        case="open",
        title="a Kubernetes API that gives strangers the role cluster-admin",
        port=6443,
        serve=web(_OPEN, otherwise=_MISSING, headers=_HEADERS),
        source=_API,
    ),
    StandIn(
        service="kubernetes-api",
        case="protected",
        title="a Kubernetes API whose RBAC keeps strangers out",
        port=6443,
        serve=web({"/version": json_page(_VERSION)}, otherwise=_FORBIDDEN, headers=_HEADERS),
        source=_API,
    ),
    StandIn(
        service="kubernetes-api",
        case="protected",
        title="a Kubernetes API without anonymous requests",
        port=6443,
        serve=web({}, otherwise=_UNAUTHORIZED, headers=_HEADERS),
        source=_API,
    ),
    StandIn(
        service="kubelet",
        case="open",
        title="a kubelet's read-only port",
        port=10255,
        serve=web({"/pods": _PODS}),
        source=_KUBELET,
    ),
    StandIn(
        service="kubelet",
        case="open",
        title="a kubelet that lets strangers run commands",
        port=10250,
        serve=web({"/pods": _PODS, "/runningpods/": _PODS}),
        source=_KUBELET,
    ),
    StandIn(
        service="kubelet",
        case="protected",
        title="a kubelet that asks the API server about strangers",
        port=10250,
        serve=web({}, otherwise=_KUBELET_REFUSAL),
        source=_KUBELET,
    ),
)
