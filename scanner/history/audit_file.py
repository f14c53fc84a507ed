"""Keeps the audit log of one run: a file that only grows, readable by its owner alone (core.audit, history.chain).

Lines are gathered and reach the file when `flush` is called, every second, or sooner when there are many. Once a write
has failed nothing more is recorded, so `demand` and all that notes something raise: the run has to end.
"""

import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from scanner.core.audit import Attempt, SocketRecord
from scanner.core.errors import StoreError, UsageError
from scanner.core.jsontext import Json
from scanner.core.ports import Transport
from scanner.history.audit_lines import Batch, Kind, asked, delegated, swept, told, utc
from scanner.history.chain import FIRST, TOTALS, amounts, link

MOST_GATHERED = 4_096
"""Attempts in one line, and lines in one write."""
_CREATE = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class AuditLog:
    """scanner.core.audit.Audit in a file."""

    def __init__(self, handle: int, path: Path) -> None:
        """Take an open, empty file."""
        self._handle = handle
        self._path = path
        self._lock = threading.Lock()
        self._chain = FIRST
        self._size = 0
        self._totals = Counter[str]()
        self._lines: list[Mapping[str, Json]] = []
        self._batches: dict[Kind, Batch] = {}
        self._asked: defaultdict[str, list[int]] = defaultdict(list)
        self._open: dict[int, SocketRecord] = {}
        self._why: str | None = "it has not begun"

    @classmethod
    def create(cls, path: Path) -> "AuditLog":
        """Make the file; raises UsageError when there is one already, or none can be made."""
        try:
            return cls(os.open(path, _CREATE, 0o600), path)
        except FileExistsError:
            raise UsageError(
                "is there already, and an audit log is never overwritten; name a new file", file=path
            ) from None
        except OSError as error:
            told = f"the audit log can't be made: {error.strerror}; choose another place"
            raise UsageError(told, file=path) from None

    def begin(self, header: Mapping[str, Json]) -> None:
        """Write the first line; raises StoreError."""
        with self._lock:
            self._why = None
            self._lines.append({"kind": "start", **header})
            self._write()

    @property
    def begun(self) -> bool:
        """Whether the file holds anything."""
        return self._size > 0

    def demand(self) -> None:
        """Raise StoreError when nothing more can be recorded."""
        if self._why is not None:
            raise StoreError(f"{self._path}: the audit log can't be written: {self._why}; nothing more is sent")

    def attempts(
        self,
        addresses: Sequence[int],
        ports: Sequence[int],
        *,
        transport: Transport,
        attempt: Attempt,
        source_port: int | None = None,
        bytes_out: int = 0,
    ) -> None:
        """Note what a sweep has sent (scanner.core.audit.Audit.attempts)."""
        if not addresses:
            return
        with self._lock:
            self.demand()
            kind = Kind(transport, attempt, source_port)
            batch = self._batches.setdefault(kind, Batch(time.time()))
            for address, port in zip(addresses, ports, strict=True):
                batch.to[port].append(address)
            batch.count += len(addresses)
            batch.bytes_out += bytes_out
            if batch.count >= MOST_GATHERED:
                self._write()

    def opened(self, record: SocketRecord) -> None:
        """Note a socket that was opened."""
        with self._lock:
            self._open[id(record)] = record

    def closed(self, record: SocketRecord) -> None:
        """Note that a socket was closed."""
        with self._lock:
            if self._open.pop(id(record), None) is not None:
                self._lines.append(told(record))

    def asked(self, what: str, addresses: Iterable[int]) -> None:
        """Note questions about addresses."""
        with self._lock:
            self.demand()
            self._asked[what] += addresses

    def delegated(self, program: str, arguments: str, ports: str, targets: str) -> None:
        """Note that another program sends on its own."""
        with self._lock:
            self.demand()
            self._lines.append(delegated(program, arguments, ports, targets))
            self._write()

    def flush(self) -> None:
        """Write what was gathered; raises StoreError."""
        with self._lock:
            self.demand()
            self._write()

    def end(self, status: str) -> None:
        """Write what is left and the last line, and have it reach the disk; raises StoreError.

        A second call does nothing.
        """
        with self._lock:
            if self._handle < 0:
                return
            try:
                self.demand()
                self._lines += map(told, self._open.values())
                self._open.clear()
                self._write()
                totals: dict[str, Json] = {name: self._totals[name] for name in TOTALS}
                self._lines.append({"kind": "end", "ended": utc(time.time()), "status": status, **totals})
                self._write()
                self._sync()
            finally:
                self._why = self._why or "it has ended"
                os.close(self._handle)
                self._handle = -1

    def discard(self) -> None:
        """Remove a log that never began."""
        with self._lock:
            os.close(self._handle)
            self._handle = -1
            with suppress(OSError):
                self._path.unlink()

    def _write(self) -> None:
        lines = [
            *self._lines,
            *(swept(*one) for one in self._batches.items()),
            *(asked(*one) for one in self._asked.items()),
        ]
        self._lines.clear()
        self._batches.clear()
        self._asked.clear()
        chain, texts = self._chain, []
        for fields in lines:
            text, chain = link(fields, chain)
            texts.append(text + "\n")
            self._totals += amounts(fields)
        data = "".join(texts).encode("ascii")
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._handle, left) :]
        except OSError as error:
            self._fail(error)
        self._chain = chain
        self._size += len(data)

    def _sync(self) -> None:
        try:
            os.fsync(self._handle)
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        """Take back half a line, so that what stands there still proves itself, and record no more."""
        with suppress(OSError):
            os.ftruncate(self._handle, self._size)
        self._why = error.strerror or "it failed"
        self.demand()
