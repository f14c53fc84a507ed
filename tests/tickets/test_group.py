from dataclasses import replace

import pytest

from scanner.findings.identity import identify
from scanner.tickets.action import Held, TicketState
from scanner.tickets.group import all_keys, group, group_as_held
from scanner.tickets.marker import Marker, find_marker, member_of
from tests.findings.samples import endpoint, plan, target
from tests.report.samples import finding, report


def on(address, name=None, rule="r"):
    here = endpoint(address, name=name)
    ids = identify(rule, here, plan(target(address, name=name)))
    return replace(finding(address), rule=rule, endpoint=here, fingerprint=ids.fingerprint, aliases=ids.aliases)


def ticket_for(*findings, by_host=False, marker=True):
    ((key, members),) = group(report(*findings), by_host=by_host).items()
    # Through the text, as a tracker holds it.
    line = find_marker(Marker(key, tuple(map(member_of, members))).text)
    return Held(key=key, id="1", name="#1", state=TicketState.OPEN, marker=line if marker else None)


@pytest.mark.parametrize("by_host", [False, True])
@pytest.mark.parametrize("marker", [False, True])
@pytest.mark.parametrize(
    ("before", "now"),
    [
        (("10.0.0.5",), ("10.0.0.5", "db")),
        (("10.0.0.5", "db"), ("10.0.0.5",)),
        (("10.0.0.5", "bd"), ("10.0.0.5", "db")),
    ],
)
def test_naming_a_machine_opens_no_second_ticket(before, now, by_host, marker):
    # NEWCOMER 5 and 17.
    held = ticket_for(on(*before), by_host=by_host, marker=marker)
    groups = group_as_held(report(on(*now)), [held], by_host=by_host)
    assert list(groups) == [held.key]
    assert held.key in all_keys(report(on(*now)), by_host=by_host)


@pytest.mark.parametrize("by_host", [False, True])
def test_a_named_machine_takes_its_ticket_to_a_new_address(by_host):
    held = ticket_for(on("10.0.0.5", "db"), by_host=by_host)
    groups = group_as_held(report(on("10.0.0.9", "db")), [held], by_host=by_host)
    assert list(groups) == [held.key]
    assert groups[held.key][0].fingerprint == held.marker.members[0].fingerprint


@pytest.mark.parametrize("by_host", [False, True])
def test_a_ticket_that_was_keyed_by_the_name_is_found(by_host):
    now = on("10.0.0.5", "db")
    old = replace(now, fingerprint=now.aliases[0], aliases=())
    held = ticket_for(old, by_host=by_host)
    assert held.key in all_keys(report(now), by_host=by_host)
    assert list(group_as_held(report(now), [held], by_host=by_host)) == [held.key]


def test_a_newcomer_at_the_old_address_gets_a_ticket_of_its_own():
    held = ticket_for(on("10.0.0.5", "db"))
    groups = group_as_held(report(on("10.0.0.5", "web"), on("10.0.0.9", "db")), [held], by_host=False)
    assert groups[held.key][0].endpoint.name == "db"
    assert len(groups) == 2


def test_two_findings_never_share_one_tickets_key():
    held = ticket_for(on("10.0.0.5", "db"))
    groups = group_as_held(report(on("10.0.0.9", "db"), on("10.0.0.9", "db", "s")), [held], by_host=False)
    assert sorted(len(findings) for findings in groups.values()) == [1, 1]
