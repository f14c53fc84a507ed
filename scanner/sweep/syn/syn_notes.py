"""What the SYN engine tells the audit log: exactly what was handed to the kernel, repeats included."""

from collections.abc import Callable

from scanner.core.audit import Attempt, Audit
from scanner.core.ports import Transport
from scanner.sweep.syn.layout import Targets
from scanner.sweep.syn.schedule import CANARY_PORT, MOST_ROUNDS

Sent = Callable[[Targets, int], None]
"""Called with what was sent, and the source port that it was sent from."""


def syn_notes(audit: Audit, first_source_port: int) -> Sent:
    """Return what notes SYNs: the source port tells which round they belong to (syn.schedule)."""

    def note(targets: Targets, source_port: int) -> None:
        port = source_port - first_source_port
        attempt: Attempt = "canary" if port == CANARY_PORT else 1 + port % MOST_ROUNDS
        audit.attempts(
            targets.numbers(),
            targets.port.tolist(),
            transport=Transport.TCP,
            attempt=attempt,
            source_port=source_port,
        )

    return note
