"""What worms leave behind in a Redis server: files aimed at cron or ssh, their keys, their modules, their masters.

Redis writes its snapshot to `dir`/`dbfilename`; whoever may CONFIG SET both plants a cron job, an ssh key or a web
shell. A rogue master sends a module the same way.
"""

import contextlib
import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence

from scanner.core.address import to_number
from scanner.core.text import clean
from scanner.findings.candidate import Candidate
from scanner.targets.special import Reach, reach

_CRON = re.compile(r"/(?:var/spool/cron|etc/cron)", re.IGNORECASE)
_SSH = re.compile(r"/\.ssh(?:/|$)|^authorized_keys\d?$", re.IGNORECASE)
_WEB_ROOT = re.compile(r"^/(?:var/www|srv/www|usr/share/nginx|usr/local/apache2?)(?:/|$)", re.IGNORECASE)
_WEB_SHELL = re.compile(r"\.(?:php\d?|phtml|jspx?|aspx?)$", re.IGNORECASE)
_LIBRARY = re.compile(r"\.so$", re.IGNORECASE)
_BACKUP_KEY = re.compile(r"backup[1-4]", re.IGNORECASE)
_KINDS = frozenset({"config", "key", "module", "link"})
# Modules of Redis, Valkey and their vendors by the names that MODULE LIST gives.
_KNOWN_MODULES = frozenset(
    {"ai", "bf", "graph", "json", "ldap", "redisai", "redisgears", "redisgears_2", "rejson"}
    | {"search", "searchlight", "timeseries", "vectorset"}
)
# The names under which published rogue-master tools register their command runner.
_ATTACK_MODULES = frozenset({"system", "exp", "exp_lin", "red2"})


def candidates(traces: Mapping[str, Sequence[str]]) -> Iterator[Candidate]:
    """Yield the candidates among a Redis server's `config`, `key`, `module` and `link` traces."""
    if traces.keys().isdisjoint(_KINDS):
        return
    yield from _config_candidates(traces.get("config", ()))
    yield from _key_candidates(traces.get("key", ()))
    yield from _module_candidates(traces.get("module", ()))
    yield from _link_candidates(traces.get("link", ()))


def _config_candidates(settings: Sequence[str]) -> Iterator[Candidate]:
    for setting in settings:
        name, value = _split(setting)
        if name not in {"dir", "dbfilename"}:
            continue
        detail = clean(f"{name} {value}", 160)
        if _CRON.search(value):
            yield Candidate("redis-writes-to-cron", detail, certain=True)
        if _SSH.search(value):
            yield Candidate("redis-writes-to-ssh", detail, certain=True)
        if _WEB_SHELL.search(value):
            yield Candidate("redis-writes-a-web-shell", detail, certain=True)
        if _WEB_ROOT.search(value):
            yield Candidate("redis-writes-to-a-web-root", detail, certain=True)
        if name == "dbfilename" and _LIBRARY.search(value):
            yield Candidate("redis-writes-a-library", detail, certain=True)


def _key_candidates(keys: Sequence[str]) -> Iterator[Candidate]:
    for key in keys:
        if key.lower() == "crackit":
            yield Candidate("redis-key-crackit", clean(key), certain=True)
    backups = sorted({key.lower() for key in keys if _BACKUP_KEY.fullmatch(key)})
    if backups:
        yield Candidate("redis-keys-of-a-worm", ", ".join(backups), certain=len(backups) > 1)


def _module_candidates(modules: Sequence[str]) -> Iterator[Candidate]:
    for module in modules:
        name = module.split()[0].lower() if module.split() else ""
        if name in _ATTACK_MODULES:
            yield Candidate("module-of-an-attack", clean(module, 160), certain=True)
        elif name and name not in _KNOWN_MODULES:
            yield Candidate("module-unknown", clean(module, 160), certain=False)


def _link_candidates(links: Sequence[str]) -> Iterator[Candidate]:
    for link in links:
        if _is_public(link):
            yield Candidate("redis-master-on-the-internet", clean(link, 160), certain=False)


def _is_public(link: str) -> bool:
    return any(_reaches_the_internet(word) for word in re.findall(r"[0-9a-fA-F:.]{7,45}", link))


def _reaches_the_internet(word: str) -> bool:
    for candidate in (word, word.rpartition(":")[0]):
        with contextlib.suppress(ValueError):
            return reach(to_number(ipaddress.ip_address(candidate))) is Reach.PUBLIC
    return False


def _split(setting: str) -> tuple[str, str]:
    """Return (name, value) of `dir=/x`, `dir /x` or `dir: /x`."""
    name, _, value = re.sub(r"^(\w+)\s*[=:\s]\s*", r"\1\0", setting.strip(), count=1).partition("\0")
    return name.lower(), value.strip()
