"""What `--history` does to a run: the store is opened before anything is sent, the report is added at the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeAlias

from scanner.core.errors import ScannerError
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import ScanReport

Keep: TypeAlias = Callable[[ScanReport], ScanReport]


@contextmanager
def history_in(word: str) -> Iterator[Keep]:
    """Open the history that `--history` names, if any; raises StoreError or UsageError before anything is sent.

    What is yielded adds a report and returns it with the days on which its findings were first seen. A history that
    fails then costs the run nothing else: the report says so and is written all the same.
    """
    if not word:
        yield lambda report: report
        return
    from scanner.cli.run_history import keep, open_history

    with open_history(word, make=True) as store:

        def kept(report: ScanReport) -> ScanReport:
            try:
                return keep(store, report)
            except ScannerError as error:
                told = f"{error}; add the JSON report with `exposure history add`"
                return replace(
                    report, problems=(*report.problems, Problem(ProblemKind.RUN_NOT_SAVED, store.name, told))
                )

        yield kept
