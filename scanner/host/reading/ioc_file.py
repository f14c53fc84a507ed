"""Reads the user's own list of what is known to be bad: one address, network, hash or image name a line."""

import re
from ipaddress import ip_address, ip_network
from pathlib import Path

from scanner.core.errors import UsageError
from scanner.core.text import clean
from scanner.host.snapshot import Listed

_HASH = re.compile(r"[0-9A-Fa-f]{64}|[0-9A-Fa-f]{32}")
_IMAGE = re.compile(r"[\w.-]+(?::\d+)?(?:/[\w.-]+)*(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?")
_LIMIT_BYTES = 64 << 20


def read_ioc(path: Path) -> Listed:
    """Return what a file lists; raises UsageError with file and line for what is none of these."""
    try:
        with path.open("rb") as file:
            text = file.read(_LIMIT_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}; check --ioc", file=path) from None
    except UnicodeDecodeError:
        raise UsageError("is not UTF-8; save the file as UTF-8", file=path) from None
    return parse_ioc(text, str(path))


def parse_ioc(text: str, file: str) -> Listed:
    """Return what a text lists; `#` starts a comment, images may be prefixed `image:`."""
    addresses, networks, hashes, images = set[str](), list[str](), set[str](), set[str]()
    for number, raw in enumerate(text.splitlines(), start=1):
        word = raw.partition("#")[0].strip()
        if not word:
            continue
        if _HASH.fullmatch(word):
            hashes.add(word.lower())
        elif (place := _place(word)) is not None:
            networks.append(place) if "/" in place else addresses.add(place)
        elif _IMAGE.fullmatch(name := word.removeprefix("image:")) and re.search(r"[A-Za-z]", name):
            images.add(name)
        else:
            why = f"`{clean(word, 60)}` is no address, network, SHA-256, MD5 or image name"
            raise UsageError(why, file=file, line=number)
    return Listed(
        file=file,
        addresses=frozenset(addresses),
        networks=tuple(networks),
        hashes=frozenset(hashes),
        images=frozenset(images),
    )


def _place(word: str) -> str | None:
    try:
        return str(ip_network(word, strict=False)) if "/" in word else str(ip_address(word))
    except ValueError:
        return None
