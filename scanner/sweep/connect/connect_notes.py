"""What the connect engine tells the audit log: exactly what was handed to the kernel, repeats included."""

from collections.abc import Sequence

from scanner.core.audit import Attempt, Audit
from scanner.core.event import PortState
from scanner.core.ports import Transport
from scanner.sweep.connect.canary import CANARY_ATTEMPT
from scanner.sweep.connect.errnos import Fault
from scanner.sweep.connect.order import Slot

_NOT_SENT = {Fault.CROWDED, Fault.NO_ROUTE, Fault.LOCAL}
"""This machine refused before a packet was made."""


def note_connects(audit: Audit, attempt: int, taken: Sequence[Slot], decided: Sequence[tuple[Slot, object]]) -> None:
    """Note connection attempts that were begun; `decided` are those whose outcome is known, one may be a fault."""
    unsent = {slot.position for slot, outcome in decided if outcome in _NOT_SENT and not isinstance(outcome, PortState)}
    begun = [slot for slot in taken if slot.position not in unsent] if unsent else taken
    addresses, ports = [slot.address for slot in begun], [slot.key for slot in begun]
    which: Attempt = "canary" if attempt <= CANARY_ATTEMPT else attempt
    audit.attempts(addresses, ports, transport=Transport.TCP, attempt=which)
