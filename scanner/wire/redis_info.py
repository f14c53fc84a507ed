"""The text that INFO answers: sections of `name:value` lines (https://redis.io/docs/latest/commands/info/)."""

from collections.abc import Mapping

from scanner.core.number import parse_number

_PRODUCTS = (
    ("valkey_version", "Valkey"),
    ("dragonfly_version", "Dragonfly"),
    ("kvrocks_version", "Apache Kvrocks"),
    ("garnet_version", "Garnet"),
    ("pika_version", "Pika"),
    ("tile38_version", "Tile38"),
    ("ardb_version", "Ardb"),
    ("redis_version", "Redis"),
)


def parse_info(text: bytes) -> dict[str, str]:
    """Return the fields of an INFO answer; an unknown text gives an empty mapping."""
    lines = text.decode("utf-8", "replace").splitlines()[:1_000]
    pairs = (line.partition(":") for line in lines if not line.startswith("#"))
    return {name: value.strip() for name, separator, value in pairs if separator}


def product_of(info: Mapping[str, str]) -> tuple[str, str] | None:
    """Return (product, version), None when the fields are no Redis relative's."""
    for field, product in _PRODUCTS:
        version = info.get(field, "")
        if version.lstrip("df-v")[:1].isdigit():
            return ("KeyDB" if "keydb" in info.get("executable", "") else product), version
    return None


def key_counts(info: Mapping[str, str]) -> dict[str, int]:
    """Return database -> number of keys from the keyspace section (`db0:keys=12,expires=0,avg_ttl=0`)."""
    counts = {}
    for name, value in info.items():
        if name.startswith("db") and name[2:].isdigit():
            fields = dict(part.partition("=")[::2] for part in value.split(","))
            if (keys := parse_number(fields.get("keys", ""))) is not None:
                counts[name] = keys
    return counts


def is_sentinel(info: Mapping[str, str]) -> bool:
    """Tell whether the server is a Sentinel and holds no data of its own."""
    return info.get("redis_mode") == "sentinel"
