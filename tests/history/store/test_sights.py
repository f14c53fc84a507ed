from dataclasses import replace

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import UsageError
from scanner.core.facts import Access
from scanner.core.finding import Indicator
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import EndpointRow
from scanner.findings.run_coverage import scope_words
from scanner.history.store.life import Kind
from scanner.history.store.sights import Missing, facts_of_seen, packed, unpacked, vantages_of, what_of
from tests.history.store.told import HOSTS, found, told
from tests.report import samples

ONE, TWO, THREE = HOSTS[:3]


def test_what_matters_of_a_finding_is_its_product_access_and_signs():
    one = found(ONE, access=Access.CONTROL, compromise=(Indicator("image-known-miner", "x"),))
    assert what_of(one).endswith(", control, image-known-miner")
    assert what_of(replace(one, product=None, version=None, access=Access.UNKNOWN, compromise=())) == one.service


def places(host):
    return Endpoint(samples.endpoint(host).address, 6379)


@pytest.mark.parametrize("kept", [False, True])
def test_a_run_says_the_same_after_it_was_kept(kept):
    report = told(2, found(TWO), protected=(ONE,), silent=(THREE,), vantage="dmz")
    judge = unpacked(packed(report), "it") if kept else Missing(report, vantages_of(report))
    same = scope_words(report.run)
    kinds = [[fact.kind for fact in judge.facts(places(host), "redis", same)] for host in (ONE, HOSTS[4], THREE)]
    assert kinds == [[Kind.GONE], [Kind.GONE], [Kind.UNHEARD]]
    assert judge.facts(places("10.9.9.9"), "redis", same) == []
    assert {fact.vantage for fact in judge.facts(places(ONE), "redis", same)} == {"dmz"}


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize(("lost", "kind"), [(False, Kind.GONE), (True, Kind.UNHEARD)])
def test_a_run_that_lost_its_network_proves_nothing_by_silence(kept, lost, kind):
    silent = told(2, silent=(ONE,))
    beside = EndpointRow(endpoint=Endpoint(samples.endpoint(ONE).address, 22))
    problems = (Problem(ProblemKind.NETWORK_LOST, "run", "the network was gone for 40 s"),) if lost else ()
    report = replace(silent, endpoints=(beside,), problems=problems)
    judge = unpacked(packed(report), "it") if kept else Missing(report, vantages_of(report))
    assert [fact.kind for fact in judge.facts(places(ONE), "redis", scope_words(report.run))] == [kind]


def test_a_merged_run_proves_nothing_gone_of_a_single_place():
    report = told(2, protected=(ONE,))
    row = replace(report.endpoints[0], reached_from=("dmz", "office"))
    merged = replace(report, endpoints=(row,))
    facts = Missing(merged, vantages_of(merged)).facts(places(ONE), "redis", scope_words(merged.run))
    assert [(fact.vantage, fact.kind) for fact in facts] == [("dmz", Kind.UNHEARD), ("office", Kind.UNHEARD)]
    seen = facts_of_seen(found(ONE, reached_from=("dmz",)), merged, "2026-11-01T06:00:00Z")
    assert [fact.vantage for fact in seen] == ["dmz"]


def test_a_damaged_sight_is_a_line():
    import json
    import zlib

    with pytest.raises(UsageError, match="it"):
        unpacked(zlib.compress(json.dumps([{"schema": "exposure-scanner/report/v1"}, []]).encode()), "it")
