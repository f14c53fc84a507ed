import pytest

from scanner.sweep.choose import LARGE, Capabilities, choose_engine, read_capabilities, without_privilege
from tests.sweep.jobs import make_plan

ALL = Capabilities(raw_packets=True, rings=True)
LARGE_NETWORK, SMALL_NETWORK = "10.0.0.0/16", "10.0.0.0/17"


def test_large_plans_go_raw_where_raw_is_allowed():
    assert make_plan(LARGE_NETWORK, [80]).space.size == LARGE
    assert choose_engine(make_plan(LARGE_NETWORK, [80]), ALL) == (
        "syn",
        "engine syn: 65,536 endpoints, and raw packets are allowed",
    )


@pytest.mark.parametrize(
    ("network", "shard", "capabilities", "words"),
    [
        (SMALL_NETWORK, (1, 1), ALL, "are few"),
        ("127.0.0.0/8", (1, 1), ALL, "own addresses"),
        (LARGE_NETWORK, (1, 2), ALL, "--engine syn"),
        (LARGE_NETWORK, (1, 1), Capabilities(raw_packets=False, rings=True), "run it with sudo"),
        (LARGE_NETWORK, (1, 1), Capabilities(raw_packets=False, rings=False), "needs Linux"),
    ],
)
def test_everything_else_stays_with_connect_and_says_why(network, shard, capabilities, words):
    name, reason = choose_engine(make_plan(network, [80], shard=shard), capabilities)
    assert name == "connect"
    assert words in reason
    assert "\n" not in reason


def test_capabilities_are_found_by_trying():
    found = read_capabilities()
    assert isinstance(found.raw_packets, bool)
    assert isinstance(found.rings, bool)


def test_a_named_raw_sweep_needs_the_privilege_and_has_a_substitute():
    assert without_privilege(ALL) is None
    name, why = without_privilege(Capabilities(raw_packets=False, rings=True))
    assert name == "connect"
    assert "sudo" in why
