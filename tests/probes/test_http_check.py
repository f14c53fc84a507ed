"""A TOML check as a probe: what it asks, and what it makes of the answers."""

import json

import pytest

from scanner.core.errors import TimedOut
from scanner.core.facts import Access
from scanner.core.quirk import Cut
from scanner.core.unheard import Unheard
from scanner.probes.check_file import read_check
from scanner.probes.http_check import CONTROL_PATH, load_check, to_probe
from tests.probes.test_check_file import GOOD, write
from tests.support.talks import ScriptedHttp, page


@pytest.fixture
def probe(tmp_path):
    return load_check(write(tmp_path, GOOD), prefix="local/")


def test_a_check_declares_the_icons_of_its_product(tmp_path):
    file = write(tmp_path, GOOD.replace("ports = [8080]", "ports = [8080]\nicons = [-1, 81586312]"))
    assert load_check(file).icons == (-1, 81586312)


def test_a_users_check_has_a_prefix(probe):
    assert probe.id == "local/my-panel"
    assert probe.rules[0].id == "local/my-panel-no-authentication"


async def test_exposed_takes_identity_and_the_guarded_read(probe):
    talk = ScriptedHttp(
        {"/": page("<title>My Panel</title>"), "/api/items": page('{"items": [1, 2], "version": "1.2"}')}, probe.sends
    )
    facts = await probe.ask_http(talk)
    assert facts.access is Access.DATA
    assert facts.evidence == {"items": 2}
    assert facts.version == "1.2"
    assert probe.rules[0].holds(facts)


async def test_a_refused_read_is_protected(probe):
    facts = await probe.ask_http(ScriptedHttp({"/": page("My Panel"), "/api/items": page("no", 403)}, probe.sends))
    assert facts.access is Access.REFUSED
    assert not probe.rules[0].holds(facts)


async def test_a_server_that_says_yes_to_everything_is_nobody(probe):
    same = page('My Panel {"items": []}')
    assert await probe.ask_http(ScriptedHttp({}, probe.sends, otherwise=same)) is None


def test_the_control_request_is_on_the_allow_list(tmp_path):
    sends = to_probe(read_check(write(tmp_path, GOOD))).sends
    assert CONTROL_PATH.encode() in {send.what for send in sends}


FRONT = page("<title>My Panel</title>")


async def ask(probe, items, **pages):
    return await probe.ask_http(ScriptedHttp({"/": FRONT, "/api/items": items} | pages, probe.sends))


@pytest.mark.parametrize(
    ("items", "access", "unheard", "says"),
    [
        (page("{}"), Access.UNKNOWN, Unheard.UNDECIDED, "answered 200 without what would prove access"),
        (page("Not here", 404), Access.UNKNOWN, Unheard.UNDECIDED, "answered 404"),
        (page("", 302, {"Location": "/login?next=/api/items"}), Access.REFUSED, None, None),
        (page("", 302, {"Location": "https://panel.example.test/api/items"}), Access.UNKNOWN, Unheard.UNDECIDED, "302"),
        (page('<form><input name=p type="password"></form>'), Access.REFUSED, None, None),
        (page("x", 401), Access.REFUSED, None, None),
        (page("starting", 503), Access.UNKNOWN, Unheard.REFUSED_LATER, "/api/items"),
        (page("[" * 9, json=True), Access.UNKNOWN, Unheard.MALFORMED, "/api/items"),
        (TimedOut("no answer in time"), Access.UNKNOWN, None, "was not answered: no answer in time"),
    ],
)
async def test_only_an_answer_that_proves_it_is_access_or_a_refusal(probe, items, access, unheard, says):
    facts = await ask(probe, items)
    assert (facts.access, facts.unheard) == (access, unheard)
    assert (facts.note is None) if says is None else (says in facts.note)
    assert facts.product == "My Panel"


async def test_a_check_may_say_that_a_missing_page_was_taken_out(tmp_path):
    text = GOOD.replace('access = "data"', 'access = "data"\nsafe = [{ status = [404] }]')
    probe = to_probe(read_check(write(tmp_path, text)))
    facts = await ask(probe, page("Not here", 404))
    assert (facts.access, facts.unheard) == (Access.UNKNOWN, None)
    assert (await ask(probe, page("{}"))).unheard is Unheard.UNDECIDED


async def test_a_cut_answer_proves_no_protection(probe):
    cut = page('{"nothing": 1}')
    facts = await ask(probe, type(cut)(status=200, body=cut.body, cut=Cut.SIZE))
    assert facts.access is Access.UNKNOWN
    assert facts.note


async def test_of_a_cut_list_at_least_so_many_are_counted(probe):
    whole = page('{"items": [1, 2, 3', json=True)
    facts = await ask(probe, type(whole)(status=200, headers=whole.headers, body=whole.body, cut=Cut.SIZE))
    assert (facts.access, facts.evidence) == (Access.DATA, {"items": "at least 2"})


async def test_another_front_page_is_another_product(probe):
    talk = ScriptedHttp({"/": page("<title>Yours</title>")}, probe.sends)
    assert await probe.ask_http(talk) is None
    assert talk.sent == ["GET /"]


@pytest.mark.parametrize(
    ("version", "kept"),
    [("\x1b[2J", "\\x1b[2J"), (1.5, "1.5"), ({"a": 1}, None), (["1"], None), (None, None), ("", None)],
)
async def test_a_version_is_one_clean_word(probe, version, kept):
    assert (await ask(probe, page(json.dumps({"items": [], "version": version}), json=True))).version == kept


async def test_silence_to_the_control_question_ends_the_check(probe):
    with pytest.raises(TimedOut):
        await ask(probe, page("{}"), **{CONTROL_PATH: TimedOut("x")})
