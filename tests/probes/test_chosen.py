"""Probes are loaded as far as somebody looks at them, and no further."""

from scanner.core.ports import Transport
from scanner.probes.chosen import ChosenProbes, chosen
from scanner.probes.entry import Entry
from tests.support.probes import toy


class Counting:
    """A service that knows whether it was loaded."""

    def __init__(self, identifier, *ports):
        self.entry = Entry(toy(identifier=identifier, ports=ports), "one")
        self.id, self.places = self.entry.id, self.entry.places
        self.loaded = False

    @property
    def probe(self):
        self.loaded = True
        return self.entry.probe


def test_who_is_at_home_is_loaded_alone():
    entries = [Counting("a", 1, 2), Counting("b", 2), Counting("c", 3)]
    probes = ChosenProbes(entries)
    assert (len(probes), probes.ids) == (3, ("a", "b", "c"))
    assert not any(entry.loaded for entry in entries)
    assert [probe.id for probe in probes.at_home(2, Transport.TCP)] == ["a", "b"]
    assert probes.at_home(2, Transport.UDP) == []
    assert [entry.loaded for entry in entries] == [True, True, False]
    assert [probe.id for probe in probes] == ["a", "b", "c"]
    assert entries[2].loaded


def test_they_are_a_sequence_like_any_other():
    probes = chosen([toy(identifier="a"), toy(identifier="b")])
    assert [probes[0].id, probes[-1].id] == ["a", "b"]
    assert [probe.id for probe in probes[1:]] == ["b"]
    assert chosen(probes) is probes
