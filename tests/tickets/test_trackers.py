"""The same story for each tracker, against servers that hold it to its documented interface."""

import asyncio
import logging
from collections import Counter
from dataclasses import replace

import pytest

from scanner.core.errors import UsageError
from scanner.core.finding import FindingState, Severity
from scanner.tickets.answer import Denied, TrackerError
from scanner.tickets.marker import Marker, key_of_finding, member_of
from scanner.tickets.plan import Flood
from scanner.tickets.tracker import find_kind
from tests.tickets.servers import all_servers
from tests.tickets.servers.defectdojo import DefectDojoServer
from tests.tickets.servers.github import GitHubServer
from tests.tickets.servers.hook import HookServer
from tests.tickets.servers.jira import JiraServer
from tests.tickets.servers.strict import Stumble
from tests.tickets.stage import Kill, Killed, Stage
from tests.tickets.worlds import docker_finding, fingerprint, named_finding, night, redis_finding

SERVERS = all_servers()
HELD = [kind for kind in SERVERS if kind is not HookServer]

every_server = pytest.mark.parametrize("kind", SERVERS, ids=lambda kind: kind.__name__)
every_tracker = pytest.mark.parametrize("kind", HELD, ids=lambda kind: kind.__name__)


def play(kind, tmp_path, story, **changes):
    async def run():
        async with kind() as server:
            config = tmp_path / "tickets.toml"
            config.write_text(server.config())
            await story(server, Stage(server.tracker, config, server.environment, **changes))

    asyncio.run(run())


@every_server
def test_the_life_of_a_finding(kind, tmp_path):
    finding = redis_finding()
    graver = replace(finding, severity=Severity.CRITICAL)

    async def story(server, stage):
        assert await stage.say(night(1, finding)) == ["create done"]
        (ticket,) = server.seen()
        assert "127.0.0.1" in ticket.title
        assert ticket.state == "open"
        assert finding.fingerprint in ticket.body
        assert await stage.say(night(2, finding)) == ["leave left"]
        assert server.seen() == [ticket]

        assert await stage.say(night(3, graver)) == ["update done"]
        (ticket,) = server.seen()
        assert "severity high is now critical" in _plain(ticket.comments[-1])
        assert "critical" in ticket.body or ticket.severity == "Critical"

        assert await stage.say(night(4)) == ["comment done"]
        assert await stage.say(night(5)) == ["leave left"]
        assert await stage.say(night(5, answers=(finding,))) == ["leave left"]
        (ticket,) = server.seen()
        assert ticket.state == "open"
        assert "was not looked at in run run4" in _plain(ticket.comments[-1])

        assert await stage.say(night(6, closed=(finding,))) == ["close done"]
        (ticket,) = server.seen()
        assert ticket.state == "closed"
        assert "refused the connection" in _plain(ticket.comments[-1])
        assert await stage.say(night(7, closed=(finding,))) == []

        assert await stage.say(night(8, graver)) == ["reopen done"]
        (ticket,) = server.seen()
        assert ticket.state == "open"
        assert await stage.say(night(9, protected=(finding,))) == ["close done"]
        (ticket,) = server.seen()
        assert ticket.state == "closed"
        assert "demanded credentials" in _plain(ticket.comments[-1])
        assert len(ticket.comments) == 5

    play(kind, tmp_path, story)


@every_server
def test_naming_correcting_and_moving_a_machine_keeps_its_one_ticket(kind, tmp_path):
    moved = named_finding("127.0.0.9", "cache-prod", owner="ops")

    async def story(server, stage):
        assert await stage.say(night(1, named_finding("127.0.0.5"))) == ["create done"]
        assert await stage.say(night(2, named_finding("127.0.0.5", "cache-prod", owner="osp"))) == ["update done"]
        assert await stage.say(night(3, named_finding("127.0.0.5", "cache-prod", owner="ops"))) == ["update done"]
        assert await stage.say(night(4, moved)) == ["update done"]
        assert await stage.say(night(5, moved)) == ["leave left"]
        (ticket,) = server.seen()
        assert ticket.state == "open"
        # DefectDojo tells findings apart by their titles, so that it keeps the first one.
        assert "127.0.0.9" in ticket.title + ticket.body
        assert "no longer holds" not in " ".join(map(_plain, ticket.comments))

    play(kind, tmp_path, story)


