from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.endpoint import Endpoint
from scanner.core.report import Coverage, EndpointRow
from scanner.core.talk import TlsFacts

STATES = ("open", "closed", "filtered", "unreachable", "unscanned")


@given(st.lists(st.integers(0, 9), min_size=5, max_size=5), st.sampled_from(STATES))
def test_a_coverage_is_balanced_when_every_planned_endpoint_has_one_state(counts, state):
    known = dict(zip(STATES, counts, strict=True))
    coverage = Coverage(addresses=1, ports=1, endpoints_planned=sum(counts), **known)
    assert coverage.balanced
    assert coverage.looked_at == sum(counts) - known["unscanned"]
    assert not replace(coverage, **{state: known[state] + 1}).balanced


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (("A.example", "a.example.", "b.example"), ("a.example", "b.example")),
        (("*.Cache.example",), ("*.cache.example",)),
        (("10.0.0.5", "::1", "a b", "<script>", "x\x1b[2J", "-a.example", ""), ()),
    ],
)
def test_names_of_a_certificate_are_those_that_have_the_form_of_one_each_once(names, kept):
    row = EndpointRow(endpoint=Endpoint(ip_address("10.0.0.5"), 443), tls=TlsFacts(version="TLSv1.3", names=names))
    assert row.certificate_names == kept
    assert replace(row, tls=None).certificate_names == ()
