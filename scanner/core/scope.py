"""The addresses that a run may touch, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.core.address import Address, to_address, to_number
from scanner.core.errors import ScopeError
from scanner.core.intervals import Intervals


@dataclass(frozen=True, slots=True)
class Scope:
    """Allowed addresses minus excluded ones, as intervals on the address line (see core.address)."""

    numbers: Intervals = Intervals()

    @property
    def size(self) -> int:
        """How many addresses may be touched."""
        return self.numbers.size

    def __bool__(self) -> bool:
        return bool(self.numbers)

    def __contains__(self, address: Address | int) -> bool:
        try:
            return (address if isinstance(address, int) else to_number(address)) in self.numbers
        except OSError:
            # Its zone names an interface that this machine doesn't have, or no longer has.
            return False

    def __iter__(self) -> Iterator[Address]:
        return map(to_address, self.numbers)

    def at(self, index: int) -> Address:
        """Return the address with that rank; raises IndexError beyond the last."""
        return to_address(self.numbers.at(index))

    def demand(self, address: Address) -> None:
        """Raise ScopeError unless the address may be touched; called before every single connection."""
        if address not in self:
            raise ScopeError(f"{address} is outside the permitted scope; nothing was sent to it")
