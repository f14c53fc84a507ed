"""Where a ticket goes, and what its tracker's own fields say."""

from dataclasses import replace
from datetime import date

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.finding import Severity
from tests.tickets.test_settings import TEXT, read
from tests.tickets.worlds import redis_finding


def fields(tmp_path, finding):
    return read(tmp_path, TEXT).fields_for([finding], date(2026, 3, 1))


def named(address, name):
    return redis_finding(address, endpoint=Endpoint(redis_finding(address).endpoint.address, 6379, name=name))


def test_severity_decides_priority_and_due_date(tmp_path):
    made = fields(tmp_path, redis_finding(severity=Severity.CRITICAL))
    assert (made.priority, made.due) == ("P1", "2026-03-04")
    made = fields(tmp_path, redis_finding(severity=Severity.LOW))
    assert (made.priority, made.due) == ("", "")


@pytest.mark.parametrize(
    ("address", "name", "assignee"),
    [
        ("127.0.0.1", "DB-7", "alice"),
        ("127.4.255.1", None, "bob"),
        ("127.5.0.9", "web", "carol"),
        ("127.5.0.10", "web", "oncall"),
        ("::ffff:127.4.0.1", None, "bob"),
        # A report may come from a machine with other interfaces.
        ("fe80::1%nosuch0", "db-1", "alice"),
        ("fe80::1%nosuch0", None, "oncall"),
    ],
)
def test_target_name_or_range_decides_the_assignee(tmp_path, address, name, assignee):
    assert fields(tmp_path, named(address, name)).assignee == assignee


def test_the_owner_decides_the_queue_and_an_unknown_one_is_noted(tmp_path):
    made = fields(tmp_path, replace(redis_finding(), owner="platform"))
    assert (made.project, made.labels, made.note) == ("acme/platform", ("security", "platform"), "")
    made = fields(tmp_path, replace(redis_finding(), owner="nobody"))
    assert made.project == "acme/ops"
    assert made.note == "the default one: no queue is known for the owner 'nobody'"
    assert fields(tmp_path, redis_finding()).note == "the default one: no owner"


def test_the_gravest_finding_of_a_group_decides(tmp_path):
    config = read(tmp_path, TEXT)
    low = replace(redis_finding(severity=Severity.LOW), owner="platform")
    made = config.fields_for([low, redis_finding(severity=Severity.CRITICAL)], date(2026, 3, 1))
    assert (made.project, made.priority) == ("acme/ops", "P1")
    assert config.projects == ("acme/ops", "acme/platform")


def test_a_route_may_change_one_thing_and_leave_the_others(tmp_path):
    text = TEXT.replace('project = "acme/platform"\nlabels = ["platform"]', 'type = "Task"\nassignee = "dora"')
    config = read(tmp_path, text)
    made = config.fields_for([replace(redis_finding(), owner="platform")], date(2026, 3, 1))
    assert (made.project, made.type, made.labels, made.assignee) == ("acme/ops", "Task", ("security",), "dora")
    made = config.fields_for([replace(named("127.0.0.1", "db-1"), owner="platform")], date(2026, 3, 1))
    assert made.assignee == "alice"
    assert config.projects == ("acme/ops",)
