"""A service is the same whether it is known by its line of the index or by its file."""

from pathlib import Path

import pytest

import scanner.services
from scanner.core.ports import Transport, port_key
from scanner.probes import registry
from scanner.probes.entry import Entry, ListedEntry, in_order, load_entry
from scanner.probes.registry import index_lines
from tests.support.probes import toy

ROOT = Path(scanner.services.__path__[0])


@pytest.mark.parametrize("line", [line for line in index_lines() if line.is_service], ids=lambda line: line.id)
def test_a_line_tells_what_the_file_holds(line):
    listed = ListedEntry(line, ROOT)
    entry = load_entry(ROOT / line.file)
    for name in ("id", "category", "named_only", "image_names", "places", "question", "images"):
        assert getattr(listed, name) == getattr(entry, name), name
    assert listed.probe.id == entry.probe.id


def test_what_several_services_share_is_none():
    assert load_entry(ROOT / "containers/docker_moods.py") is None


@pytest.mark.parametrize(("name", "value"), [("id", "mongodb"), ("places", (6380,)), ("named_only", True)])
def test_a_line_that_says_something_else_than_its_file_is_not_believed(name, value):
    (line,) = (line for line in index_lines() if line.id == "redis")
    with pytest.raises(RuntimeError, match="make docs"):
        _ = ListedEntry(line._replace(**{name: value}), ROOT).probe


def test_places_are_keys_each_once_and_only_datagrams_are_asked_beforehand():
    entry = Entry(toy(ports=(1, 1, 2)), "one")
    assert entry.places == (port_key(Transport.TCP, 1), port_key(Transport.TCP, 2))
    assert entry.question is None


def test_services_come_by_category_and_id():
    b, a, z = Entry(toy(identifier="b"), "one"), Entry(toy(identifier="a"), "two"), Entry(toy(identifier="a"), "one")
    assert in_order((a, b, z)) == (z, b, a)


def test_a_service_without_a_line_is_found_by_its_file(monkeypatch):
    """As one that is being written, or was added to an installed copy."""
    whole = registry.load_registry()
    lines, _ = registry.read_index(ROOT)
    known = [line for line in lines if line.id != "redis"]
    monkeypatch.setattr(registry, "read_index", lambda root: (known, ["datastores/redis.py"]))
    found = registry.load_registry.__wrapped__()
    assert [entry.id for entry in found.entries] == [entry.id for entry in whole.entries]
    assert isinstance(found.find("redis"), Entry)


def test_without_an_index_every_file_is_read(monkeypatch):
    whole = registry.load_registry()
    monkeypatch.setattr(registry, "read_index", lambda root: None)
    found = registry.load_registry.__wrapped__()
    assert all(isinstance(entry, Entry) for entry in found.entries)
    assert [entry.id for entry in found.entries] == [entry.id for entry in whole.entries]
    assert (found.ports, found.questions, found.ids) == (whole.ports, whole.questions, whole.ids)
