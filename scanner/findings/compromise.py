"""Indicators of compromise, read from what a service told us; possible, never certain.

One name that is published as part of an attack is enough. Anything that an honest administrator might have done too
counts only together with a second indicator of another kind.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from scanner.core.finding import Indicator
from scanner.core.text import clean
from scanner.findings import redis_traces
from scanner.findings.attack_patterns import PARTS, WHOLE, near
from scanner.findings.candidate import Candidate

_MOST_INDICATORS = 20
_DETAIL_CHARS = 160


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
_NEAR_RANSOM = re.compile(r"read|recover|restore|nodata|secure|warning|meow", re.IGNORECASE)
_RANSOM_MAYBE = frozenset({"README", "WARNING"})
# The Meow wiper names what it leaves with random letters and digits: 1zj1a6kn7o-meow.
_MEOW = re.compile(r"(?=[a-z]*\d)[a-z0-9]{8,}-meow", re.IGNORECASE)


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
    if kind in _FILTERED and not near(value):
        return
    detail = clean(value, _DETAIL_CHARS)
    for pattern in WHOLE:
        if kind in pattern.kinds and pattern.expression.fullmatch(value):
            yield Candidate(pattern.id, detail, pattern.certain)
    for pattern in PARTS:
        if kind in pattern.kinds and pattern.expression.search(value):
            yield Candidate(pattern.id, detail, pattern.certain)


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
