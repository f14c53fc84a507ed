"""The plan, from what the report says and the tracker holds; nothing is sent here."""

from dataclasses import replace

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access
from scanner.core.finding import Confidence, FindingState, Indicator, Severity
from scanner.core.ports import Transport
from scanner.tickets.action import Held, TicketState, Verb
from scanner.tickets.fields import Fields
from scanner.tickets.group import group
from scanner.tickets.marker import Marker, find_marker, key_of_finding, member_of
from scanner.tickets.plan import Inventory, Planner, plan
from scanner.tickets.proof import read_looks
from tests.tickets.worlds import docker_finding, fingerprint, night, redis_finding


def planner_of(report, *proofs, by_host=False):
    return Planner(
        group(report, by_host=by_host),
        read_looks(report, proofs),
        lambda _: Fields(project="acme/ops"),
        by_host=by_host,
    )


def held(*findings, state=TicketState.OPEN, number=1, seen=True):
    members = tuple(replace(member_of(finding), seen=seen) for finding in findings)
    key = key_of_finding(findings[0].fingerprint)
    return Held(key=key, id=str(number), name=f"#{number}", state=state, marker=Marker(key, members), born=number)


def plan_of(report, *tickets, proofs=(), by_host=False):
    inventory = Inventory()
    for ticket in tickets:
        inventory.take(ticket)
    return plan(planner_of(report, *proofs, by_host=by_host), inventory)


def test_gravest_first_and_what_is_left_alone_last():
    old = redis_finding("127.0.0.9", fingerprint=fingerprint("old"))
    report = night(1, redis_finding(), docker_finding(), old)
    actions = plan_of(report, held(old))
    assert [(one.verb, one.severity) for one in actions] == [
        (Verb.CREATE, Severity.CRITICAL),
        (Verb.CREATE, Severity.HIGH),
        (Verb.LEAVE, Severity.HIGH),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "7.2"},
        {"product": "Valkey"},
        {"detail": "13 keys"},
        {"proof": ()},
        {"evidence": {"keys": 13}},
        {"impact": "reworded"},
        {"remedy": ("reworded",)},
        {"first_seen": "2026-01-01T00:00:00Z"},
        {"state": FindingState.KNOWN},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_changes_by_itself_does_not_touch_the_ticket(changes):
    finding = redis_finding()
    (action,) = plan_of(night(1, replace(finding, **changes)), held(finding))
    assert (action.verb, action.why) == (Verb.LEAVE, "nothing that matters changed")


