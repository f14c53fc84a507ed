"""Reads the JSON of masscan (`-oJ`) and naabu (`-json`), whole or line by line.

masscan ends its array with a comma in some versions and with nothing at all when it is interrupted, so a text that is
no JSON as a whole is read line by line.
"""

from collections.abc import Iterator

from scanner.core.errors import Malformed
from scanner.core.jsontext import Json, as_list, as_object, parse_json
from scanner.targets.imports.found import Found, read_found

# naabu 2.1 wrote the port as an object with its protocol as a number.
_NAABU_PROTOCOL = {0: "tcp", 1: "udp"}


def read_json(data: bytes) -> Iterator[Found]:
    """Yield the open ports of a masscan or naabu file; raises Malformed for anything else."""
    known = False
    for entry in _entries(data):
        fields = as_object(entry)
        if "ip" not in fields and "finished" not in fields:
            raise Malformed("an entry has no ip; this is neither masscan's nor naabu's JSON")
        known = True
        yield from _masscan(fields) if "ports" in fields else _naabu(fields)
    if not known and data.strip() not in {b"", b"[]", b"[\n]"}:
        raise Malformed("holds no entry of masscan or naabu")


def _masscan(fields: dict[str, Json]) -> Iterator[Found]:
    for port in map(as_object, as_list(fields.get("ports"))):
        one = read_found(fields.get("ip"), port.get("port"), port.get("proto"))
        if one is not None and port.get("status", "open") == "open":
            yield one


def _naabu(fields: dict[str, Json]) -> Iterator[Found]:
    port, transport = fields.get("port"), fields.get("protocol", "tcp")
    if isinstance(port, dict):
        number = port.get("Protocol")
        transport = _NAABU_PROTOCOL.get(number) if isinstance(number, int) else None
        port = port.get("Port")
    one = read_found(fields.get("ip"), port, transport)
    if one is not None:
        yield one


def _entries(data: bytes) -> Iterator[Json]:
    try:
        whole = parse_json(data, len(data))
    except Malformed:
        yield from _lines(data)
        return
    yield from whole if isinstance(whole, list) else [whole]


def _lines(data: bytes) -> Iterator[Json]:
    for line in data.splitlines():
        text = line.strip().strip(b",").strip()
        # masscan's last line, `{finished: 1}`, is no JSON.
        if text and text not in {b"[", b"]", b"{finished: 1}"}:
            yield parse_json(text)
