"""Jupyter Server, Notebook and Lab: without a token anybody runs code as the user who started it.

Specification: https://jupyter-server.readthedocs.io/en/latest/developers/rest-api.html
"""

from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.errors import TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_int, as_list, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, get_or_none, object_of, undecided_in

API, STATUS, KERNELS, TERMINALS = "/api", "/api/status", "/api/kernels", "/api/terminals"
_MARK = "/api/security/csp-report"


@dataclass(frozen=True, slots=True, kw_only=True)
class JupyterFacts(Facts):
    """What a Jupyter server showed."""

    kernels: int = 0


def parse_version(answer: HttpAnswer) -> str | None:
    """Return the version of `GET /api`, which is public; None for another answer."""
    document = as_object(answer.json_or_none()) if answer.status == 200 else {}
    version = as_text(document.get("version"))
    if version is None or set(document) != {"version"} or not version[:1].isdigit():
        return None
    return clean(version, 40)


def is_marked(answer: HttpAnswer) -> bool:
    """Tell whether an answer bears Jupyter's own policy header, which a proxy may leave out."""
    return _MARK in answer.header("content-security-policy")


def parse_status(answer: HttpAnswer | None) -> tuple[int, int] | None:
    """Return (kernels, connections) of `GET /api/status`; None when that is not what was answered."""
    document = object_of(answer)
    kernels, connections = as_int(document.get("kernels")), as_int(document.get("connections"))
    if kernels is None or connections is None or not as_text(document.get("started")):
        return None
    return kernels, connections


async def ask(talk: HttpTalk) -> JupyterFacts | None:
    """Read the public version, then the status and the kernels that a server with a token keeps to itself."""
    first = await talk.get(API)
    version = parse_version(first)
    if version is None or not (is_marked(first) or parse_status(await get_or_none(talk, STATUS))):
        return None
    facts = JupyterFacts(
        product="Jupyter Server", version=version, proof=(Exchange("GET /api", f"200, version {version}"),)
    )
    try:
        answer = await talk.get(STATUS)
    except TalkError as error:
        return replace(facts, note=f"GET {STATUS} was not answered: {error}")
    status = parse_status(answer)
    if status is None:
        proof = (*facts.proof, Exchange(f"GET {STATUS}", str(answer.status)))
        if denied(answer):
            return replace(facts, access=Access.REFUSED, proof=proof)
        note = f"GET {STATUS} answered {answer.status}, no status"
        return replace(facts, proof=proof, note=note, unheard=undecided_in(answer))
    return await _open_server(talk, facts, *status)


async def _open_server(talk: HttpTalk, facts: JupyterFacts, kernels: int, connections: int) -> JupyterFacts:
    proof = [
        *facts.proof,
        Exchange(f"GET {STATUS}", f"200, {counted(kernels, 'kernel')}, {counted(connections, 'connection')}"),
    ]
    evidence: dict[str, Json] = {"kernels": kernels, "connections": connections}
    listing = await get_or_none(talk, KERNELS)
    runs = listing is not None and listing.status == 200 and isinstance(listing.json_or_none(), list)
    if runs:
        proof.append(Exchange(f"GET {KERNELS}", f"200, a list of {kernels}, on the interface that starts kernels"))
    terminals = await get_or_none(talk, TERMINALS)
    if terminals is not None and terminals.status == 200 and isinstance(terminals.json_or_none(), list):
        evidence["terminals"] = len(as_list(terminals.json_or_none()))
    access = Access.CONTROL if runs else Access.METADATA
    return replace(facts, access=access, evidence=evidence, proof=tuple(proof), kernels=kernels)


def _open(facts: JupyterFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    return (
        f"Jupyter {facts.version} lets anybody in without a token: {counted(facts.kernels, 'kernel', 'runs', 'run')}."
    )


_PAGES = ("https://jupyter-server.readthedocs.io/en/latest/operators/security.html",)

MOODS = (
    Mood(
        name="hub-starting",
        pages={
            "*": said(
                "<title>JupyterHub</title>Your server is starting up.",
                503,
                content_type="text/html",
                x_jupyterhub_version="4.0.2",
            )
        },
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="jupyter",
    moods=MOODS,
    title="Jupyter Server",
    ports=tcp(8888, 8889, 8890),
    sends=(get(API), get(STATUS), get(KERNELS), get(TERMINALS)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(header=("content-security-policy", _MARK)),
        Fingerprint(title="Jupyter"),
        Fingerprint(status=302, header=("server", "TornadoServer")),
    ),
    icons=(-895963602,),
    references=_PAGES,
    rules=(
        Rule(
            id="jupyter-no-token",
            title="Jupyter answers without a token or password",
            why="Anybody opens a terminal or a notebook and runs code as the user who started the server.",
            controls=Controls.HOST,
            holds=_open,
            remedy=(
                "# keep the token, listen on loopback: delete every --ServerApp.token='' and --ServerApp.password=''",
                "jupyter server --ServerApp.ip=127.0.0.1",
                "# a password instead of tokens",
                "jupyter server password",
                "# from elsewhere, through ssh; for many users take JupyterHub",
                "ssh -L 8888:127.0.0.1:8888 user@server",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1059.006", "T1496.001"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("jupyter/*-notebook", "quay.io/jupyter/*-notebook", "jupyter/minimal-notebook"),
        ports=(8888,),
        rule="jupyter-no-token",
        defaults=(("", Guard.CLOSED),),
        signs=(
            "closed: --NotebookApp.password",
            "closed: --ServerApp.password",
            "closed: --PasswordIdentityProvider.hashed_password",
            "open: --NotebookApp.token=",
            "open: --ServerApp.token=",
            "open: --IdentityProvider.token=",
            "unknown: NOTEBOOK_ARGS=*token*|*password*",
        ),
        files=("*jupyter*config*",),
        access=Access.CONTROL,
        why="the image makes a token",
        source="https://jupyter-docker-stacks.readthedocs.io/en/latest/using/common.html",
    ),
)
