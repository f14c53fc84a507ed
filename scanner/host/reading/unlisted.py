"""Finds processes that answer by their number and are missing from the listing of /proc: what a rootkit hides.

Processes are born and end while we look, so a number counts only when it is missing in three listings, answers each
time with one start time, and is older than our looking. A thread answers by its number without being listed: it is
told by its thread group.
"""

import os
from collections.abc import Iterable

from scanner.host.reading import procfs

_FIRST = 65_536
"""Numbers that are always tried, in ids."""
_RECENT = 32_768
"""How many ids before the newest one are tried beyond these."""


def unlisted_numbers(proc: str, listed: Iterable[int], *, newest: int, only: Iterable[int] | None = None) -> list[int]:
    """Return the hidden process ids; `newest` is the latest start in ticks that still counts, 0 for any."""
    found = _round(proc, set(listed), only if only is not None else _range(proc), {})
    for _ in range(2):
        if not found:
            return []
        found = _round(proc, set(procfs.numbers(proc)), list(found), found)
    return [pid for pid, started in found.items() if not newest or started <= newest]


def _round(proc: str, listed: set[int], tried: Iterable[int], before: dict[int, int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for pid in tried:
        if pid in listed or not os.access(f"{proc}/{pid}", os.F_OK):
            continue
        place = f"{proc}/{pid}"
        stat = procfs.stat(place)
        if stat is None or not procfs.leads_group(place, pid):
            continue
        if before.get(pid, stat.started) == stat.started:
            found[pid] = stat.started
    return found


def _range(proc: str) -> list[int]:
    most = _number(f"{proc}/sys/kernel/pid_max", 0)
    words = (procfs.read(f"{proc}/loadavg", 256) or b"").split()
    last = int(words[4]) if len(words) > 4 and words[4].isdigit() else 0
    first = min(most, _FIRST)
    recent = range(max(first + 1, last - _RECENT), min(last + _RECENT // 4, most) + 1)
    return [*range(1, first + 1), *recent]


def _number(path: str, default: int) -> int:
    text = (procfs.read(path, 64) or b"").strip()
    return int(text) if text.isdigit() else default
