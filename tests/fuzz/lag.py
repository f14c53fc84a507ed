"""How long one synchronous call keeps everybody else waiting: in processor time, on the scale of a machine at rest.

A busy machine shares its caches and its cores' halves, so that the same work takes twice the processor time. So what
seems slow is measured beside a piece of work of known length: the quotient is the same on any machine, busy or not.
"""

import contextlib
import time
from collections.abc import Callable, Iterator

LONGEST_S = 0.05
"""Most processor time of one input: nobody else's answer is read meanwhile."""
_UNIT_S = 0.0100
"""What the piece of work takes on the machine of docs/benchmarks.md at rest."""
_TRIES = 3
"""Not the collector's pause and not a first import: slow is what is slow so often."""
_LINES = "\n".join(f"key-{number}: value {number * 7}, some more words; {number:x}" for number in range(7_300))


def spent_s(run: Callable[[], object]) -> float:
    """Return what a call takes of this thread's processor time, in seconds, whatever it raises."""
    began_s = time.thread_time()
    with contextlib.suppress(Exception):
        run()
    return time.thread_time() - began_s


def slowness() -> float:
    """Return how many times as long as on the machine at rest the same work takes here and now."""
    return spent_s(_work) / _UNIT_S


def lag_s(run: Callable[[], object]) -> float:
    """Return how long a call would keep the event loop of the machine at rest, in seconds."""
    took_s = spent_s(run)
    for _ in range(_TRIES - 1):
        if took_s <= LONGEST_S / 2:
            break
        took_s = min(took_s, spent_s(run) / slowness())
    return took_s


@contextlib.contextmanager
def watched(what: str) -> Iterator[None]:
    """Fail when what is done inside keeps the event loop too long; for what can't be done twice."""
    began_s = time.thread_time()
    yield
    took_s = time.thread_time() - began_s
    if took_s > LONGEST_S:
        took_s /= slowness()
    assert took_s <= 2 * LONGEST_S, f"{what}: {took_s * 1_000:.0f} ms in one go"


def _work() -> int:
    """Take lines apart as most parsers of text do."""
    found: dict[str, str] = {}
    for line in _LINES.split("\n"):
        name, _, value = line.partition(": ")
        if name and not value.isdigit():
            found[name.strip().lower()] = "".join(one for one in value if one.isprintable())[:200]
    return len(found)
