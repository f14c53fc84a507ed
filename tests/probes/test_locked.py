from scanner.core.facts import Access
from scanner.core.sends import Verb
from scanner.net.http import Request
from scanner.probes.locked import named_by_its_port, turns_all_away
from tests.support.probes import toy
from tests.support.talks import page


def test_a_product_that_only_its_port_names_is_refused_and_nothing_more():
    facts = named_by_its_port(toy())
    assert (facts.access, facts.product) == (Access.REFUSED, "Toy")
    assert "client certificate" in facts.note


LOGIN = page("", 302, {"location": "/start/login?next=%2F"})


def asked(**pages):
    return {Request(Verb.GET, f"/{path.replace('_', '/')}"): answer for path, answer in pages.items()}


def test_a_login_in_front_of_every_page_turns_all_away():
    assert turns_all_away(asked(a=page("", 401), b=page("", 403), icon=page("x")), "/icon")
    assert turns_all_away(asked(a=LOGIN, b=LOGIN, start_login=page("<script>")), "")
    assert not turns_all_away(asked(a=page("", 401), health=page("ok")), "")
    assert not turns_all_away(asked(a=page("", 302, {"location": "http://[::1/login"}), b=page("", 404)), "")
