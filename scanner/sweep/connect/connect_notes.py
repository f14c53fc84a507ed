"""What the connect engine tells the audit log: exactly what was handed to the kernel, repeats included."""

from collections.abc import Sequence

from scanner.core.audit import Audit
from scanner.core.event import PortState
from scanner.core.ports import Transport
from scanner.sweep.connect.errnos import Fault
from scanner.sweep.connect.order import Spot

_NOT_SENT = {Fault.CROWDED, Fault.NO_ROUTE, Fault.LOCAL}
"""This machine refused before a packet was made."""


def note_connects(audit: Audit, look: int, taken: Sequence[Spot], decided: Sequence[tuple[Spot, object]]) -> None:
    """Note connection attempts that were begun; `decided` are those whose outcome is known, one may be a fault."""
    unsent = {spot.position for spot, outcome in decided if outcome in _NOT_SENT and not isinstance(outcome, PortState)}
    begun = [spot for spot in taken if spot.position not in unsent] if unsent else taken
    audit.attempts([spot.address for spot in begun], [spot.key for spot in begun], transport=Transport.TCP, look=look)
