import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.services.messaging.rabbitmq_prometheus import METRICS, PROBE, RabbitMetricsFacts, parse_metrics
from tests.support.talks import ScriptedHttp, page

BODY = (
    b'rabbitmq_build_info{rabbitmq_version="3.10.8",erlang_version="25"} 1\n'
    b'rabbitmq_identity_info{rabbitmq_node="r@h",rabbitmq_cluster="r@h"} 1\nrabbitmq_queues 4\n'
)


def ask(answer):
    return asyncio.run(PROBE.ask_http(ScriptedHttp({METRICS: answer}, PROBE.sends)))


def test_version_node_and_counts_are_read():
    facts = ask(page(BODY))
    assert (facts.access, facts.version) == (Access.METADATA, "3.10.8")
    assert facts.evidence == {"erlang": "25", "node": "r@h", "cluster": "r@h", "queues": 4}


@pytest.mark.parametrize(
    "answer", [page("", 401), page(BODY, 403), page("rabbitmq_queues 4\n"), page(BODY.splitlines()[0])]
)
def test_other_pages_are_not_claimed(answer):
    assert ask(answer) is None


@given(st.binary(max_size=300) | st.just(BODY))
def test_any_body_is_read_or_passed_over(body):
    parse_metrics(body)


def test_the_rule_holds_for_what_was_read_alone():
    (rule,) = PROBE.rules
    assert rule.holds(RabbitMetricsFacts(access=Access.REFUSED)) is None
    assert rule.holds(RabbitMetricsFacts(access=Access.METADATA))
