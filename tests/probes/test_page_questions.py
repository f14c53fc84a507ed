from ipaddress import ip_address
from types import SimpleNamespace

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import TimedOut
from scanner.core.facts import Exchange, Facts
from scanner.core.sends import Verb
from scanner.net.http_request import Request
from scanner.probes import page_questions
from scanner.probes.http_check import CONTROL_PATH
from tests.support.talks import page


class Scripted:
    """A conversation whose endpoint has these pages; every other path is 404."""

    def __init__(self, pages=None, *, base_path="", over_after=99):
        self.endpoint = Endpoint(ip_address("127.0.0.1"), 80, base_path=base_path)
        self.pages, self.asked, self.over_after = pages or {}, [], over_after
        self.exchanges = self
        self.answers, self.budget, self.icon_asked, self.connections = {}, None, None, 0
        self.seen = SimpleNamespace(facts=None)
        self.end_s = 10.0

    @property
    def over(self):
        return len(self.asked) >= self.over_after

    def now(self):
        return 0.0

    def own_budget(self):
        return "own"

    def count(self, connections):
        self.connections += connections

    async def fetch(self, request):
        assert self.budget == "own"
        self.asked.append(request.path)
        answer = self.pages.get(request.path, page("nothing", 404))
        if isinstance(answer, Exception):
            raise answer
        return answer

    again = fetch


def leads(path):
    return page("", 302, {"Location": path})


@pytest.mark.parametrize(
    ("pages", "asked"),
    [
        ({"/": leads("/login")}, ["/login"]),
        ({"/": leads("/app/graph")}, ["/app/graph"]),
        ({"/": leads("/app"), "/app": leads("/app/x")}, ["/app", "/app/x"]),
        ({"/": leads("/app/"), "/app/": leads("/other/")}, ["/app/", "/other/"]),
        ({"/": leads("/a/1"), "/a/1": leads("/a/2"), "/a/2": leads("/a/1")}, ["/a/1", "/a/2"]),
        (
            {"/": leads("/a/1"), **{f"/a/{number}": leads(f"/a/{number + 1}") for number in range(1, 9)}},
            ["/a/1", "/a/2", "/a/3"],
        ),
    ],
    ids=["page", "folder", "folder-by-its-next", "elsewhere", "circle", "chain"],
)
async def test_a_front_page_is_followed_to_where_it_leads(pages, asked):
    talk = Scripted(pages)
    landing = await page_questions.landing_pages(talk, pages["/"])
    assert (landing.path, talk.asked, len(landing.pages)) == (asked[-1], asked, len(asked))
    assert talk.connections == len(asked)


@pytest.mark.parametrize(
    ("front", "talk"),
    [
        (page("hello"), Scripted()),
        (leads("http://elsewhere.example/app/"), Scripted()),
        (leads("/app/"), Scripted(over_after=0)),
        (leads("/app/"), Scripted({"/app/": TimedOut("x")})),
    ],
    ids=["no-redirect", "elsewhere", "over", "silence"],
)
async def test_where_nothing_can_be_followed_there_is_no_landing(front, talk):
    assert await page_questions.landing_pages(talk, front) is None


@pytest.mark.parametrize("path", ["/base/app/", "/app/", "app/", "http://127.0.0.1/base/app/"])
async def test_below_a_base_a_front_page_is_followed_below_it_alone(path):
    talk = Scripted(base_path="/base")
    landing = await page_questions.landing_pages(talk, leads(path))
    assert (landing.path, talk.asked) == ("/app/", ["/base/app/"])


@pytest.mark.parametrize("path", ["/base/", "./", "/", "", "http://elsewhere.example/base/app/"])
async def test_a_front_page_below_a_base_that_leads_to_itself_or_away_has_no_landing(path):
    talk = Scripted(base_path="/base")
    assert await page_questions.landing_pages(talk, leads(path)) is None
    assert talk.asked == []


ICON = b"\0\0\1\0icon"
HTML = page("<html><link rel=icon href=/i.png></html>", headers={"Content-Type": "text/html"})


async def test_the_icon_that_a_page_shows_has_a_hash_and_is_remembered_as_asked():
    talk = Scripted({"/i.png": page(ICON)})
    assert isinstance(await page_questions.shown_icon(talk, HTML), int)
    assert (talk.asked, talk.icon_asked) == (["/i.png"], "/i.png")


@pytest.mark.parametrize(
    ("front", "talk", "asked"),
    [
        (page("{}", json=True), Scripted(), 0),
        (HTML, Scripted(over_after=0), 0),
        (HTML, Scripted({"/i.png": page(ICON, 404)}), 1),
        (HTML, Scripted({"/i.png": TimedOut("x")}), 1),
    ],
    ids=["no-page", "over", "missing", "silence"],
)
async def test_no_icon_is_none(front, talk, asked):
    assert await page_questions.shown_icon(talk, front) is None
    assert len(talk.asked) == asked


async def test_the_control_question_is_for_a_path_of_nobody():
    talk = Scripted({CONTROL_PATH: page("start")})
    assert (await page_questions.control_answer(talk)).body == b"start"
    assert await page_questions.control_answer(Scripted({CONTROL_PATH: TimedOut("x")})) is None


def answered(talk, *paths, verb=Verb.GET):
    base = talk.endpoint.base_path
    talk.answers |= {Request(verb, f"{base}{path}"): page(path) for path in paths}
    return talk


def proven(talk, *paths):
    talk.seen = SimpleNamespace(facts=Facts(proof=tuple(Exchange(f"GET {path}", "200") for path in paths)))
    return talk


@pytest.mark.parametrize("base_path", ["", "/base"])
def test_the_proof_is_what_the_facts_name_else_all_that_is_no_question_of_ours(base_path):
    talk = answered(Scripted(base_path=base_path), "/", "/a", "/b", CONTROL_PATH, "/i.png")
    talk.icon_asked = "/i.png"
    answered(talk, "/c", verb=Verb.POST)
    assert [answer.body for _, answer in page_questions.proof_exchanges(talk)] == [b"/a", b"/b"]
    proven(talk, "/b", "/never")
    assert [answer.body for _, answer in page_questions.proof_exchanges(talk)] == [b"/b"]
    assert page_questions.front_answer(talk).body == b"/"


def test_without_a_front_page_there_is_none():
    assert page_questions.front_answer(Scripted()) is None


@pytest.mark.parametrize(
    ("again", "same"),
    [
        (page("/a"), True),
        (page("/a", 500), False),
        (page('{"a": 1}', json=True), False),
        (TimedOut("x"), True),
    ],
    ids=["same", "status", "kind", "silence"],
)
async def test_the_last_question_of_a_proof_is_asked_once_more(again, same):
    talk = proven(answered(Scripted({"/a": again}), "/a", "/b"), "/b", "/a")
    assert await page_questions.same_again(talk) is same
    assert (talk.asked, talk.connections) == (["/a"], 1)


async def test_without_a_proof_or_time_nothing_is_asked_again():
    assert await page_questions.same_again(Scripted())
    late = answered(Scripted(), "/a")
    late.end_s = 0.0
    assert await page_questions.same_again(late)
    assert late.asked == []
