"""Vault: before it is initialised, whoever comes first gets its root token; later it only tells how it is.

Specification: https://developer.hashicorp.com/vault/api-docs/system. OpenBao answers the same.
"""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.unheard import Unheard
from scanner.wire.reading import get_or_none, object_of, shown, undecided_in

SEAL = "/v1/sys/seal-status"
INIT = "/v1/sys/init"
MOUNTS = "/v1/sys/mounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultFacts(Facts):
    """What a Vault said of its state."""

    initialised: bool = True


def parse_seal(answer: HttpAnswer) -> dict[str, Json]:
    """Return the seal status, which is public by design; empty when the answer is none."""
    document = object_of(answer)
    flags = all(isinstance(document.get(name), bool) for name in ("initialized", "sealed"))
    return document if flags and as_text(document.get("type")) else {}


async def ask(talk: HttpTalk) -> VaultFacts | None:
    """Read the seal status and whether it is initialised; ask for the mounts to see it refuse."""
    seal = parse_seal(await talk.get(SEAL))
    if not seal:
        return None
    init = object_of(await get_or_none(talk, INIT))
    fresh = seal["initialized"] is False and init.get("initialized") is False
    mounts = None if fresh or seal["sealed"] is True else await get_or_none(talk, MOUNTS)
    denied = mounts is not None and mounts.status in {400, 401, 403} and b'"errors"' in mounts.body
    last = Exchange(f"GET {INIT}", "200, not initialised") if fresh else Exchange(f"GET {MOUNTS}", shown(mounts))
    wanted = ("sealed", "initialized", "cluster_name", "storage_type", "type", "ha_enabled")
    return VaultFacts(
        access=Access.CONTROL if fresh else Access.REFUSED if denied else Access.UNKNOWN,
        product="Vault",
        version=as_text(seal.get("version")),
        evidence={name: seal[name] for name in wanted if seal.get(name) is not None} | {"tls": talk.scheme == "https"},
        proof=(Exchange(f"GET {SEAL}", _state(seal)), *((last,) if fresh or mounts is not None else ())),
        note=None if fresh or denied else _why_unknown(seal),
        unheard=undecided_in(mounts),
        initialised=not fresh,
    )


def _state(seal: dict[str, Json]) -> str:
    words = ("initialised" if seal["initialized"] else "not initialised", "sealed" if seal["sealed"] else "unsealed")
    return f"200, {', '.join(words)}"


def _why_unknown(seal: dict[str, Json]) -> str:
    if seal["sealed"] is True:
        return "sealed: it gives nothing to anybody, and its state is public by design"
    return "its state is public by design; it did not say whether strangers are refused"


def _uninitialised(facts: VaultFacts) -> str | None:
    return None if facts.initialised else "Vault is not initialised: the first visitor becomes its root."


_PAGES = ("https://developer.hashicorp.com/vault/docs/concepts/production-hardening",)

MOODS = (
    Mood(
        name="sealed",
        pages={
            "/v1/sys/seal-status": said(
                '{"type":"shamir","initialized":true,"sealed":true,"t":3,"n":5,"progress":0,"version":"1.15.0"}',
                content_type="application/json",
            ),
            "/v1/sys/init": said('{"initialized":true}', content_type="application/json"),
            "*": said('{"errors":["Vault is sealed"]}', 503, content_type="application/json"),
        },
    ),
    Mood(
        name="openbao",
        pages={
            "/v1/sys/seal-status": said(
                '{"type":"shamir","initialized":true,"sealed":false,"t":3,"n":5,"progress":0,"version":"2.0.2"}',
                content_type="application/json",
            ),
            "/v1/sys/init": said('{"initialized":true}', content_type="application/json"),
            "*": said('{"errors":["permission denied"]}', 403, content_type="application/json"),
        },
        access=Access.REFUSED,
    ),
    Mood(
        name="standby",
        pages={
            "/v1/sys/seal-status": said(
                '{"type":"shamir","initialized":true,"sealed":false,"t":3,"n":5,"progress":0,"version":"1.15.0"}',
                content_type="application/json",
            ),
            "/v1/sys/init": said('{"initialized":true}', content_type="application/json"),
            "*": said(
                '{"errors":["local node not active but active cluster node not found"]}',
                500,
                content_type="application/json",
            ),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="vault",
    moods=MOODS,
    title="Vault",
    ports=tcp(8200),
    sends=(get(SEAL), get(INIT), get(MOUNTS)),
    ask_http=ask,
    fingerprints=(Fingerprint(header=("location", "/ui/")), Fingerprint(title="Vault"), Fingerprint(title="OpenBao")),
    icons=(376050326,),
    mutual_tls_means_protected=True,
    references=_PAGES,
    rules=(
        Rule(
            id="vault-not-initialised",
            title="Vault is not initialised",
            why="Whoever initialises it holds its keys and root token, and reads every secret that is stored later.",
            controls=Controls.CONFIG,
            holds=_uninitialised,
            remedy=(
                "# initialise it now, and keep the shares apart",
                "vault operator init",
                "# until then, this machine alone",
                'listener "tcp" { address = "127.0.0.1:8200" }',
            ),
            cwe=(306, 1188),
            attack=("T1190", "T1552"),
            references=_PAGES,
        ),
    ),
)
