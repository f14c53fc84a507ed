"""The probes of a run, loaded only as far as they are looked at."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from scanner.core.ports import Transport, port_key
from scanner.core.probe import Probe
from scanner.probes.entry import AnyEntry, Entry


class ChosenProbes(Sequence[Probe]):
    """Probes in the order of the catalogue; how many, their ids and who is at home on a port are known beforehand."""

    def __init__(self, entries: Sequence[AnyEntry]) -> None:
        self._entries = tuple(entries)
        self._home: defaultdict[int, list[AnyEntry]] = defaultdict(list)
        for entry in self._entries:
            for place in entry.places:
                self._home[place].append(entry)

    @overload
    def __getitem__(self, place: int) -> Probe: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Probe]: ...
    def __getitem__(self, place: int | slice) -> Probe | Sequence[Probe]:
        if isinstance(place, slice):
            return tuple(entry.probe for entry in self._entries[place])
        return self._entries[place].probe

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Probe]:
        return (entry.probe for entry in self._entries)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all of them."""
        return tuple(entry.id for entry in self._entries)

    def at_home(self, port: int, transport: Transport) -> list[Probe]:
        """Return those for which this is a default port; no other is loaded."""
        return [entry.probe for entry in self._home.get(port_key(transport, port), ())]


def chosen(probes: Iterable[Probe]) -> ChosenProbes:
    """Return probes as such a sequence; those that are loaded already stay as they are."""
    if isinstance(probes, ChosenProbes):
        return probes
    return ChosenProbes(tuple(Entry(probe, "") for probe in probes))
