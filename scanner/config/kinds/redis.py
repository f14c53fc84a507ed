"""redis.conf and valkey.conf: `name value` lines, the last one wins (redis.io, Redis configuration)."""

from collections.abc import Iterator

from scanner.config.door import EVERYWHERE, Door, number, plain_address
from scanner.config.kind import ConfigKind
from scanner.config.lines import read_words
from scanner.config.setting import Setting, Settings
from scanner.core.guard import Guard

_PORT = 6379
_INSTEAD = ("bind 127.0.0.1 -::1", "protected-mode yes", "requirepass <64 random characters>")


def _read(text: str, file: str) -> Settings:
    return read_words(text, file)


def _doors(settings: Settings) -> tuple[Door, ...]:
    guard, why, lines = _guard(settings)
    plain = number(settings.value("port"), _PORT)
    secured = number(settings.value("tls-port"), 0)
    bind = settings.last("bind")
    addresses = [plain_address(word.removeprefix("-")) for word in bind.value.split()] if bind else [EVERYWHERE]
    found: list[Door] = []
    for port in (plain, secured):
        for address in addresses if port else ():
            certified = port == secured and settings.value("tls-auth-clients", "yes").lower() == "yes"
            found.append(
                Door(
                    service="redis",
                    address=address,
                    port=port,
                    guard=Guard.CLOSED if certified else guard,
                    why="it demands a client certificate" if certified else why,
                    opened_by=bind,
                    guarded_by=lines,
                    instead=_INSTEAD,
                )
            )
    return tuple(found)


def _guard(settings: Settings) -> tuple[Guard, str, tuple[Setting, ...]]:
    """Judge as networking.c does: protected mode refuses others while the default user needs no password."""
    lock = _lock(settings)
    if lock is not None:
        return lock[0], lock[1], (lock[2],)
    mode, bind = settings.last("protected-mode"), settings.last("bind")
    if mode is not None and not mode.true:
        return Guard.OPEN, "no password is set and protected mode is off", (mode,)
    if bind is not None:
        # Before 7.0 an explicit `bind` switched protected mode off.
        return Guard.UNKNOWN, "no password is set; protected mode refuses strangers from Redis 7.0 on only", (bind,)
    return Guard.CLOSED, "no password is set, but protected mode refuses strangers", ()


def _lock(settings: Settings) -> tuple[Guard, str, Setting] | None:
    """Return what may keep strangers out, the sure ones first."""
    password, file, include = (settings.last(name) for name in ("requirepass", "aclfile", "include"))
    if password is not None and password.value:
        return Guard.CLOSED, "it demands a password", password
    for user in settings.all("user"):
        name, *words = user.value.split() or [""]
        if name == "default" and ("off" in words or (_has_password(words) and "nopass" not in words)):
            return Guard.CLOSED, "its default user is off or has a password", user
    if file is not None and file.value:
        return Guard.UNKNOWN, "the ACL file decides who needs a password", file
    return None if include is None else (Guard.UNKNOWN, "a file that it includes may set a password", include)


def _has_password(words: list[str]) -> bool:
    return any(word[0] in ">#" for word in words)


def _arguments(given: Settings) -> Settings:
    """Return what `redis-server [FILE] --name value ...` says; values go on until the next option."""
    return Settings(tuple(_from_options(given)))


def _from_options(given: Settings) -> Iterator[Setting]:
    entries = list(given)
    for index, entry in enumerate(entries):
        if not entry.name.startswith("--"):
            continue
        rest = entries[index + 1 :]
        end = next((number for number, other in enumerate(rest) if other.name.startswith("--")), len(rest))
        values = [other.value for other in rest[:end] if not other.name] or [entry.value]
        yield entry.renamed(entry.name[2:].lower(), " ".join(values))


def _included(entry: Setting) -> tuple[str, ...]:
    return (entry.value,) if entry.name == "include" and entry.value else ()


KIND = ConfigKind(
    id="redis",
    title="Redis and Valkey",
    names=(
        "redis.conf",
        "redis-*.conf",
        "redis_*.conf",
        "valkey.conf",
        "valkey-*.conf",
        "redis/*.conf",
        "valkey/*.conf",
    ),
    places=("etc/redis/redis.conf", "etc/redis.conf", "etc/valkey/valkey.conf", "etc/valkey.conf"),
    read=_read,
    doors=_doors,
    programs=("redis-server", "valkey-server", "keydb-server"),
    arguments=_arguments,
    included=_included,
)
