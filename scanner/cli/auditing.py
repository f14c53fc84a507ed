"""What `--audit FILE` does around a run: the log begins before anything is sent, and is ended whatever comes."""

import asyncio
import sys
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.core.errors import StoreError, first_of
from scanner.core.plan import ScanPlan
from scanner.core.report import ScanReport

if TYPE_CHECKING:
    from scanner.history.audit_file import AuditLog

_EVERY_S = 1.0


@contextmanager
def audit_in(path: Path | None) -> Iterator["AuditLog | None"]:
    """Make the log, if one was named; it is ended when the run ends in any way, and removed if it never began.

    Raises UsageError when the file is there already or can't be made.
    """
    if path is None:
        yield None
        return
    from scanner.history.audit_file import AuditLog

    log = AuditLog.create(path)
    status = "failed"
    try:
        yield log
    except (KeyboardInterrupt, asyncio.CancelledError):
        status = "interrupted"
        raise
    finally:
        if log.begun:
            # The error that ended the run is the one to be told.
            with suppress(StoreError):
                log.end(status)
        else:
            log.discard()


def begin(log: "AuditLog | None", plan: ScanPlan) -> None:
    """Write the log's first line; raises StoreError."""
    if log is not None:
        from scanner.history.opening import opening

        log.begin(opening(plan, sys.argv))


def end(log: "AuditLog | None", report: ScanReport) -> None:
    """Write the log's last line; raises StoreError."""
    if log is not None:
        log.end(report.run.status.value)


async def kept(log: "AuditLog | None", run: Awaitable[ScanReport]) -> ScanReport:
    """Return a run's report while what it sends reaches the log every second.

    Raises StoreError, and ends the run at once, when the log can't be written any more.
    """
    if log is None:
        return await run
    try:
        async with asyncio.TaskGroup() as both:
            flushing = both.create_task(_flush_now_and_then(log))
            report = await run
            flushing.cancel()
    except BaseExceptionGroup as crash:
        raise first_of(crash) from None
    return report


async def _flush_now_and_then(log: "AuditLog") -> None:
    while True:
        await asyncio.sleep(_EVERY_S)
        log.flush()
