"""The `[[lint]]` tables of a TOML check: what is known of the images that run the service."""

from pathlib import Path
from typing import Any

from scanner.core.errors import UsageError
from scanner.core.facts import Access
from scanner.core.guard import Guard
from scanner.core.image import Image, image_sign
from scanner.core.tomltext import read_toml

_FIELDS = frozenset({"names", "tags", "ports", "rule", "default", "signs", "files", "access", "why", "source"})
_LISTS = frozenset({"names", "tags", "ports", "default", "signs", "files"})


def images_of(file: Path) -> tuple[Image, ...]:
    """Return the images of a check file; raises UsageError for a table that can't be used as written."""
    if "[[lint]]" not in file.read_text("utf-8"):
        return ()
    return tuple(_image(entry, file) for entry in read_toml(file)[0]["lint"])


def _image(entry: dict[str, Any], file: Path) -> Image:
    for name in _LISTS & set(entry):
        if not isinstance(entry[name], list):
            raise UsageError(f"[[lint]]: {name} takes a list", file=file)
    if unknown := sorted(set(entry) - _FIELDS):
        raise UsageError(f"unknown field {unknown[0]!r} in [[lint]]", file=file)
    try:
        signs = tuple(entry.get("signs", ()))
        for sign in signs:
            image_sign(sign)
        return Image(
            names=tuple(entry["names"]),
            tags=tuple(entry.get("tags", ("*",))),
            ports=tuple(entry["ports"]),
            rule=entry["rule"],
            defaults=tuple((since, Guard(guard)) for since, guard in entry.get("default", [["", "open"]])),
            signs=signs,
            files=tuple(entry.get("files", ())),
            access=Access[entry.get("access", "data").upper()],
            why=entry["why"],
            source=entry["source"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"[[lint]]: {error}", file=file) from None
