"""What Gitea does in silence, and what becomes of it; the life of a ticket runs in test_trackers.py."""

import asyncio

import pytest

from scanner.core.errors import UsageError
from scanner.tickets.answer import Denied
from tests.tickets.servers.gitea import GiteaServer
from tests.tickets.stage import Stage
from tests.tickets.worlds import fingerprint, night, redis_finding


def play(tmp_path, story, kind=GiteaServer):
    async def run():
        async with kind() as server:
            config = tmp_path / "tickets.toml"
            config.write_text(server.config())
            await story(server, Stage("gitea", config, server.environment))

    asyncio.run(run())


def test_issues_of_others_are_not_listed_while_the_label_is_missing(tmp_path):
    """A filter by a label that does not exist lists every issue: a page of 50 for each of 10,000 is no way to start."""

    async def story(server, stage):
        for number in range(500):
            server.add(f"other {number}", "words", [])
        assert await stage.say(night(1, redis_finding())) == ["create done"]
        assert server.count("GET", "/issues") == 0

    play(tmp_path, story)


def test_labels_are_made_once_and_told_apart_by_number(tmp_path):
    findings = [redis_finding(f"127.2.0.{at}", fingerprint=fingerprint("label", at)) for at in range(1, 4)]

    async def story(server, stage):
        await stage.run(night(1, *findings))
        made = [label["name"] for label in server.labels if not label["name"].startswith("other-")]
        assert made == ["exposure-scanner", "security", "P2"]
        assert all(ticket.labels == made for ticket in server.seen())

    play(tmp_path, story)


def test_of_two_labels_with_one_name_the_older_one_is_used(tmp_path):
    async def story(server, stage):
        server.labels += [{"id": 300, "name": "security"}, {"id": 200, "name": "security"}]
        await stage.run(night(1, redis_finding()))
        assert 200 in [label["id"] for label in server.kept[0]["labels"]]

    play(tmp_path, story)


def test_a_token_that_may_not_set_labels_ends_the_run_with_the_issue_named(tmp_path):
    async def story(server, stage):
        server.writer = False
        server.labels += [
            {"id": 100 + n, "name": name} for n, name in enumerate(("exposure-scanner", "security", "P2"))
        ]
        with pytest.raises(Denied, match=r"acme/ops#1 was opened without its labels: permit the user of the token"):
            await stage.run(night(1, redis_finding()))

    play(tmp_path, story)


def test_a_marker_without_our_label_is_somebody_elses(tmp_path):
    async def story(server, stage):
        await stage.run(night(1, redis_finding()))
        copied = server.kept[0]["body"]
        server.kept[0]["labels"] = []
        server.add("forged", copied, [])
        assert await stage.say(night(2, redis_finding())) == ["create done"]

    play(tmp_path, story)


def test_the_next_page_is_found_though_its_link_names_another_host(tmp_path):
    findings = [redis_finding(f"127.2.0.{at}", fingerprint=fingerprint("page", at)) for at in range(1, 61)]

    async def story(server, stage):
        await stage.run(night(1, *findings))
        assert await stage.say(night(2, *findings)) == ["leave left"] * 60
        assert len(server.kept) == 60

    play(tmp_path, story)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('project = "acme/ops"', 'project = "ops"', "must be owner/repository"),
        ('project = "acme/ops"', 'project = "acme/ops"\ntype = "Bug"', "no types of issues"),
    ],
)
def test_a_configuration_that_gitea_has_no_place_for_is_refused(tmp_path, old, new, says):
    async def story(server, stage):
        stage.config.write_text(server.config().replace(old, new))
        with pytest.raises(UsageError, match=says):
            await stage.run(night(1, redis_finding()))
        assert server.requests == []

    play(tmp_path, story)
