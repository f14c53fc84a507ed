"""What a worker itself may touch, whatever a coordinator asks for: its own file, read by its own rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scanner.core.address import to_address
from scanner.core.intervals import Intervals
from scanner.core.plan import describe
from scanner.core.ports import LAST_PORT, PortSet, split_key
from scanner.core.space import Block, Space
from scanner.targets.plan import resolve_targets
from scanner.targets.resolve import Lookup, system_lookup

EVERY_PORT = f"1-{LAST_PORT},U:1-{LAST_PORT}"
_MOST_PIECES = 10_000


@dataclass(frozen=True, slots=True)
class OwnScope:
    """Every endpoint that a worker may touch."""

    space: Space

    def outside(self, wanted: Space) -> str | None:
        """Return the first endpoint of a plan that may not be touched, in words; None when all may be.

        A plan that is cut into too many pieces to be sure is taken for one that goes too far.
        """
        left = list(wanted.blocks)
        for own in self.space.blocks:
            left = list(_without(left, own))
            if len(left) > _MOST_PIECES:
                return "a plan of too many pieces"
        if not left:
            return None
        block = left[0]
        return describe(to_address(block.addresses.at(0)), split_key(block.ports.keys.at(0))[1])


def read_own_scope(
    files: Sequence[str],
    *,
    excludes: Sequence[str] = (),
    exclude_files: Sequence[str] = (),
    allow_public: bool = False,
    lookup: Lookup = system_lookup,
) -> OwnScope:
    """Return what the files of a worker permit; raises UsageError as for the targets of a scan.

    A line that pins a port permits that endpoint, any other one all ports of its addresses. Names stand for the
    addresses that they have now.
    """
    found = resolve_targets(
        (),
        files=files,
        excludes=excludes,
        exclude_files=exclude_files,
        ports=EVERY_PORT,
        catalogue=PortSet(),
        allow_public=allow_public,
        lookup=lookup,
    )
    return OwnScope(found.space)


def _without(blocks: Iterable[Block], own: Block) -> Iterable[Block]:
    """Yield what is left of some blocks when all that another one permits is taken away."""
    for block in blocks:
        beside = block.addresses - own.addresses
        if beside:
            yield Block(beside, block.ports)
        shared = block.addresses & own.addresses
        ports = Intervals(block.ports.keys.spans) - own.ports.keys
        if shared and ports:
            yield Block(shared, PortSet(ports))
