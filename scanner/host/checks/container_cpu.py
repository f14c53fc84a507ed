"""A container that takes a processor for itself."""

from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_container, sentence
from scanner.host.checks.process_cpu import LEAST_AGE_S
from scanner.host.snapshot import Snapshot

_RECENT, _LIFE, _OF_ALL = 0.8, 0.5, 0.3


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for container in snapshot.containers:
        use = container.cpu
        if use is None or use.age_s < LEAST_AGE_S or use.life < _LIFE:
            continue
        if use.recent >= _RECENT or use.of_all_recent >= _OF_ALL:
            detail = f"its processes take {use.recent:.0%} of a processor now and took {use.life:.0%} over their life"
            yield Sign(CHECK.id, about_container(container), Weight.WEAK, sentence(detail))


CHECK = Check(
    id="container-cpu",
    title="A container takes a processor for itself",
    reads="/proc/PID/stat and /proc/PID/cgroup of its processes, in two samples",
    proves="Its processes together spend most of a processor, now and over their life.",
    wrong="Honest work does that too: one weak sign.",
    decide="docker top {name}; docker stats --no-stream {name}",
    root=True,
    attack=("T1496.001",),
    ask=_ask,
)
