"""What things are called on the NATS server: streams, subjects, and the words that may stand in them."""

import re
import secrets
from dataclasses import dataclass

from scanner.core.errors import Malformed

JOBS = "EXPOSURE_JOBS"
"""The stream of chunks that wait for a worker: a work queue for each vantage point."""
OUTCOMES = "EXPOSURE_OUTCOMES"
"""The stream of what became of each chunk."""
PARTS = "EXPOSURE_PARTS"
"""The stream that holds plans and reports, cut into parts."""
RATES = "exposure-rates"
"""The key-value bucket in which the workers of a run share its rate."""
ANYWHERE = "anywhere"
"""The vantage point of workers and runs that name none."""
ALL_JOBS, ALL_OUTCOMES, ALL_PARTS = "exposure.job.*.*.*", "exposure.outcome.*.*.*", "exposure.part.*.*.*"
ALL_ALIVE, ALL_STOPS = "exposure.alive.*.*", "exposure.stop.*"

_WORD = re.compile(r"[A-Za-z0-9_-]{1,48}")
_RUN = re.compile(r"[0-9a-f]{16}")
MOST_CHUNKS = 1_000_000
"""Chunks of one run, for one vantage point."""


def read_word(text: str) -> str:
    """Return a word that may stand in a subject, such as a vantage point's; raises ValueError for any other."""
    if not _WORD.fullmatch(text):
        raise ValueError("write up to 48 letters, digits, - and _")
    return text


def new_run() -> str:
    """Return the id of a new run."""
    return secrets.token_hex(8)


def is_run(text: str) -> bool:
    """Tell whether a text is the id of a run."""
    return _RUN.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, order=True)
class Chunk:
    """One piece of work: a part of a run, from one vantage point."""

    run: str
    vantage: str
    index: int
    """Counted from 1, as shards are."""

    @property
    def job(self) -> str:
        """The subject under which it waits."""
        return f"exposure.job.{self.vantage}.{self.run}.{self.index}"

    @property
    def outcome(self) -> str:
        """The subject under which it is told what became of it."""
        return f"exposure.outcome.{self.run}.{self.vantage}.{self.index}"


def chunk_of_job(subject: str) -> Chunk:
    """Return which chunk a job's subject names; raises Malformed."""
    words = subject.split(".")
    if len(words) != 5 or words[:2] != ["exposure", "job"]:
        raise Malformed("this is no subject of a job")
    return _chunk(words[3], words[2], words[4])


def chunk_of_outcome(subject: str) -> Chunk:
    """Return which chunk an outcome's subject names; raises Malformed."""
    words = subject.split(".")
    if len(words) != 5 or words[:2] != ["exposure", "outcome"]:
        raise Malformed("this is no subject of an outcome")
    return _chunk(words[2], words[3], words[4])


def _chunk(run: str, vantage: str, index: str) -> Chunk:
    digits = index if index.isascii() and index.isdecimal() and len(index) <= 7 else "0"
    if not (is_run(run) and _WORD.fullmatch(vantage) and 1 <= int(digits) <= MOST_CHUNKS):
        raise Malformed("this subject names no chunk")
    return Chunk(run, vantage, int(digits))


def part_subject(run: str, sha256: str, number: int) -> str:
    """Return where a part of a plan or a report lies."""
    return f"exposure.part.{run}.{sha256}.{number}"


def alive_subject(vantage: str, worker: str) -> str:
    """Return where a worker says that it is there."""
    return f"exposure.alive.{vantage}.{worker}"


def stop_subject(run: str) -> str:
    """Return where a coordinator says that a run is over."""
    return f"exposure.stop.{run}"
