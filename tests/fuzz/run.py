"""One input through one target: what it must not do, and how a failure is kept."""

import ast
import hashlib
import resource
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.lag import LONGEST_S, lag_s
from tests.fuzz.targets import Target

REGRESSIONS = Path(__file__).parent / "regressions"
MOST_GROWTH_KIB = 64 << 10
"""Most that the process may grow by over one input, in KiB."""


@dataclass(frozen=True)
class Failure:
    """What an input did."""

    target: str
    what: str
    pieces: tuple[bytes, ...]

    def save(self) -> Path:
        """Keep the input for `make test`; the file's first line says what it did."""
        digest = hashlib.sha256(repr(self.pieces).encode()).hexdigest()[:12]
        path = REGRESSIONS / f"{self.target}.{digest}.txt"
        path.write_text(f"# {self.what}\n{self.pieces!r}\n", "utf-8")
        return path


def saved() -> Iterable[tuple[str, Path]]:
    """Return (target, file) of every failure that was kept."""
    for path in sorted(REGRESSIONS.glob("*.txt")):
        yield path.name.rpartition(".")[0].rpartition(".")[0], path


def load(path: Path) -> tuple[bytes, ...]:
    """Return the input that a file holds."""
    pieces: tuple[bytes, ...] = ast.literal_eval(path.read_text("utf-8").split("\n", 1)[1])
    return pieces


def attempt(target: Target, pieces: tuple[bytes, ...], *, timed: bool = True) -> Failure | None:
    """Run one input; returns what is wrong with it."""
    before = _peak_kib(forget=True)
    spent_s, what = _once(target, pieces)
    grown = _peak_kib() - before
    if what is None and grown > MOST_GROWTH_KIB:
        what = f"memory grew by {grown >> 10} MiB"
    if what is None and timed and spent_s > LONGEST_S:
        spent_s = min(spent_s, lag_s(lambda: _once(target, pieces)))
        if spent_s > LONGEST_S:
            what = f"took {spent_s * 1_000:.0f} ms"
    return Failure(target.name, what, pieces) if what else None


def _peak_kib(*, forget: bool = False) -> int:
    """Return the most memory that the process has held; `forget` starts anew from what it holds (Linux, proc(5))."""
    if not sys.platform.startswith("linux"):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if forget:
        Path("/proc/self/clear_refs").write_text("5")
    rows = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
    return next((int(row.split()[1]) for row in rows if row.startswith("VmHWM")), 0)


def _once(target: Target, pieces: tuple[bytes, ...]) -> tuple[float, str | None]:
    began_s = time.thread_time()
    what = None
    try:
        target.run(pieces)
    except target.declared:
        pass
    except Exception as error:  # noqa: BLE001 - whatever escapes is the finding
        frame = error.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
        what = f"{type(error).__name__} at {place}: {str(error)[:80]!r}"
    return time.thread_time() - began_s, what
