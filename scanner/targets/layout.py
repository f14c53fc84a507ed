"""Lays targets out as disjoint blocks: every planned endpoint once, no excluded one at all."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from scanner.core.intervals import Intervals
from scanner.core.plan import Target
from scanner.core.ports import PortSet
from scanner.core.space import Block, Space

Barred = Mapping[int, Intervals]
"""By TCP port: the addresses whose endpoint on that port was excluded."""


def lay_out(targets: Iterable[Target], ports: PortSet, allowed: Intervals, barred: Barred) -> Space:
    """Return the endpoints of all targets on the permitted addresses; pinned ones get their one TCP port."""
    wide: list[tuple[int, int]] = []
    pinned: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for target in targets:
        (wide if target.port is None else pinned[target.port]).extend(target.addresses.spans)
    return Space(_blocks(Intervals(wide) & allowed, pinned, ports, allowed, barred))


def _blocks(
    wide: Intervals,
    pinned: Mapping[int, list[tuple[int, int]]],
    ports: PortSet,
    allowed: Intervals,
    barred: Barred,
) -> Iterator[Block]:
    cut = [port for port in sorted(barred) if port in ports.keys and wide & barred[port]]
    yield Block(wide, PortSet(ports.keys - PortSet.of(cut).keys))
    for port in cut:
        yield Block(wide - barred[port], PortSet.of([port]))
    for port, spans in sorted(pinned.items()):
        alone = Intervals(spans) & allowed
        if port in ports.keys:
            alone -= wide
        yield Block(alone - barred.get(port, Intervals()), PortSet.of([port]))