@pytest.mark.parametrize(
    "changes",
    [
        {"severity": Severity.CRITICAL},
        {"priority": Severity.CRITICAL},
        {"confidence": Confidence.SUSPECTED},
        {"access": Access.CONTROL},
        {"owner": "platform"},
        {"compromise": (Indicator("image-known-miner", "heybb/theimg2:latest"),)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_matters_updates_the_ticket(changes):
    finding = redis_finding()
    (action,) = plan_of(night(1, replace(finding, **changes)), held(finding))
    assert action.verb is Verb.UPDATE
    assert action.change.ticket is not None
    assert action.change.state is None


@pytest.mark.parametrize(
    ("seen", "verb"),
    [
        ({}, Verb.COMMENT),
        ({"answers": True}, Verb.COMMENT),
        ({"inconclusive": True}, Verb.COMMENT),
        ({"inconclusive": True, "protected": True}, Verb.COMMENT),
        ({"protected": True}, Verb.CLOSE),
        ({"closed": True}, Verb.CLOSE),
    ],
)
def test_only_proof_closes(seen, verb):
    finding = redis_finding()
    report = night(1, **dict.fromkeys(seen, (finding,)))
    (action,) = plan_of(report, held(finding))
    assert action.verb is verb
    assert action.unproven == (() if verb is Verb.CLOSE else (finding.fingerprint,))


def test_what_was_said_of_an_unseen_endpoint_is_not_said_every_night():
    finding = redis_finding()
    (action,) = plan_of(night(2), held(finding, seen=False))
    assert action.verb is Verb.LEAVE
    assert "was not looked at in run run2" in action.why
    (action,) = plan_of(night(3, finding), held(finding, seen=False))
    assert action.verb is Verb.COMMENT
    assert "looked at again and is still exposed" in action.why


def _with_options(report, **options):
    return replace(report, run=replace(report.run, options=options))


@pytest.mark.parametrize(
    "options",
    [
        {"space": [{"addresses": ["127.9.0.0-127.9.0.255"], "ports": "6379"}]},
        {"space": [{"addresses": ["127.0.0.1"], "ports": "2375"}]},
        {"space": [{"addresses": ["127.0.0.1"], "ports": "U:6379"}]},
        {"shard": "1/4"},
    ],
    ids=["addresses", "port", "transport", "shard"],
)
def test_tickets_of_what_a_run_was_not_to_look_at_are_left_alone(options):
    finding = redis_finding()
    for seen in (True, False):
        (action,) = plan_of(_with_options(night(1), **options), held(finding, seen=seen))
        assert (action.verb, action.unproven) == (Verb.LEAVE, ())
        assert "127.0.0.1:6379 is not among the targets of run run1" in action.why


def test_a_ticket_of_what_a_run_was_to_look_at_is_commented():
    finding = redis_finding()
    space = [{"addresses": ["127.0.0.0-127.0.0.7"], "ports": "1-7000,U:53"}]
    (action,) = plan_of(_with_options(night(1), space=space), held(finding))
    assert action.verb is Verb.COMMENT


def test_a_similar_address_is_another_endpoint():
    one = redis_finding("127.0.0.1")
    ten = redis_finding("127.0.0.10")
    (action,) = plan_of(night(1, closed=(ten,)), held(one))
    assert action.verb is Verb.COMMENT
    assert action.unproven == (one.fingerprint,)


def test_udp_and_tcp_of_one_port_are_two_places():
    tcp = redis_finding(endpoint=Endpoint(redis_finding().endpoint.address, 11211))
    udp = replace(tcp, endpoint=replace(tcp.endpoint, transport=Transport.UDP), fingerprint=fingerprint("udp"))
    (action,) = plan_of(night(1, closed=(tcp,)), held(udp))
    assert action.verb is Verb.COMMENT


def test_a_path_that_is_still_open_keeps_its_neighbour_open():
    base = redis_finding(port=8080)
    one = replace(base, endpoint=replace(base.endpoint, base_path="/a"), fingerprint=fingerprint("a"))
    two = replace(base, endpoint=replace(base.endpoint, base_path="/b"), fingerprint=fingerprint("b"))
    (action,) = [
        one_of
        for one_of in plan_of(night(1, two, protected=()), held(one), held(two, number=2))
        if one_of.held.id == "1"
    ]
    assert action.verb is Verb.COMMENT
    (action,) = plan_of(night(1, closed=(base,)), held(one))
    assert action.verb is Verb.CLOSE


def test_the_later_of_two_proofs_counts():
    finding = redis_finding()
    proofs = (night(4, finding), night(3, closed=(finding,)))
    (action,) = plan_of(night(2), held(finding), proofs=proofs)
    assert action.verb is Verb.COMMENT
    (action,) = plan_of(night(2), held(finding), proofs=proofs[1:])
    assert action.verb is Verb.CLOSE


def test_a_ticket_that_lost_its_marker_is_written_anew_or_left_alone():
    finding = redis_finding()
    bare = replace(held(finding), marker=None)
    (action,) = plan_of(night(1, finding), bare)
    assert action.verb is Verb.UPDATE
    (action,) = plan_of(night(1, closed=(finding,)), bare)
    assert action.verb is Verb.LEAVE
    assert "key line is gone" in action.why


def test_of_two_tickets_with_one_key_the_older_open_one_counts():
    finding = redis_finding()
    tickets = [held(finding, number=3), held(finding, number=2), held(finding, number=1, state=TicketState.CLOSED)]
    for order in (tickets, tickets[::-1]):
        actions = plan_of(night(1, replace(finding, severity=Severity.LOW)), *order)
        assert [(one.verb, one.held.id) for one in actions] == [(Verb.UPDATE, "2"), (Verb.LEAVE, "3")]
        assert "a copy of #2" in actions[1].why


def test_a_suspected_decoy_opens_nothing():
    (action,) = plan_of(night(1, redis_finding(confidence=Confidence.SUSPECTED)))
    assert action.verb is Verb.LEAVE
    assert "decoy" in action.why


def test_changing_the_grouping_never_opens_a_finding_twice_unsaid():
    finding = redis_finding()
    actions = plan_of(night(1, finding), held(finding), by_host=True)
    assert [one.verb for one in actions] == [Verb.CREATE, Verb.LEAVE]
    assert "another grouping" in actions[1].why


def test_a_finding_that_became_accepted_leaves_its_ticket():
    finding = redis_finding()
    accepted = replace(finding, state=FindingState.ACCEPTED, accepted_reason="lab cache")
    (action,) = plan_of(night(1, accepted), held(finding))
    assert (action.verb, action.why) == (Verb.LEAVE, "accepted: lab cache")
    (action,) = plan_of(night(1, accepted), held(finding, state=TicketState.CLOSED))
    assert action.verb is Verb.LEAVE


def test_the_marker_comes_back_as_it_was_written():
    strange = replace(
        redis_finding(),
        rule="local/odd--rule,;<b>",
        endpoint=Endpoint(redis_finding("fe80::1%eth0").endpoint.address, 6379, base_path="/a;b,c --> d"),
    )
    marker = Marker(key_of_finding(strange.fingerprint), (member_of(strange), member_of(docker_finding())))
    assert " " not in marker.text
    assert "--" not in marker.text.replace("exposure-", "")
    assert find_marker(f"words {marker.text} --> and more") == marker
    other = marker.with_note("f" * 16)
    assert find_marker(f"{marker.text}\n{other.text}") == other
    assert find_marker("exposure-v1;nothing") is None


def test_a_finding_from_the_inside_gets_a_ticket_that_a_scan_can_not_close():
    inside = replace(
        docker_finding(),
        fingerprint=fingerprint("inside"),
        rule="host-process-hidden",
        service="host",
        endpoint=Endpoint(docker_finding().endpoint.address, 0, name="web-1", subject="process: /tmp/.x/run"),
    )
    (created,) = plan_of(night(1, inside))
    assert created.verb is Verb.CREATE
    assert "process: /tmp/.x/run" in str(created)
    (kept,) = plan_of(night(2), held(inside))
    assert (kept.verb, "no proof of a fix" in kept.why) == (Verb.COMMENT, True)