@pytest.mark.matrix
@every_server
def test_killed_between_any_two_requests_and_run_again_it_is_still_one_ticket(kind, tmp_path):
    async def story(server, stage):
        points = 0
        for at in range(1, 30):
            finding = redis_finding(f"127.1.0.{at}", fingerprint=fingerprint("kill", at))
            graver = replace(finding, severity=Severity.CRITICAL)
            deaths = 0
            life = [
                night(1, finding),
                night(2, graver),
                night(3),
                night(4, closed=(finding,)),
                night(5, finding),
                night(6, protected=(finding,)),
            ]
            for step, report in enumerate(life):
                for after in (False, True):
                    try:
                        await stage.run(report, kill=Kill(at, after))
                    except Killed:
                        deaths += 1
                await stage.run(report)
                tickets = [one for one in server.seen() if str(finding.endpoint) in _plain(one.title)]
                assert [len(one.comments) for one in tickets] == [step]
                assert tickets[0].state == ("closed" if step in {3, 5} else "open")
            points += deaths
            if not deaths:
                break
        assert points >= 8

    play(kind, tmp_path, story)


@pytest.mark.matrix
@every_server
@pytest.mark.parametrize("how", ["limited", "broken-before", "broken-after", "slow-after", "cut-after"])
def test_a_stumbling_tracker_gets_each_ticket_once(kind, tmp_path, how):
    findings = [redis_finding(f"127.2.0.{at}", fingerprint=fingerprint("stumble", at)) for at in range(1, 4)]

    async def story(server, stage):
        for _ in range(2):
            server.stumbles.append(Stumble("POST", server.write_path, how))
        said = await stage.say(night(1, *findings))
        assert {word.split()[0] for word in said} == {"create"}
        assert not [word for word in said if "failed" in word]
        assert len(server.seen()) == 3
        # DefectDojo takes all three with one import, so that its second stumble may never come.
        assert len(server.stumbles) <= (kind is DefectDojoServer)
        if how == "limited":
            assert 7.0 in stage.clock.slept
        assert await stage.say(night(2, *findings)) == ["leave left"] * 3

    play(kind, tmp_path, story, timeout_s=0.25)


