import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from scanner.core.intervals import Intervals
from scanner.core.plan import ScanPlan, Target
from scanner.core.scope import Scope
from scanner.core.space import Space


def plan(targets):
    return ScanPlan(targets=tuple(targets), scope=Scope(), space=Space(), seed=1)


def target(text, first, last, port=None):
    return Target(text=text, addresses=Intervals([(first, last)]), port=port)


def test_a_pinned_target_comes_before_the_narrowest_that_covers_the_address():
    found = plan(
        [
            target("all", 0, 10_000),
            target("some", 0, 99),
            target("one", 5, 5),
            target("pinned", 5, 5, port=80),
            target("other pin", 6, 6, port=80),
        ]
    )
    assert [found.target_of(5, port).text for port in (80, 81)] == ["pinned", "one"]
    assert [found.target_of(number, 81).text for number in (6, 100)] == ["some", "all"]
    assert found.target_of(20_000, 80) is None


def test_of_two_that_cover_as_much_the_first_counts():
    assert plan([target("a", 1, 1), target("b", 1, 1)]).target_of(1, 80).text == "a"
    assert plan([target("a", 0, 500), target("b", 0, 500)]).target_of(1, 80).text == "a"


def test_a_changed_copy_knows_its_own_targets():
    changed = dataclasses.replace(plan([target("a", 1, 1)]), targets=(target("b", 1, 1),))
    assert changed.target_of(1, 80).text == "b"


TARGETS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40), st.sampled_from([None, 80, 81])), max_size=12)


@given(TARGETS, st.integers(0, 100), st.sampled_from([80, 81]))
def test_the_index_says_what_a_look_at_every_target_would(rows, number, port):
    targets = [target(str(place), first, first + more, pin) for place, (first, more, pin) in enumerate(rows)]
    covering = [one for one in targets if number in one.addresses]
    ranked = [one for one in covering if one.port == port] or [one for one in covering if one.port is None]
    assert plan(targets).target_of(number, port) is min(ranked, key=lambda one: one.addresses.size, default=None)
