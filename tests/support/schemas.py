"""JSON Schemas of docs/schema, also in a strict reading under which a key that is not declared is an error."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parents[2] / "docs" / "schema"


def strict_validator(name: str) -> Draft202012Validator:
    """Return a validator that refuses every key that the schema does not declare."""
    return Draft202012Validator(_closed(json.loads((FOLDER / name).read_text())))


def _closed(schema):
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    # What stands under `if` tells cases apart and declares nothing.
    closed = {key: value if key == "if" else _closed(value) for key, value in schema.items()}
    if isinstance(closed.get("properties"), dict) and "$ref" not in closed["properties"]:
        closed["additionalProperties"] = False
    return closed
