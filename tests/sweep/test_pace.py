import math
import re
from pathlib import Path

import pytest

from scanner.core.plan import Pace
from scanner.core.rates import HOST_RATE, POLITE_RATE
from scanner.sweep.pace import FIRST_RATE, HostBuckets, ceiling, make_governor, patience


def test_one_host_never_gets_more_than_its_share():
    buckets = HostBuckets(100.0)
    sent = 0
    for step in range(1_000):
        if buckets.allowance(1, 1, step / 1_000):
            buckets.take(1, 1, step / 1_000)
            sent += 1
    assert 95 <= sent <= 105
    assert buckets.allowance(2, 1, 1.0) == 1


def test_buckets_of_hosts_that_are_full_again_are_forgotten():
    buckets = HostBuckets(1_000.0)
    for number in range(20_000):
        buckets.take(number, 1, number / 1_000)
    assert len(buckets._buckets) < 5_000


@pytest.mark.parametrize(
    ("pace", "expected"),
    [
        (Pace(), (3.5, 1)),
        (Pace(timeout_s=2.0), (2.0, 1)),
        (Pace(timeout_s=0.5), (0.5, 2)),
        (Pace(timeout_s=0.5, retries=0), (0.5, 0)),
        (Pace(retries=3), (3.5, 3)),
    ],
)
def test_patience_and_retries_together_leave_room_for_three_syns(pace, expected):
    assert patience(pace) == expected


def test_a_named_rate_is_used_from_the_start_and_no_limit_means_none():
    governor = make_governor(Pace(rate=200.0), 0.0, local=False)
    assert governor is not None
    assert governor.rate == 200.0
    assert make_governor(Pace(rate=math.inf), 0.0, local=False) is None


@pytest.mark.parametrize(("rate", "most"), [(None, POLITE_RATE), (200.0, 200.0), (math.inf, math.inf)])
def test_what_finds_no_rate_keeps_to_the_user_s_or_to_that_of_a_polite_run(rate, most):
    assert ceiling(Pace(rate=rate)) == most


@pytest.mark.parametrize(
    ("pace", "hosts", "rate"),
    [
        (Pace(polite=True), 2, 2 * HOST_RATE),
        (Pace(polite=True), 3, FIRST_RATE),
        (Pace(polite=True, rate=5_000.0), 2, 5_000.0),
        (Pace(), 2, FIRST_RATE),
    ],
)
def test_few_hosts_of_a_polite_run_get_no_more_than_each_may(pace, hosts, rate):
    governor = make_governor(pace, 0.0, local=False, hosts=hosts)
    assert governor is not None
    assert governor.rate == rate


def test_this_machine_itself_is_swept_without_a_limit_and_others_as_they_answer():
    assert make_governor(Pace(), 0.0, local=True) is None
    far = make_governor(Pace(), 0.0, local=False)
    assert far is not None
    assert far.opened


def test_a_polite_run_has_ceilings_everywhere_but_a_named_rate_counts_for_more():
    near, far = (make_governor(Pace(polite=True), 0.0, local=local) for local in (True, False))
    assert near is not None
    assert far is not None
    assert near.rate == POLITE_RATE > far.rate
    assert not near.opened
    assert not far.opened
    assert make_governor(Pace(polite=True, rate=math.inf), 0.0, local=False) is None


def test_one_place_says_the_polite_ceilings_and_the_documents_agree():
    root = Path(__file__).parents[2]
    said = f"{POLITE_RATE:,.0f} connections a second"
    assert all(said in (root / name).read_text("utf-8") for name in ("README.md", "docs/usage.md"))
    number = re.compile(rf"\b{POLITE_RATE:_.0f}\b|\b{POLITE_RATE:,.0f}\b|\b{HOST_RATE:,.0f} a host\b")
    found = {
        path.relative_to(root) for path in (root / "scanner").rglob("*.py") if number.search(path.read_text("utf-8"))
    }
    assert found == {Path("scanner/core/rates.py")}


@pytest.mark.parametrize("pace", [Pace(), Pace(rate=500.0), Pace(rate=math.inf), Pace(polite=True)])
@pytest.mark.parametrize("local", [False, True])
def test_a_ceiling_that_several_machines_share_holds_at_every_pace(pace, local):
    governor = make_governor(pace, 0.0, local=local, share=lambda: 50.0)
    sent = 0
    for step in range(1, 2_001):
        taken = governor.available(step / 1_000)
        governor.take(step / 1_000, taken)
        sent += taken
    assert 90 <= sent <= 104
    assert governor.wait_s(2.0) < 1.0
