from dataclasses import dataclass, field
from ipaddress import IPv4Address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import NotAllowed
from scanner.core.sends import Verb, get, head, post_read
from scanner.core.talk import HttpAnswer, TlsFacts
from scanner.net.guard import Guard
from scanner.net.http_request import Request
from scanner.net.http_view import HttpView

WHERE = Endpoint(IPv4Address("127.0.0.1"), 80, base_path="/engine")


@dataclass
class Exchanges:
    """Takes requests as scanner.net.http.HttpExchanges does."""

    endpoint: Endpoint = WHERE
    tls: TlsFacts | None = None
    scheme: str = "http"
    asker: str = ""
    asked: list = field(default_factory=list)

    async def fetch(self, request):
        self.asked.append((self.asker, request))
        return HttpAnswer(status=200)


def view(*sends):
    return HttpView(Exchanges(), Guard("toy", sends, WHERE))


async def test_what_is_declared_is_asked_below_the_base_path_and_in_the_probe_s_name():
    talk = view(get("/a"), head("/b"), post_read("/c", b"{}", why="a read"))
    await talk.get("/a", headers={"Z": "1", "B": "2"}, host="other")
    await talk.head("/b")
    await talk.post_read("/c", b"{}")
    assert talk.exchanges.asked == [
        ("toy", Request(Verb.GET, "/engine/a", (("B", "2"), ("Z", "1")), "other")),
        ("toy", Request(Verb.HEAD, "/engine/b")),
        ("toy", Request(Verb.POST, "/engine/c", (("Content-Type", "application/json"),), None, b"{}")),
    ]


@pytest.mark.parametrize(
    "ask",
    [
        lambda talk: talk.get("/other"),
        lambda talk: talk.get("/engine/a"),
        lambda talk: talk.head("/a"),
        lambda talk: talk.post_read("/c", b"[]"),
    ],
    ids=["path", "below-the-base", "verb", "body"],
)
async def test_what_is_not_declared_is_not_asked(ask):
    talk = view(get("/a"), post_read("/c", b"{}", why="a read"))
    with pytest.raises(NotAllowed):
        await ask(talk)
    assert talk.exchanges.asked == []


def test_the_place_and_the_handshake_are_those_of_the_exchanges():
    facts = TlsFacts(version="TLSv1.3")
    talk = HttpView(Exchanges(tls=facts, scheme="https"), Guard("toy", (), WHERE))
    assert (talk.endpoint, talk.tls, talk.scheme) == (WHERE, facts, "https")
