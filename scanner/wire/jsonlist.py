"""Reads the items of a JSON array that may have been cut off, as long lists of a busy server are."""

import json

from scanner.core.jsontext import Json

_MOST_ITEMS = 10_000


def complete_items(body: bytes) -> list[Json] | None:
    """Return the items of a JSON array that are there in full, None when the text is no array."""
    text = body.decode("utf-8", "replace").lstrip()
    if not text.startswith("["):
        return None
    decoder = json.JSONDecoder()
    items: list[Json] = []
    position = _skip(text, 1)
    while position < len(text) and text[position] != "]" and len(items) < _MOST_ITEMS:
        try:
            item, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            break
        items.append(item)
        position = _skip(text, position)
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
    return items


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position
