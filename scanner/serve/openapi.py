"""The description of the JSON API (OpenAPI 3.1.0)."""

from scanner import __version__
from scanner.core.jsontext import Json
from scanner.history.answers import SCHEMA
from scanner.serve.filters import PAGE


def openapi() -> dict[str, Json]:
    """Return the description of the API (OpenAPI 3.1.0)."""
    filters = [
        _parameter("state", "open, inconclusive, gone or all; without it, all that are not gone"),
        _parameter("severity", "of that severity or graver"),
        _parameter("owner", "of that owner"),
        _parameter("rule", "of that rule"),
        _parameter("text", "part of place, name or title"),
        _parameter("since", "new or back since then: 7d, or a day"),
        _parameter("accepted", "yes or no"),
        _parameter("page", f"{PAGE} rows a page, from 1"),
    ]
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
                        "total": {"type": "integer"},
                        "page": {"type": "integer"},
                        "rows": {"type": "array", "items": {"type": "object"}},
                    },
                }
            },
        },
        "security": [{"bearer": []}, {"session": []}],
        "paths": {
            "/api/v1/findings": _get("Findings and since when they are open", list(filters)),
            "/api/v1/findings/{fingerprint}": _get("One finding's life", place),
            "/api/v1/runs": _get("Runs, the latest first", []),
            "/api/v1/trend": _get("How many were open at the end of each day", [_parameter("since", "30d, or a day")]),
            "/api/v1/fix-time": _get("How fast findings get closed", [_parameter("by", "severity, owner or rule")]),
        },
    }


def _parameter(name: str, about: str) -> Json:
    return {"name": name, "in": "query", "description": about, "schema": {"type": "string"}}


def _get(about: str, parameters: list[Json]) -> Json:
    rows: Json = {"application/json": {"schema": {"$ref": "#/components/schemas/Rows"}}}
    return {
        "get": {
            "summary": about,
            "parameters": parameters,
            "responses": {
                "200": {"description": about, "content": rows},
                "401": {"description": "not signed in"},
            },
        }
    }
