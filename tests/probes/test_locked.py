from scanner.core.facts import Access
from scanner.probes.locked import named_by_its_port
from tests.support.probes import toy


def test_a_product_that_only_its_port_names_is_refused_and_nothing_more():
    facts = named_by_its_port(toy())
    assert (facts.access, facts.product) == (Access.REFUSED, "Toy")
    assert "client certificate" in facts.note
