"""The description of the JSON API (OpenAPI 3.1.0)."""

from scanner import __version__
from scanner.core.jsontext import Json
from scanner.history.answers import SCHEMA
from scanner.serve.filters import ASSETS, COMPARED, PAGE, RUNS


def openapi() -> dict[str, Json]:
    """Return the description of the API (OpenAPI 3.1.0)."""
    filters = [
        _parameter("state", "open, inconclusive, gone or all; without it, all that are not gone"),
        _parameter("severity", "of that severity or graver"),
        _parameter("owner", "of that owner"),
        _parameter("rule", "of that rule"),
        _parameter("text", "the beginning of a word of place or name, or part of the title"),
        _parameter("since", "new or back since then: 7d, or a day"),
        _parameter("accepted", "yes or no"),
        _parameter("after", f"the rows after a place; `after` of one answer leads to the next {PAGE}"),
        _parameter("before", "the rows before a place, as `before` of an answer has it"),
    ]
    later = [_parameter("after", f"the rows after a place; `after` of one answer leads to the next {ASSETS}")]
    text = _parameter("text", "an address, a network, a name or a service")
    pair: list[Json] = [_parameter(name, "the number of a run", required=True) for name in ("earlier", "later")]
    place: list[Json] = [{"name": "fingerprint", "in": "path", "required": True, "schema": {"type": "string"}}]
    return {
        "openapi": "3.1.0",
        "info": {"title": "exposure-scanner history", "version": __version__},
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-exposure"},
            },
            "schemas": {
                "Rows": {
                    "type": "object",
                    "required": ["schema", "question", "rows"],
                    "properties": {
                        "schema": {"const": SCHEMA},
                        "question": {"type": "string"},
                        "total": {"type": ["integer", "null"], "description": "null where too many to count"},
                        "totals": {"type": "object", "additionalProperties": {"type": "integer"}},
                        "after": {"type": ["string", "null"]},
                        "before": {"type": ["string", "null"]},
                        "rows": {"type": "array", "items": {"type": "object"}},
                    },
                },
                "Life": {
                    "type": "object",
                    "required": ["schema", "question", "finding", "state", "events", "sightings"],
                    "properties": {
                        "schema": {"const": SCHEMA},
                        "question": {"const": "show"},
                        "finding": {"type": "object"},
                        "state": {"type": "string"},
                        "events": {"type": "array", "items": {"type": "object"}},
                        "sightings": {"type": "array", "items": {"type": "object"}},
                    },
                },
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {"error": {"type": "string"}},
                },
            },
        },
        "security": [{"bearer": []}, {"session": []}],
        "paths": {
            "/api/v1/findings": _get("Findings and since when they are open", list(filters)),
            "/api/v1/findings/{fingerprint}": _get("One finding's life", place, "Life"),
            "/api/v1/runs": _get("Runs, the latest first", [_parameter("page", f"{RUNS} rows a page, from 1")]),
            "/api/v1/assets": _get("Endpoints that were ever open", [text, *later]),
            "/api/v1/compare": _get(f"What two runs say of findings, {COMPARED} at most of each fate", pair),
            "/api/v1/trend": _get("How many were open at the end of each day", [_parameter("since", "30d, or a day")]),
            "/api/v1/fix-time": _get("How fast findings get closed", [_parameter("by", "severity, owner or rule")]),
        },
    }


def _parameter(name: str, about: str, *, required: bool = False) -> Json:
    return {"name": name, "in": "query", "description": about, "required": required, "schema": {"type": "string"}}


def _get(about: str, parameters: list[Json], schema: str = "Rows") -> Json:
    error: Json = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    answer: Json = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {
        "get": {
            "summary": about,
            "parameters": parameters,
            "responses": {
                "200": {"description": about, "content": answer},
                "400": {"description": "a parameter that is none", "content": error},
                "401": {"description": "not signed in", "content": error},
                "503": {"description": "the history can't be read now", "content": error},
            },
        }
    }
