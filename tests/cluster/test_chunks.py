import math
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cluster.chunks import FEWEST, LARGEST, SMALLEST, chunk_count, demand_cuttable, endpoints_of
from scanner.core.engine_name import EngineName
from scanner.core.errors import UsageError
from scanner.core.plan import Pace, Shard
from tests.cluster.plans import plan_of


def plan_of_size(endpoints, engine=EngineName.CONNECT, rate=None):
    """Return a plan of about so many endpoints, in a space that nothing has to hold."""
    return SimpleNamespace(space=SimpleNamespace(size=endpoints), engine=engine, pace=Pace(rate=rate))


@given(st.integers(1, 1 << 42), st.sampled_from(EngineName), st.none() | st.floats(0.1, 1e12) | st.just(math.inf))
def test_no_chunk_is_too_large_and_small_ones_are_not_cut(endpoints, engine, rate):
    count = chunk_count(plan_of_size(endpoints, engine, rate))
    assert count >= 1
    assert endpoints <= count * LARGEST
    assert count == 1 or endpoints // count >= SMALLEST


@pytest.mark.parametrize(
    ("engine", "rate", "endpoints", "count"),
    [
        (EngineName.CONNECT, None, 65_536, FEWEST),
        (EngineName.CONNECT, 5e6, 65_536, FEWEST),
        (EngineName.SYN, None, 65_536, FEWEST),
        (EngineName.SYN, 2_000.0, 9_216, 4),
        (EngineName.SYN, 5e6, 1 << 22, 8),
        (EngineName.SYN, math.inf, 1 << 24, 16),
    ],
)
def test_a_raw_sweep_is_cut_into_what_is_worth_its_last_answers(engine, rate, endpoints, count):
    assert chunk_count(plan_of_size(endpoints, engine, rate)) == count


@pytest.mark.parametrize("engine", [EngineName.CONNECT, EngineName.SYN])
@pytest.mark.parametrize("ports", ["1-100", "80,U:53", "U:53,123"])
def test_the_chunks_of_a_plan_are_all_of_it(engine, ports):
    plan = plan_of("10.0.0.0/24", ports=ports, engine=engine)
    assert sum(endpoints_of(plan, Shard(index=index, count=7)) for index in range(1, 8)) == plan.space.size


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (plan_of("10.0.0.1", engine=EngineName.NMAP), "nmap"),
        (plan_of("127.0.0.0/24", engine=EngineName.SYN), "loopback|own addresses"),
        (plan_of("fe80::1%1"), "link-local"),
    ],
)
def test_what_workers_elsewhere_cannot_do_is_said_before_anything_is_sent(plan, told):
    with pytest.raises(UsageError, match=told):
        demand_cuttable(plan)


def test_an_ordinary_plan_can_be_cut():
    demand_cuttable(plan_of("10.0.0.0/16"))
