from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.core.intervals import Intervals
from scanner.core.plan import Target
from scanner.core.ports import PortSet, Transport
from scanner.targets.layout import lay_out

SPANS = st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))
PORTS = st.sampled_from([80, 81, 99])
PORT_SET = PortSet.of([80, 81], [53])
UDP_53 = 65_536 + 53


def targets(wide, pinned):
    yield from (Target(text="", addresses=Intervals([span])) for span in wide)
    yield from (Target(text="", addresses=Intervals([span]), port=port) for span, port in pinned)


@settings(max_examples=50)
@given(
    wide=st.lists(SPANS, max_size=4),
    pinned=st.lists(st.tuples(SPANS, PORTS), max_size=6),
    allowed=st.lists(SPANS, max_size=6),
    barred=st.dictionaries(PORTS, st.lists(SPANS, max_size=3)),
)
def test_the_space_is_what_sets_would_say(wide, pinned, allowed, barred):
    def numbers(*spans):
        return {number for first, last in spans for number in range(first, last + 1)}

    expected = {(number, port) for number in numbers(*wide) for port in (80, 81)}
    expected |= {(number, port) for span, port in pinned for number in numbers(span)}
    expected -= {(number, port) for port, spans in barred.items() for number in numbers(*spans)}
    expected |= {(number, UDP_53) for number in numbers(*wide)}
    expected = {pair for pair in expected if pair[0] in numbers(*allowed)}
    space = lay_out(
        targets(wide, pinned),
        PORT_SET,
        Intervals(allowed),
        {port: Intervals(spans) for port, spans in barred.items()},
    )
    assert sorted(space.at(index) for index in range(space.size)) == sorted(expected)


def test_a_barred_tcp_port_says_nothing_of_udp():
    everything = Intervals([(1, 1)])
    space = lay_out(targets([(1, 1)], []), PortSet.of([53], [53]), everything, {53: everything})
    assert [space.at(index) for index in range(space.size)] == [(1, UDP_53)]
    assert PortSet.of([], [53]).at(0) == (Transport.UDP, 53)
