from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.address import to_address, to_number
from scanner.core.endpoint import Endpoint
from scanner.core.event import PortEvent, PortState
from scanner.core.facts import Access, Facts
from scanner.core.observation import Observation
from scanner.core.ports import Transport
from scanner.core.unheard import Unheard
from scanner.probes.crowds import CROWD, LARGE, OF_EACH, SAMPLE, WIDE_SAMPLE, Crowds

FIRST = to_number(ip_address("10.9.0.0"))


def event(number, port=80, transport=Transport.TCP):
    return PortEvent(FIRST + number, port, transport, PortState.OPEN, None)


def said(opened, *, service=False, greeting=b"", mute=True, connections=1):
    endpoint = Endpoint(to_address(opened.address), opened.port, opened.transport)
    facts = Facts(access=Access.DATA) if service else None
    return Observation(
        endpoint=endpoint,
        facts=facts,
        mute=mute and not service and not greeting,
        greeting=greeting,
        connections=connections,
    )


def play(numbers, say=said, *, port=80, planned=None):
    """Show open ports in this order, and let each that is asked say something; returns who was asked, and the rest."""
    crowds, asked, queue = Crowds(lambda first, last: planned or last - first + 1), [], []
    for number in numbers:
        one = event(number, port)
        if not crowds.holds(one):
            queue.append(one)
        while queue:
            one = queue.pop(0)
            asked.append(one.address - FIRST)
            crowds.heard(say(one))
            queue += crowds.released()
    crowds.all_known()
    queue += crowds.released()
    while queue:
        one = queue.pop(0)
        asked.append(one.address - FIRST)
        crowds.heard(say(one))
        queue += crowds.released()
    assert crowds.under_way == 0
    return asked, *crowds.aside()


def test_a_network_that_answers_alike_everywhere_costs_a_sample_and_the_rest_is_said_to_be_unasked():
    asked, rest, count = play(range(256))
    assert asked == list(range(SAMPLE))
    assert count == 256 - SAMPLE
    (one,) = rest
    assert one.unheard is Unheard.NOT_ASKED
    assert str(one.endpoint) == "10.9.0.16:80"
    assert f"this and {255 - SAMPLE} more addresses" in (one.note or "")


def test_a_whole_16_costs_a_sample_and_one_of_each_of_its_networks():
    order = sorted(range(65_536), key=lambda number: number * 40_503 % 65_536)
    asked, rest, count = play(order)
    assert len(asked) <= WIDE_SAMPLE + 256 * OF_EACH
    assert {number >> 8 for number in asked} == set(range(256))
    assert len(rest) == 256
    assert count + len(asked) == 65_536


def test_one_service_and_its_whole_network_is_asked():
    asked, rest, _ = play(range(256), lambda one: said(one, service=one.address == FIRST + 5))
    assert sorted(asked) == list(range(256))
    assert rest == []


def test_one_that_behaves_otherwise_is_enough_too():
    asked, rest, _ = play(range(256), lambda one: said(one, greeting=b"220 x" if one.address == FIRST + 9 else b""))
    assert sorted(asked) == list(range(256))
    assert rest == []


def test_a_network_with_a_service_among_silent_ones_is_asked_wholly_and_the_others_stay_a_sample():
    order = [number for low in range(256) for number in range(low, 65_536, 256)]
    asked, rest, _ = play(order, lambda one: said(one, service=(one.address - FIRST) >> 8 == 200))
    assert {number for number in asked if number >> 8 == 200} == set(range(200 << 8, 201 << 8))
    assert len(asked) < 1_000
    assert len(rest) == 255


@pytest.mark.parametrize(("opened", "planned"), [(CROWD - 1, CROWD - 1), (256, LARGE - 1), (200, None), (85, None)])
def test_few_that_answer_alike_are_no_crowd(opened, planned):
    asked, rest, count = play(range(opened), planned=planned)
    assert sorted(asked) == list(range(opened))
    assert (rest, count) == ([], 0)


def test_what_is_only_named_is_named_everywhere():
    asked, rest, _ = play(range(256), lambda one: said(one, connections=0))
    assert (sorted(asked), rest) == (list(range(256)), [])


def test_other_ports_and_datagrams_have_nothing_to_do_with_it():
    crowds = Crowds(lambda first, last: last - first + 1)
    assert not any(crowds.holds(event(number, port)) for port in range(1, 40) for number in range(SAMPLE))
    assert not any(crowds.holds(event(number, 53, Transport.UDP)) for number in range(256))


@pytest.mark.parametrize("port", [80])
@given(
    numbers=st.lists(st.integers(0, 2_047), unique=True, max_size=600),
    services=st.sets(st.integers(0, 2_047), max_size=5),
)
def test_every_open_port_is_asked_or_counted_as_unasked(port, numbers, services):
    asked, _, count = play(numbers, lambda one: said(one, service=one.address - FIRST in services), port=port)
    assert len(asked) == len(set(asked))
    assert len(asked) + count == len(numbers)
