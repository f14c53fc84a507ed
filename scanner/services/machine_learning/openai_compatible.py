"""Servers of language models that speak OpenAI's interface: vLLM, SGLang, llama.cpp, LocalAI, LM Studio, LiteLLM.

Specification: https://platform.openai.com/docs/api-reference/models/list
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
from scanner.wire.reading import get_or_none

MODELS, VERSION, FRONT = "/v1/models", "/version", "/"
_UNNAMED = "OpenAI-compatible server"
_LITELLM = "LiteLLM"
_OF_LITELLM = "No api key passed in"
_MOST_NAMES = 20
_OWNERS = {
    "vllm": "vLLM",
    "sglang": "SGLang",
    "llamacpp": "llama.cpp",
    "organization_owner": "LM Studio",
    "library": "Ollama",
}
# How the servers turn away a request without a key; each names the key in words of its own.
_REFUSALS = (
    ("Invalid API Key",),
    ("Authentication Error", _OF_LITELLM),
    ("Incorrect API key provided",),
    ('"type":"invalid_request_error"', "API key"),
    ('"error":{"message":"Unauthorized"',),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts(Facts):
    """What a model server showed."""

    models: int = 0


def parse_models(answer: HttpAnswer) -> list[dict[str, Json]] | None:
    """Return the models of a list in OpenAI's shape; None for any other answer."""
    document = as_object(answer.json_or_none()) if answer.status == 200 else {}
    rows = document.get("data")
    if document.get("object") != "list" or not isinstance(rows, list):
        return None
    models = [as_object(row) for row in rows]
    if not all(as_text(row.get("id")) and row.get("object") == "model" for row in models):
        return None
    return models


def product_of(models: list[dict[str, Json]], server: str) -> str:
    """Return the product that the owners of the models or the Server header name."""
    owners = {as_text(row.get("owned_by")) or "" for row in models}
    named = next((product for owner, product in _OWNERS.items() if owner in owners), None)
    return named or ("llama.cpp" if server == "llama.cpp" else _UNNAMED)


def refuses(answer: HttpAnswer) -> bool:
    """Tell whether an answer is a demand for an API key in the shape of this interface."""
    if answer.status not in {401, 403} or not as_object(answer.json_or_none()).get("error"):
        return False
    return any(answer.has(*words) for words in _REFUSALS)


async def ask(talk: HttpTalk) -> ModelFacts | None:
    """List the models: a server with a key keeps that list to itself; nothing is ever computed."""
    answer = await talk.get(MODELS)
    if refuses(answer):
        return ModelFacts(
            access=Access.REFUSED,
            product=_LITELLM if answer.has(_OF_LITELLM) else _UNNAMED,
            proof=(Exchange(f"GET {MODELS}", f"{answer.status}, it demands an API key"),),
        )
    models = parse_models(answer)
    if models is None:
        return None
    product = product_of(models, answer.header("server"))
    if product == _UNNAMED and _is_litellm(await get_or_none(talk, FRONT)):
        product = _LITELLM
    names = tuple(clean(as_text(row.get("id")) or "", 120) for row in models)
    if not models:
        return ModelFacts(product=product, note="it lists no model, so that nobody can tell whether it asks for a key")
    return ModelFacts(
        access=Access.DATA,
        product=product,
        version=parse_version(await get_or_none(talk, VERSION)),
        evidence={"models": len(models), "model_names": list(names[:_MOST_NAMES])},
        proof=(Exchange(f"GET {MODELS}", f"200, {counted(len(models), 'model')}"),),
        models=len(models),
    )


def _is_litellm(front: HttpAnswer | None) -> bool:
    """Tell whether a front page is LiteLLM's, whose models carry the names of their makers alone."""
    return front is not None and front.status == 200 and _LITELLM in front.title


def parse_version(answer: HttpAnswer | None) -> str | None:
    """Return the version of vLLM's `GET /version`."""
    if answer is None or answer.status != 200:
        return None
    version = as_text(as_object(answer.json_or_none()).get("version"))
    return clean(version, 40) if version else None


