import asyncio

import pytest

from scanner.core.facts import Access
from scanner.core.talk import HttpAnswer
from scanner.services.infrastructure.http_proxy import ASK_ITSELF, ASK_NOWHERE, PROBE, parse_outcome, parse_product
from tests.support.talks import Hang, Say, ScriptedTalk


def said(status, *headers, body=b""):
    lines = [f"HTTP/1.1 {status} X", *headers, f"Content-Length: {len(body)}", "", ""]
    return Say("\r\n".join(lines).encode() + body)


TRIED = said(503, "Server: squid/5.7", "X-Squid-Error: ERR_DNS_FAIL 0")
FAILED = said(500, "Server: tinyproxy/1.11.1", body=b"<h1>Unable to connect</h1>")
DENIED = said(403, "Server: squid/5.7", "X-Squid-Error: ERR_ACCESS_DENIED 0")
LOGIN = said(407, 'Proxy-Authenticate: Basic realm="p"')


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_who_tries_serves_strangers():
    facts = ask(ASK_ITSELF, FAILED)
    assert (facts.access, facts.product, facts.version) == (Access.CONTROL, "Tinyproxy", "1.11.1")
    assert rules(facts) == ["http-proxy-open"]


def test_a_proxy_that_guards_its_own_machine_is_asked_for_nowhere():
    assert ask(ASK_ITSELF, DENIED, ASK_NOWHERE, TRIED).access is Access.CONTROL
    facts = ask(ASK_ITSELF, DENIED, ASK_NOWHERE, DENIED)
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])


def test_a_password_protects():
    facts = ask(ASK_ITSELF, LOGIN)
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 500, 502])
def test_a_web_server_is_no_proxy(status):
    assert ask(ASK_ITSELF, said(status, "Server: nginx", body=b"Unable to connect"), Hang()) is None


@pytest.mark.parametrize("status", [200, 301, 403, 500, 503])
def test_an_answer_without_headers_names_nobody(status):
    answer = HttpAnswer(status=status)
    assert parse_product(answer) is None
    assert parse_outcome(answer) is Access.UNKNOWN


REVERSED = {"proxied": "a reverse proxy passes on no request to a proxy"}
TINY = "User nobody\nGroup nogroup\nPort 8888\nListen {address}\nTimeout 1\nMaxClients 5\n"


def tinyproxy(server, more):
    return server(["tinyproxy", "-d", "-c", "{dir}/t.conf"], [8888], package="tinyproxy", files={"t.conf": TINY + more})


@pytest.mark.fleet("http-proxy", "open", unlike={"elsewhere": "by another address it asks itself for its front page"})
def test_an_open_tinyproxy_is_exposed(server, see):
    running = tinyproxy(server, "")
    verdict = see(running, "http-proxy", golden="tinyproxy")
    assert (verdict.status, verdict.rules) == ("exposed", ["http-proxy-open"])
    assert see(running).service == "http-proxy"


@pytest.mark.fleet("http-proxy", "protected", unlike=REVERSED)
@pytest.mark.parametrize("lock", ["Allow 192.0.2.1\n", "BasicAuth u p\n"])
def test_a_list_or_a_password_protects_tinyproxy(server, see, lock):
    verdict = see(tinyproxy(server, lock), "http-proxy")
    assert (verdict.status, verdict.rules) == ("protected", [])


SQUID = """
http_port {address}:3128
pid_filename {dir}/pid
cache_log {dir}/cache.log
access_log none
cache deny all
coredump_dir {dir}
dns_nameservers 127.0.0.1
shutdown_lifetime 1 second
pinger_enable off
acl local src 127.0.0.0/8
"""


def squid(server, rules):
    return server(
        ["squid", "-N", "-f", "{dir}/squid.conf"],
        [3128],
        package="squid",
        files={"squid.conf": SQUID + rules},
        user="proxy",
    )


@pytest.mark.fleet("http-proxy", "open", unlike=REVERSED, lint="ubuntu/squid:5.7", unsure=True)
def test_an_open_squid_is_exposed(server, see):
    verdict = see(squid(server, "http_access allow local\n"), "http-proxy", golden="squid")
    assert (verdict.status, verdict.rules) == ("exposed", ["http-proxy-open"])


@pytest.mark.fleet("http-proxy", "protected", unlike=REVERSED, lint="ubuntu/squid:5.7", unsure=True)
def test_a_closed_squid_is_protected(server, see):
    verdict = see(squid(server, "http_access deny all\n"), "http-proxy", golden="squid-closed")
    assert (verdict.status, verdict.rules) == ("protected", [])
