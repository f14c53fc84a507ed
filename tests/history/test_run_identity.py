"""What may differ between the parts of a run; test_resume.py refuses each of the others by its name."""

import pytest

from scanner.history.run_identity import differences, digest, identify
from tests.sweep.jobs import make_plan

IDENTITY = identify(make_plan("127.9.0.0/24", [80, 443], seed=7), version="1.0", probes="redis docker-api")


def test_pace_and_reports_may_change_between_the_parts():
    slower = make_plan("127.9.0.0/24", [80, 443], seed=7, rate=10.0, timeout_s=9.0, max_in_flight=4)
    assert digest(identify(slower, version="1.0", probes="redis docker-api")) == digest(IDENTITY)
    assert differences(IDENTITY, IDENTITY) == []


def test_what_differs_is_said_by_name_in_order_and_what_is_missing_is_none():
    assert differences({"seed": "1", "a": "x"}, {"seed": "2", "b": "y"}) == [
        "a: x then, none now",
        "b: none then, y now",
        "seed: 1 then, 2 now",
    ]


def test_two_large_scopes_that_begin_alike_differ_and_what_is_shown_is_short():
    many = [f"10.0.{number}.0/25" for number in range(100)]
    one, other = (identify(make_plan(nets, [80]), version="1", probes="") for nets in (many, many[:-1]))
    assert one["scope"] != other["scope"]
    assert max(map(len, one.values())) < 70
    assert digest(one) != digest(other)


@pytest.mark.parametrize(("tcp", "udp"), [([53], []), ([], [53]), ([53, 54], []), ([53], [54])])
def test_the_same_port_of_another_transport_is_another_run(tcp, udp):
    others = [([53], []), ([], [53]), ([53, 54], []), ([53], [54])]
    mine = identify(make_plan("10.0.0.1/32", tcp, udp), version="1", probes="")
    same = [one for one in others if identify(make_plan("10.0.0.1/32", *one), version="1", probes="") == mine]
    assert same == [(tcp, udp)]


def test_the_order_of_an_identity_does_not_matter():
    assert digest(dict(reversed(IDENTITY.items()))) == digest(IDENTITY)
