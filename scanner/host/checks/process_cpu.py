"""A program that takes a processor for itself, now and all its life."""

from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.families import builds
from scanner.host.paths import disguised, hidden, temporary
from scanner.host.snapshot import Process, Snapshot

LEAST_AGE_S = 60.0
"""Younger programs may well be busy: compilers, tests, start-up."""
_LEAST_AGE_OF_AN_ODD_ONE_S = 1.0
"""Compilers and tests neither hide their command line nor run from memory."""
_RECENT, _LIFE, _OF_ALL = 0.8, 0.5, 0.3


def _is_odd(process: Process) -> bool:
    path = process.executable or ""
    in_hiding = disguised(path) or (temporary(path) and hidden(path) and not process.fuse)
    return process.silent or (process.deleted and not process.replaced) or in_hiding


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    building = builds(snapshot)
    for process in snapshot.processes:
        use = process.cpu
        if use is None or process.kernel or process.pid in building:
            continue
        if use.age_s < (_LEAST_AGE_OF_AN_ODD_ONE_S if _is_odd(process) else LEAST_AGE_S):
            continue
        # A niced miner gets little on a busy machine: its share of all that was spent counts, not the per cent alone.
        if (use.recent >= _RECENT or use.of_all_recent >= _OF_ALL) and use.life >= _LIFE:
            age = f"{use.age_s / 60:.0f} minutes" if use.age_s >= LEAST_AGE_S else f"{use.age_s:.0f} seconds"
            detail = f"it takes {use.recent:.0%} of a processor now and took {use.life:.0%} over its {age}"
            yield Sign(CHECK.id, about_process(process), Weight.WEAK, sentence(detail))


CHECK = Check(
    id="process-cpu",
    title="A program takes a processor for itself",
    reads="/proc/PID/stat and /proc/stat in two samples; /proc/uptime",
    proves="It spends most of a processor now and did so over its life: mining looks so, and honest work too.",
    wrong="Encoders, simulations, databases under load: one weak sign, never an alarm by itself. Younger than a minute "
    "and below a build tool: nothing; younger ones count that have no command line, no file any more, or hide in a "
    "temporary folder.",
    decide="top -b -n1 -p {pid}; ls -l /proc/{pid}/exe; ss -tnp | grep pid={pid},",
    attack=("T1496.001",),
    ask=_ask,
)
