"""Servers that say "not now" over HTTP: overloaded, starting, or a proxy without the product behind it."""

import pytest

from scanner.core.unheard import Unheard
from tests.field.test_http_answers import answer, elastic, site
from tests.fleet.verdict import look
from tests.support.look import REGISTRY
from tests.support.servers import listening

NOT_NOW = [408, 421, 425, 426, 429, 431, 500, 502, 503, 504, 511, 520]


@pytest.mark.parametrize("status", NOT_NOW)
async def test_not_now_in_place_of_the_proof_leaves_it_unheard(status):
    pages = elastic(answer({}, status))
    async with listening(site(lambda path: pages("/" if path == "/" else "/_cat/indices")), 9200) as place:
        row = (await look(*place, REGISTRY.probes)).row
    assert (row.service, row.status, row.reason) == ("elasticsearch", "inconclusive", Unheard.REFUSED_LATER)


@pytest.mark.parametrize("status", [407, *NOT_NOW])
@pytest.mark.parametrize("port", [2375, 0])
async def test_not_now_to_everything_is_not_clean(status, port):
    async with listening(site(lambda _path: answer({}, status)), port) as place:
        row = (await look(*place, REGISTRY.probes)).row
    assert (row.status, row.reason) == ("inconclusive", Unheard.REFUSED_LATER)


@pytest.mark.parametrize("status", [200, 204])
async def test_nothing_in_answer_to_everything_is_not_clean_where_a_product_lives(status):
    async with listening(site(lambda _path: b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % status), 9200) as place:
        row = (await look(*place, REGISTRY.probes)).row
    assert (row.status, row.reason) == ("inconclusive", Unheard.MALFORMED)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 501])
async def test_a_no_to_everything_is_an_answer(status):
    async with listening(site(lambda _path: answer({}, status)), 9200) as place:
        row = (await look(*place, REGISTRY.probes)).row
    assert row.status == ("protected" if status in {401, 403} else "open")
