"""The life of a finding in a real Roundup, and every point at which a run may die."""

import asyncio
import importlib.util
from dataclasses import replace
from itertools import count

import pytest

from scanner.core.finding import Severity
from tests.tickets.servers.real_roundup import PASSWORD, USER, RealRoundup
from tests.tickets.stage import Kill, Killed, Stage
from tests.tickets.worlds import fingerprint, named_finding, night, redis_finding

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(importlib.util.find_spec("roundup") is None, reason="roundup is not installed"),
]

_CONFIG = """
url = "{url}"
project = "tracker"
[credentials]
user = "{user}"
secret_env = "ROUNDUP_PASSWORD"
[priority]
critical = "critical"
high = "urgent"
"""


@pytest.fixture
def roundup(tmp_path):
    server = RealRoundup(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def stage(roundup, tmp_path):
    config = tmp_path / "tickets.toml"
    config.write_text(_CONFIG.format(url=roundup.url, user=USER))
    return Stage("roundup", config, {"ROUNDUP_PASSWORD": PASSWORD})


_numbers = count()


def _new_finding(**changes):
    number = next(_numbers)
    address = f"127.9.{number // 250}.{number % 250 + 1}"
    return redis_finding(address, fingerprint=fingerprint("life", number), **changes)


def _of(roundup, finding) -> list[dict]:
    return roundup.issues(f": {finding.endpoint}")


def test_the_life_of_a_finding(stage, roundup):
    finding = _new_finding()
    graver = replace(finding, severity=Severity.CRITICAL)

    async def live():
        assert await stage.say(night(1, finding)) == ["create done"]
        assert await stage.say(night(2, finding)) == ["leave left"]
        (issue,) = _of(roundup, finding)
        assert issue["status"] == "unread"
        assert issue["priority"] == "urgent"
        assert f"exposure verify --endpoint {finding.url} --rule {finding.rule}" in issue["messages"][0]

        assert await stage.say(night(3, graver)) == ["update done"]
        (issue,) = _of(roundup, finding)
        assert issue["priority"] == "critical"
        assert "severity high is now critical" in issue["messages"][-1]

        assert await stage.say(night(4)) == ["comment done"]
        assert await stage.say(night(5)) == ["leave left"]
        (issue,) = _of(roundup, finding)
        assert issue["status"] != "resolved"
        assert "was not looked at in run run4" in issue["messages"][-1]

        assert await stage.say(night(6, closed=(finding,))) == ["close done"]
        (issue,) = _of(roundup, finding)
        assert issue["status"] == "resolved"
        assert "refused the connection (closed) in run run6" in issue["messages"][-1]
        assert await stage.say(night(7, closed=(finding,))) == []

        assert await stage.say(night(8, graver)) == ["reopen done"]
        (issue,) = _of(roundup, finding)
        assert issue["status"] == "unread"
        assert "exposed again in run run8" in issue["messages"][-1]
        assert await stage.say(night(9, protected=(finding,))) == ["close done"]

    asyncio.run(live())


def test_naming_correcting_and_moving_a_machine_keeps_its_one_ticket(stage, roundup):
    """NEWCOMER 5 and 17: a name in the targets file opened a second ticket, with a false word on the first."""
    moved = named_finding("127.9.250.9", "cache-prod", owner="ops")

    async def live():
        assert await stage.say(night(1, named_finding("127.9.250.5"))) == ["create done"]
        assert await stage.say(night(2, named_finding("127.9.250.5", "cache-prod", owner="osp"))) == ["update done"]
        assert await stage.say(night(3, named_finding("127.9.250.5", "cache-prod", owner="ops"))) == ["update done"]
        assert await stage.say(night(4, moved)) == ["update done"]
        assert await stage.say(night(5, moved)) == ["leave left"]
        (issue,) = roundup.issues("127.9.250.")
        assert issue["status"] != "resolved"
        assert "127.9.250.9" in issue["title"]
        assert "cache-prod" in issue["title"]
        assert "no longer holds" not in " ".join(issue["messages"])
        assert await stage.say(night(6, closed=(moved,))) == ["close done"]

    asyncio.run(live())
    assert len(roundup.issues("127.9.250.")) == 1


def test_every_page_is_read(stage, roundup, monkeypatch):
    monkeypatch.setattr("scanner.tickets.trackers.roundup._PAGE", 2)
    findings = [_new_finding() for _ in range(5)]

    async def live():
        assert await stage.say(night(1, *findings)) == ["create done"] * 5
        assert await stage.say(night(2, *findings)) == ["leave left"] * 5

    asyncio.run(live())
    assert len(roundup.issues("")) == 5


def test_killed_between_any_two_requests_and_run_again_it_is_still_one_ticket(stage, roundup):
    """Dying before request n + 1 is dying after request n: the tracker can't tell, so n alone is varied."""

    async def live():
        points = 0
        for at in range(1, 30):
            finding = _new_finding()
            deaths = 0
            for step, report in _life(finding):
                try:
                    await stage.run(report, kill=Kill(at))
                except Killed:
                    deaths += 1
                    await stage.run(report)
                _is_settled(roundup, finding, step)
            points += deaths
            if not deaths:
                return points
        raise AssertionError("a run never came to its end")

    assert asyncio.run(live()) >= 30
    messages = roundup.get("msg?@fields=messageid")["collection"]
    assert len(messages) == sum(len(issue["messages"]) for issue in roundup.issues(""))


def _life(finding):
    graver = replace(finding, severity=Severity.CRITICAL)
    return [
        ("create", night(1, finding)),
        ("update", night(2, graver)),
        ("comment", night(3)),
        ("close", night(4, closed=(finding,))),
        ("reopen", night(5, finding)),
        ("protected", night(6, protected=(finding,))),
    ]


def _is_settled(roundup, finding, step):
    (issue,) = _of(roundup, finding)
    messages = {"create": 1, "update": 2, "comment": 3, "close": 4, "reopen": 5, "protected": 6}
    assert len(issue["messages"]) == messages[step]
    assert (issue["status"] == "resolved") == (step in {"close", "protected"})
