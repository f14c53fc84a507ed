"""What `--save FILE` keeps and `--resume FILE` reads: the sweep's progress, and judged endpoints as the JSON report."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from scanner import __version__
from scanner.cli.scan_options import ScanOptions
from scanner.core.errors import StoreError, UsageError
from scanner.core.event import PortEvent
from scanner.core.finding import Finding
from scanner.core.plan import Place, ScanPlan
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import EndpointRow
from scanner.history.resume import ResumableRun, stored_seed
from scanner.history.run_identity import identify
from scanner.pipeline import Memory
from scanner.probes.places import places_of
from scanner.probes.registry import Registry
from scanner.report.document import endpoint_object, finding_object
from scanner.report.read import read_finding, read_row
from scanner.sweep.engine import Checkpoint


def seed_in_file(options: ScanOptions) -> int | None:
    """Return the seed of the run to be resumed, None for a run that begins.

    Raises UsageError for a file to resume from that holds no run, and for one to save in that holds a run already.
    """
    if options.save is not None and options.resume is not None:
        raise UsageError("--save begins a run and --resume goes on with one; give one of the two")
    path = options.resume or options.save
    if path is None:
        return None
    if options.cluster:
        from scanner.cluster.resume_file import read_kept

        kept = read_kept(path)
        stored = None if kept is None else kept.seed
    else:
        with _unusable():
            stored = stored_seed(path)
    if options.save is not None and stored is not None:
        raise UsageError(f"{path} holds a run already; go on with --resume {path}, or name another file")
    if options.resume is not None and stored is None:
        raise UsageError(f"{path}: no run to go on with; --save {path} begins one that can be resumed")
    return stored


class RunMemory:
    """scanner.pipeline.Memory and its ledger, in one SQLite file.

    A file that can't be written any more (a full disk) costs the run nothing but that it can be resumed later than
    from its last checkpoint: this is told once, and nothing is stored afterwards, since checkpoints build upon each
    other.
    """

    def __init__(self, run: ResumableRun, path: Path, plan: ScanPlan, problems: list[Problem]) -> None:
        """Keep in an open run's file, and put what goes wrong with it into `problems`; errors name the path."""
        self._run = run
        self._path = path
        self._plan = plan
        self._problems = problems
        self._turn = threading.Lock()
        self._writable = True

    @property
    def ledger(self) -> "RunMemory":
        """Where the sweep keeps how far it has come: here."""
        return self

    @property
    def marks(self) -> "RunMemory":
        """Where the probes note whom they ask: here."""
        return self

    def mark(self, begun: Sequence[PortEvent], over: Sequence[PortEvent]) -> None:
        """Note who is about to be asked and who was asked to the end, while the file can be written."""
        with self._while_writable() as writable:
            if writable:
                self._run.mark(begun, over)

    def ends(self) -> Mapping[Place, int]:
        """Return who was being asked when an earlier process died, and how often."""
        with _unusable():
            return self._run.ends()

    def restore(self) -> Checkpoint:
        """Return the last checkpoint; raises UsageError for a file that can't be used."""
        with _unusable():
            return self._run.restore()

    def commit(self, checkpoint: Checkpoint) -> None:
        """Store a checkpoint, while the file can be written."""
        with self._while_writable() as writable:
            if writable:
                self._run.commit(checkpoint)

    def keep(self, seen: Sequence[tuple[PortEvent, EndpointRow, tuple[Finding, ...]]]) -> None:
        """Store some judged endpoints and their findings, while the file can be written."""
        with self._while_writable() as writable:
            for event, row, findings in seen if writable else ():
                texts = {finding.fingerprint: json.dumps(finding_object(finding)) for finding in findings}
                self._run.finish(event, json.dumps(endpoint_object(row)), texts, of=len(places_of(event, self._plan)))

    def earlier(self) -> tuple[tuple[EndpointRow, ...], tuple[Finding, ...]]:
        """Return the endpoints and findings that earlier parts of the run have stored."""
        with _unusable():
            bodies, findings = self._run.finished(), self._run.findings()
        return (
            tuple(read_row(text.encode(), self._path) for text in bodies if text),
            tuple(read_finding(text.encode(), self._path) for text in findings.values()),
        )

    @contextmanager
    def _while_writable(self) -> Iterator[bool]:
        with self._turn:
            try:
                yield self._writable
            except StoreError as error:
                self._writable = False
                why = str(error).removeprefix(f"{self._path}: ")
                told = f"{why}; this run went on, and can be resumed only from where it stood before"
                self._problems.append(Problem(ProblemKind.RUN_NOT_SAVED, str(self._path), told))


@contextmanager
def memory_in(path: Path, plan: ScanPlan, registry: Registry, problems: list[Problem]) -> Iterator[Memory]:
    """Open the run's file; what the user should know of it goes into `problems`.

    Raises UsageError for a file that can't be used.
    """
    checks = ",".join(registry.ids)
    with _unusable():
        run = ResumableRun(path, identify(plan, version=__version__, probes=checks))
    try:
        if run.resumed and run.old:
            told = f"the earlier part began {run.started}; the network may differ"
            problems.append(Problem(ProblemKind.RESUMED_AFTER_A_DAY, str(path), told))
        yield RunMemory(run, path, plan, problems)
    finally:
        # What the last words could not say (a full disk) costs the next part a look at the file's integrity.
        with suppress(StoreError):
            run.close()


@contextmanager
def _unusable() -> Iterator[None]:
    """Before anything is sent, a file that can't be used is a matter of usage."""
    try:
        yield
    except StoreError as error:
        raise UsageError(str(error)) from None
