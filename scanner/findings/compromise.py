"""Indicators of compromise, read from what a service told us; possible, never certain.

One name that is published as part of an attack is enough. Anything that an honest administrator might have done too
counts only together with a second indicator of another kind.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from scanner.core.finding import Indicator
from scanner.core.text import clean
from scanner.findings import redis_traces
from scanner.findings.candidate import Candidate

_MOST_INDICATORS = 20
_DETAIL_CHARS = 160


class _Pattern(NamedTuple):
    id: str
    kinds: tuple[str, ...]
    expression: re.Pattern[str]
    certain: bool


def _expression(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


def _words(*names: str) -> re.Pattern[str]:
    """Match any of the names standing alone, as a path segment, an argument or the start of `name-1.2.3`."""
    listed = "|".join(re.escape(name) for name in names)
    return _expression(rf"(?<![\w.-])(?:{listed})(?=$|[\s/:@;'\",|&)\]]|[-_]?v?\d)")


def _images(*names: str) -> re.Pattern[str]:
    """Match image names: `account/` covers all images of an account, `account/image` exactly that one."""
    listed = "|".join(re.escape(name) + (".+" if name.endswith("/") else "") for name in names)
    return _expression(rf"(?:(?:[\w-]+\.)+[\w-]+(?::\d+)?/|localhost(?::\d+)?/)?(?:{listed})(?:[:@].*)?")


_COMMANDS = ("command",)
_ANYWHERE = ("image", "command", "name", "key", "module", "mount")

_WHOLE = (
    _Pattern("image-known-miner", ("image",), _images("heybb/theimg2", "zoolu/ubuntu"), certain=True),
    _Pattern(
        "image-known-campaign",
        ("image",),
        # Graboid, TeamTNT and azurenql, as published by Unit 42, Aqua and Trend Micro.
        _images("zoolu2/", "docker111/", "azurenql/", "pocosow/", "gakeaws/", "hildeteamtnt/", "alpineos/"),
        certain=True,
    ),
    _Pattern("image-lookalike", ("image",), _images("alpine2", "alpine2/"), certain=False),
)
_PARTS = (
    _Pattern("command-known-miner", _COMMANDS, _expression(r"(?<![\w./-])/mac\.sh(?![\w.-])"), certain=True),
    _Pattern(
        "malware-name",
        _ANYWHERE,
        _words("kinsing", "kdevtmpfsi", "kworkerds", "watchbog", "h2miner", "libprocesshider", "libprocesshider.so"),
        certain=True,
    ),
    _Pattern(
        "miner-name",
        _ANYWHERE,
        _words("xmrig", "xmr-stak", "cpuminer", "cpuminer-multi", "minerd", "ccminer", "nbminer", "xmrigdaemon"),
        certain=True,
    ),
    _Pattern("mining-pool-protocol", _ANYWHERE, _expression(r"\bstratum[12]?\+(?:tcp|ssl|tls)://"), certain=True),
    _Pattern("miner-option", _COMMANDS, _expression(r"(?<!\S)--donate-level\b"), certain=True),
    _Pattern(
        "mining-pool",
        ("command", "link"),
        _expression(
            r"(?<![\w-])(?:[\w-]{1,63}\.){0,8}(?:minexmr|supportxmr|nanopool|c3pool|moneroocean)\.(?:com|org|net|stream)\b"
        ),
        certain=True,
    ),
    _Pattern(
        "download-and-run",
        _COMMANDS,
        _expression(r"\b(?:curl|wget)\b[^|;]{1,300}\|\s*(?:sudo\s+)?(?:/bin/|/usr/bin/)?(?:ba|da|z)?sh\b"),
        certain=False,
    ),
    _Pattern(
        "decode-and-run",
        _COMMANDS,
        _expression(r"\bbase64\s+(?:-d|-D|--decode)\b[^|;]{0,300}\|\s*(?:/bin/)?(?:ba)?sh\b"),
        certain=False,
    ),
    _Pattern("reverse-shell", _COMMANDS, _expression(r"/dev/(?:tcp|udp)/[^\s/]{1,253}/\d"), certain=False),
    _Pattern("file-made-immutable", _COMMANDS, _expression(r"\bchattr\s+(?:-R\s+)?[-+]i"), certain=False),
    _Pattern(
        "run-from-temporary-folder", _COMMANDS, _expression(r"\bnohup\s{1,20}\S{0,300}/tmp/\S|/var/tmp/\.\S"), False
    ),
    _Pattern("scanning-tool", _COMMANDS, _words("masscan", "zgrab", "pnscan"), certain=False),
    _Pattern(
        "tunnel-or-paste-site",
        _COMMANDS,
        _expression(r"(?:[\w-]\.ngrok\.(?:io|app)|\btransfer\.sh|\bpastebin\.com/raw)\b"),
        certain=False,
    ),
    _Pattern("preloaded-library", _COMMANDS, _expression(r"\bLD_PRELOAD=\S|/etc/ld\.so\.preload\b"), certain=False),
    _Pattern("ssh-key-written", _COMMANDS, _expression(r">\s{0,20}[^\s>]{0,300}/authorized_keys\b"), certain=False),
    _Pattern("other-docker-driven", _COMMANDS, _expression(r"\bdocker\s+(?:-H|--host)[\s=]+tcp://"), False),
    _Pattern("host-root-changed", _COMMANDS, _expression(r"\bchroot\s+/(?:mnt|host|hostfs|rootfs)\b"), False),
    _Pattern("suspicious-program", _COMMANDS, _words("sysupdate", "zzh", "t-rex"), certain=False),
    _Pattern(
        "mount-of-start-up-files",
        ("mount",),
        _expression(r"^(?:/etc/cron(?:tab|\.\w+)?|/var/spool/cron|/root/\.ssh|/etc/ld\.so\.preload)(?=/|:|$)"),
        certain=False,
    ),
    _Pattern("mount-of-host-root", ("mount",), _expression(r"^/:(?!.*:ro\b)(?!/(?:rootfs|host/?fs)\b)"), certain=False),
)

# One of these is in every command and name that a pattern fits: a machine has thousands that fit none.
_NEAR = (
    "mac.sh", "kinsing", "kdevtmpfsi", "kworkerds", "watchbog", "h2miner", "processhider", "xmr", "miner", "stratum",
    "donate-level", "nanopool", "c3pool", "moneroocean", "curl", "wget", "base64", "/dev/tcp/", "/dev/udp/", "chattr",
    "nohup", "var/tmp/.", "masscan", "zgrab", "pnscan", "ngrok", "transfer.sh", "pastebin", "preload",
    "authorized_keys", "docker", "chroot", "sysupdate", "zzh", "t-rex",
)  # fmt: skip
_RANSOM = frozenset(
    {
        "READ_ME",
        "READ_ME_TO_RECOVER_YOUR_DATA",
        "READ_ME_TO_RECOVER_DATABASE",
        "RECOVER_YOUR_DATA",
        "HOW_TO_RESTORE",
        "PLEASE_READ",
        "PLEASE_READ_ME",
        "PLEASEREADTHIS",
        "PLEASE_READ_THIS",
        "NODATA4U_SECUREYOURSHIT",
        "YOUR_DB_IS_NOT_SECURE",
    }
)
_FILTERED = frozenset({"command", "name"})
# A part of every name below and above, and of the wiper's: a machine has thousands of processes that have none.
_NEAR_RANSOM = _expression(r"read|recover|restore|nodata|secure|warning|meow")
_RANSOM_MAYBE = frozenset({"README", "WARNING"})
# The Meow wiper names what it leaves with random letters and digits: 1zj1a6kn7o-meow.
_MEOW = _expression(r"(?=[a-z]*\d)[a-z0-9]{8,}-meow")


def indicators(traces: Mapping[str, Sequence[str]]) -> tuple[Indicator, ...]:
    """Return the indicators in Facts.traces if together they make a break-in likely, else none; certain ones first."""
    found = list(dict.fromkeys(candidates(traces)))
    likely = any(candidate.certain for candidate in found) or len({candidate.id for candidate in found}) > 1
    if not likely:
        return ()
    found.sort(key=lambda candidate: not candidate.certain)
    return tuple(Indicator(candidate.id, candidate.detail) for candidate in found[:_MOST_INDICATORS])


def candidates(traces: Mapping[str, Sequence[str]]) -> Iterator[Candidate]:
    """Yield every candidate, not yet weighed together with the others."""
    for kind, values in traces.items():
        for value in values:
            yield from _pattern_candidates(kind, value.strip())
    names = [value for kind in ("name", "key") for value in traces.get(kind, ())]
    yield from _ransom_candidates(names)
    yield from redis_traces.candidates(traces)


def _pattern_candidates(kind: str, value: str) -> Iterator[Candidate]:
    if kind in _FILTERED and not _near(value):
        return
    detail = clean(value, _DETAIL_CHARS)
    for pattern in _WHOLE:
        if kind in pattern.kinds and pattern.expression.fullmatch(value):
            yield Candidate(pattern.id, detail, pattern.certain)
    for pattern in _PARTS:
        if kind in pattern.kinds and pattern.expression.search(value):
            yield Candidate(pattern.id, detail, pattern.certain)


@lru_cache(maxsize=4_096)
def _near(value: str) -> bool:
    folded = value.casefold()
    return any(word in folded for word in _NEAR)


def _ransom_candidates(names: Sequence[str]) -> Iterator[Candidate]:
    for name in names:
        if _NEAR_RANSOM.search(name) is None:
            continue
        folded = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
        if folded in _RANSOM or _MEOW.fullmatch(name):
            yield Candidate("ransom-note-name", clean(name, _DETAIL_CHARS), certain=True)
        elif folded in _RANSOM_MAYBE:
            # Both together are the Mongo Lock attack; one alone may be an honest collection.
            yield Candidate(f"ransom-note-word-{folded.lower()}", clean(name, _DETAIL_CHARS), certain=False)
