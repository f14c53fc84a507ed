"""What processes spend: two samples of the kernel's counters, as shares of one processor."""

import os
from dataclasses import dataclass

from scanner.host.reading import procfs
from scanner.host.snapshot import CpuUse

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_IDLE = (3, 4)
"""Fields of /proc/stat's first line that nobody spent: idle and iowait."""


@dataclass(frozen=True, slots=True)
class Sample:
    """All counters at one moment."""

    uptime_s: float
    busy_s: float
    """Spent on the whole machine since boot."""
    spent: dict[int, procfs.Stat]
    """By process id."""


def sample(proc: str, stats: dict[int, procfs.Stat]) -> Sample:
    """Return the machine's counters beside those of its processes."""
    uptime = (procfs.read(f"{proc}/uptime", 256) or b"0").split()
    return Sample(float(uptime[0]) if uptime else 0.0, _busy(proc), stats)


def _busy(proc: str) -> float:
    line = (procfs.read(f"{proc}/stat", 4_096) or b"").split(b"\n", 1)[0].split()[1:9]
    return sum(int(field) for index, field in enumerate(line) if index not in _IDLE and field.isdigit()) * _TICK_S


def use(pid: int, first: Sample, second: Sample) -> CpuUse | None:
    """Return what a process spent between two samples and over its life; None when it is not in both."""
    before, after = first.spent.get(pid), second.spent.get(pid)
    if before is None or after is None or before.started != after.started or not second.uptime_s:
        return None
    spent = max(0, after.ticks - before.ticks) * _TICK_S
    age = max(second.uptime_s - after.started * _TICK_S, _TICK_S)
    return shares(spent, after.ticks * _TICK_S, age, first, second)


def shares(spent_s: float, life_s: float, age_s: float, first: Sample, second: Sample) -> CpuUse:
    """Return seconds spent as shares; times of less than a tick count as a tick."""
    elapsed = max(second.uptime_s - first.uptime_s, _TICK_S)
    busy = max(second.busy_s - first.busy_s, spent_s, _TICK_S)
    return CpuUse(recent=spent_s / elapsed, life=life_s / age_s, age_s=age_s, of_all_recent=spent_s / busy)
