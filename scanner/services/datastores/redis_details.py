"""What an open Redis told of itself: settings, modules, counts of keys, and the traces that worms leave."""

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.core.facts import Facts
from scanner.core.jsontext import Json
from scanner.wire.redis_info import key_counts
from scanner.wire.resp import Reply

WORM_KEYS = ("backup1", "backup2", "backup3", "backup4", "crackit")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisFacts(Facts):
    """What a Redis server showed."""

    keys: int | None = None
    """Keys in all databases; None when that was refused."""
    restricted: bool = False
    """Whether the default user needs no password and may not do everything."""


def setting(reply: Reply) -> str | None:
    """Return the value of a CONFIG GET answer: an array of name and value."""
    if isinstance(reply, list) and len(reply) >= 2 and isinstance(reply[1], bytes):
        return reply[1].decode("utf-8", "replace")
    return None


def _modules(reply: Reply) -> list[str]:
    """Return `name path` of each module of a MODULE LIST answer (path since Redis 7)."""
    found = []
    for module in reply if isinstance(reply, list) else []:
        fields = module if isinstance(module, list) else []
        named = {fields[i]: fields[i + 1] for i in range(0, len(fields) - 1, 2) if isinstance(fields[i], bytes)}
        texts = [
            value.decode("utf-8", "replace") for key in (b"name", b"path") if isinstance(value := named.get(key), bytes)
        ]
        found.append(" ".join(texts))
    return [text for text in found if text]


def evidence_of(info: Mapping[str, str], settings: Mapping[str, str], details: Mapping[str, Reply]) -> dict[str, Json]:
    """Return counts and names for the report."""
    named = (
        "redis_mode",
        "os",
        "executable",
        "config_file",
        "role",
        "master_host",
        "connected_slaves",
        "uptime_in_days",
    )
    evidence: dict[str, Json] = {name: info[name] for name in named if info.get(name)}
    counts = key_counts(info)
    evidence |= {"keys": sum(counts.values()), "databases": dict(counts)}
    evidence |= {name.replace("-", "_"): value for name, value in settings.items()}
    modules = _modules(details.get("MODULE LIST"))
    if modules:
        evidence["modules"] = list(modules)
    user = details.get("ACL WHOAMI")
    if isinstance(user, bytes):
        evidence["user"] = user.decode("utf-8", "replace")
    return evidence


def traces_of(
    info: Mapping[str, str], settings: Mapping[str, str], details: Mapping[str, Reply]
) -> dict[str, tuple[str, ...]]:
    """Return where indicators of compromise are looked for."""
    link = f"{info['master_host']}:{info.get('master_port', '')}" if info.get("master_host") else ""
    return {
        "config": tuple(f"{name} {settings[name]}" for name in ("dir", "dbfilename") if name in settings),
        "key": tuple(key for key in WORM_KEYS if details.get(f"EXISTS {key}") == 1),
        "module": tuple(_modules(details.get("MODULE LIST"))),
        "link": (link,) if link else (),
    }
