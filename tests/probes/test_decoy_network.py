"""Middleboxes are noticed by whom they answer for; small honest networks are left alone."""

from ipaddress import ip_address

import pytest

from scanner.core.address import to_number
from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access, Facts
from scanner.core.intervals import Intervals
from scanner.core.observation import Observation
from scanner.core.scope import Scope
from scanner.probes.controls import Controls, network_of
from scanner.probes.decoy_network import middleboxes


def look(last: int, port: int = 80, **fields) -> Observation:
    return Observation(endpoint=Endpoint(ip_address(f"10.0.0.{last}"), port), **fields)


def mute(*lasts: int) -> list[Observation]:
    return [look(last, mute=True) for last in lasts]


def pages(*lasts: int, title: str = "") -> list[Observation]:
    return [look(last, note=f"HTTP 200, title {title or last!r}") for last in lasts]


def network(first: int, count: int) -> Scope:
    start = to_number(ip_address("10.0.0.0")) + first
    return Scope(Intervals([(start, start + count - 1)]))


def flagged(looks: list[Observation], scope: Scope, **known) -> set[int]:
    controls = Controls(scope)
    for name, value in known.items():
        setattr(controls, name, value)
    reasons = middleboxes(looks, scope, controls)
    assert all("proxy or a filter" in reason for reason in reasons.values())
    return {int(endpoint.address) & 255 for endpoint in reasons}


def test_real_hosts_behind_a_proxy_that_answers_for_all_are_left_to_their_own_proof():
    real = [look(3, facts=Facts(access=Access.DATA)), *pages(4)]
    dead = [last for last in range(16) if last not in {3, 4}]
    assert flagged([*real, *mute(*dead)], network(0, 16)) == set(dead)


def test_an_open_proxy_that_proves_itself_on_addresses_that_nobody_has_is_a_transparent_one():
    looks = [look(last, mute=True, facts=Facts(access=Access.CONTROL)) for last in (5, 6)]
    assert flagged(looks, network(5, 2), nobody={ip_address("10.0.0.6")}) == {5, 6}


def test_one_address_that_the_network_says_nobody_has_is_enough():
    assert flagged(mute(5), network(5, 1), nobody={ip_address("10.0.0.5")}) == {5}
    assert flagged(mute(5), network(5, 1)) == set()


def test_a_dead_neighbour_that_accepts_is_enough():
    place = network_of(ip_address("10.0.0.5")), 80
    assert flagged(mute(5), network(5, 2), answered_unused={place}) == {5}
    assert flagged(pages(5), network(5, 2), answered_unused={place}) == set()


def test_the_edges_of_a_network_are_controls():
    assert flagged(mute(8, 11, 15), network(8, 8)) == {8, 11, 15}
    assert flagged(mute(8, 11), network(8, 8)) == set()
    assert flagged(mute(9, 11, 16), network(9, 8)) == set(), "no whole network was given"


def test_eight_that_answer_without_a_word_are_enough_unless_they_are_known_to_exist():
    looks = mute(*range(9, 17))
    assert flagged(looks, network(9, 8)) == set(range(9, 17))
    alive = {one.endpoint.address for one in looks}
    assert flagged(mute(*range(9, 17)), network(9, 8), alive=alive) == set()


@pytest.mark.parametrize(
    ("looks", "scope"),
    [
        (pages(4, 5), network(4, 2)),
        (pages(4, 5, 6, 7), network(4, 4)),
        (pages(4, 5, 6, 7, title="Welcome to nginx!"), network(4, 4)),
        (pages(*range(8), title="Welcome to nginx!"), network(0, 8)),
        (pages(*range(32)), network(0, 32)),
        (mute(4, 5, 6, 7), network(4, 4)),
        ([*pages(*range(12)), *mute(12, 13, 14)], network(0, 15)),
    ],
    ids=["two", "four", "four alike", "eight alike", "a street of different shops", "a silent cluster", "a few broken"],
)
def test_an_honest_network_is_left_alone(looks, scope):
    assert flagged(looks, scope) == set()


def test_loopback_answers_everywhere_by_nature():
    looks = [Observation(endpoint=Endpoint(ip_address(f"127.0.0.{last}"), 80), mute=True) for last in range(32)]
    start = to_number(ip_address("127.0.0.0"))
    assert flagged(looks, Scope(Intervals([(start, start + 31)]))) == set()
