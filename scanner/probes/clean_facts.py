"""Cleans every text of a probe's answer, whatever the probe did: nothing is kept as it came from the network."""

import dataclasses
from typing import Any

from scanner.core.facts import Exchange, Facts
from scanner.core.text import clean

_MOST_ITEMS = 200
_PROOF_CHARS = 1_000


def clean_facts(facts: Facts) -> Facts:
    """Return the same facts with all text clean and all collections bounded."""
    changes = {
        field.name: _clean_value(getattr(facts, field.name))
        for field in dataclasses.fields(facts)
        if field.name not in {"access", "tls", "unheard"}
    }
    return dataclasses.replace(facts, **changes)


def _clean_value(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case Exchange():
            return Exchange(clean(value.sent, _PROOF_CHARS), clean(value.received, _PROOF_CHARS))
        case dict():
            return {clean(str(key)): _clean_value(item) for key, item in list(value.items())[:_MOST_ITEMS]}
        case list():
            return [_clean_value(item) for item in value[:_MOST_ITEMS]]
        case tuple() if type(value) is tuple:
            return tuple(_clean_value(item) for item in value[:_MOST_ITEMS])
    return value