@pytest.mark.matrix
@pytest.mark.parametrize("how", ["limited", "broken-after", "slow-after"])
@pytest.mark.parametrize(
    ("kind", "method"),
    [(kind, method) for kind in SERVERS for method in kind.closing],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_stumbling_tracker_gets_each_comment_and_state_once(kind, tmp_path, how, method):
    finding = redis_finding()

    async def story(server, stage):
        await stage.run(night(1, finding))
        server.stumbles.append(Stumble(method, "/", how))
        assert await stage.say(night(2, closed=(finding,))) == ["close done"]
        assert not server.stumbles
        (ticket,) = server.seen()
        assert ticket.state == "closed"
        assert len(ticket.comments) == 1

    play(kind, tmp_path, story, timeout_s=0.25)


@every_tracker
def test_a_tracker_that_asks_to_wait_too_long_ends_the_run(kind, tmp_path):
    async def story(server, stage):
        server.stumbles.append(Stumble("POST", server.write_path, "limited", retry_after="7200"))
        with pytest.raises(TrackerError, match="asks to wait 7200 s: run again then"):
            await stage.run(night(1, redis_finding()))
        assert server.seen() == []

    play(kind, tmp_path, story)


def test_github_says_403_where_others_say_429(tmp_path):
    async def story(server, stage):
        server.stumbles.append(Stumble("POST", "/issues", "limited-403", retry_after="Sun, 01 Mar 2026 01:01:00 GMT"))
        assert await stage.say(night(1, redis_finding())) == ["create done"]
        assert stage.clock.slept == [60.0]

    play(GitHubServer, tmp_path, story)


@every_server
def test_wrong_credentials_end_the_run_and_are_never_shown(kind, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)

    async def story(server, stage):
        stage.environment = dict.fromkeys(server.environment, "wrong-and-hidden")
        with pytest.raises(Denied) as caught:
            await stage.run(night(1, redis_finding()))
        assert "wrong-and-hidden" not in repr(caught.value) + str(caught.value) + caplog.text
        assert server.seen() == []
        stage.environment = {}
        with pytest.raises(UsageError, match="environment variable"):
            await stage.run(night(1, redis_finding()))

    play(kind, tmp_path, story)


@every_tracker
def test_a_ticket_that_a_person_declined_is_left_alone(kind, tmp_path):
    finding = redis_finding()

    async def story(server, stage):
        await stage.run(night(1, finding))
        server.decline(0)
        (action,) = await stage.plan(night(2, finding))
        assert action.verb == "leave"
        assert "decided against a fix" in action.why

    play(kind, tmp_path, story)


@every_server
def test_accepted_findings_open_nothing(kind, tmp_path):
    accepted = redis_finding(state=FindingState.ACCEPTED, accepted_reason="lab cache")

    async def story(server, stage):
        (action,) = await stage.plan(night(1, accepted))
        assert (action.verb, action.why) == ("leave", "accepted: lab cache")
        assert server.count("POST", server.write_path) == 0

    play(kind, tmp_path, story)


@every_tracker
def test_a_flood_is_refused_whole(kind, tmp_path):
    findings = [redis_finding(f"127.3.0.{at}", fingerprint=fingerprint("flood", at)) for at in range(1, 12)]

    async def story(server, stage):
        stage.most_new = 10
        with pytest.raises(Flood, match="opens 11 tickets and --max-new permits 10; nothing was sent"):
            await stage.run(night(1, *findings))
        assert server.seen() == []

    play(kind, tmp_path, story)


@pytest.mark.parametrize("kind", [kind for kind in SERVERS if find_kind(kind.tracker).by_host])
def test_one_ticket_for_a_host(kind, tmp_path):
    first = redis_finding("127.0.0.2")
    second = docker_finding("127.0.0.2", endpoint=first.endpoint.__class__(first.endpoint.address, 2375))

    async def story(server, stage):
        assert await stage.say(night(1, first, second)) == ["create done"]
        assert await stage.say(night(2, first, second)) == ["leave left"]
        assert await stage.say(night(3, first, closed=(second,))) == ["update done"]
        assert await stage.say(night(4, closed=(first,))) == ["close done"]
        assert await stage.say(night(5, second)) == ["reopen done"]
        assert await stage.say(night(6, first)) == ["update done"]
        (ticket,) = server.seen()
        assert ticket.state == "open"
        assert "was not looked at in run run6" in _plain(ticket.comments[-1])
        assert "Not looked at in the last run" in ticket.body
        assert await stage.say(night(7, closed=(first,))) == ["comment done"]
        assert await stage.say(night(8, closed=(first, second))) == ["close done"]

    play(kind, tmp_path, story, by_host=True)


def test_jira_waits_until_its_search_shows_what_a_killed_run_opened(tmp_path):
    class Lagging(JiraServer):
        lag = 2

    finding = redis_finding()

    async def story(server, stage):
        with pytest.raises(Killed):
            # Searches: open, closed, then the key; the fourth request opens the ticket.
            await stage.run(night(1, finding), kill=Kill(4, after=True))
        assert len(server.seen()) == 1
        assert await stage.say(night(1, finding)) == ["create found"]
        assert len(server.seen()) == 1
        assert 10.0 in stage.clock.slept

    play(Lagging, tmp_path, story)


@pytest.mark.matrix
@every_tracker
def test_a_plan_takes_pages_not_single_questions(kind, tmp_path):
    """In small; tests/bench/ticket_plan.py does it with 2,000 findings and 10,000 tickets."""
    findings = [
        redis_finding(f"127.8.{at // 250}.{at % 250 + 1}", fingerprint=fingerprint("many", at)) for at in range(1_000)
    ]

    async def story(server, stage):
        server.crowd([_marker_text(finding) for finding in findings[:900]])
        actions = await stage.plan(night(1, *findings[800:]))
        verbs = Counter(str(action.verb) for action in actions)
        assert verbs == {"comment": 800, "leave": 100, "create": 100}
        assert stage.requests <= 900 / 50 + 3

    play(kind, tmp_path, story, timeout_s=30.0)


def _marker_text(finding):
    return Marker(key_of_finding(finding.fingerprint), (member_of(finding),)).text


def _plain(text: str) -> str:
    """What a reader sees of escaped prose."""
    return (
        text.replace("\\", "").replace("\u200b", "").replace("&#40;", "(").replace("&#41;", ")").replace("&#58;", ":")
    )
