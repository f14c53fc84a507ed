"""A program that was started with LD_PRELOAD."""

import re
from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.families import builds
from scanner.host.paths import disguised, temporary
from scanner.host.snapshot import Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    building = builds(snapshot)
    for process in snapshot.processes:
        libraries = [word for word in re.split(r"[\s:]+", process.preload) if word]
        strange = [word for word in libraries if temporary(word) or disguised(word)]
        if libraries:
            weight = Weight.WEAK if strange and not process.fuse and process.pid not in building else Weight.NOTE
            detail = f"it was started with LD_PRELOAD={' '.join(libraries)}"
            yield Sign(CHECK.id, about_process(process), weight, sentence(detail), tuple(libraries))


CHECK = Check(
    id="preload-environment",
    title="A program was started with LD_PRELOAD",
    reads="/proc/PID/environ (LD_PRELOAD alone; names of other variables, never their values)",
    proves="The program runs a library's code first; from a temporary folder that is a weak sign, else a note.",
    wrong="Allocators (jemalloc), fakeroot and profilers are preloaded so: notes.",
    decide="ls -l {path}; dpkg -S {path}",
    attack=("T1574.006",),
    ask=_ask,
)
