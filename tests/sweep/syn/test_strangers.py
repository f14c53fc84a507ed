"""Answers that lie, come late, come often or come broken: over a link without Ethernet headers."""

from pathlib import Path

import pytest

from scanner.core.address import to_address
from scanner.sweep.connect.engine import ConnectEngine
from scanner.sweep.syn.engine import SynEngine
from tests.sweep.jobs import make_plan, sweep
from tests.sweep.syn.lab import NEEDS_ROOT, Lab
from tests.sweep.syn.strangers import BEHAVIOUR, strangers

pytestmark = [
    pytest.mark.root,
    NEEDS_ROOT,
    pytest.mark.skipif(not Path("/dev/net/tun").exists(), reason="needs /dev/net/tun"),
]


@pytest.fixture(scope="module")
def outcome(shared_lab: Lab):
    """One sweep of every stranger on two ports, with what the strangers saw of it."""
    with strangers(shared_lab) as fake:
        plan = make_plan("10.77.1.0/27", [80, 443], rate=3_000.0)
        found, tally = sweep(SynEngine(ConnectEngine()), plan)
        return sorted((str(to_address(event.address)), event.port) for event in found), tally, fake


OPEN = [1, 2, 3, 9, 11, 15, 16, 17, 18]


def test_open_is_what_answered_genuinely_and_nothing_else(outcome):
    found, tally, _ = outcome
    assert found == sorted((f"10.77.1.{host}", port) for host in OPEN for port in (80, 443))
    assert tally.open == 2 * len(OPEN)


def test_the_rest_is_what_it_said_or_silent(outcome):
    _, tally, _ = outcome
    assert tally.planned == 64
    assert tally.closed == 2
    assert tally.unreachable == 2
    assert tally.filtered == 64 - 2 * len(OPEN) - 4


def test_silence_is_asked_three_times_and_an_answer_once(outcome):
    _, _, fake = outcome
    assert {fake.asked[f"10.77.1.{host}", 80] for host in (0, 4, 5, 12, 13, 31)} == {3}
    # One of those that answered is asked once more in the end, when the others' silence is to be believed.
    assert {fake.asked[f"10.77.1.{host}", 80] for host in (1, 2, 7, 11, 16, 18)} <= {1, 2}
    assert sum(fake.asked.values()) <= 3 * 64
    assert {address.rsplit(".", 1)[0] for address, _ in fake.asked} == {"10.77.1"}


def test_what_was_refused_is_counted_by_reason(outcome):
    _, tally, _ = outcome
    (problem,) = [one for one in tally.problems if one.kind == "answers-refused"]
    # Wrong source, wrong number and wrong port each thrice on two ports; two kinds of wrong checksum likewise.
    assert problem.detail.startswith("18 answers with a wrong number, 12 with a wrong checksum, 6 malformed")


def test_the_kernel_frees_half_open_connections_at_the_target(outcome):
    _, _, fake = outcome
    assert fake.resets >= 2 * len(OPEN)


def test_several_interfaces_and_families_share_a_run(shared_lab):
    with strangers(shared_lab):
        plan = make_plan(["10.77.1.1/32", "10.77.1.7/32", "10.16.30.0/30", "fd00:16::8/126"], [81], rate=3_000.0)
        found, tally = sweep(SynEngine(ConnectEngine()), plan)
    assert [str(to_address(event.address)) for event in found] == ["10.77.1.1"]
    assert (tally.planned, tally.closed) == (10, 9)


def test_every_behaviour_was_asked(outcome):
    _, _, fake = outcome
    assert {int(address.rsplit(".", 1)[1]) for address, _ in fake.asked} >= set(BEHAVIOUR)
