"""Places a span on the address line: the zone is looked up, IPv4 is kept out of IPv6 networks."""

from scanner.core.address import V4_FIRST, V4_LAST, interface_index
from scanner.core.errors import UsageError
from scanner.core.intervals import Intervals
from scanner.core.text import clean
from scanner.targets.spec import Span

_ZONE_SHIFT = 128
_V4 = Intervals([(V4_FIRST, V4_LAST)])


def numbers_of_span(span: Span) -> Intervals:
    """Return the addresses of a span; raises UsageError if its zone names no interface of this machine."""
    if span.zone:
        base = _interface_index(span.zone) << _ZONE_SHIFT
        return Intervals([(base + span.first, base + span.last)])
    numbers = Intervals([(span.first, span.last)])
    # IPv4 stands inside ::/64 on the line; whoever writes ::/0 means IPv6.
    return numbers - _V4 if span.first < V4_FIRST and span.last > V4_LAST else numbers


def _interface_index(zone: str) -> int:
    try:
        index = interface_index(zone)
    except OSError:
        index = 0
    if not index:
        raise UsageError(f"%{clean(zone, 20)} is no interface of this machine; `ip link` lists them")
    return index
