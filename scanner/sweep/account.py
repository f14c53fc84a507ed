"""What the engines tell the audit log: exactly what was handed to the kernel, repeats included."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from scanner.core.audit import Audit
from scanner.core.event import PortState
from scanner.core.ports import Transport
from scanner.sweep.course import Spot
from scanner.sweep.states import Fault
from scanner.sweep.syn.schedule import MOST_ROUNDS

if TYPE_CHECKING:
    from scanner.sweep.syn.layout import Targets

Sent = Callable[["Targets", int], None]
"""Called with what was sent, and the source port that it was sent from."""

_NOT_SENT = {Fault.CROWDED, Fault.NO_ROUTE, Fault.LOCAL}
"""This machine refused before a packet was made."""


def note_connects(audit: Audit, look: int, taken: Sequence[Spot], decided: Sequence[tuple[Spot, object]]) -> None:
    """Note connection attempts that were begun; `decided` are those whose outcome is known, one may be a fault."""
    unsent = {spot.position for spot, outcome in decided if outcome in _NOT_SENT and not isinstance(outcome, PortState)}
    begun = [spot for spot in taken if spot.position not in unsent] if unsent else taken
    audit.attempts([spot.address for spot in begun], [spot.key for spot in begun], transport=Transport.TCP, look=look)


def syn_notes(audit: Audit, first_source_port: int) -> Sent:
    """Return what notes SYNs: the source port tells which round they belong to (syn.schedule)."""

    def note(targets: "Targets", source_port: int) -> None:
        audit.attempts(
            targets.numbers(),
            targets.port.tolist(),
            transport=Transport.TCP,
            look=1 + (source_port - first_source_port) % MOST_ROUNDS,
            source_port=source_port,
        )

    return note
