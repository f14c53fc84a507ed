from scanner.sweep.scope_check import ScopeCheck, only_loopback
from tests.sweep.jobs import numbers_of


def test_loopback_is_this_machine_and_a_mixture_is_not():
    assert only_loopback(numbers_of("127.0.0.0/8", "::1/128"))
    assert not only_loopback(numbers_of("127.0.0.0/8", "10.0.0.0/30"))


def test_the_scope_permits_its_own_intervals_and_nothing_between():
    low, between, high = (numbers_of(f"127.0.0.{octet}/32").at(0) for octet in (1, 5, 9))
    scope_check = ScopeCheck(numbers_of("127.0.0.0/30", "127.0.0.8/30"))
    assert scope_check.allows(low)
    assert not scope_check.allows(between)
    assert scope_check.allows(high)
    assert (scope_check.first, scope_check.last) == (high - 1, high + 2)
