"""What the SYN engine tells the audit log: exactly what was handed to the kernel, repeats included."""

from collections.abc import Callable

from scanner.core.audit import Audit
from scanner.core.ports import Transport
from scanner.sweep.syn.layout import Targets
from scanner.sweep.syn.schedule import MOST_ROUNDS

Sent = Callable[[Targets, int], None]
"""Called with what was sent, and the source port that it was sent from."""


def syn_notes(audit: Audit, first_source_port: int) -> Sent:
    """Return what notes SYNs: the source port tells which round they belong to (syn.schedule)."""

    def note(targets: Targets, source_port: int) -> None:
        audit.attempts(
            targets.numbers(),
            targets.port.tolist(),
            transport=Transport.TCP,
            attempt=1 + (source_port - first_source_port) % MOST_ROUNDS,
            source_port=source_port,
        )

    return note