def _open(facts: ModelFacts) -> str | None:
    if facts.access < Access.DATA:
        return None
    return f"{facts.product} answers anybody without an API key: {counted(facts.models, 'model')}."


_PAGES = (
    "https://docs.vllm.ai/en/stable/usage/security/",
    "https://github.com/ggml-org/llama.cpp/tree/master/tools/server",
)

MOODS = (
    Mood(
        name="loading-llama.cpp",
        pages={
            "*": said(
                '{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}',
                503,
                server="llama.cpp",
                content_type="application/json",
            )
        },
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="no-model-yet",
        pages={MODELS: said('{"object":"list","data":[]}', content_type="application/json")},
    ),
)

PROBE = Probe(
    id="openai-compatible",
    moods=MOODS,
    title="OpenAI-compatible model server",
    # LM Studio's 1234 is left out: a debugger of QEMU listens there too and stops the machine at a connection.
    ports=tcp(8000, 8080, 30000, 4000, 9997),
    sends=(get(MODELS), get(VERSION), get(FRONT)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(title="llama.cpp"),
        Fingerprint(header=("server", "llama.cpp")),
        Fingerprint(status=404, body='"message":"File Not Found","type":"not_found_error"'),
        Fingerprint(title="LocalAI"),
        Fingerprint(title="LiteLLM"),
        # FastAPI's own words for a path that nothing is behind: vLLM, SGLang and their relatives.
        Fingerprint(status=404, json_key="detail", body='"Not Found"'),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="openai-compatible-no-key",
            title="A model server answers without an API key",
            why="Anybody has it compute for them, and reads what its models, caches and adapters give away.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# vLLM: a key, on loopback, behind a proxy that lets /v1 through and nothing else",
                "vllm serve MODEL --host 127.0.0.1 --api-key <64 random characters>",
                "# llama.cpp",
                "llama-server --host 127.0.0.1 --api-key <64 random characters>",
                "# LiteLLM",
                "export LITELLM_MASTER_KEY=sk-<64 random characters>",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1496.001"),
            references=_PAGES,
        ),
    ),
)


def _image(
    names: tuple[str, ...],
    port: int,
    signs: tuple[str, ...],
    source: str,
    *files: str,
    why: str = "it asks for no key",
    default: Guard = Guard.OPEN,
) -> Image:
    return Image(
        names=names,
        ports=(port,),
        rule="openai-compatible-no-key",
        signs=signs,
        files=files,
        access=Access.CONTROL,
        defaults=(("", default),),
        why=why,
        source=source,
    )


LINT = (
    _image(
        ("vllm/vllm-openai",),
        8000,
        ("closed: --api-key", "closed: VLLM_API_KEY"),
        "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
    ),
    _image(
        ("lmsysorg/sglang",),
        30000,
        ("closed: --api-key",),
        "https://docs.sglang.ai/advanced_features/server_arguments.html",
    ),
    _image(
        ("ghcr.io/ggml-org/llama.cpp", "ghcr.io/ggerganov/llama.cpp"),
        8080,
        ("closed: --api-key", "closed: --api-key-file", "closed: LLAMA_API_KEY"),
        "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
    ),
    _image(
        ("localai/localai", "quay.io/go-skynet/local-ai"),
        8080,
        ("closed: --api-keys", "closed: LOCALAI_API_KEY", "closed: API_KEY"),
        "https://localai.io/advanced/",
    ),
    _image(
        ("ghcr.io/berriai/litellm", "litellm/litellm"),
        4000,
        ("closed: LITELLM_MASTER_KEY", "open: LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY=true"),
        "https://docs.litellm.ai/docs/proxy/virtual_keys",
        "*config.y*ml",
        why="without a master key older releases answer everybody, and newer ones do not start",
        default=Guard.UNKNOWN,
    ),
)
