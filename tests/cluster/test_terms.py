from dataclasses import replace

import pytest

from scanner.cluster.messages import Refusal
from scanner.cluster.own_scope import OwnScope
from scanner.cluster.terms import NotOnTheseTerms, Terms
from scanner.core.engine_name import EngineName
from scanner.core.scope import Scope
from scanner.probes.registry import load_registry
from scanner.sweep.choose import Capabilities
from scanner.targets.interfaces import Interface
from tests.cluster.plans import numbers, plan_of

RAW = Capabilities(raw_packets=True, rings=True)


def terms(*permitted, raw=RAW, own="192.168.9.9", ports="1-65535,U:1-65535"):
    import ipaddress

    scope = OwnScope(plan_of(*permitted, ports=ports).space)
    interfaces = [Interface("eth0", ipaddress.ip_address(own), 24)]
    return Terms(scope, load_registry(), capabilities=lambda: raw, interfaces=lambda: interfaces)


def refusal(held, plan):
    with pytest.raises(NotOnTheseTerms) as caught:
        held.accept(plan)
    return caught.value


def test_a_plan_within_the_scope_is_taken_as_it_is():
    plan = plan_of("10.0.0.0/25")
    taken, registry = terms("10.0.0.0/24").accept(plan)
    assert taken == plan
    assert registry.entries


def test_what_goes_beyond_the_scope_is_refused_whole():
    refused = refusal(terms("10.0.0.0/24"), plan_of("10.0.0.1", "10.0.1.1", ports="80"))
    assert refused.why is Refusal.OUT_OF_SCOPE
    assert "10.0.1.1:80" in refused.detail


def test_a_scope_that_a_plan_brings_along_is_cut_to_the_workers_own():
    plan = replace(plan_of("10.0.0.1"), scope=Scope(numbers("10.0.0.0", "10.9.9.9")))
    taken, _ = terms("10.0.0.0/24").accept(plan)
    assert taken.scope.numbers == numbers("10.0.0.0", "10.0.0.255")


@pytest.mark.parametrize(
    ("held", "plan", "told"),
    [
        (terms("10.0.0.0/8"), plan_of("10.0.0.1", engine=EngineName.NMAP), "nmap"),
        (terms("10.0.0.0/8"), plan_of("10.0.0.1", engine=EngineName.AUTO), "auto"),
        (
            terms("10.0.0.0/8", raw=Capabilities(raw_packets=False, rings=True)),
            plan_of("10.0.0.1", engine=EngineName.SYN),
            "raw packets are not allowed",
        ),
        (terms("10.0.0.0/8", own="10.0.0.7"), plan_of("10.0.0.0/24", engine=EngineName.SYN), "own address"),
        (terms("10.0.0.0/8"), plan_of("10.0.0.1", services=("no-such-thing",)), "no service"),
    ],
)
def test_what_this_machine_cannot_do_as_the_others_do_is_refused(held, plan, told):
    refused = refusal(held, plan)
    assert refused.why is Refusal.CANT
    assert told in refused.detail


def test_the_raw_sweep_is_taken_where_it_can_be_done():
    assert terms("10.0.0.0/8").accept(plan_of("10.0.0.0/24", engine=EngineName.SYN))
    assert len(terms("10.0.0.0/8").accept(plan_of("10.0.0.1", services=("redis",)))[1].entries) == 1
