"""The client's manners: bounded, patient, discreet, and never away to another host."""

import asyncio
import gzip

import pytest
from aiohttp import web

from scanner.core.errors import SetupError, UsageError
from scanner.tickets import http
from scanner.tickets.answer import Doubtful, Rejected, TrackerError
from scanner.tickets.http import Web, WebLimits
from tests.tickets.servers.strict import Strict
from tests.tickets.stage import JumpingClock


class Odd(Strict):
    """A server with one route for each oddity."""

    def __init__(self):
        super().__init__()
        self.app.add_routes([web.route("*", "/{name}", self._odd)])
        self.calls = 0
        self.away = ""

    def authorize(self, request):
        pass

    async def _odd(self, request):
        self.calls += 1
        moves = {"near": "/arrived?x=1", "far": f"{self.away}/arrived", "circle": "/circle"}
        answers = {
            "huge": {"body": b"x" * 200_000},
            "bomb": {"body": gzip.compress(b"\0" * 200_000), "headers": {"Content-Encoding": "gzip"}},
            "page": {"text": "<html>"},
            "deep": {"text": "[" * 5_000},
            "broken": {"status": 503},
            "hasty": {"status": 429},
        }
        name = request.match_info["name"]
        if name in moves:
            raise web.HTTPMovedPermanently(moves[name])
        if name in answers:
            return web.Response(**answers[name])
        token = request.headers.get("Authorization")
        answer = web.json_response({"cookies": len(request.cookies)} if name == "cookie" else {"token": token})
        answer.set_cookie("session", "1")
        return answer


def ask(steps, **limits):
    async def run():
        clock = JumpingClock()
        async with Odd() as server, Odd() as other:
            server.away = other.url
            async with Web(server.url, {"Authorization": "Bearer t"}, WebLimits(**limits), clock) as client:
                return await steps(client, server, other, clock)

    return asyncio.run(run())


def test_it_follows_redirects_at_home_only():
    async def steps(client, _server, other, _clock):
        assert (await client.read("near")).json() == {"token": "Bearer t"}
        with pytest.raises(TrackerError, match="redirects to another host, where no credentials go"):
            await client.read("far")
        assert other.requests == []
        with pytest.raises(TrackerError, match="in circles"):
            await client.read("circle")
        with pytest.raises(TrackerError, match="has moved"):
            await client.write("POST", "near", {})

    ask(steps)


@pytest.mark.parametrize("path", ["huge", "bomb"])
def test_an_answer_is_read_up_to_a_cap(path, monkeypatch):
    monkeypatch.setattr(http, "LIMIT_BYTES", 100_000)

    async def steps(client, *_):
        with pytest.raises(TrackerError, match="answered with more than"):
            await client.read(path)

    ask(steps)


@pytest.mark.parametrize("path", ["page", "deep"])
def test_what_is_not_json_is_said_so(path):
    async def steps(client, *_):
        with pytest.raises(TrackerError, match="not JSON"):
            (await client.read(path)).json()

    ask(steps)


def test_a_read_is_tried_five_times_and_a_write_once():
    async def steps(client, server, _other, clock):
        with pytest.raises(TrackerError, match="tried 5 times"):
            await client.read("broken")
        assert server.calls == 5
        assert clock.slept == [1.0, 2.0, 4.0, 8.0]
        with pytest.raises(Doubtful):
            await client.write("POST", "broken", {})
        assert server.calls == 6

    ask(steps)


def test_haste_without_a_number_backs_off_and_ends():
    async def steps(client, _server, _other, clock):
        with pytest.raises(TrackerError, match="refused 10 times in a row"):
            await client.write("POST", "hasty", {})
        assert clock.slept == [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]

    ask(steps)


def test_cookies_are_not_kept():
    async def steps(client, *_):
        for _ in range(2):
            assert (await client.read("cookie")).json() == {"cookies": 0}

    ask(steps)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://tracker.example", "clear text"),
        ("ftp://tracker.example", "not the url of a tracker"),
        ("https://user:password@tracker.example", "holds credentials: take them out"),
        ("tracker.example", "not the url of a tracker"),
    ],
)
def test_a_url_that_would_leak_or_lead_nowhere_is_refused(url, says):
    with pytest.raises(UsageError, match=says) as caught:
        Web(url, {})
    assert "password" not in str(caught.value)
    assert Web("http://tracker.example", {}, WebLimits(allow_plain_http=True)).url == "http://tracker.example"


def test_a_certificate_file_that_is_not_there_is_a_setup_error():
    async def run():
        async with Web("https://127.0.0.1", {}, WebLimits(ca_file="/missing.pem")):
            pass

    with pytest.raises(SetupError, match="ca_file"):
        asyncio.run(run())


def test_a_proxy_from_the_environment_counts_only_when_asked(monkeypatch):
    async def steps(client, server, other, _clock):
        monkeypatch.setenv("http_proxy", other.url)
        monkeypatch.delenv("no_proxy", raising=False)
        await client.read("arrived")
        assert (server.count(), other.count()) == (1, 0)
        async with Web(server.url, {}, WebLimits(trust_env=True)) as trusting:
            with pytest.raises(Rejected):
                await trusting.read("arrived/through/the/proxy")
        assert (server.count(), other.count()) == (1, 1)

    ask(steps)
