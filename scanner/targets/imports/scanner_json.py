"""Reads the JSON of masscan (`-oJ`, `-oD`) and naabu (`-json`), whole or value by value.

masscan ends its array with a comma in some versions, with `{finished: 1}` in old ones and with nothing at all when it
is interrupted, so a text that is no JSON as a whole is read value by value.
"""

import re
from collections.abc import Iterator

from scanner.core.errors import Malformed
from scanner.core.jsontext import Json, as_list, as_object, parse_json, parse_json_at
from scanner.targets.imports.found import Import

# naabu 2.1 wrote the port as an object with its protocol as a number.
_NAABU_PROTOCOL = {0: "tcp", 1: "udp"}
# masscan's last line is no JSON.
_FINISHED = re.compile(r'\{\s*"?finished"?\s*:\s*1\s*\}')
_BETWEEN = re.compile(r"[\s,]*")
# Only at the very end: a banner may say so anywhere.
_ENDED = re.compile(r'(?:\{\s*"?finished"?\s*:\s*1\s*\}|\])\s*\Z')


def read_json(data: bytes) -> Import:
    """Return the open ports of a masscan or naabu file; raises Malformed for anything else."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Malformed("not JSON: not UTF-8") from None
    ended = bool(_ENDED.search(text))
    # Lines of ndjson have no end to tell of.
    known = Import(broken_off=text.lstrip().startswith("[") and not ended)
    empty = True
    for entry in _entries(text):
        fields = as_object(entry)
        if "finished" in fields:
            continue
        if "ip" not in fields:
            raise Malformed("an entry has no ip; this is neither masscan's nor naabu's JSON")
        empty = False
        _take(fields, known)
    # Without an entry nobody was heard: an empty network and one that was out of reach look alike.
    known.ended = ended and not empty
    if empty and not re.fullmatch(r"[\s,\[\]]*", _FINISHED.sub("", text)):
        raise Malformed("holds no entry of masscan or naabu")
    return known


def _take(fields: dict[str, Json], known: Import) -> None:
    if "ports" in fields:
        for port in map(as_object, as_list(fields["ports"])):
            if port.get("status", "open") == "open":
                known.take(fields["ip"], port.get("port"), port.get("proto", "tcp"))
    elif "rec_type" in fields:
        # masscan's ndjson; a banner is only taken from what is open.
        if fields["rec_type"] == "banner" or as_object(fields.get("data")).get("status", "open") == "open":
            known.take(fields["ip"], fields.get("port"), fields.get("proto", "tcp"))
    else:
        _take_naabu(fields, known)


def _take_naabu(fields: dict[str, Json], known: Import) -> None:
    port, transport = fields.get("port"), fields.get("protocol", fields.get("proto", "tcp"))
    if isinstance(port, dict):
        number = port.get("Protocol")
        transport = _NAABU_PROTOCOL.get(number) if isinstance(number, int) else None
        port = port.get("Port")
    known.take(fields["ip"], port, transport, fields.get("host"))


def _entries(text: str) -> Iterator[Json]:
    try:
        whole = parse_json(_mended(text), len(text) + 1)
    except Malformed:
        yield from _values(text)
        return
    yield from whole if isinstance(whole, list) else [whole]


def _mended(text: str) -> str:
    """Return an array without what masscan puts behind its last entry, and closed where it is not."""
    if not text.lstrip().startswith("["):
        return text
    return _FINISHED.sub("", text).rstrip("], \t\r\n") + "]"


def _values(text: str) -> Iterator[Json]:
    """Yield one JSON value after another, whatever commas and lines stand between them."""
    at = _after(text, 0)
    at = _after(text, at + 1) if text.startswith("[", at) else at
    while at < len(text):
        finished = _FINISHED.match(text, at)
        if finished is not None:
            at = _after(text, finished.end())
            continue
        if text.startswith("]", at):
            return
        value, end = parse_json_at(text, at)
        yield value
        at = _after(text, end)


def _after(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at
