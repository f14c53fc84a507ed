"""Vault, not initialised, sealed and running; the answers follow its API documentation."""

from scanner.core.jsontext import Json
from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://developer.hashicorp.com/vault/api-docs/system/seal-status"


def _pages(*, initialised: bool, sealed: bool) -> dict[str, Page]:
    seal: dict[str, Json] = {
        "type": "shamir",
        "initialized": initialised,
        "sealed": sealed,
        "t": 3 if initialised else 0,
        "n": 5 if initialised else 0,
        "progress": 0,
        "nonce": "",
        "version": "1.15.4",
        "build_date": "2023-12-04T17:45:28Z",
        "migration": False,
        "recovery_seal": False,
        "storage_type": "raft",
    }
    if not sealed:
        seal |= {"cluster_name": "vault-cluster-1", "cluster_id": "3e8b3fec-3749-e056-ba41-b62a63b997e8"}
    status, error = (503, "Vault is sealed") if sealed else (403, "permission denied")
    return {
        "/": Page("", 307, {"Location": "/ui/"}),
        "/v1/sys/seal-status": json_page(seal),
        "/v1/sys/init": json_page({"initialized": initialised}),
        "/v1/sys/mounts": json_page({"errors": [error]}, status),
    }


STAND_INS = (
    StandIn(
        service="vault",
        case="open",
        title="a Vault that nobody has initialised",
        port=8200,
        serve=web(_pages(initialised=False, sealed=True)),
        source=_SOURCE,
    ),
    StandIn(
        service="vault",
        case="protected",
        title="a Vault in use",
        port=8200,
        serve=web(_pages(initialised=True, sealed=False)),
        source=_SOURCE,
    ),
    StandIn(
        service="vault",
        case="look-alike",
        title="a sealed Vault",
        port=8200,
        serve=web(_pages(initialised=True, sealed=True)),
        source=_SOURCE,
    ),
)
