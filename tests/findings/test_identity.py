import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.ports import Transport
from scanner.findings.identity import adopt, identify, names_of, pair
from tests.findings.samples import endpoint, plan, target
from tests.report.samples import finding


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_fingerprint_is_the_hash_of_rule_and_place():
    here = endpoint("10.0.0.5", 6379)
    assert identify("redis-no-password", here, plan(target("10.0.0.5"))).fingerprint == sha(
        "v1|redis-no-password|10.0.0.5|tcp|6379|"
    )


def test_transport_port_and_path_belong_to_it():
    here = endpoint("10.0.0.5", 53, transport=Transport.UDP, base_path="/x")
    assert identify("open-resolver", here, plan()).fingerprint == sha("v1|open-resolver|10.0.0.5|udp|53|/x")


def test_naming_a_machine_changes_no_fingerprint():
    # NEWCOMER 5: a name in the targets file opened a second ticket.
    bare = identify("r", endpoint("10.0.0.5"), plan(target("10.0.0.5")))
    named = identify("r", endpoint("10.0.0.5", name="db"), plan(target("10.0.0.5", name="db")))
    assert bare.fingerprint == named.fingerprint == sha("v1|r|10.0.0.5|tcp|6379|")
    assert (bare.aliases, named.aliases) == ((), (sha("v1|r|db|tcp|6379|"),))


def test_a_declared_name_outlives_the_address():
    before = identify("r", endpoint("10.0.0.5", name="db"), plan(target("10.0.0.5", name="db")))
    after = identify("r", endpoint("10.0.0.9", name="db"), plan(target("10.0.0.9", name="db")))
    assert before.fingerprint != after.fingerprint
    assert before.aliases == after.aliases


def test_label_and_host_name_are_both_aliases():
    run = plan(target("10.0.0.5", name="db", host="db.example.com"))
    found = identify("r", endpoint("10.0.0.5", name="db", host="db.example.com"), run)
    assert found.aliases == (sha("v1|r|db|tcp|6379|"), sha("v1|r|db.example.com|tcp|6379|"))


def test_the_plan_knows_the_name_too():
    assert names_of(endpoint("10.0.0.5"), plan(target("10.0.0.5", name="db"))) == ("db",)


def test_the_name_of_a_network_is_nobodys_name():
    lab = plan(target("10.0.0.0", "10.0.0.255", name="lab"))
    assert names_of(endpoint("10.0.0.5", name="lab"), lab) == ()


def test_a_name_given_to_two_machines_tells_neither():
    both = plan(target("10.0.0.5", name="db"), target("10.0.0.6", name="db"))
    assert names_of(endpoint("10.0.0.5", name="db"), both) == ()


def test_one_machine_named_twice_keeps_its_name():
    both = plan(target("10.0.0.5", name="db", port=6379), target("10.0.0.5", name="db", port=2375))
    assert names_of(endpoint("10.0.0.5", 2375, name="db"), both) == ("db",)


def test_addresses_have_one_form():
    plain = identify("r", endpoint("10.0.0.5"), plan()).fingerprint
    assert identify("r", endpoint("::ffff:10.0.0.5"), plan()).fingerprint == plain
    assert identify("r", endpoint("FD00:0:0::0001"), plan()) == identify("r", endpoint("fd00::1"), plan())


def known(fingerprint, *aliases):
    return replace(finding(), fingerprint=fingerprint * 64, aliases=tuple(alias * 64 for alias in aliases))


def pairs(old, new):
    return {at: old.index(one) for at, one in pair(old, new).items()}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([known("a")], [known("a")], {0: 0}),
        ([known("a")], [known("a", "d")], {0: 0}),
        ([known("a", "d")], [known("a")], {0: 0}),
        ([known("a", "d")], [known("b", "d")], {0: 0}),
        ([known("a", "d")], [known("a", "e")], {0: 0}),
        ([known("a")], [known("b")], {}),
        # A machine moved, and another took its address.
        ([known("a", "d")], [known("a", "e"), known("b", "d")], {1: 0}),
        ([known("a", "d"), known("b", "e")], [known("a", "e"), known("b", "d")], {0: 1, 1: 0}),
        # Written when a name came before the address.
        ([known("d")], [known("a", "d")], {0: 0}),
        # Adopted: the address of today is an alias.
        ([known("a", "d", "b")], [known("b", "d")], {0: 0}),
        ([known("a", "d", "b")], [known("b")], {0: 0}),
    ],
)
def test_what_is_the_same_finding(old, new, expected):
    assert pairs(old, new) == expected


def test_adopting_keeps_the_known_id_and_collides_with_nobody():
    (moved,) = adopt([known("b", "d")], [known("a", "d")])
    assert (moved.fingerprint[0], [alias[0] for alias in moved.aliases]) == ("a", ["d", "b"])
    newcomer, moved = adopt([known("a", "e"), known("b", "d")], [known("a", "d")])
    assert (newcomer.fingerprint[0], moved.fingerprint[0]) == ("e", "a")
    bare, moved = adopt([known("a"), known("b", "d")], [known("a", "d")])
    assert (bare.fingerprint[0], moved.fingerprint[0]) == ("a", "b")


NAMED = st.builds(known, st.sampled_from("abcdef"), st.sampled_from("012345"))
RUN = st.lists(NAMED, max_size=6, unique_by=(lambda one: one.fingerprint, lambda one: one.aliases))


@given(RUN, RUN)
def test_each_is_paired_once_and_no_id_is_given_twice(old, new):
    found = pair(old, new)
    assert len({id(one) for one in found.values()}) == len(found)
    adopted = [one.fingerprint for one in adopt(new, old)]
    assert len(set(adopted)) == len(adopted)


@given(st.text(), st.text(max_size=20), st.integers(0, 1000))
def test_what_the_service_says_never_enters(version, banner, count):
    here = endpoint("10.0.0.5")
    assert (
        identify("r", here, plan()).fingerprint
        == identify("r", endpoint("10.0.0.5", host=version or None), plan()).fingerprint
    )
