"""The chain of an audit log: each line carries the hash of itself and of all lines before it; pure.

A line is one JSON object in canonical form (sorted keys, no spaces, ASCII). Its `chain` is the SHA-256, in hexadecimal,
of the previous line's `chain` and of the line without its own. Who changes, removes, adds or swaps a line has to write
every later one anew, and ends with another last value: keep that one elsewhere.
"""

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scanner.core.errors import Malformed
from scanner.core.jsontext import Json, as_int, as_object, as_text, parse_json
from scanner.core.text import clean

FORMAT = "exposure-scanner/audit/v1"
FIRST = "0" * 64
"""What stands in for the chain before the first line."""
LONGEST_LINE = 16 << 20
"""In bytes; a longer line is none of ours."""
TOTALS = ("attempts", "conversations", "questions", "bytes_out", "bytes_in")


def canonical(fields: Mapping[str, Json]) -> str:
    """Return the one JSON text of an object."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), allow_nan=False)


def link(fields: Mapping[str, Json], before: str) -> tuple[str, str]:
    """Return the finished line of these fields, without its end, and its `chain`."""
    chain = hashlib.sha256((before + canonical(fields)).encode("ascii")).hexdigest()
    return canonical({**fields, "chain": chain}), chain


def amounts(fields: Mapping[str, Json]) -> Counter[str]:
    """Return what one line adds to the totals."""
    kind = fields.get("kind")
    added = Counter({name: as_int(fields.get(name)) or 0 for name in ("bytes_out", "bytes_in")})
    if kind == "sweep":
        added["attempts"] = as_int(fields.get("count")) or 0
    elif kind == "conversation":
        added["conversations"] = 1
    elif kind == "asked":
        added["questions"] = as_int(fields.get("count")) or 0
    return added


@dataclass(slots=True)
class Verdict:
    """What the lines of an audit log prove."""

    lines: int = 0
    broken: str | None = None
    """The first thing that is wrong, in words; None when the chain holds."""
    foreign: bool = False
    """No line is one of an audit log's: this is another file, not one that was changed."""
    status: str | None = None
    """How the run ended; None when the last line is missing."""
    started: str = ""
    chain: str = FIRST
    totals: Counter[str] = field(default_factory=Counter)


def verify(lines: Iterable[bytes]) -> Verdict:
    """Read the lines of a log, ends included, and return what they prove; stops at the first that breaks the chain."""
    verdict, lines = Verdict(), iter(lines)
    for line in lines:
        verdict.lines += 1
        if verdict.status is not None:
            verdict.broken = f"line {verdict.lines} comes after the end"
            return verdict
        wrong = _follow(verdict, line)
        if wrong is not None:
            verdict.broken = f"line {verdict.lines} {wrong}"
            verdict.foreign = verdict.lines == 1 and not any(map(_is_linked, itertools.chain((line,), lines)))
            return verdict
    if not verdict.lines:
        verdict.broken = "there is no first line"
    return verdict


def _follow(verdict: Verdict, line: bytes) -> str | None:
    """Take one more line in; returns what is wrong with it."""
    fields = _fields(line)
    if not fields:
        return "is not whole"
    chain = fields.pop("chain", None)
    told, verdict.chain = link(fields, verdict.chain)
    if chain != verdict.chain or line != told.encode("ascii") + b"\n":
        return "does not follow from the lines before it"
    kind = fields.get("kind")
    if (kind == "start") != (verdict.lines == 1):
        return "is not where a log begins"
    if kind == "start":
        if fields.get("format") != FORMAT:
            return f"is of a format that this version does not know: {clean(str(fields.get('format')), 60)}"
        verdict.started = clean(as_text(fields.get("started")) or "", 40)
    elif kind == "end":
        verdict.status = clean(as_text(fields.get("status")) or "", 40)
        if any(fields.get(name) != verdict.totals[name] for name in TOTALS):
            return "has totals that are not those of the lines"
    else:
        verdict.totals += amounts(fields)
    return None


def _is_linked(line: bytes) -> bool:
    return b'"chain"' in line and "chain" in _fields(line)


def _fields(line: bytes) -> dict[str, Json]:
    try:
        return dict(as_object(parse_json(line, len(line))))
    except Malformed:
        return {}
