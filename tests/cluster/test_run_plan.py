import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cluster.run_plan import MOST_BLOCKS, RunPlan, decode_plan, encode_plan
from scanner.core.engine_name import EngineName
from scanner.core.errors import Malformed
from scanner.core.finding import Anchor
from scanner.core.plan import Pace
from tests.cluster.plans import plan_of

PLAN = plan_of("10.0.0.0/28", "10.0.1.5:2375", "https://10.0.2.7:8443/app", "fd00::1", ports="80,443,U:53", seed=99)


def changed(**more):
    return json.dumps({**json.loads(encode_plan(RunPlan(PLAN, None))), **more}).encode()


@pytest.mark.parametrize(
    "plan",
    [
        PLAN,
        replace(PLAN, pace=Pace(rate=500.0, max_in_flight=9, timeout_s=2.0, retries=0)),
        replace(PLAN, pace=Pace(rate=math.inf, polite=True)),
        replace(PLAN, services=("redis", "^web"), identify=False, engine=EngineName.SYN),
        replace(
            PLAN,
            targets=(
                replace(PLAN.targets[0], name="a", owner="ops", tags=(("k", "v"),), anchor=Anchor(file="f", line=3)),
            ),
        ),
    ],
)
@pytest.mark.parametrize("names", [None, True, False])
def test_a_plan_is_read_as_it_was_written(plan, names):
    told = decode_plan(encode_plan(RunPlan(plan, names)))
    assert told.names is names
    assert told.plan == plan
    assert told.plan.space.digest == plan.space.digest


def test_what_stays_with_the_coordinator_is_not_sent():
    sent = replace(PLAN, vantage="here", problems=("p",), expected=("e",))
    told = decode_plan(encode_plan(RunPlan(sent, None))).plan
    assert (told.vantage, told.problems, told.expected) == (None, (), ())


def test_the_scope_of_a_plan_is_what_it_plans_and_nothing_wider():
    wide = replace(PLAN, scope=plan_of("10.0.0.0/8").scope)
    assert decode_plan(encode_plan(RunPlan(wide, None))).plan.scope.numbers == PLAN.space.addresses


@pytest.mark.parametrize(
    "change",
    [
        {"version": "0.0.0"},
        {"version": None},
        {"blocks": []},
        {"blocks": [{"addresses": [[5, 1]], "ports": [[80, 80]]}]},
        {"blocks": [{"addresses": [[1]], "ports": [[80, 80]]}]},
        {"blocks": [{"addresses": [[0, 1 << 130]], "ports": [[80, 80]]}]},
        {"blocks": [{"addresses": [[0, (1 << 128) - 1]], "ports": [[80, 80]]}]},
        {"blocks": [{"addresses": [[1, 2]], "ports": [[80, 200_000]]}]},
        {"blocks": [{"addresses": [[1, 1]], "ports": [[80, 80]]}] * (MOST_BLOCKS + 1)},
        {"seed": -1},
        {"engine": "exec"},
        {"pace": {"rate": -1}},
        {"pace": {"retries": 99}},
        {"targets": [{"text": "x", "addresses": [[1, 1]], "base_path": "/a?b=c"}]},
        {"targets": [{"text": "x", "addresses": [[1, 1]], "base_path": "/a\r\nX: y"}]},
        {"targets": [{"text": "x", "addresses": [[1, 1]], "host": "a\r\nX: y"}]},
        {"targets": [{"text": "x", "addresses": [[1, 1]], "scheme": "file"}]},
        {"targets": [{"text": "x", "addresses": [[1, 1]], "tags": [["a"]]}]},
    ],
)
def test_a_plan_beyond_its_limits_is_malformed(change):
    with pytest.raises(Malformed):
        decode_plan(changed(**change))


@given(
    st.binary(max_size=200) | st.dictionaries(st.text(max_size=9), st.integers()).map(lambda x: json.dumps(x).encode())
)
def test_any_other_bytes_are_malformed_and_nothing_else(data):
    with pytest.raises(Malformed):
        decode_plan(data)
