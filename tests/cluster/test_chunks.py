import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cluster.chunks import FEWEST, LARGEST, SMALLEST, chunk_count, demand_cuttable, endpoints_of
from scanner.core.engine_name import EngineName
from scanner.core.errors import UsageError
from scanner.core.plan import Shard
from tests.cluster.plans import plan_of


@given(st.integers(1, 1 << 42))
def test_no_chunk_is_too_large_and_small_ones_are_not_cut(endpoints):
    count = chunk_count(endpoints)
    assert count >= 1
    assert endpoints <= count * LARGEST
    assert count == 1 or endpoints // count >= SMALLEST
    assert count >= min(FEWEST, max(1, endpoints // SMALLEST))


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
