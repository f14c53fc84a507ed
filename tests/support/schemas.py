"""JSON Schemas of docs/schema, also in a strict reading under which a key that is not declared is an error."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FOLDER = Path(__file__).parents[2] / "docs" / "schema"


def strict_validator(name: str, definition: str = "") -> Draft202012Validator:
    """Return a validator of a schema, or of one of its definitions, that refuses every key that is not declared."""
    schemas = {file.name: _closed(json.loads(file.read_text())) for file in FOLDER.glob("*.json")}
    known = Registry().with_resources((one["$id"], DRAFT202012.create_resource(one)) for one in schemas.values())
    wanted = {"$ref": f"{schemas[name]['$id']}#/$defs/{definition}"} if definition else schemas[name]
    return Draft202012Validator(wanted, registry=known)


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
