"""Services that refuse in the field: for another reason, renamed, full, behind a proxy, or behind its login."""

import pytest

from scanner.core.facts import Access
from scanner.core.mood import Mood, said
from scanner.core.unheard import Unheard
from tests.fleet.verdict import look
from tests.support.dialogue import play
from tests.support.look import REGISTRY
from tests.support.servers import listening

_FULL = b"\xff\x10\x04Too many connections"
_HIDDEN = b"-ERR unknown command 'X', with args beginning with: \r\n"
_DIR = b"*2\r\n$3\r\ndir\r\n$2\r\n/d\r\n"

CASES = {
    "R03-a-redis-that-hides-info-is-open": (
        Mood(name="x", says={b"PING": b"+PONG\r\n", b"DBSIZE": b":3\r\n", b"CONFIG": _DIR}, otherwise=_HIDDEN),
        (6379, "redis", "exposed", "Redis", None),
    ),
    "R05-a-redis-before-2.8-with-a-password-is-protected": (
        Mood(name="x", otherwise=b"-ERR operation not permitted\r\n"),
        (6379, "redis", "protected", "Redis", None),
    ),
    "R10-a-proxy-that-answers-ping-alone-is-known": (
        Mood(name="x", says={b"PING": b"+PONG\r\n"}, otherwise=_HIDDEN),
        (6379, "redis", "identified", "Redis-compatible server", None),
    ),
    "P01-a-mysql-without-a-connection-left-is-mysql": (
        Mood(name="x", says={b"": len(_FULL).to_bytes(3, "little") + b"\0" + _FULL}, hangs_up=True),
        (3306, "mysql", "inconclusive", "MySQL", Unheard.REFUSED_LATER),
    ),
    "V02-a-full-ftp-server-is-ftp": (
        Mood(name="x", says={b"": b"421 There are too many connected users.\r\n"}, hangs_up=True),
        (2121, "ftp", "inconclusive", "FTP server", Unheard.REFUSED_LATER),
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_first_refusal_says_what_it_is(case):
    mood, (port, service, status, product, reason) = CASES[case]
    async with listening(play(mood), port) as place:
        verdict = await look(*place, REGISTRY.probes)
    row = verdict.row
    assert (row.service, row.status, row.product, row.reason) == (service, status, product, reason)


FORM = '<title>Sign in</title><form><input name="p" type="password"></form>'
LOGINS = {
    "basic": said("", 401, www_authenticate='Basic realm="internal"'),
    "address-list": said("<title>403 Forbidden</title>", 403),
    "oauth2-proxy": said("<title>Sign In</title>", 403),
    "authelia": said("", 302, location="https://auth.example.test/?rd=https%3A%2F%2Fes.example.test%2F"),
    "cloudflare-access": said("", 302, location="https://x.cloudflareaccess.com/cdn-cgi/access/login/x?kid=1"),
    "own-page": said("", 302, location="/portal/login?next=%2F"),
    "form-at-every-path": said(FORM, content_type="text/html"),
}


@pytest.mark.parametrize("port", [9200, 2375, 0])
@pytest.mark.parametrize("login", LOGINS)
async def test_a_login_in_front_of_everything_protects_whatever_stands_behind_it(login, port):
    pages = {"/portal/login": said("<title>Portal</title><script src='app.js'></script>"), "*": LOGINS[login]}
    async with listening(play(Mood(name="x", pages=pages)), port) as place:
        row = (await look(*place, REGISTRY.probes)).row
    assert (row.status, row.service, row.decoy, row.access) == ("protected", None, None, Access.REFUSED)
    assert "on every page" in row.note


@pytest.mark.parametrize("other", [said("", 404), said("<title>Shop</title>"), said("", 301, location="/en/")])
async def test_one_page_that_is_refused_is_no_lock(other):
    pages = {"/": LOGINS["basic"], "*": other}
    async with listening(play(Mood(name="x", pages=pages)), 0) as place:
        row = (await look(*place, REGISTRY.probes)).row
    assert (row.status, row.access) == ("open", Access.UNKNOWN)
