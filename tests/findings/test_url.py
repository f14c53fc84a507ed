"""The URL of a finding opens what was asked."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Exchange, Facts
from scanner.core.ports import Transport
from scanner.core.probe import Probe, tcp
from scanner.findings.url import url_of


async def ask(_talk):
    return None


STREAM = Probe(id="redis", title="Redis", ports=tcp(6379), sends=(), ask=ask)
WEB = Probe(id="docker-api", title="Docker", ports=tcp(2375), sends=(), ask_http=ask)
BOTH = replace(STREAM, id="clickhouse", ask_http=ask)
OVER_HTTP = Facts(proof=(Exchange("GET /x", "200"),))
HERE = Endpoint(ip_address("10.0.0.5"), 6379)
SIX = Endpoint(ip_address("fd00::5"), 2375)
NAMED = replace(HERE, host="db.example", base_path="/app")


@pytest.mark.parametrize(
    ("endpoint", "probe", "facts", "tls", "url"),
    [
        (HERE, STREAM, Facts(), False, "redis://10.0.0.5:6379"),
        (HERE, STREAM, Facts(), True, "rediss://10.0.0.5:6379"),
        (HERE, replace(STREAM, id="toy"), Facts(), True, "toy+tls://10.0.0.5:6379"),
        (SIX, WEB, Facts(), False, "http://[fd00::5]:2375"),
        (NAMED, WEB, Facts(), True, "https://db.example:6379/app"),
        (HERE, BOTH, OVER_HTTP, False, "http://10.0.0.5:6379"),
        (HERE, BOTH, Facts(), False, "clickhouse://10.0.0.5:6379"),
        (replace(HERE, transport=Transport.UDP), WEB, Facts(), False, "docker-api://10.0.0.5:6379"),
    ],
)
def test_a_url_has_the_scheme_that_was_spoken(endpoint, probe, facts, tls, url):
    assert url_of(endpoint, probe, facts, tls=tls) == url
