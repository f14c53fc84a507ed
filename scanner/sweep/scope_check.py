"""The scope, checked once more before every single attempt."""

import ipaddress

from scanner.core.address import to_number
from scanner.core.intervals import Intervals

_LOOPBACK = Intervals(
    (to_number(net[0]), to_number(net[-1]))
    for net in (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
)


class ScopeCheck:
    """Remembers the interval that permitted the last address, because the next often lies in it too."""

    def __init__(self, numbers: Intervals) -> None:
        """Take the addresses that may be touched."""
        self._numbers = numbers
        self.first = 0
        self.last = -1

    def allows(self, address: int) -> bool:
        """Tell whether an address may be touched, and remember the interval around it."""
        if address not in self._numbers:
            return False
        for first, last in self._numbers.spans:
            if first <= address <= last:
                self.first, self.last = first, last
        return True


def only_loopback(numbers: Intervals) -> bool:
    """Tell whether nothing but this machine itself is to be touched."""
    return not numbers - _LOOPBACK
