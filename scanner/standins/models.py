"""Servers of language models; the answers follow docs.ollama.com/api and docs.vllm.ai."""

from scanner.core.jsontext import Json
from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_OLLAMA = "https://docs.ollama.com/api"
_VLLM = "https://docs.vllm.ai/en/stable/serving/openai_compatible_server.html"
_RUNNING = Page("Ollama is running", 200, {"Content-Type": "text/plain; charset=utf-8"})
_MODEL: Json = {"name": "llama3.2:latest", "model": "llama3.2:latest", "size": 2_019_393_189, "digest": "a" * 64}
_UVICORN = {"Server": "uvicorn"}
_UNKNOWN = json_page({"detail": "Not Found"}, 404)
_SERVED: Json = {"id": "acme/support-7b", "object": "model", "created": 1_700_000_000, "owned_by": "vllm"}

STAND_INS = (
    StandIn(
        service="ollama",
        case="open",
        title="an open Ollama",
        port=11434,
        serve=web(
            {
                "/": _RUNNING,
                "/api/version": json_page({"version": "0.12.3"}),
                "/api/tags": json_page({"models": [_MODEL]}),
            }
        ),
        source=_OLLAMA,
    ),
    StandIn(
        service="ollama",
        case="protected",
        title="an Ollama behind a proxy that asks for a password below /api",
        port=11434,
        serve=web({"/": _RUNNING}, otherwise=Page("", 401, {"WWW-Authenticate": 'Basic realm="models"'})),
        source=_OLLAMA,
    ),
    StandIn(
        service="openai-compatible",
        case="open",
        title="an open vLLM",
        port=8000,
        serve=web(
            {
                "/v1/models": json_page({"object": "list", "data": [_SERVED]}),
                "/version": json_page({"version": "0.9.1"}),
            },
            otherwise=_UNKNOWN,
            headers=_UVICORN,
        ),
        source=_VLLM,
    ),
    StandIn(
        service="openai-compatible",
        case="protected",
        title="a llama.cpp that wants an API key",
        port=8080,
        serve=web(
            {
                "/v1/models": json_page(
                    {"error": {"message": "Invalid API Key", "type": "authentication_error", "code": 401}}, 401
                )
            },
            otherwise=json_page({"error": {"message": "File Not Found", "type": "not_found_error", "code": 404}}, 404),
            headers={"Server": "llama.cpp"},
        ),
        source="https://github.com/ggml-org/llama.cpp/tree/master/tools/server",
    ),
)
