"""What is looked up at every endpoint, worked out once, and when it is first looked up.

It costs the same for any catalogue.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import overload

from scanner.core.endpoint import Endpoint
from scanner.core.ports import Transport
from scanner.core.probe import Probe
from scanner.core.talk import HttpAnswer
from scanner.probes.chosen import chosen
from scanner.probes.fingerprints import FingerprintIndex
from scanner.probes.strangers import Strangers, by_likelihood

_MOST_PORTS_KEPT = 4_096


class _Words:
    """What probes listen for, by which an unknown port is routed; every one of them is loaded for it."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        greeters: defaultdict[tuple[int, int], defaultdict[bytes, list[int]]] = defaultdict(lambda: defaultdict(list))
        icons: defaultdict[int, list[Probe]] = defaultdict(list)
        for place, probe in enumerate(probes):
            for greeting in probe.greetings:
                greeters[greeting.offset, len(greeting.start)][greeting.start].append(place)
            for icon in dict.fromkeys(probe.icons):
                icons[icon].append(probe)
        self.greeters = {shape: dict(starts) for shape, starts in greeters.items()}
        self.icons = dict(icons)
        self.fingerprints = FingerprintIndex(probes)


class ProbeIndex(Sequence[Probe]):
    """Probes, by the ports, greetings, marks and icons of their products; they come in the order of the catalogue."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._probes = chosen(probes)
        self._home: dict[tuple[int, Transport], list[Probe]] = {}
        self._likeliest: dict[int, Strangers] = {}

    @cached_property
    def _words(self) -> _Words:
        return _Words(self._probes)

    def load(self) -> None:
        """Load all probes now, where there will be no good moment later."""
        self._words  # noqa: B018 - made when it is first looked at

    @overload
    def __getitem__(self, place: int) -> Probe: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Probe]: ...
    def __getitem__(self, place: int | slice) -> Probe | Sequence[Probe]:
        return self._probes[place]

    def __len__(self) -> int:
        return len(self._probes)

    def __iter__(self) -> Iterator[Probe]:
        return iter(self._probes)

    def at_home(self, endpoint: Endpoint) -> list[Probe]:
        """Return the probes for which this is a default port; whoever must speak first has the fresh connection."""
        key = endpoint.port, endpoint.transport
        if key not in self._home:
            self._home[key] = sorted(self._probes.at_home(*key), key=lambda probe: not probe.speaks_first)
        return list(self._home[key])

    def greeted_by(self, said: bytes) -> list[Probe]:
        """Return the probes whose products say first what a port said."""
        places: set[int] = set()
        for (offset, length), starts in self._words.greeters.items():
            places.update(starts.get(said[offset : offset + length], ()))
        return [self._probes[place] for place in sorted(places)]

    def marked(self, answer: HttpAnswer, *, wordless: bool = False) -> list[Probe]:
        """Return the probes whose fingerprints an answer to `GET /` fits, the most telling one first."""
        return [self._probes[place] for place in self._words.fingerprints.marked(answer, wordless=wordless)]

    def shipping(self, icon: int | None) -> list[Probe]:
        """Return the probes whose products ship an icon of that hash."""
        return [] if icon is None else self._words.icons.get(icon, [])

    def strangers(self, endpoint: Endpoint) -> Strangers:
        """Return the stream probes that may be asked on a port that is not theirs and that did not greet."""
        port = endpoint.port
        if port not in self._likeliest:
            if len(self._likeliest) >= _MOST_PORTS_KEPT:
                self._likeliest.clear()
            self._likeliest[port] = by_likelihood(self._probes, endpoint)
        return self._likeliest[port].copy()


def indexed(probes: Sequence[Probe]) -> ProbeIndex:
    """Return probes with their index, which is made where they have none."""
    return probes if isinstance(probes, ProbeIndex) else ProbeIndex(probes)
