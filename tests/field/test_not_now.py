"""Servers that say "not now" over HTTP: overloaded, starting, or a proxy without the product behind it."""

import pytest

from scanner.core.unheard import Unheard
from tests.field.test_http_answers import answer, elastic, site
from tests.fleet.verdict import look
from tests.support.look import REGISTRY
from tests.support.servers import listening

NOT_NOW = [408, 425, 429, 502, 503, 504, 520]


@pytest.mark.parametrize("status", NOT_NOW)
async def test_not_now_in_place_of_the_proof_leaves_it_unheard(status):
    async with listening(site(elastic(answer({}, status))), 9200) as place:
        row = (await look(*place, REGISTRY.probes)).row
    assert (row.service, row.status, row.reason) == ("elasticsearch", "inconclusive", Unheard.REFUSED_LATER)


@pytest.mark.parametrize("status", NOT_NOW)
async def test_not_now_to_everything_at_a_home_port_is_not_clean(status):
    async with listening(site(lambda _path: answer({}, status)), 2375) as place:
        row = (await look(*place, REGISTRY.probes)).row
    assert (row.status, row.reason) == ("inconclusive", Unheard.REFUSED_LATER)
