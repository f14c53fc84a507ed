"""The first line of an audit log: who began which run, where, and how."""

import hashlib
import os
import pwd
import re
import socket
import time
from collections.abc import Sequence

from scanner import __version__
from scanner.core.address import to_address
from scanner.core.jsontext import Json
from scanner.core.plan import ScanPlan
from scanner.core.scope import Scope
from scanner.core.text import clean
from scanner.history.audit_lines import utc
from scanner.history.chain import FORMAT

# A password may hold an unescaped `@`: the last one before the path ends it.
_USERINFO = re.compile(r"(?<=://)[^/?#\s]*(?=@)")
_NAMED_SECRET = re.compile(r"(?i)((?:token|secret|passw(?:or)?d|api[-_]?key|auth)[a-z_-]*=)[^&\s]+")
_MOST_WORD = 4_096


def opening(plan: ScanPlan, argv: Sequence[str]) -> dict[str, Json]:
    """Return the fields of the first line; `argv` is the command line as it was typed."""
    names: list[Json] = [*sorted({clean(target.host) for target in plan.targets if target.host})]
    return {
        "format": FORMAT,
        "tool": {"name": "exposure-scanner", "version": __version__},
        "started": utc(time.time()),
        "who": who(),
        "argv": [redacted(word) for word in argv],
        "scope": {"addresses": plan.scope.size, "sha256": scope_hash(plan.scope)},
        "names_resolved": names,
        "engine": plan.engine,
        "seed": plan.seed,
        "shard": f"{plan.shard.index}/{plan.shard.count}",
    }


def who() -> dict[str, Json]:
    """Return the account that runs this and the machine's name, as the system knows them."""
    number = os.geteuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = str(number)
    behind = os.environ.get("SUDO_USER")
    told: dict[str, Json] = {"user": clean(name, 64), "host": clean(socket.gethostname(), 255)}
    return told | ({"sudo_user": clean(behind, 64)} if behind else {})


def redacted(word: str) -> str:
    """Return a word of the command line without the secrets that it may hold: userinfo in a URL, `token=...`."""
    return clean(_NAMED_SECRET.sub(r"\1***", _USERINFO.sub("***", word)), _MOST_WORD)


def scope_hash(scope: Scope) -> str:
    """Return the SHA-256 of what may be touched, exclusions taken out: one line `first-last` a range, in order."""
    text = "".join(f"{to_address(first)}-{to_address(last)}\n" for first, last in scope.numbers.spans)
    return hashlib.sha256(text.encode("ascii", "backslashreplace")).hexdigest()
