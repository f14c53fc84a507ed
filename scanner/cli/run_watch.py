"""Runs `exposure watch`: one run after the other, each kept and told of before the next."""

import asyncio
import os
import sys
from dataclasses import dataclass

from scanner.cli.history_options import DEFAULT_HISTORY
from scanner.cli.outputs import Outputs
from scanner.cli.planning import registry_of
from scanner.cli.policy import Policy
from scanner.cli.run_history import keep, open_history
from scanner.cli.run_scan import look
from scanner.cli.signals import stop_on_signals
from scanner.cli.watch import WatchOptions
from scanner.core.errors import ScannerError, UsageError
from scanner.core.exit_code import ExitCode
from scanner.core.report import RunStatus
from scanner.core.text import clean
from scanner.history.store.open import Store
from scanner.net.clock import Clock
from scanner.probes.registry import Registry
from scanner.report.fail_on import decide
from scanner.watch.sink import identity_of, read_sink
from scanner.watch.tell import Listener, tell_changes, tell_failure
from scanner.watch.timetable import run_again

_JITTER = 0.05
"""Share of the period by which a run may be put off."""
_GAPS = frozenset({ExitCode.NOTHING_SCANNED, ExitCode.INCOMPLETE})


def run_watch(options: WatchOptions) -> ExitCode:
    """Watch until somebody stops it; with --once return what a scan would."""
    if options.resume or options.save:
        raise UsageError("a watch begins anew each time: leave --save and --resume out")
    listeners = tuple(Listener(read_sink(word, os.environ), identity_of(word)) for word in options.alert)
    outputs = Outputs.resolve(options, options, quiet=options.quiet)
    registry = registry_of(options)
    Policy.read(options)
    with open_history(options.history or DEFAULT_HISTORY, make=True) as store:
        watch = Watch(options, store, listeners, outputs, registry, Clock())
        if options.once:
            watch.run()
        else:
            period_s = options.every_s
            run_again(watch.run, _wait, every_s=period_s, jitter_s=_JITTER * period_s, clock=watch.clock)
    return watch.code


@dataclass(slots=True)
class Watch:
    """What stays the same from run to run."""

    options: WatchOptions
    store: Store
    listeners: tuple[Listener, ...]
    outputs: Outputs
    registry: Registry
    clock: Clock
    code: ExitCode = ExitCode.CLEAN
    """What the last run would have ended with."""

    def run(self) -> bool:
        """Scan, keep, tell; return whether somebody wants to stop. What goes wrong is told and ends no watch."""
        stop, why = False, ""
        try:
            # Files that are named may change between two runs.
            policy = Policy.read(self.options)
            report, stale = look(self.options, self.registry, policy, self.outputs)
            try:
                report = keep(self.store, report)
            finally:
                # A history that fails costs nobody the report.
                self.outputs.write(report)
            decision = decide(report, policy.gate, stale)
            self.code, stop = decision.code, report.run.status is RunStatus.INTERRUPTED
            why = decision.why if decision.code in _GAPS else ""
        except ScannerError as error:
            self.code, why = error.exit_code, str(error)
        except (OSError, RuntimeError, ValueError) as error:
            self.code, why = ExitCode.INTERNAL_ERROR, f"internal error: {type(error).__name__}: {error}"
        if why:
            _complain(why)
        if not stop:
            self._tell(why)
        return stop

    def _tell(self, why: str) -> None:
        try:
            asyncio.run(tell_changes(self.store, self.listeners, self.clock, _complain))
        except ScannerError as error:
            # Who is owed what stands in the history: without it nobody hears of changes, and has to hear that.
            _complain(str(error))
            why = why or str(error)
        asyncio.run(tell_failure(self.store, self.listeners, clean(why, 500), self.clock, _complain))


def _wait(seconds: float) -> bool:
    """Wait, or until a signal asks to stop; return whether it does."""

    async def wait() -> bool:
        stop = asyncio.Event()
        with stop_on_signals(stop, "the watch ends"):
            try:
                async with asyncio.timeout(seconds):
                    await stop.wait()
            except TimeoutError:
                return False
        return True

    return asyncio.run(wait())


def _complain(message: str) -> None:
    sys.stderr.write(f"exposure: {clean(message, 2_000)}\n")
