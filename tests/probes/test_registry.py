import pytest

from scanner.core.errors import UsageError
from scanner.core.ports import Transport
from scanner.core.sends import Verb
from scanner.probes.registry import Entry, Registry, load_registry
from tests.support.probes import toy

TWO = Registry((Entry(toy(identifier="a", ports=(1, 2)), "one"), Entry(toy(identifier="b", opt_in="loud"), "two")))


def ids(registry):
    return [entry.probe.id for entry in registry.entries]


@pytest.mark.parametrize(
    ("words", "expected"),
    [((), ["a"]), (("b",), ["b"]), (("two", "a"), ["a", "b"]), (("^a",), []), (("one", "two", "^b"), ["a"])],
)
def test_services_are_chosen_by_id_and_category_and_opt_in_by_name_only(words, expected):
    assert ids(TWO.select(words)) == expected


def test_an_unknown_service_is_an_error_that_says_where_to_look():
    with pytest.raises(UsageError, match="exposure services"):
        TWO.select(("nope",))


def test_ports_are_the_default_ports_of_all():
    assert (Transport.TCP, 2) in TWO.ports
    assert TWO.ports.size == 3


REAL = load_registry()


def test_ids_are_unique_and_kebab_case():
    assert len(ids(REAL)) == len(set(ids(REAL)))
    assert all(name == name.lower() and " " not in name and "_" not in name for name in ids(REAL))


def test_rule_ids_are_unique():
    rules = [rule.id for probe in REAL.probes for rule in probe.rules]
    assert len(rules) == len(set(rules))


@pytest.mark.parametrize("probe", REAL.probes, ids=lambda probe: probe.id)
def test_a_service_is_complete(probe):
    asks = [probe.ask, probe.ask_http, probe.ask_datagram]
    assert any(asks)
    assert probe.ports
    assert probe.sends or probe.greetings
    assert all(send.why for send in probe.sends if send.verb is Verb.POST), "a POST must say why it is a read"
    for rule in probe.rules:
        assert rule.remedy
        assert rule.cwe
